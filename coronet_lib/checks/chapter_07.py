"""Checks of chapter 7: shortcuts, projections and the gradient through an addition."""

import numpy as np

from coronet_lib.checks._verdict import Wrong, array, call, exercise, match, number

_CHANNELS_IN, _CHANNELS_OUT = 512, 768


@exercise
def trainable_in_projection(answer):
    """Exercise 7.1: the trainable numbers of a projection shortcut from 512 to 768 channels.

    Parameters
    ----------
    answer : int

    Returns
    -------
    Verdict
    """
    count = number(answer, "whole number")
    weights = _CHANNELS_IN * _CHANNELS_OUT
    mistakes = {
        weights: "these are the weights of the convolution alone; the normalisation learns, too.",
        weights + 4 * _CHANNELS_OUT: "these are all numbers; two of the normalisation's four are averages, "
        "which follow the data and have no gradient.",
        weights + _CHANNELS_OUT: "the normalisation learns two numbers for each channel, not one.",
        weights
        + 2 * _CHANNELS_IN: "the normalisation follows the convolution: count the channels that come out.",
        weights + 3 * _CHANNELS_OUT: "one number a channel is too many; the convolution has no bias.",
        9 * weights + 2 * _CHANNELS_OUT: "this is a 3 × 3 window; the shortcut has 1 × 1.",
        weights // 4 + 2 * _CHANNELS_OUT: "a stride leaves out places, not weights.",
    }
    wanted = weights + 2 * _CHANNELS_OUT
    if count != wanted:
        raise Wrong(
            mistakes.get(
                count,
                f"{count:,.0f} is too {'many' if count > wanted else 'few'}; write down the shapes of the "
                "kernel and of the normalisation's parts first.",
            )
        )
    return "A stride costs nothing, and the moving averages are not trained."


@exercise
def padded_shortcut(answer):
    """Exercise 7.2: the shortcut without parameters, every stride-th pixel and channels of zeros.

    Parameters
    ----------
    answer : callable
        Takes ``x`` of shape (batch, height, width, channels in), ``channels`` and ``stride``; returns
        shape (batch, ceil(height / stride), ceil(width / stride), channels).

    Returns
    -------
    Verdict
    """
    x = np.random.default_rng(7).normal(size=(2, 7, 10, 3))
    for channels, stride in ((5, 2), (4, 3), (3, 1), (8, 1)):
        kept = x[:, ::stride, ::stride]
        wanted = np.pad(kept, [(0, 0), (0, 0), (0, 0), (0, channels - 3)])
        result = call(answer, x, channels, stride)
        if isinstance(result, np.ndarray):
            _refuse_known_shapes(result.shape, wanted.shape, stride)
        case = f"{channels} channels and stride {stride} of {x.shape}"
        match(
            array(result, wanted.shape, f"(batch, height, width, channels) for {case}"),
            wanted,
            f"for {case}, the numbers are not those of the pixels to be kept.",
            mistakes=[
                (
                    np.roll(wanted, channels - 3, axis=3),
                    "the zeros come after the old channels, not before.",
                ),
                (
                    wanted[..., np.arange(channels) % 3],
                    "the new channels repeat the old ones; they are to be zeros, for the branch to fill.",
                ),
            ],
        )
    if array(call(answer, x.astype(np.float32), 5, 2), (2, 4, 5, 5), "as before").dtype != np.float32:
        raise Wrong("float32 comes in and another type goes out; let the zeros take the type of x.")
    return "Pixels left out, zeros appended, nothing to learn: He and colleagues call this option A."


def _refuse_known_shapes(shape, wanted, stride):
    """Name the wrong ways that show in the shape of a result for a (2, 7, 10, 3) map."""
    rows, columns, channels = wanted[1:]
    one_way = "only one direction is thinned out; the stride counts for rows and for columns."
    mistakes = {
        (2, 7 // stride, 10 // stride, channels): "a row or column is missing: beginning with the "
        "first, a stride of 2 keeps four of 7 rows.",
        (2, rows, 10, channels): one_way,
        (2, 7, columns, channels): one_way,
        (2, 7, 10, channels): "the stride has no effect: the map is as large as before.",
        (2, rows, columns, 3 + channels): "`channels` is how many there are in the end, not how many are "
        "appended.",
        (2, rows, columns, 3): "no channels are appended.",
    }
    if shape != wanted and shape in mistakes:
        raise Wrong(mistakes[shape])


@exercise
def figure_3_backward(answer):
    """Exercise 7.3: the gradient through ``relu(x + x @ weights)`` by ``x``.

    Parameters
    ----------
    answer : callable
        Takes ``upstream`` and ``x`` of shape (batch, units) and ``weights`` of shape (units, units);
        returns shape (batch, units).

    Returns
    -------
    Verdict
    """
    rng = np.random.default_rng(3)
    upstream, x = rng.normal(size=(2, 5, 4))
    weights = rng.normal(size=(4, 4))
    result = array(call(answer, upstream, x, weights), x.shape, "(batch, units), as x")
    is_open = x + x @ weights > 0
    passed = upstream * is_open
    match(
        result,
        passed + passed @ weights.T,
        "the numbers differ from what nudging x gives; do it for one number and compare.",
        mistakes=[
            (
                upstream + upstream @ weights.T,
                "the ReLU is missing: it stops the gradient wherever the sum was not positive.",
            ),
            (
                upstream + passed @ weights.T,
                "the ReLU stands after the sum, so it shuts the shortcut, too, and not the branch alone.",
            ),
            (passed @ weights.T, "the shortcut is missing: x reaches the sum by two ways."),
            (passed, "the branch is missing: x reaches the sum by two ways."),
            (passed + passed @ weights, "the way back goes through the transposed weights."),
            (
                upstream * (x > 0) + (upstream * (x > 0)) @ weights.T,
                "the ReLU is shut by the sign of the sum that went into it, not by that of x.",
            ),
            (
                (upstream + upstream @ weights.T) * (x > 0),
                "this is the way back with the ReLU before the sum; here it comes after it.",
            ),
            (
                upstream + (upstream @ weights.T) * (x > 0),
                "this goes back through Xception's block; in Figure 3 the ReLU comes after the sum.",
            ),
            (
                passed + upstream @ weights.T,
                "the ReLU stops the branch's part, too, and not the shortcut's alone.",
            ),
            (
                (upstream + upstream @ weights.T) * is_open,
                "the ReLU is the last step forward, so it is the first one back, before the weights.",
            ),
            (
                upstream * (upstream > 0) + (upstream * (upstream > 0)) @ weights.T,
                "the ReLU is shut by what went into it on the way forward, not by the sign of the gradient.",
            ),
        ],
    )
    return "The ReLU first, then both ways, added up."
