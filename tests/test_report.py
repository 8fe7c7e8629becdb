"""The overview of run folders: what it says of each, and that it holds for what is committed."""

import json

import hand_made
import pandas as pd
import pytest

from coronet_lib import runs
from coronet_lib.classes import CLASSES
from coronet_lib.files import data_path
from coronet_lib.runs import report

NAMES = CLASSES[2]


def leave_run(folder, right, wrong, *, recipe, epochs, prefix="cohen", patients=None, **card):
    """A finished two-class run that was right on so many images, written without any training."""
    n = right + wrong
    table = pd.DataFrame({"file": [f"{prefix}-{i}.png" for i in range(n)]})
    table["patient"] = table["file"] if patients is None else patients
    table["fold"] = card.get("fold", 1) or 1 + table.index % 4
    table["true"] = NAMES[0]
    table[NAMES[0]] = [0.9] * right + [0.2] * wrong
    table[NAMES[1]] = 1 - table[NAMES[0]]
    whole = {"paper": 80, "own": epochs}[recipe]
    chosen = {"name": recipe, "epochs": epochs, "published_epochs": whole}
    hand_made.leave(folder, table, recipe=chosen, classes=2, **{"fold": 1} | card)


@pytest.fixture
def folder(tmp_path):
    leave_run(tmp_path / "b", 8, 2, recipe="paper", epochs=12, split="image")
    leave_run(tmp_path / "a", 3, 1, recipe="own", epochs=5, fold=None, prefix="phantom-normal")
    leave_run(tmp_path / "c", 1, 1, recipe="paper", epochs=80, status="running")
    (tmp_path / "notes.txt").write_text("no run")
    (tmp_path / "empty").mkdir()
    return tmp_path


def test_each_finished_run_has_a_row(folder):
    table = report.overview(folder)
    assert table.index.tolist() == ["a", "b"]
    assert tuple(table) == report.OVERVIEW
    assert table.loc["b"].tolist()[:7] == ["paper", "real", 2, "image", "1 of 4", "12 of 80", 10]
    assert table.loc["a"].tolist()[:7] == ["own", "phantoms", 2, "patient", "all 4", "5", 4]
    assert table["accuracy"].tolist() == [0.75, 0.8]
    assert (table["low"] < table["accuracy"]).all()


def test_the_overviews_interval_draws_patients(tmp_path):
    """Ten images of two persons, one all right and one all wrong, tell as much as two images."""
    leave_run(tmp_path / "two", 5, 5, recipe="paper", epochs=80, patients=["a"] * 5 + ["b"] * 5)
    leave_run(tmp_path / "ten", 5, 5, recipe="paper", epochs=80)
    table = report.overview(tmp_path)
    assert table.loc["two", ["low", "high"]].tolist() == [0, 1]
    assert 0.1 < table.loc["ten", "low"] < 0.5 < table.loc["ten", "high"] < 0.9


def test_a_run_of_80_epochs_is_not_partial(folder):
    leave_run(folder / "d", 1, 0, recipe="paper", epochs=80)
    assert report.overview(folder).loc["d", "epochs"] == "80"


def test_no_runs_make_an_empty_table(tmp_path):
    table = report.overview(tmp_path)
    assert len(table) == 0
    assert tuple(table) == report.OVERVIEW


def test_a_run_whose_predictions_were_edited_is_refused(folder):
    (folder / "b" / "predictions.csv").write_text("file\n")
    with pytest.raises(runs.RunError, match=r"b/predictions\.csv is not the file"):
        report.overview(folder)


def test_committed_runs_are_finished_and_their_cards_agree_with_their_predictions():
    root = data_path("runs")
    table = report.overview(root)
    assert set(table.index) == {path.name for path in root.iterdir() if path.is_dir()}
    for name, row in table.iterrows():
        card = runs.read_card(root / name)
        right = sum(card["confusion_matrix"][i][i] for i in range(card["classes"]))
        assert row["images"] == sum(map(sum, card["confusion_matrix"]))
        assert row["accuracy"] == pytest.approx(right / row["images"])


def test_committed_cards_name_no_place_on_a_machine():
    for path in data_path("runs").glob("*/card.json"):
        weights = json.loads(path.read_text())["recipe"]["weights"]
        assert weights in (None, "imagenet") or weights.startswith("sha256:"), path
