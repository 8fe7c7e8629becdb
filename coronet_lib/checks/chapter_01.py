"""Checks of chapter 1: places in an array, attenuation, windows, histograms and resampling."""

from itertools import pairwise

import numpy as np

from coronet_lib.checks.answer import (
    array,
    call,
    close,
    given,
    match,
    match_calls,
    no_loop,
    number,
    typed_numbers,
)
from coronet_lib.checks.verdict import Wrong, exercise

_GREYS = 4096  # of 12 bits
# Of the histogram that chapter 1 prints for an exercise; a reader sees bins of 128, so a limit has some room.
_AIR, _LUNG_BEGINS, _LUNG_ENDS, _DENSE_BEGINS = 960, 1216, 2176, 2560  # the air is one bin, from 896 on
_TIE = 1e-9  # pixels; decides for which side a centre on a border counts (Pillow: before it, floor: after it)


@exercise(1, 1)
def pixel_places(answer):
    """Where a pixel stands after two mirrorings and a transposition.

    Parameters
    ----------
    answer : array-like of int, shape (3, 2)
        Row and column of ``large[200, 150]`` in ``large[::-1]``, ``large[:, ::-1]`` and ``large.T``.
    """
    places = typed_numbers(answer, (3, 2), "a row and a column for each of the three", whole=True)
    places = np.where(places < 0, places + 600, places)  # -1 is the last row, as in NumPy
    index = np.arange(600 * 600).reshape(600, 600)
    views = {"`large[::-1]`": index[::-1], "`large[:, ::-1]`": index[:, ::-1], "`large.T`": index.T}
    wanted = np.array([np.argwhere(view == index[200, 150])[0] for view in views.values()])
    from_one = wanted + np.array([[1, 0], [0, 1], [0, 0]])
    wrong = " and in ".join(np.array(list(views))[(places != wanted).any(axis=1)])
    match(
        places,
        wanted,
        f"wrong is the place in {wrong}; try it on `np.arange(6).reshape(2, 3)`.",
        {
            "counting begins at 0, so the last of 600 rows is not row 600.": from_one,
            "rows and columns are exchanged: the row comes first.": wanted[:, ::-1],
            "the first two are exchanged: the slice before the comma is about rows.": wanted[[1, 0, 2]],
            "this is the old place three times; all three views move the pixel.": np.tile([200, 150], (3, 1)),
        },
    )
    return "The row comes first, counting begins at 0, and `-1` walks backwards."


@exercise(1, 2)
def photons_left(answer):
    """The share of the photons that arrive after fluid has taken the place of lung.

    Parameters
    ----------
    answer : float
        For a layer of 2 cm, compared with the same ray before, to two decimals or better.
    """
    share = number(answer, "share")
    change = 2 * (0.20 - 0.05)
    wanted, linear = np.exp(-change), 1 - change
    if 0 < share < 1:
        direction = "many" if share > wanted else "few"
        otherwise = f"{share:.3g} is too {direction}; what does the exponent gain?"
    else:
        otherwise = "a share of the photons lies between 0 and 1."
    match(
        share,
        wanted,
        otherwise,
        {
            "the fluid does not come on top of the lung, it takes its place.": np.exp(-2 * 0.20),
            "the lung goes and the fluid comes: one of the two signs is wrong.": np.exp(-2 * (0.20 + 0.05)),
            "the layer is 2 cm thick, not 1 cm.": np.exp(-change / 2),
            "this says that more photons arrive; is a sign lost in the exponent?": np.exp(change),
            "this is by how much the attenuation rises; wanted is the share of the photons.": change,
            "each centimetre takes a share of what is left, not of what there was: an exponential.": linear,
            "this share is lost; wanted is the share that still arrives.": 1 - wanted,
            "this compares the two coefficients; thickness and exponential are missing.": 1 / 4,
            "the base is e, not 2.": 2.0**-change,
            "the base is e, not 10.": 10.0**-change,
        },
        decimals=2,
    )
    return "Whatever else lies on the ray cancels: exponents add up, so shares multiply."


