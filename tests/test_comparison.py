"""Comparing systems on the same images: the tests by hand, the tables by scikit-learn."""

import io

import hand_made
import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from sklearn import metrics

from coronet_lib import evaluation, runs
from coronet_lib.classes import CLASSES
from coronet_lib.evaluation import holm, mcnemar
from coronet_lib.systems import tables

NAMES = np.array(CLASSES[4])


def leave_run(folder, predicted, true, patients, *, files=None, **card):
    """A finished cross-validation, written without any training."""
    n = len(true)
    scores = np.eye(4)[predicted]
    table = pd.DataFrame(
        {
            "file": [f"xray-{i}.png" for i in range(n)] if files is None else files,
            "patient": patients,
            "fold": 1 + np.arange(n) % 4,
            "true": NAMES[true],
        }
    )
    table[list(NAMES)] = scores
    return hand_made.leave(folder, table, **card)


@pytest.fixture
def tested():
    """True classes, and three systems' answers, of 200 images of 120 patients."""
    rng = np.random.default_rng(0)
    true = rng.integers(4, size=200)
    answers = {
        name: np.where(rng.random(200) < share, true, rng.integers(4, size=200))
        for name, share in {"good": 0.9, "fair": 0.6, "like-fair": 0.6}.items()
    }
    return true, answers, rng.integers(120, size=200).astype(str)


@pytest.fixture
def folders(tmp_path, tested):
    true, answers, patients = tested
    cards = {
        "good": {"cost": {"parameters": 7, "trainable": 6, "macs": 5, "latency_ms": 4.5, "memory_mb": 300}},
        "fair": {"start": "random", "recipe": {"epochs": None, "published_epochs": None}},
        "like-fair": {"start": "pretrained"},
    }
    cards["good"]["recipe"] = {"epochs": 10, "published_epochs": 100}
    return [leave_run(tmp_path / name, answers[name], true, patients, **cards[name]) for name in answers]


def test_mcnemar_by_hand():
    right = np.array([True] * 6 + [False] * 4)
    other = np.array([True, False, False, False, False, False] + [True] + [False] * 3)
    found = mcnemar(right, other)
    assert (found.only_a, found.only_b) == (5, 1)
    assert found.p == pytest.approx(2 * (1 + 6) / 2**6)
    assert mcnemar(other, right).p == found.p
    assert mcnemar(right, right) == (0, 0, 1.0)
    with pytest.raises(ValueError, match=r"got \(10,\) and \(9,\)"):
        mcnemar(right, other[:9])


def test_mcnemar_is_the_sign_test_of_the_pairs():
    # Of 200 pairs 21 and 9 differ: the exact two-sided p of 9 or fewer heads in 30 tosses, doubled.
    a = np.repeat([True, True, False, False], [150, 21, 9, 20])
    b = np.repeat([True, False, True, False], [150, 21, 9, 20])
    assert mcnemar(a, b).p == pytest.approx(0.0427739, abs=1e-6)


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]).tolist() == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]).tolist() == [1.0, 1.0]
    assert holm([0.02]).tolist() == [0.02]


def test_pairs_agree_with_the_predictions(folders, tested):
    true, answers, _ = tested
    table = tables.pairs(folders)
    assert list(zip(table["a"], table["b"], strict=True)) == [
        ("good", "fair"),
        ("good", "like-fair"),
        ("fair", "like-fair"),
    ]
    row = table.iloc[0]
    good, fair = (answers[name] == true for name in ("good", "fair"))
    assert row["difference"] == pytest.approx(good.mean() - fair.mean())
    assert (row["only_a"], row["only_b"]) == ((good & ~fair).sum(), (fair & ~good).sum())
    assert row["low"] < row["difference"] < row["high"]
    assert row["low"] > 0
    assert row["p_holm"] < 0.001
    last = table.iloc[2]
    assert last["low"] < 0 < last["high"]
    np.testing.assert_array_equal(table["p_holm"], holm(table["p"]))


