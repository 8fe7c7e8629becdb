"""Checks of chapter 9: Xception, block by block."""

from functools import partial

import numpy as np

from coronet_lib import paper
from coronet_lib.checks.answer import given, judge, match, match_calls, number, typed_numbers
from coronet_lib.checks.verdict import exercise
from coronet_lib.layers.cost import parameters

_XCEPTION = paper.TABLE_II["xception"].parameters
_MIDDLE_CHANNELS = 728
# (in, first, second); first one with three different numbers, which give each mistake away.
_DOWN_CASES = [(37, 53, 97), (64, 128, 128), (128, 256, 256), (728, 728, 1024)]


def _brick(channels_in, channels, *, kind="separable_conv2d", norm=4, bias=False):
    """A 3 x 3 convolution and its batch normalisation of ``norm`` numbers a channel."""
    return parameters(kind, channels_in, channels, 3, bias) + norm * channels


@exercise(9, 1)
def half_the_middle(answer):
    """The parameters of Xception with four middle blocks instead of eight.

    Parameters
    ----------
    answer : int
    """

    def without(norm):
        return _XCEPTION - 4 * 3 * _brick(_MIDDLE_CHANNELS, _MIDDLE_CHANNELS, norm=norm)

    wanted = without(4)
    block, head = (_XCEPTION - wanted) // 4, paper.TABLE_II_PARAMETERS.total - _XCEPTION
    match(
        number(answer, "number of parameters"),
        wanted,
        "that is not the count; take what one middle block has, four times, from the whole network.",
        {
            "these are four middle blocks by themselves; wanted is the network around them, too.": 4 * block,
            "no middle block is left in this count; four of them stay.": _XCEPTION - 8 * block,
            "only one block is gone in this count.": _XCEPTION - block,
            "half of the middle flow is less than half of the network.": _XCEPTION / 2,
            "the convolutions are gone, but their batch normalisations are still in the count.": without(0),
            "batch normalisation has two numbers a channel that are trained, and two that are not; "
            "all four go with the block.": without(2),
            "this still has CoroNet's head on it; the question is about Xception alone.": wanted + head,
        },
    )
    return "A middle block is the same every time, so it can be left out by subtraction."


def edges(size, *, border=2, round_up=True, halving=(2, 3, 4, 13)):
    """Edges after blocks 1, 2, 3, 4, 12, 13, 14; ``border`` is what block 1's second window costs."""
    edge = (size - 3) // 2 + 1 - border
    edges = []
    for block in (1, 2, 3, 4, 12, 13, 14):
        if block in halving:
            edge = (edge + round_up) // 2
        edges.append(edge)
    return np.array(edges)


@exercise(9, 2)
def edges_at_299(answer):
    """The edge of the map along the network, for an image of 299 pixels.

    Parameters
    ----------
    answer : int array, shape (7,)
        After blocks 1, 2, 3, 4, 12, 13 and 14.
    """
    meaning = "one edge for each of the blocks 1, 2, 3, 4, 12, 13, 14"
    result = typed_numbers(answer, (7,), meaning, whole=True)
    wanted, rounded_down = edges(299), edges(299, round_up=False)
    match(
        result,
        wanted,
        "follow the edge through block 1's two windows, then halve it where there is a pooling.",
        {
            "these are the edges for the 150 pixels of the chapter; here 299 come in.": edges(150),
            "an odd edge is padded before it is halved: the half is rounded up, not down.": rounded_down,
            "the second window of block 1 is not padded either; it costs a border, too.": edges(
                299, border=0
            ),
            "block 1 does not pad: both of its windows cost a border.": edges(301, border=0),
            "block 13 has a pooling as well.": edges(299, halving=(2, 3, 4)),
            "block 14 has no pooling; it only adds channels.": edges(299, halving=(2, 3, 4, 13, 14)),
            "the middle flow leaves the shape as it is.": edges(299, halving=(2, 3, 4, 12, 13)),
            "block 1 has one stride of 2, in its first window only.": edges(299, halving=(1, 2, 3, 4, 13)),
        },
    )
    return "An image of about twice the edge ends in a grid of twice the edge."


