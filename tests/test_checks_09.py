"""Wrong answers to the exercises of chapter 9, and what the checks say of each."""

import keras
import numpy as np
import pytest
from keras import layers
from refused import misjudged, refuses

from coronet_lib import checks
from coronet_lib.checks.chapter_09 import _COUNT_CHANGES, _DOWN_CASES, edges
from coronet_lib.figures.diagram import blocks
from coronet_lib.models.xception import xception

MIDDLE = 1_618_344  # parameters of a middle block


test_half_the_middle = refuses(
    checks.half_the_middle,
    [
        (4 * MIDDLE, "by themselves"),
        (20_861_480 - 8 * MIDDLE, "no middle block is left"),
        (20_861_480 - MIDDLE, "only one block"),
        (20_861_480 // 2, "less than half of the network"),
        (20_861_480 - 4 * (MIDDLE - 3 * 4 * 728), "batch normalisations are still in"),
        (20_861_480 - 4 * (MIDDLE - 3 * 2 * 728), "all four go with the block"),
        (33_969_964 - 4 * MIDDLE, "CoroNet's head"),
        (20_861_480 - 4 * MIDDLE + 1, "not the count"),
        ("14 million", "one number of parameters"),
    ],
)


def test_half_the_middle_is_what_the_model_has():
    assert checks.half_the_middle(xception(150, middle_blocks=4).count_params())


test_edges_at_299 = refuses(
    checks.edges_at_299,
    [
        ([72, 36, 18, 9, 9, 5, 5], "here 299 come in"),
        ([147, 73, 36, 18, 18, 9, 9], "rounded up"),
        ([149, 75, 38, 19, 19, 10, 10], "second window of block 1"),
        ([150, 75, 38, 19, 19, 10, 10], "block 1 does not pad"),
        ([147, 74, 37, 19, 19, 19, 19], "block 13 has a pooling"),
        ([147, 74, 37, 19, 19, 10, 5], "block 14 has no pooling"),
        ([147, 74, 37, 19, 10, 5, 5], "middle flow leaves the shape"),
        ([74, 37, 19, 10, 10, 5, 5], "first window only"),
        ([147, 74, 37, 19, 19, 10], "7 numbers"),
        ([147.5, 74, 37, 19, 19, 10, 10], "whole numbers"),
        ([1, 2, 3, 4, 5, 6, 7], "follow the edge"),
    ],
)


def test_edges_at_299_may_be_typed_in():
    assert checks.edges_at_299([147, 74, 37, 19, 19, 10, 10])
    assert checks.edges_at_299(np.array([147.0, 74, 37, 19, 19, 10, 10]))


@pytest.mark.parametrize("size", [150, 299])
def test_edges_are_those_of_the_model(size):
    found = [block.shape[0] for block in blocks(xception(size, width=1 / 32))]
    np.testing.assert_array_equal(edges(size), np.array(found)[[0, 1, 2, 3, 11, 12, 13]])


def block_parameters(c, first, second, *, norm=4, bias=0, shortcut_norm=None, window=1, shortcut=True):
    """The right count, and with other settings a wrong one; written without the library."""
    bricks = 9 * c + c * first + 9 * first + first * second + (norm + bias) * (first + second)
    beside = window**2 * c * second + (norm if shortcut_norm is None else shortcut_norm) * second
    return bricks + beside * shortcut


test_down_parameters = refuses(
    checks.down_parameters,
    [
        (lambda c, f, s: block_parameters(c, f, s, shortcut=False), "shortcut is missing"),
        (lambda c, f, s: block_parameters(c, f, s, shortcut_norm=0), "ends in a batch normalisation"),
        (lambda c, f, s: block_parameters(c, f, s, window=3), "1 × 1, not 3 × 3"),
        (lambda c, f, s: block_parameters(c, f, s, norm=0), "batch normalisation is missing"),
        (lambda c, f, s: block_parameters(c, f, s, norm=2), "four numbers a channel"),
        (lambda c, f, s: block_parameters(c, f, s, bias=1), "no biases"),
        (lambda c, f, s: 9 * c * f + 9 * f * s + c * s + 4 * (f + 2 * s), "these are ordinary"),
        (lambda c, f, s: 18 * c + c * f + 2 * c * s + 4 * (f + 2 * s), "takes what the first gives"),
        (lambda c, f, s: 9 * f + c * f + 9 * s + f * s + c * s + 4 * (f + 2 * s), "before they are mixed"),
        (
            lambda c, f, s: block_parameters(c, f, s) - 9 * (c + f),
            "filters of the depthwise step are missing",
        ),
        (
            lambda c, f, s: block_parameters(c, f, s) - c * f - f * s,
            "mixtures of the pointwise step are missing",
        ),
        (lambda c, f, s: block_parameters(c, f, s) - 6 * (c + f), "nine weights, not three"),
        (lambda c, f, s: block_parameters(c, f, s) - 9 * f - f * s - 4 * s, "one brick only"),
        (lambda c, f, s: block_parameters(c, f, s) + 9 * s + s * s + 4 * s, "third brick"),
        (lambda c, f, s: block_parameters(c, f, s) + (f - c) * s, "shortcut takes what comes into the block"),
        (
            lambda c, f, s: block_parameters(c, f, s) + (c + 4) * (f - s),
            "gives as many channels as the second",
        ),
        (lambda c, f, s: block_parameters(c, f, s) + 4 * (c - s), "follows the shortcut's convolution"),
        (lambda c, f, s: block_parameters(c, f, s, bias=1) + s, "no biases"),
        (lambda c, f, s: block_parameters(c, f, s) + s, "no biases"),
        (lambda c, f, s: block_parameters(c, f, s) - 4 * f, "after each of the two bricks"),
        (lambda c, f, s: block_parameters(c, f, s) - 4 * s, "ends in a batch normalisation"),
        (lambda c, f, s: block_parameters(c, f, f), "the count is off"),
        (lambda c, f, s: str(block_parameters(c, f, s)), "one number of parameters"),
        (lambda c, f: c * f, "TypeError"),
    ],
)


def test_down_parameters_are_those_of_the_blocks():
    counts = {block.number: block.parameters for block in blocks(xception(150))}
    cases = {2: (64, 128, 128), 3: (128, 256, 256), 4: (256, 728, 728), 13: (728, 728, 1024)}
    assert {number: block_parameters(*case) for number, case in cases.items()} == {
        n: counts[n] for n in cases
    }
    assert checks.down_parameters(block_parameters)
    assert {cases[2], cases[13]} <= set(_DOWN_CASES)


test_count_changes = refuses(
    checks.count_changes,
    [
        *misjudged(
            _COUNT_CHANGES,
            turned="turned round",
            every="takes its weights along",
            none="weights that the right one lacks",
            reasons=["1 of the 6 is not right"] * 6,
        ),
        (_COUNT_CHANGES ^ (np.arange(6) > 3), "2 of the 6 are not right"),
    ],
)


def middle_block(mistake=None, channels=8):
    """A block of the middle flow with one of the mistakes a to f of the exercise."""
    x = start = layers.Input((9, 9, channels))
    for brick in range(3):
        if not (mistake == "a" and brick == 0):
            x = layers.ReLU()(x)
        if mistake == "b" and brick == 0:
            shortcut = x
        if mistake == "c":
            x = layers.Conv2D(channels, 1, use_bias=False)(x)
            x = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
        else:
            x = layers.SeparableConv2D(channels, 3, padding="same", use_bias=mistake == "e")(x)
        x = layers.BatchNormalization()(x)
    if mistake != "b":
        shortcut = start
    if mistake == "d":
        shortcut = layers.BatchNormalization()(layers.Conv2D(channels, 1, use_bias=False)(shortcut))
    if mistake != "f":
        x = layers.Add()([x, shortcut])
    return keras.Model(start, layers.ReLU()(x) if mistake == "a" else x)


def test_counts_change_as_the_check_says():
    right = middle_block().count_params()
    changes = [middle_block(mistake).count_params() != right for mistake in "abcdef"]
    np.testing.assert_array_equal(changes, _COUNT_CHANGES)
