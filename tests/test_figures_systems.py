"""Plots of several systems: what is drawn is what was given, and labels stand apart."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from coronet_lib.figures import accuracy_against, forest, spread


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture
def table():
    accuracy = np.array([0.9, 0.901, 0.8, 0.902])
    return pd.DataFrame(
        {"accuracy": accuracy, "low": accuracy - 0.05, "high": accuracy + 0.04}
        | {"parameters": [1e6, 2e7, 1e8, 3e7], "macs": [1e8, 2e9, np.nan, 1e9]},
        index=["one", "two", "three", "four"],
    )


def test_a_point_for_each_system_whose_cost_is_known(table):
    first, second = accuracy_against(table).axes
    assert sorted(zip(*first.lines[0].get_data(), strict=True)) == sorted(
        zip(table["parameters"], 100 * table["accuracy"], strict=True)
    )
    assert len(second.lines[0].get_xdata()) == 3
    assert [text.get_text() for text in second.texts] == ["one", "two", "four"]
    assert first.get_xscale() == "log"
    heights = [text.xyann[1] for text in first.texts]
    assert heights == sorted(heights)
    assert min(np.diff(heights)) > 0.2  # where accuracies are 0.1 apart
    assert first.get_ylim()[0] < 75


def test_rows_of_a_forest(table):
    rows = table.rename(columns={"accuracy": "estimate"})
    axis = forest(rows, xlabel="accuracy", line=0.85).axes[0]
    assert [label.get_text() for label in axis.get_yticklabels()] == list(table.index)
    dots = axis.lines[-1]
    np.testing.assert_array_equal(dots.get_xdata(), rows["estimate"])
    bars = axis.collections[0].get_segments()
    assert [(bar[0][0], bar[1][0]) for bar in bars] == list(zip(rows["low"], rows["high"], strict=True))
    assert axis.yaxis_inverted()


@pytest.mark.parametrize("heights", [[1, 1, 1, 1], [0, 0.1, 5, 9.95], [2, 4, 6, 8], [9.9, 9.9, 9.9]])
def test_spread_keeps_order_distance_and_range(heights):
    moved = spread(np.array(heights, float), gap=1, low=0, high=10)
    assert (np.diff(moved) > 1 - 1e-9).all()
    assert moved.min() >= 0
    assert moved.max() <= 10 + 1e-9


def test_spread_leaves_alone_what_is_apart():
    np.testing.assert_allclose(spread(np.array([1.0, 3, 8]), gap=1, low=0, high=10), [1, 3, 8])
    crowded = spread(np.array([1.0, 1, 1]), gap=100, low=0, high=10)
    np.testing.assert_allclose(crowded, [0, 5, 10])
