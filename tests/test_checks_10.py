"""Wrong answers to the exercises of chapter 10, and what the checks say of each."""

import pytest
from refused import refuses

from coronet_lib import checks
from coronet_lib.audit.finding import skeleton
from coronet_lib.checks.chapter_09 import edges
from coronet_lib.models.coronet import coronet
from coronet_lib.models.xception import xception

FULL = 33_969_964

test_fewer_classes = refuses(
    checks.fewer_classes,
    [
        ((FULL - 514, FULL - 257), "exchanged"),
        ((FULL - 256, FULL - 512), "its bias"),
        ((FULL - 1, FULL - 2), "256 weights go with it"),
        ((3 * 257, 2 * 257), "last layer alone"),
        ((257, 514), "what goes"),
        ((FULL - 2049, FULL - 4098), "not the 2,048 features"),
        ((FULL - 51_201, FULL - 102_402), "not the flattened grid"),
        ((FULL - 1028, FULL - 1028), "no other has come"),
        ((FULL, FULL - 257), "four and three"),
        ((FULL - 258, FULL - 514), "what does one output"),
        (FULL - 257, "2 numbers"),
    ],
)


test_smallest_for_six = refuses(
    checks.smallest_for_six,
    [
        (166, "still gives 5 × 5"),
        (135, "smallest image that gives 5 × 5"),
        (198, "so does a smaller one"),
        (168, "so does a smaller one"),
        (81, "block 1 has two windows more"),
        (83, "stride of the first window"),
        (163, "second window"),
        (224, "224 pixels gives a grid of 7"),
        (100, "100 pixels gives a grid of 3"),
        (6, "quite another grid"),
        (-5, "quite another grid"),
        ("167", "one edge in pixels"),
    ],
)


@pytest.mark.parametrize("size", [81, 134, 135, 166, 167, 198, 199, 299])
def test_grids_are_those_of_the_model(size):
    assert xception(size, width=1 / 32, middle_blocks=0).output_shape[1] == edges(size)[-1]


HEAD = 2048 * 4 + 4

test_head_parameters = refuses(
    checks.head_parameters,
    [
        (2048 * 4, "biases are missing"),
        (2048 * 5, "not for each feature"),
        (51_200 * 4 + 4, "flattens the grid"),
        (524_544 + 1028, "still has the hidden layer"),
        (524_544, "which goes"),
        (1028, "last layer of the paper's head"),
        (20_861_480 + HEAD, "whole network"),
        (0, "averaging has no parameters"),
        ((HEAD, 0), "one number of parameters"),
    ],
)


def test_counts_are_those_of_the_models():
    three, two = (skeleton(coronet, classes=classes).count_params() for classes in (3, 2))
    assert checks.fewer_classes((three, two))
    with_hidden = skeleton(coronet, head="gap").count_params()
    assert not checks.head_parameters(with_hidden - 20_861_480)
    assert checks.head_parameters(with_hidden - 20_861_480 - 524_544 - 1028 + HEAD)
