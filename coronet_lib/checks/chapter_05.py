"""Checks of chapter 5: batch normalisation and dropout."""

import numpy as np

from coronet_lib.checks.answer import array, call, close, match, number, typed_numbers
from coronet_lib.checks.verdict import Wrong, exercise

_MEANS = np.array([10.0, 20.0, 30.0])  # of three batches; the exercise gives them
_MOMENTUM = 0.9


@exercise(5, 1)
def moving_means(answer):
    """The moving mean of a fresh layer after each of three batches.

    Parameters
    ----------
    answer : list of 3 numbers, or array, shape (3,)
    """
    result = typed_numbers(answer, (3,), "the moving mean after each batch")
    wanted = _moving(0.0, _MOMENTUM)
    turned, first = _moving(0.0, 1 - _MOMENTUM), _moving(_MEANS[0], _MOMENTUM)
    plain, steps = _MEANS.cumsum() / np.arange(1, 4), (1 - _MOMENTUM) * _MEANS
    match(
        result,
        wanted,
        "the numbers are others; begin with what a fresh layer holds, and take the batches one by one.",
        {
            "old and new are exchanged: momentum is the share of the old average that survives.": turned,
            "you begin with the first batch's mean; a fresh layer begins with a moving mean of 0.": first,
            "this is Keras's own momentum; the layer of the exercise has another.": _moving(0.0, 0.99),
            "you begin with 1, but that is the moving variance of a fresh layer.": _moving(1.0, _MOMENTUM),
            "this is the plain average of the batches; a moving one weighs old and new by momentum.": plain,
            "each step begins with 0 here; it has to begin with what the step before has left.": steps,
            "this is the moving mean before each batch; wanted is the one after it.": (0.0, *wanted[:2]),
            "the way is right, but a number is rounded; give it with all its digits.": wanted.round(1),
        },
    )
    return "Three batches around 20, and the moving mean is still near its first value: momentum at work."


def _moving(start, momentum):
    """The moving mean after each batch."""
    return np.array([start := momentum * start + (1 - momentum) * mean for mean in _MEANS])


# Channels of the narrow network of the chapter, block by block.
_SHORTCUTS = 16 + 32 + 91 + 128
_MIDDLE_BLOCK = 3 * 91
_OTHERS = (4 + 8) + 2 * 16 + 2 * 32 + 2 * 91 + (91 + 128) + (192 + 256)


@exercise(5, 2)
def frozen(answer):
    """The non-trainable parameters of the narrow CoroNet.

    Parameters
    ----------
    answer : int
    """
    result = number(answer, "whole number")
    channels = _OTHERS + _SHORTCUTS + 2 * _MIDDLE_BLOCK
    match(
        result,
        2 * channels,
        "the count is another; go through the list row by row, and take every channel of every layer.",
        {
            "this is the number of channels; how many moving averages has each?": channels,
            "these are all the parameters of the layers; half of each layer's are trainable.": 4 * channels,
            "the layers on the shortcuts are missing: they have their own.": 2 * (channels - _SHORTCUTS),
            "the middle has two equal blocks, and you have counted one.": 2 * (channels - _MIDDLE_BLOCK),
            "this is an eighth of the full network's count, with eight equal blocks in the middle; "
            "the narrow network has two.": 2 * (channels + 6 * _MIDDLE_BLOCK),
            "this is the full network's; the narrow one has an eighth of the channels.": 54_528,
        },
    )
    return "Two moving averages for every channel of every batch normalisation."


_RNG = np.random.default_rng(5)
_KERNEL = _RNG.normal(size=(3, 3, 2, 4))
_GAMMA, _BETA, _MEAN = _RNG.normal(size=(3, 4))
_VARIANCE = np.array([0.001, 0.5, 2.0, 9.0])  # the first is no larger than epsilon
_KERNEL_AXES = "(height, width, channels in, channels out)"


