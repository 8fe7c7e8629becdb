"""Plots of several systems: what is drawn is what was given."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from coronet_lib.figures import accuracy_against, forest


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


def test_a_row_for_each_system_whose_cost_is_known_the_cheapest_first(table):
    first, second = accuracy_against(table).axes
    by_parameters = ["one · 1.0 M", "two · 20.0 M", "four · 30.0 M", "three · 100.0 M"]
    assert [label.get_text() for label in first.get_yticklabels()] == by_parameters
    assert [label.get_text() for label in second.get_yticklabels()] == [
        "one · 100.0 M",
        "four · 1.0 G",
        "two · 2.0 G",
    ]
    np.testing.assert_allclose(first.lines[0].get_xdata(), [90, 90.1, 90.2, 80])
    np.testing.assert_allclose(first.collections[0].get_segments()[-1][:, 0], [75, 84])
    assert first.get_xlim() == second.get_xlim()


def test_rows_of_a_forest(table):
    rows = table.rename(columns={"accuracy": "estimate"})
    axis = forest(rows, xlabel="accuracy", line=0.85).axes[0]
    assert [label.get_text() for label in axis.get_yticklabels()] == list(table.index)
    dots = axis.lines[-1]
    np.testing.assert_array_equal(dots.get_xdata(), rows["estimate"])
    bars = axis.collections[0].get_segments()
    assert [(bar[0][0], bar[1][0]) for bar in bars] == list(zip(rows["low"], rows["high"], strict=True))
    assert axis.yaxis_inverted()
