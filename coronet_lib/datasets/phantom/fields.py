"""Small tools that the phantom's rooms share: random streams, smooth steps, smooth random fields.

The same seed gives the same pixels on every machine. Maps are float32, and only sums, products,
quotients and square roots, which every processor rounds alike, are worked out in it; for exponentials,
powers and waves there is :func:`in_double`. Nothing calls BLAS, whose rounding may change with its
number of threads.
"""

import numpy as np
from scipy import ndimage

STREAMS = ("age", "anatomy", "lesion", "series", "acquisition", "marker", "border", "contrast")
_SPLINE_SPREAD = 0.23  # variance of a cubic B-spline sum of unit normals, averaged over positions


def stream(seed, purpose, *key):
    """The generator of a purpose out of ``STREAMS``: what one draws never shifts what another one draws.

    The key is class, patient and, where it matters, image, as integers.
    """
    return np.random.default_rng([seed, STREAMS.index(purpose), *key])


def in_double(function, *arrays):
    """An exponential, logarithm, power or wave of float32 maps: in float64, rounded once to float32.

    NumPy's float32 versions round their last bit otherwise with AVX-512, with AVX2 and without. So do
    those in float64, but of their last bit nothing is left after rounding, except once in some 10⁸ times.
    """
    return function(*arrays, dtype=np.float64).astype(np.float32)


def smoothstep(x):
    """0 below 0, 1 above 1, and a smooth S between (Hermite cubic); a new float32 array."""
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)


def arch(x):
    """Half an ellipse: √(1 − x²) for ``x`` from −1 to 1, nothing outside."""
    return np.sqrt(np.maximum(1 - x * x, 0))


def upsample(lattice, rows, columns):
    """Read a coarse lattice at fractional places with cubic B-splines, axis by axis.

    Parameters
    ----------
    lattice : float32 array, shape (a, b)
    rows, columns : float32 arrays, shapes (n,) and (m,)
        Places in lattice steps, 0 to a − 3 and 0 to b − 3.

    Returns
    -------
    float32 array, shape (n, m)
    """
    return _along_first(_along_first(lattice, rows).T, columns).T


def _along_first(lattice, places):
    first = np.minimum(places.astype(np.intp), len(lattice) - 4)
    f = (places - first)[:, None].astype(np.float32)
    f2, f3, rest = f * f, f * f * f, 1 - f
    weights = (rest * rest * rest / 6, (3 * f3 - 6 * f2 + 4) / 6, (3 * f * (1 + f - f2) + 1) / 6, f3 / 6)
    return sum(w * lattice[first + k] for k, w in enumerate(weights))


def random_field(rng, n, cells):
    """A smooth random field of about unit variance on an n × n canvas.

    ``cells`` is the number of lattice cells along an edge: the finest detail is about one cell.
    The draws depend on ``cells`` only, so one patient looks the same at every image size.
    """
    lattice = rng.standard_normal((cells + 3, cells + 3), dtype=np.float32)
    places = (np.arange(n, dtype=np.float32) + 0.5) * (cells / n)
    return upsample(lattice, places, places) * (1 / _SPLINE_SPREAD) ** 0.5


def blur(image, sigma):
    """Gaussian blur; ``sigma`` in pixels."""
    return ndimage.gaussian_filter(image, sigma, truncate=2.5, mode="nearest")


def splat(shape, rows, columns, amounts):
    """Drop amounts at fractional pixel places, each shared among its four nearest pixels.

    Amounts that fall outside are lost.
    """
    top, left = np.floor(rows).astype(np.intp), np.floor(columns).astype(np.intp)
    down, right = rows - top, columns - left
    total = np.zeros(shape[0] * shape[1])
    for i, wi in ((0, 1 - down), (1, down)):
        for j, wj in ((0, 1 - right), (1, right)):
            r, c = top + i, left + j
            inside = (r >= 0) & (r < shape[0]) & (c >= 0) & (c < shape[1])
            places = (r * shape[1] + c)[inside]
            total += np.bincount(places, (amounts * wi * wj)[inside], minlength=len(total))
    return total.reshape(shape).astype(np.float32)