@exercise(5, 3)
def fold(answer):
    """One convolution for a convolution and its batch normalisation.

    Parameters
    ----------
    answer : callable
        Takes a kernel of shape (height, width, channels in, channels out), then gamma, beta, moving
        mean, moving variance and epsilon, and returns a kernel and a bias.
    """
    epsilon = 1e-3
    given = (_KERNEL, _GAMMA, _BETA, _MEAN, _VARIANCE, epsilon)
    kernel, bias = _kernel_and_bias(call(answer, *given), _KERNEL.shape)
    scaled, deviation = _KERNEL * _GAMMA, np.sqrt(_VARIANCE)
    factor = _GAMMA / np.sqrt(_VARIANCE + epsilon)
    match(
        kernel,
        _KERNEL * factor,
        "the kernel is another; which number multiplies channel c in inference?",
        {
            "the kernel is as it was; the scale of each channel belongs into it.": _KERNEL,
            "epsilon is missing under the root.": scaled / deviation,
            "epsilon is added to the deviation; it belongs to the variance, under the root.": scaled
            / (deviation + epsilon),
            "you divide by the variance; the root of it is missing.": scaled / (_VARIANCE + epsilon),
            "gamma is missing in the kernel.": _KERNEL / np.sqrt(_VARIANCE + epsilon),
        },
    )
    match(
        bias,
        _BETA - _MEAN * factor,
        "the kernel is right and the bias is not; what comes out where the window holds only zeros?",
        {
            "beta alone is not the bias: the moving mean is still to be subtracted.": _BETA,
            "the moving mean is scaled, too, before it is subtracted.": _BETA - _MEAN,
            "the sign of the moving mean is turned.": _BETA + _MEAN * factor,
            "beta is missing in the bias.": -_MEAN * factor,
        },
    )
    one_channel = (np.ones((1, 1, 3, 1)), np.ones(1), np.zeros(1), np.zeros(1), np.array([3.0]), 1.0)
    kernel, _ = _kernel_and_bias(call(answer, *one_channel), (1, 1, 3, 1))
    if not close(kernel, np.full((1, 1, 3, 1), 0.5)):
        raise Wrong("with variance 3 and epsilon 1 the kernel is another; is epsilon taken as it is given?")
    return "One convolution does the work of two layers; this is how networks are made faster for use."


def _kernel_and_bias(pair, shape):
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise Wrong("the function wants to return two arrays: the new kernel and its bias.")
    kernel = array(pair[0], shape, f"{_KERNEL_AXES}: the new kernel")
    return kernel, array(pair[1], shape[-1:], "(channels out): the new bias")


@exercise(5, 4)
def channel_dropout(answer):
    """Dropout of whole feature maps.

    Parameters
    ----------
    answer : callable
        Takes feature maps of shape (batch, height, width, channels), a rate and a seed, and returns
        maps of the same shape.
    """
    shape, rate = (40, 3, 5, 50), 0.2
    x = np.random.default_rng(1).uniform(1, 2, shape)  # no zeros, so that a zero is a dropped one
    meaning = "(batch, height, width, channels), as what goes in"
    result = array(call(answer, x, rate, 0), shape, meaning)
    if not np.isfinite(result).all():
        raise Wrong("there are numbers that are not finite; what do you divide by?")
    kept = result != 0
    _by_whole_maps(kept)
    share = kept.mean()
    if abs(share - rate) < 0.05:
        raise Wrong("the rate is the share that is dropped, and here it is the share that is kept.")
    if abs(share - (1 - rate)) >= 0.05:
        raise Wrong("another share of the maps is dropped than the rate says.")
    match(
        result[kept],
        x[kept] / (1 - rate),
        "the maps that survive have wrong values; by what are they to be scaled?",
        {
            "the maps that survive are as they were: without scaling up, the sum shrinks.": x[kept],
            "the survivors are scaled down; they have to make up for the others.": x[kept] * (1 - rate),
            "you divide by the rate; divide by the share that survives.": x[kept] / rate,
        },
    )
    if not np.array_equal(call(answer, x, rate, 0), result):
        raise Wrong("the same seed drops other maps the second time; is it used?")
    if np.array_equal(call(answer, x, rate, 1), result):
        raise Wrong("another seed drops the same maps; is it used?")
    return "Whole maps vanish, and the expected sum stays."


def _by_whole_maps(kept):
    """Whether dropped pixels make up whole maps, and each X-ray and channel is drawn for itself."""
    maps = kept.any(axis=(1, 2))
    if kept.all():
        raise Wrong("nothing is dropped.")
    if not kept.any():
        raise Wrong("everything is dropped.")
    if not np.array_equal(kept.all(axis=(1, 2)), maps):
        raise Wrong("a map is dropped in part: draw once for a map, not for each of its pixels.")
    if (maps == maps[0]).all():
        raise Wrong("every X-ray of the batch loses the same maps; draw for each X-ray.")
    if (maps == maps[:, :1]).all():
        raise Wrong("an X-ray loses all of its maps or none; draw for each channel.")