def _down(channels_in, first, second, *, shortcut=True, kernel=1, shortcut_norm=4, second_from=None, **brick):
    """Parameters of a halving block; the settings are the mistakes that one can make."""
    count = _brick(channels_in, first, **brick)
    count += _brick(second_from or first, second, **brick)
    if shortcut:
        count += parameters("conv2d", channels_in, second, kernel) + shortcut_norm * second
    return count


@exercise(9, 3)
def down_parameters(answer):
    """The parameters of a block that halves the map.

    Parameters
    ----------
    answer : callable
        Takes the channels that come in, and those of the first and of the second brick; returns the count.
    """
    match_calls(
        answer,
        [given(*case) for case in _DOWN_CASES],
        _down,
        "the count is off; build one block with `down` and compare layer by layer (`layer.count_params()`).",
        read=lambda result: number(result, "number of parameters"),
        mistakes=_counted_wrongly,
    )
    return "It counts all four halving blocks of Xception, and any other."


def _counted_wrongly(right, channels_in, first, second):
    """Wrong counts of a halving block, and what to say then."""
    down = partial(_down, channels_in, first, second)
    half, parallel = down(norm=2, shortcut_norm=2), down(second_from=channels_in)
    one_brick = right - _brick(first, second)
    to_first = right + (channels_in + 4) * (first - second)
    return {
        "the shortcut is missing: here it is a convolution and has weights.": down(shortcut=False),
        "the shortcut ends in a batch normalisation, too.": down(shortcut_norm=0),
        "the shortcut's window is 1 × 1, not 3 × 3.": down(kernel=3),
        "the shortcut takes what comes into the block, not what the first brick gives.": (
            right + (first - channels_in) * second
        ),
        "the shortcut gives as many channels as the second brick, to be added to them.": to_first,
        "the batch normalisation follows the shortcut's convolution: count the channels that come out.": (
            right + 4 * (channels_in - second)
        ),
        "batch normalisation is missing.": down(norm=0, shortcut_norm=0),
        "there is a batch normalisation after each of the two bricks.": [right - 4 * first, down(norm=0)],
        "batch normalisation has four numbers a channel: two trained, two averaged.": half,
        "the convolutions have no biases; batch normalisation shifts.": [
            right + extra for extra in (first + second, second, first + 2 * second)
        ],
        "the bricks are separable; these are ordinary convolutions.": down(kind="conv2d"),
        "the filters of the depthwise step are missing.": right - 9 * (channels_in + first),
        "the mixtures of the pointwise step are missing.": right - first * (channels_in + second),
        "a 3 × 3 filter has nine weights, not three.": right - 6 * (channels_in + first),
        "this is one brick only; the block has two.": one_brick,
        "this has a third brick, as in the middle flow; the block has two.": right + _brick(second, second),
        "the second brick takes what the first gives, not what came into the block.": parallel,
        "the depthwise step filters the channels that come in, before they are mixed.": (
            right + 9 * (second - channels_in)
        ),
    }


# Of the mistakes a to f: a ReLU has no weights, nor has a place where a pipe branches off, nor an addition;
# with as many channels out as in, both orders of the separable step have the same two kernels.
_COUNT_CHANGES = np.array([False, False, False, True, True, False])


@exercise(9, 4)
def count_changes(answer):
    """Which mistakes in a middle block its number of parameters betrays.

    Parameters
    ----------
    answer : bool array, shape (6,)
        For the mistakes a to f, whether the count changes.
    """
    judge(
        answer,
        _COUNT_CHANGES,
        turned="all six are turned round; is your True for a count that stays?",
        every="what is only moved takes its weights along, and some layers have none.",
        none="some of these blocks have an array of weights that the right one lacks.",
        question="Ask of each whether an array of weights comes, goes or gets another size, at 728 channels "
        "in and out.",
    )
    return "So most of these mistakes would pass a comparison of counts; only outputs betray them."
