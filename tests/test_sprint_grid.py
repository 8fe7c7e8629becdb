"""The grid of the sprint: it never sees the fold that is tested, and decides as was written down."""

import numpy as np
import pandas as pd
import pytest
import sprint_grid
from sprint_grid import GRID, INNER, PARTS

from coronet_lib.classes import CLASSES
from coronet_lib.datasets.collection import XrayCollection
from coronet_lib.runs import split_rows
from coronet_lib.training import SPRINT


def many_patients():
    rng = np.random.default_rng(0)
    labels = np.tile(np.arange(4), 200)
    patients = np.char.add(
        labels.astype(str), np.char.add("-", rng.integers(60, size=len(labels)).astype(str))
    )
    files = np.arange(len(labels)).astype(str)
    return XrayCollection(np.zeros((len(labels), 1, 1, 1), np.uint8), labels, patients, files, CLASSES[4])


def test_the_tested_fold_is_not_touched_and_the_first_part_is_the_recipes_own():
    xrays = many_patients()
    train, validation, test = split_rows(xrays, SPRINT, fold=1)
    inner = sprint_grid.training_part(xrays)
    assert not set(inner.patients) & set(xrays.patients[test])
    learned, held_out, again = split_rows(inner, SPRINT.but(validation=0.0), fold=1, split=INNER)
    np.testing.assert_array_equal(held_out, again)  # the curve is that of the part held out
    np.testing.assert_array_equal(inner.files[learned], xrays.files[train])
    np.testing.assert_array_equal(inner.files[held_out], xrays.files[validation])


def test_each_setting_changes_one_thing():
    assert GRID["first"] == {}
    for name, changes in GRID.items():
        assert len(set(changes) - {"published_epochs"}) == (name != "first")
        assert SPRINT.but(**changes).epochs <= 15


@pytest.mark.parametrize(("more", "fewer", "better"), [(9, 0, True), (9, 5, False), (0, 9, False)])
def test_a_setting_is_better_by_two_standard_errors_or_not_at_all(more, fewer, better, monkeypatch):
    """Of 100 X-rays in a part the first has 60 right; another some of the other 40, and fewer of these."""

    def answers(folder):
        right = np.arange(100) < 60
        if folder.name.startswith("flipped"):
            right[60 : 60 + more] = True
            right[:fewer] = False
        files = [f"{folder.name[-1]}/{i}" for i in range(100)]
        return pd.DataFrame({"file": files, "true": "a", "predicted": np.where(right, "a", "b")}), ["a", "b"]

    monkeypatch.setattr(sprint_grid, "read_predictions", answers)
    found = sprint_grid.outcome(sprint_grid.Path("out"))
    assert found.loc["first", "right"] == 60 * len(PARTS)
    assert found.loc["flipped", "gain"] == (more - fewer) * len(PARTS)
    assert found["better"].to_dict() == {name: name == "flipped" and better for name in GRID}
