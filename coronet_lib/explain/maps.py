"""Five maps of where an answer comes from: all of the logit, as in the softmax classes compete."""

from inspect import signature

import numpy as np
from keras import ops
from tqdm.auto import tqdm

from coronet_lib.training.batches import as_rgb

_BATCH = 64


def _gradcam(network, images, target, layer=None):
    values, slope = _at(layer, network, images, target)
    return (slope.mean(axis=(1, 2), keepdims=True) * values).sum(axis=-1)


def _hirescam(network, images, target, layer=None):
    values, slope = _at(layer, network, images, target)
    return (slope * values).sum(axis=-1)


def _at(layer, network, images, target):
    features, head = network.open_at(layer)
    values = features(images)
    return values, network.slope(values, target, head)


def _saliency(network, images, target):
    return np.abs(network.slope(as_rgb(images), target).sum(axis=-1))


def _integrated_gradients(network, images, target, baseline=0, steps=64):
    way, slope = as_rgb(images) - np.float32(baseline), 0
    shares = (np.arange(steps, dtype=np.float32).reshape(-1, 1, 1, 1, 1) + 0.5) / steps
    for part in np.array_split(shares, -(-steps * len(images) // _BATCH)):
        pictures = baseline + part * way  # (some steps, n, size, size, 3)
        slopes = network.slope(pictures.reshape(-1, *way.shape[1:]), np.tile(target, len(part)))
        slope = slope + slopes.reshape(pictures.shape).sum(axis=0) / steps
    return (slope * way).sum(axis=-1)


def _occlusion(network, images, target, window=16, stride=8, fill=None):
    every, rows = as_rgb(images), np.arange(len(images))
    cover = every.mean(axis=(1, 2, 3), keepdims=True) if fill is None else fill
    whole = network.logits(images)[rows, target]
    lost, times = np.zeros((2, *every.shape[:3]), np.float32)
    last = max(network.size - window, 0)
    places = sorted({*range(0, last, stride), last})
    for top in places:
        squares = [np.s_[:, top : top + window, left : left + window] for left in places]
        covered = np.stack([every] * len(places))
        for pictures, square in zip(covered, squares, strict=True):
            pictures[square] = cover
        logits = network.logits(covered.reshape(-1, *every.shape[1:])).reshape(len(places), len(images), -1)
        for square, logit in zip(squares, logits[:, rows, target], strict=True):
            lost[square] += (whole - logit)[:, None, None]
            times[square] += 1
    return lost / times


METHODS = {
    "gradcam": _gradcam,
    "hirescam": _hirescam,
    "saliency": _saliency,
    "integrated-gradients": _integrated_gradients,
    "occlusion": _occlusion,
}
"""Ways to make a map, by name; :func:`attribution` says what each does."""


def attribution(network, images, method="hirescam", target=None, *, cells=False, progress=False, **options):
    """Maps of what speaks for a class (above zero) and against it (below).

    Parameters
    ----------
    network : OpenNetwork
    images : uint8 array, shape (n, size, size, 1 or 3)
    method : {"gradcam", "hirescam", "saliency", "integrated-gradients", "occlusion"}
        The map of a layer, each channel times its mean slope (Selvaraju et al. 2020; without their ReLU) or
        each number times its own (Draelos & Carin 2020). Or how far the logit moves with a pixel, without a
        sign. Or a pixel's way from a baseline times its mean slope on that way, which adds up to what the
        logit gained (Sundararajan et al. 2017). Or what the logit loses when a square is covered, as the
        mean over the squares that cover a pixel.
    target : int or int array, shape (n,), optional
        Class whose logit is explained; by default each X-ray's answer.
    cells : bool
        Leave a layer's map as it is, instead of as large as the X-ray.
    progress : bool
        Show a progress bar.
    **options
        Of a method: ``layer`` of the first two, one of ``network.layers``; ``baseline`` (grey level, 0) and
        ``steps`` (64); ``window`` and ``stride`` (16 and 8 pixels) and ``fill`` (grey level, the mean).

    Returns
    -------
    float32 array, shape (n, size, size), or (n, h, w) of cells

    Raises
    ------
    ValueError
        If there is no such method or layer, or it has no such option.
    """
    if method not in METHODS:
        raise ValueError(f"method wants one of {', '.join(METHODS)}, got {method!r}")
    known = [*signature(METHODS[method]).parameters][3:]
    if unknown := options.keys() - set(known):
        raise ValueError(f"{method} has no option {min(unknown)!r}")
    if "layer" in known:
        network.open_at(options.get("layer"))  # refuses what is none before there is a bar
    if target is None:
        target = network.logits(images).argmax(axis=1)
    target, maps = np.broadcast_to(target, len(images)), []
    for start in tqdm(range(0, len(images), _BATCH), desc=method, disable=not progress):
        rows = slice(start, start + _BATCH)
        maps.append(METHODS[method](network, images[rows], target[rows], **options))
    maps = np.concatenate(maps)
    if cells or maps.shape[1] == network.size:
        return maps
    pixels = (network.size, network.size)
    larger = ops.image.resize(maps[..., None], pixels, "bilinear", data_format="channels_last")
    return ops.convert_to_numpy(larger)[..., 0]