def test_images_of_one_patient_count_less_than_images_of_many(tmp_path, tested):
    true, answers, _ = tested
    widths = {}
    for name, patients in {"many": np.arange(200), "few": np.arange(200) // 10}.items():
        # Images of one patient are answered alike.
        order = np.argsort(answers["fair"] == true, kind="stable")
        runs_of = [
            leave_run(tmp_path / name / system, answers[system][order], true[order], patients.astype(str))
            for system in ("good", "fair")
        ]
        row = tables.pairs(runs_of).iloc[0]
        widths[name] = row["high"] - row["low"]
    assert widths["few"] > 1.3 * widths["many"]


def test_table_vii(folders, tested):
    true, answers, patients = tested
    table = tables.overview(folders)
    assert table.index.tolist() == ["good", "fair", "like-fair"]
    good = table.loc["good"]
    assert good["accuracy"] == metrics.accuracy_score(true, answers["good"])
    assert good["f1"] == pytest.approx(metrics.f1_score(true, answers["good"], average="macro"))
    wilson = evaluation.wilson_interval((answers["good"] == true).sum(), 200)
    assert (good["wilson_low"], good["wilson_high"]) == wilson
    assert good["low"] < good["accuracy"] < good["high"]
    assert (good["images"], good["patients"], good["classes"]) == (200, len(set(patients)), 4)
    assert good[list(tables.COSTS)].tolist() == [7, 6, 5, 4.5, 300]
    assert table.loc["fair", list(tables.COSTS)].isna().all()
    assert table["weights"].tolist() == ["scratch", "random", "pretrained"]
    assert table["epochs"].tolist() == ["10 of 100", "-", "5"]


def test_table_viii(folders, tested):
    true, answers, _ = tested
    table = tables.by_class(folders)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(true, answers["fair"])
    rows = table.loc["fair"]
    assert rows.index.tolist() == list(NAMES)
    np.testing.assert_allclose(rows["precision"], precision)
    np.testing.assert_allclose(rows["recall"], recall)
    np.testing.assert_allclose(rows["f1"], f1)
    np.testing.assert_array_equal(rows["images"], support)
    assert (rows["recall_low"] < recall).all()
    assert (rows["recall_high"] > recall).all()


def test_a_class_that_is_never_predicted_has_no_precision(tmp_path):
    true = np.array([0, 1, 2, 3])
    folder = leave_run(tmp_path / "blind", np.array([1, 1, 2, 3]), true, ["a", "b", "c", "d"])
    row = tables.by_class([folder]).loc["blind", "covid19"]
    assert np.isnan(row["precision"])
    assert np.isnan(row["precision_low"])
    assert row["recall"] == 0


def test_what_is_written_and_shown(folders, tmp_path):
    tables.write(folders, tmp_path)
    systems = pd.read_csv(tmp_path / "systems.csv", index_col="system")
    assert systems.loc["good", "parameters"] == 7
    assert len(pd.read_csv(tmp_path / "classes.csv")) == 12
    pairs = pd.read_csv(tmp_path / "pairs.csv")
    assert pairs["difference"].tolist() == pytest.approx(
        tables.pairs(folders)["difference"].tolist(), abs=1e-4
    )
    console = Console(width=200, record=True, file=io.StringIO())
    tables.show(console, folders)
    text = console.export_text()
    assert "- like-fair" in text
    assert "10 of 100" in text
    assert f"{100 * systems.loc['fair', 'accuracy']:.1f}" in text


def test_runs_that_do_not_belong_together(folders, tmp_path, tested):
    true, answers, patients = tested
    other = [f"film-{i}.png" for i in range(200)]
    elsewhere = leave_run(tmp_path / "elsewhere", answers["good"], true, patients, files=other)
    with pytest.raises(runs.RunError, match="tested on other images: 400 have no partner"):
        tables.pairs([folders[0], elsewhere])
    relabelled = leave_run(tmp_path / "relabelled", answers["good"], (true + 1) % 4, patients)
    with pytest.raises(runs.RunError, match="200 images differ in 'true'"):
        tables.pairs([folders[0], relabelled])
    with pytest.raises(ValueError, match="at least two systems"):
        tables.pairs(folders[:1])
    (folders[1] / "predictions.csv").unlink()
    with pytest.raises(runs.RunError, match=r"predictions\.csv is missing; restore it"):
        tables.aligned(folders)