@exercise(1, 3)
def negative_window(answer):
    """The limits of a window that turns all greys of 12 bits into their negative.

    Parameters
    ----------
    answer : (low, high)
        As :func:`window` of the chapter takes them.
    """
    low, high = typed_numbers(answer, (2,), "the two limits, low and high")
    if not np.isfinite([low, high]).all() or low == high:
        raise Wrong(
            "the limits want to be two different, finite grey levels; the window divides by its width."
        )
    greys = np.arange(_GREYS)
    shown = np.clip((greys - low) / (high - low), 0, 1)
    if np.ptp(shown) == 0:
        raise Wrong("every grey comes out the same; put a grey of 0 and one of 4095 into `window` by hand.")
    if shown[0] < shown[-1]:
        raise Wrong("dark stays dark and bright stays bright; a negative turns the order round.")
    clipped = np.count_nonzero((greys < high) | (greys > low))
    if clipped:
        raise Wrong(f"it is a negative, but it clips {clipped} of the {_GREYS} greys; wanted is one for all.")
    if not close(shown, 1 - greys / (_GREYS - 1), 5e-3):
        raise Wrong("it is a negative, but it does not reach from black to white.")
    return "A window with its limits exchanged has a negative width, and turns the order of the greys round."


@exercise(1, 4)
def chosen_window(answer):
    """The lung window of an X-ray of which only the histogram is known.

    Parameters
    ----------
    answer : (low, high)
        Grey levels of 12 bits, each read from the histogram to a bin or two.
    """
    low, high = typed_numbers(answer, (2,), "the two limits, low and high")
    if not low < high:
        raise Wrong("the lower limit comes first, or the X-ray becomes its own negative.")
    if close([low, high], [300, 2500]):
        raise Wrong("this is the window of the chapter's detector, and this one counts otherwise.")
    if low < _AIR:
        raise Wrong(
            "`low` lies below the spike's upper end, so air beside the patient comes out grey and not black."
        )
    if low > _LUNG_BEGINS:
        raise Wrong("`low` lies in the hill of the lungs or beyond it: what is darker becomes black as air.")
    if high < _LUNG_ENDS:
        raise Wrong("`high` lies in the hill of the lungs: what is brighter there becomes white as bone.")
    if high > _DENSE_BEGINS:
        raise Wrong("`high` lies in the second hill or beyond it: the lungs get too few of the greys.")
    return "Air ends where the spike does, lungs in the valley between the hills; any limit near will do."


@exercise(1, 5)
def equalise(answer):
    """Histogram equalisation of an image of 12 bits.

    Parameters
    ----------
    answer : callable
        Takes whole greys of shape (height, width), and returns as many shares from 0 to 1.
    """
    raw = np.array([[0, 0, 7, 4095, 90], [7, 0, 2000, 91, 90], [4094, 90, 7, 0, 1]])
    result = array(call(answer, raw), raw.shape, "(height, width): a share for every pixel")
    flat, size = raw.ravel(), raw.size
    not_brighter = (flat <= raw[..., None]).sum(axis=-1)
    shares = not_brighter / size
    darker = (flat < raw[..., None]).sum(axis=-1)
    distinct = (np.unique(raw) <= raw[..., None]).sum(axis=-1) / np.unique(raw).size
    if any(np.ptp(result[raw == grey]) > 1e-6 for grey in flat):
        raise Wrong("pixels of one grey come out different; their places must not matter.")
    match(
        result,
        shares,
        "these are not the shares; write a 2 × 2 image on paper and count.",
        {
            "a pixel counts the darker ones only; it counts those of its own grey as well.": darker / size,
            "these are numbers of pixels; wanted are shares of all of them.": not_brighter,
            "these count the pixels that are not darker; the order is turned round.": 1 - darker / size,
            "these count the brighter pixels; wanted are those that are not brighter.": 1 - shares,
            "this is the histogram itself; the sum up to a grey is missing.": (not_brighter - darker) / size,
            "divide by the number of pixels, not by the number of greys.": not_brighter / _GREYS,
            "this is a window over all greys; how often each occurs is not asked.": raw / (_GREYS - 1),
            "every grey counts once here; it has to count as often as it occurs.": distinct,
        },
    )
    even = np.full((2, 3), 4095)
    if not close(array(call(answer, even), even.shape, "(height, width)"), np.ones(even.shape)):
        raise Wrong("in an image of one grey no pixel is brighter than another; yours gives shares below 1.")
    large = np.random.default_rng(1).integers(0, _GREYS, (60, 50))
    no_loop(
        answer,
        given(raw),
        given(large),
        "the shares are right, but Python goes through pixels or greys one by one; no loop is asked for.",
    )
    return "Equal greys stay together, and only their order and number count."


