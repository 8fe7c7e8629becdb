"""Checks of chapter 7: shortcuts, projections and the gradient through an addition."""

import numpy as np

from coronet_lib.checks.answer import array, call, given, match, match_calls, number
from coronet_lib.checks.verdict import Wrong, exercise
from coronet_lib.layers.forward import relu

_CHANNELS_IN, _CHANNELS_OUT = 512, 768


@exercise(7, 1)
def trainable_in_projection(answer):
    """The trainable numbers of a projection shortcut from 512 to 768 channels.

    Parameters
    ----------
    answer : int
    """
    count = number(answer, "whole number")
    weights = _CHANNELS_IN * _CHANNELS_OUT
    wanted, before = weights + 2 * _CHANNELS_OUT, weights + 2 * _CHANNELS_IN
    match(
        count,
        wanted,
        f"{count:,.0f} is too {'many' if count > wanted else 'few'}; write down the shapes of the kernel and "
        "of the normalisation's parts first.",
        {
            "these are the weights of the convolution alone; the normalisation learns, too.": weights,
            "these are all numbers; two of the normalisation's four are averages, which follow the data "
            "and have no gradient.": weights + 4 * _CHANNELS_OUT,
            "the normalisation learns two numbers for each channel, not one.": weights + _CHANNELS_OUT,
            "the normalisation follows the convolution: count the channels that come out.": before,
            "one number a channel is too many; the convolution has no bias.": weights + 3 * _CHANNELS_OUT,
            "this is a 3 × 3 window; the shortcut has 1 × 1.": 9 * weights + 2 * _CHANNELS_OUT,
            "a stride leaves out places, not weights.": weights // 4 + 2 * _CHANNELS_OUT,
        },
    )
    return "A stride costs nothing, and the moving averages are not trained."


@exercise(7, 2)
def padded_shortcut(answer):
    """The shortcut without parameters, every stride-th pixel and channels of zeros.

    Parameters
    ----------
    answer : callable
        Takes ``x`` of shape (batch, height, width, channels in), ``channels`` and ``stride``; returns
        shape (batch, ceil(height / stride), ceil(width / stride), channels).
    """
    x = np.random.default_rng(7).normal(size=(2, 7, 10, 3))
    match_calls(
        answer,
        [given(x, channels, stride) for channels, stride in ((5, 2), (4, 3), (3, 1), (8, 1))],
        _padded,
        "the numbers are not those of the pixels to be kept.",
        axes="(batch, height, width, channels)",
        case=lambda x, channels, stride: f"for {channels} channels and stride {stride} of {x.shape}",
        shapes=_thinned_wrongly,
        mistakes=_padded_wrongly,
    )
    if array(call(answer, x.astype(np.float32), 5, 2), (2, 4, 5, 5), "as before").dtype != np.float32:
        raise Wrong("float32 comes in and another type goes out; let the zeros take the type of x.")
    return "Pixels left out, zeros appended, nothing to learn: He and colleagues call this option A."


def _padded(x, channels, stride):
    kept = x[:, ::stride, ::stride]
    return np.pad(kept, [(0, 0), (0, 0), (0, 0), (0, channels - x.shape[3])])


def _thinned_wrongly(right, x, channels, stride):
    """Shapes of wrong ways to thin out (2, 7, 10, 3), and what to say then."""
    out = rows, columns = right.shape[1:3]
    cut = (2, 7 // stride, 10 // stride, channels)
    one_way = "only one direction is thinned out; the stride counts for rows and for columns."
    return {
        "a row or column is missing: beginning with the first, a stride of 2 keeps four of 7 rows.": cut,
        "the stride has no effect: the map is as large as before.": (2, 7, 10, channels),
        one_way: [(2, rows, 10, channels), (2, 7, columns, channels)],
        "`channels` is how many there are in the end, not how many are appended.": (2, *out, 3 + channels),
        "no channels are appended.": (2, *out, 3),
    }


def _padded_wrongly(right, x, channels, stride):
    """What wrong channels give, and what to say then."""
    repeated = right[..., np.arange(channels) % 3]
    return {
        "the zeros come after the old channels, not before.": np.roll(right, channels - 3, axis=3),
        "the new channels repeat the old ones; they are to be zeros, for the branch to fill.": repeated,
    }


@exercise(7, 3)
def figure_3_backward(answer):
    """The gradient through ``relu(x + x @ weights)`` by ``x``.

    Parameters
    ----------
    answer : callable
        Takes ``upstream`` and ``x`` of shape (batch, units) and ``weights`` of shape (units, units);
        returns shape (batch, units).
    """
    rng = np.random.default_rng(5)
    upstream, x = rng.normal(size=(2, 5, 4))
    weights = rng.normal(size=(4, 4))
    result = array(call(answer, upstream, x, weights), x.shape, "(batch, units), as x")
    is_open = x + x @ weights > 0
    passed, by_x = upstream * is_open, x > 0
    branch = upstream @ weights.T

    def both(gradient):
        return gradient + gradient @ weights.T

    match(
        result,
        both(passed),
        "the numbers differ from what nudging x gives; do it for one number and compare.",
        {
            "the ReLU is missing: it stops the gradient wherever the sum was not positive.": both(upstream),
            "the ReLU stands after the sum, so it shuts the shortcut, too, and not the branch alone.": (
                upstream + passed @ weights.T
            ),
            "the shortcut is missing: x reaches the sum by two ways.": passed @ weights.T,
            "the branch is missing: x reaches the sum by two ways.": passed,
            "the way back goes through the transposed weights.": passed + passed @ weights,
            "the ReLU is shut by the sign of the sum that went into it, not by that of x.": both(
                upstream * by_x
            ),
            "this is the way back with the ReLU before the sum; here it comes after it.": both(upstream)
            * by_x,
            "this goes back through Xception's block; in Figure 3 the ReLU comes after the sum.": (
                upstream + branch * by_x
            ),
            "the branch has no ReLU of its own here; the only one is the last step.": [
                passed + (passed @ weights.T) * by_x,
                passed + (passed * (x @ weights > 0)) @ weights.T,
            ],
            "the ReLU stops the branch's part, too, and not the shortcut's alone.": passed + branch,
            "the ReLU is the last step forward, so it is the first one back, before the weights.": (
                both(upstream) * is_open
            ),
            "the ReLU is shut by what went into it on the way forward, not by the sign of the gradient.": (
                both(relu(upstream))
            ),
        },
    )
    return "The ReLU first, then both ways, added up."
