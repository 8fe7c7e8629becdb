"""Groups of X-rays: what a mean hides, and answers that turn over."""

import numpy as np
import pytest

from coronet_lib.evaluation import by_group, flip_rate, wilson_interval, worst_group

RIGHT = np.array([1, 1, 1, 0, 1, 0, 0], bool)
GROUPS = np.array([*"aaaabbb"])


def test_a_row_for_each_group_with_its_interval():
    table = by_group(RIGHT, GROUPS)
    assert table["group"].tolist() == ["a", "b"]
    assert table["images"].tolist() == [4, 3]
    assert table["right"].tolist() == pytest.approx([3 / 4, 1 / 3])
    for row, (right, images) in zip(table.itertuples(), [(3, 4), (1, 3)], strict=True):
        assert (row.low, row.high) == pytest.approx(wilson_interval(right, images))


def test_the_order_of_images_does_not_matter():
    order = np.random.default_rng(0).permutation(len(RIGHT))
    assert by_group(RIGHT[order], GROUPS[order]).equals(by_group(RIGHT, GROUPS))


def test_the_worst_group_is_worse_than_the_mean():
    worst = worst_group(RIGHT, GROUPS)
    assert (worst.name, worst.images) == ("b", 3)
    assert worst.right == pytest.approx(1 / 3)
    assert worst.right < RIGHT.mean()


def test_the_first_of_equally_bad_groups_is_named():
    assert worst_group([True, False, True, False], [*"dcdc"]).name == "c"
    assert worst_group([True, True], [2, 1]).name == 1


def test_flips_are_counted_both_ways():
    assert flip_rate([0, 1, 2, 2], [1, 0, 2, 2]) == 0.5
    assert flip_rate(GROUPS, GROUPS) == 0


@pytest.mark.parametrize("function", [by_group, worst_group, flip_rate])
@pytest.mark.parametrize(("left", "right"), [([True], [1, 2]), ([], []), ([[True]], [[1]])])
def test_refuses_what_does_not_stand_side_by_side(function, left, right):
    with pytest.raises(ValueError, match=r"one entry for each image .* got shapes \("):
        function(left, right)