@exercise(1, 6)
def shrink(answer):
    """Area resampling to any smaller size, each old pixel weighted by its overlap.

    Parameters
    ----------
    answer : callable
        Takes an image of shape (height, width) and ``size``, and returns shape (size, size).
    """
    rng = np.random.default_rng(1)
    sizes = (((6, 6), 3), ((6, 6), 4), ((7, 10), 4), ((9, 5), 5))
    match_calls(
        answer,
        [given(rng.uniform(1, 255, shape), size) for shape, size in sizes],
        _area,
        "the means are not those of what each new pixel covers.",
        axes="(size, size)",
        case=lambda image, size: f"from {len(image)} × {image.shape[1]} to {size} × {size} pixels",
        shapes=lambda right, image, size: {
            "a whole number of old pixels goes into each new one; a part has to.": (
                tuple(n // (n // size) for n in image.shape)
            ),
        },
        misfit="is a height used where a width belongs?",
        mistakes=_shrunk_wrongly,
    )
    return "Every old pixel counts for exactly as much as lies in the new one, at any size."


def _area(image, size):
    """The exact means: enlarge until blocks are whole, then average them."""
    height, width = image.shape
    enlarged = image.repeat(size, axis=0).repeat(size, axis=1)
    return enlarged.reshape(size, height, size, width).mean(axis=(1, 3))


def _shrunk_wrongly(right, image, size):
    """What wrong ways to shrink give, and what to say then."""
    picks = "each new pixel picks one old pixel; wanted is a mean of all it covers."
    by_centre = (
        "every old pixel counts whole, for the new one that holds its centre; one that lies across "
        "a border has to be shared."
    )
    whole = image[tuple(slice(n // size * size) for n in image.shape)]
    return {
        "a sum over what a pixel covers, where a mean belongs.": right * image.size / size**2,
        "right numbers, wrong place: rows and columns are exchanged.": right.T,
        picks: [_picked(image, size, 0.5), _picked(image, size, 0.0)],
        by_centre: [_whole_pixels(image, size, _TIE, -_TIE), _whole_pixels(image, size, -_TIE, _TIE)],
        "an old pixel that lies across a border counts whole in both new ones; each has to get "
        "its part.": _whole_pixels(image, size, 0.5 - _TIE, 0.5 - _TIE),
        "the last rows or columns are cut off; all of the image has to count.": _area(whole, size),
    }


def _picked(image, size, offset):
    """Nearest: the old pixel at ``offset`` of the way through each new one."""
    rows, columns = (((np.arange(size) + offset) * n / size).astype(int) for n in image.shape)
    return image[np.ix_(rows, columns)]


def _whole_pixels(image, size, before, after):
    """Means over the old pixels with centres from ``before`` a new one begins to ``after`` it ends."""
    for axis, n in enumerate(image.shape):
        centres = np.arange(n) + 0.5
        parts = [
            image.compress((centres > begin - before) & (centres < end + after), axis).mean(axis)
            for begin, end in pairwise(np.linspace(0, n, size + 1))
        ]
        image = np.stack(parts, axis)
    return image
