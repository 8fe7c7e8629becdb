"""Checks of chapter 9: Xception, block by block."""

import numpy as np

from coronet_lib import paper
from coronet_lib.checks._verdict import Wrong, array, call, exercise, match, number
from coronet_lib.layers.cost import parameters

_XCEPTION = paper.TABLE_II["xception"].parameters
_MIDDLE_CHANNELS = 728
_DOWN_CASES = [(64, 128, 128), (128, 256, 256), (3, 5, 7), (728, 728, 1024)]  # (in, first, second)


def _brick(channels_in, channels, *, kind="separable_conv2d", norm=4, bias=False):
    """A 3 x 3 convolution and its batch normalisation of ``norm`` numbers a channel."""
    return parameters(kind, channels_in, channels, 3, bias) + norm * channels


@exercise
def half_the_middle(answer):
    """Exercise 9.1: the parameters of Xception with four middle blocks instead of eight.

    Parameters
    ----------
    answer : int

    Returns
    -------
    Verdict
    """
    convolutions = 3 * _brick(_MIDDLE_CHANNELS, _MIDDLE_CHANNELS, norm=0)
    trained = 3 * _brick(_MIDDLE_CHANNELS, _MIDDLE_CHANNELS, norm=2)
    block = 3 * _brick(_MIDDLE_CHANNELS, _MIDDLE_CHANNELS)
    wanted = _XCEPTION - 4 * block
    match(
        number(answer, "number of parameters"),
        wanted,
        "that is not the count; take what one middle block has, four times, from the whole network.",
        mistakes=[
            (
                4 * block,
                "these are four middle blocks by themselves; wanted is the network around them, too.",
            ),
            (_XCEPTION - 8 * block, "no middle block is left in this count; four of them stay."),
            (_XCEPTION - block, "only one block is gone in this count."),
            (_XCEPTION / 2, "half of the middle flow is less than half of the network."),
            (
                _XCEPTION - 4 * convolutions,
                "the convolutions are gone, but their batch normalisations are still in the count.",
            ),
            (
                _XCEPTION - 4 * trained,
                "batch normalisation has two numbers a channel that are trained, and two that are not; "
                "all four go with the block.",
            ),
            (
                paper.TABLE_II_PARAMETERS.total - 4 * block,
                "this still has CoroNet's head on it; the question is about Xception alone.",
            ),
        ],
        tolerance=0,
    )
    return "A middle block is the same every time, so it can be left out by subtraction."


def _edges(size, *, border=2, round_up=True, halving=(2, 3, 4, 13)):
    """Edges after blocks 1, 2, 3, 4, 12, 13, 14; ``border`` is what block 1's second window costs."""
    edge = (size - 3) // 2 + 1 - border
    edges = []
    for block in (1, 2, 3, 4, 12, 13, 14):
        if block in halving:
            edge = (edge + round_up) // 2
        edges.append(edge)
    return np.array(edges)


@exercise
def edges_at_299(answer):
    """Exercise 9.2: the edge of the map along the network, for an image of 299 pixels.

    Parameters
    ----------
    answer : int array, shape (7,)
        After blocks 1, 2, 3, 4, 12, 13 and 14.

    Returns
    -------
    Verdict
    """
    meaning = "one edge for each of the blocks 1, 2, 3, 4, 12, 13, 14"
    result = array(answer, (7,), meaning, kind="iu")
    wanted = _edges(299)
    halves_upwards = "an odd edge is padded before it is halved: the half is rounded up, not down."
    no_border = "the second window of block 1 is not padded either; it costs a border, too."
    match(
        result,
        wanted,
        "follow the edge through block 1's two windows, then halve it where there is a pooling.",
        mistakes=[
            (_edges(150), "these are the edges for the 150 pixels of the chapter; here 299 come in."),
            (_edges(299, round_up=False), halves_upwards),
            (_edges(299, border=0), no_border),
            (_edges(301, border=0), "block 1 does not pad: both of its windows cost a border."),
            (_edges(299, halving=(2, 3, 4)), "block 13 has a pooling as well."),
            (_edges(299, halving=(2, 3, 4, 13, 14)), "block 14 has no pooling; it only adds channels."),
            (_edges(299, halving=(2, 3, 4, 12, 13)), "the middle flow leaves the shape as it is."),
            (_edges(299, halving=(1, 2, 3, 4, 13)), "block 1 has one stride of 2, in its first window only."),
        ],
        tolerance=0,
    )
    return "An image of about twice the edge ends in a grid of twice the edge."


def _down(channels_in, first, second, *, shortcut=True, kernel=1, shortcut_norm=4, second_from=None, **brick):
    """Parameters of a halving block; the settings are the mistakes that one can make."""
    count = _brick(channels_in, first, **brick)
    count += _brick(first if second_from is None else second_from(channels_in), second, **brick)
    if shortcut:
        count += parameters("conv2d", channels_in, second, kernel) + shortcut_norm * second
    return count


@exercise
def down_parameters(answer):
    """Exercise 9.3: the parameters of a block that halves the map.

    Parameters
    ----------
    answer : callable
        Takes the channels that come in, and those of the first and of the second brick; returns the count.

    Returns
    -------
    Verdict
    """
    result = [number(call(answer, *case), "number of parameters") for case in _DOWN_CASES]

    def mistaken(**settings):
        return [_down(*case, **settings) for case in _DOWN_CASES]

    depthwise_after = [
        _down(*case) + 9 * (case[1] - case[0]) + 9 * (case[2] - case[1]) for case in _DOWN_CASES
    ]
    match(
        result,
        mistaken(),
        "the count is off; build one block with `down` and compare layer by layer (`layer.count_params()`).",
        mistakes=[
            (mistaken(shortcut=False), "the shortcut is missing: here it is a convolution and has weights."),
            (mistaken(shortcut_norm=0), "the shortcut ends in a batch normalisation, too."),
            (mistaken(kernel=3), "the shortcut's window is 1 × 1, not 3 × 3."),
            (mistaken(norm=0, shortcut_norm=0), "batch normalisation is missing."),
            (
                mistaken(norm=2, shortcut_norm=2),
                "batch normalisation has four numbers a channel: two trained, two averaged.",
            ),
            (mistaken(bias=True), "the convolutions have no biases; batch normalisation shifts."),
            (mistaken(kind="conv2d"), "the bricks are separable; these are ordinary convolutions."),
            (
                mistaken(second_from=lambda channels_in: channels_in),
                "the second brick takes what the first gives, not what came into the block.",
            ),
            (depthwise_after, "the depthwise step filters the channels that come in, before they are mixed."),
        ],
        tolerance=0,
    )
    return "It counts all four halving blocks of Xception, and any other."


# Of the mistakes a to f: a ReLU has no weights, nor has a place where a pipe branches off, nor an addition;
# with as many channels out as in, both orders of the separable step have the same two kernels.
_COUNT_CHANGES = np.array([False, False, False, True, True, False])


@exercise
def count_changes(answer):
    """Exercise 9.4: which mistakes in a middle block its number of parameters betrays.

    Parameters
    ----------
    answer : bool array, shape (6,)
        For the mistakes a to f, whether the count changes.

    Returns
    -------
    Verdict
    """
    result = array(answer, (6,), "True or False for each of a to f", kind="b")
    wrong = int((result != _COUNT_CHANGES).sum())
    if wrong == 6:
        raise Wrong("all six are turned round; is your True for a count that stays?")
    if not result.any():
        raise Wrong("some of these blocks have an array of weights that the right one lacks.")
    if result.all():
        raise Wrong("what is only moved takes its weights along, and some layers have none.")
    if wrong:
        raise Wrong(
            f"{wrong} of the six {'is' if wrong == 1 else 'are'} not right. Ask of each whether an array of "
            "weights comes, goes or gets another size, at 728 channels in and out."
        )
    return "So most of these mistakes would pass a comparison of counts; only outputs betray them."
