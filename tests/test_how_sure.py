"""The tool that makes chapter 17's kept tables runs the chapter's own cells."""

import how_sure
import numpy as np
import pandas as pd
import pytest
import small
from chapter_code import code_cells

from coronet_lib.files import data_path


def test_coverage_is_computed_by_the_chapter_for_each_kind_of_test(monkeypatch):
    monkeypatch.setattr(how_sure, "TESTS", 400)
    monkeypatch.setattr(how_sure, "PATIENTS", (30,))
    made, kept = how_sure.coverage(), pd.read_csv(data_path("coverage.csv"))
    same = kept[kept["patients"] == 30].reset_index(drop=True)
    case, ways = ["patients", "recall", "alike", "images"], ["Wilson", "by image", "by patient"]
    assert made[case].equals(same[case])
    assert np.abs(made[ways] - same[ways]).max(axis=None) < 5 * 0.5 / np.sqrt(400)


def test_each_hospital_is_tried_with_each_seed(monkeypatch):
    asked = {
        "hospital": lambda contrast, seed: pd.Series({"images": contrast + seed}),
        "look": lambda images: (None, None, images),
        "at_threshold": lambda elsewhere, scores, limit: (scores, limit),
        "limit": 0.5,
    }
    monkeypatch.setattr(how_sure, "chapter", lambda *cells: asked)
    made, kept = how_sure.frozen_threshold(), pd.read_csv(data_path("frozen_threshold.csv"))
    assert made[["contrast", "seed"]].equals(kept[["contrast", "seed"]])
    assert (made["found"] == made["contrast"] + made["seed"]).all()


def test_the_chapter_still_defines_what_is_asked_of_it():
    there = how_sure.chapter("home", "hospital-drawn")
    assert {"drawn", "hospital", "at_threshold"} <= set(there)
    sources = {cell.id: cell.source for cell in code_cells(how_sure.CHAPTER)}
    for cell, asked in (
        ("network", "def look(images)"),
        ("hospital-tried", "limit = "),
        ("simulate", "def simulated("),
        ("coverage-cell", "def held("),
        ("judged", "def judged("),
    ):
        assert asked in sources[cell]


@pytest.fixture(scope="module")
def judged():
    return how_sure.chapter("judged")["judged"]


ONE = np.array([[0.6, 0.4, 0, 0], [0.1, 0.9, 0, 0], [0.5, 0.1, 0.4, 0], [0, 0, 0, 1.0]])
OTHER = np.array([[0.2, 0.8, 0, 0], [0.3, 0.7, 0, 0], [0.3, 0.1, 0.6, 0], [0, 0, 0, 1.0]])
TRUTH = np.array([1, 1, 0, 0])


def test_networks_are_judged_alone_and_together(judged):
    seen = judged([ONE, OTHER], TRUTH)
    assert seen["apart"].tolist() == [True, False, True, False]
    assert seen["right, one"].tolist() == [0.5, 1, 0.5, 0]
    assert seen["right, mean"].tolist() == [True, True, False, False]  # of 0.4 and 0.5 the other is more
    assert seen["sure, mean"].tolist() == pytest.approx([0.6, 0.8, 0.5, 1])
    assert seen["Brier, mean"].tolist() == pytest.approx([0.32, 0.08, 0.36 + 0.01 + 0.25, 2])
    assert seen["loss, one"][1] == pytest.approx(-np.log([0.9, 0.7]).mean())
    assert (seen["Brier, mean"] <= seen["Brier, one"] + 1e-12).all()  # whatever the networks: it is convex


def test_measures_are_ratios_over_whoever_is_drawn(judged):
    rows = how_sure.measured(judged([ONE, OTHER], TRUTH), np.array([*"aabb"]), hospital=0)
    found = pd.DataFrame(rows).set_index("measure")
    assert found.loc["right, change", "value"] == pytest.approx(0.5 - 0.5)
    assert found.loc["too sure, mean", "value"] == pytest.approx((0.6 + 0.8 + 0.5 + 1) / 4 - 0.5)
    assert found.loc["right where apart", "value"] == 0.5
    assert found.loc["mistakes apart", "value"] == 0.5  # one of two, and they disagree on half of the X-rays
    assert found.loc["mistakes doubted", "value"] == 0.5
    assert found.loc["right, mean", ["low", "high"]].tolist() == [0, 1]  # all of a, or all of b


def test_a_network_that_is_there_is_not_trained(monkeypatch, tmp_path):
    trained = []
    monkeypatch.setattr(how_sure, "TRAINED", tmp_path)
    monkeypatch.setattr(how_sure, "load_coronet", str)
    monkeypatch.setattr(how_sure.one_fold, "run", lambda *given, **how: trained.append((given, how)))
    assert how_sure.member("X-rays", 1, 0) == str(data_path("runs", "quick-phantom"))
    assert not trained
    assert how_sure.member("X-rays", 3, 0) == str(tmp_path / "fold-3-seed-0")
    ((xrays, recipe, folder), how) = trained[0]
    assert (xrays, recipe, folder.name) == ("X-rays", how_sure.QUICK, "fold-3-seed-0")
    assert (how["fold"], how["seed"], how["session"].existing) == (3, 0, how_sure.Existing.RESUME)


def test_each_ensemble_is_asked_in_each_hospital_and_the_folds_at_home(monkeypatch, judged):
    data = small.xrays()
    drawn, asked = [], []

    def generate(counts=None, *, size, seed=0, confounders=None):
        drawn.append((seed, confounders and confounders.contrast))
        return data

    def predict(network, images):
        asked.append((network, len(images)))
        return np.random.default_rng(network).dirichlet(np.ones(4), len(images))

    monkeypatch.setattr(how_sure, "chapter", lambda *cells: {"judged": judged})
    monkeypatch.setattr(how_sure, "member", lambda xrays, fold, seed: (fold, seed))
    monkeypatch.setattr(how_sure, "predict", predict)
    monkeypatch.setattr(how_sure, "patient_bootstrap", lambda *_: (0, 1))
    monkeypatch.setattr(how_sure.phantom, "generate", generate)
    parts = np.arange(len(data)) % 4 + 1
    monkeypatch.setattr(how_sure, "split_rows", lambda *_, fold: (None, None, np.flatnonzero(parts == fold)))
    made, kept = how_sure.ensembles(), pd.read_csv(data_path("ensembles.csv"))
    assert drawn == [(0, None), *((how_sure.NEW_SEED, contrast) for contrast in how_sure.CONTRASTS)]
    assert set(asked[-4:]) == {(who, len(data)) for who in how_sure.FOLDS}
    assert set(asked[:-4]) == {(one, len(data)) for of in how_sure.MEMBERS.values() for one in of}
    case = ["hospital", "networks", "measure"]
    assert made[case].astype(str).equals(kept[case].astype(str))
    held_out = made.loc[made["measure"] == "right, held out", "value"].item()
    answers = {fold: predict((fold, 0), data.images).argmax(axis=1) for fold in (1, 2, 3, 4)}
    by_hand = [answers[fold][row] == data.labels[row] for row, fold in enumerate(parts)]
    assert held_out == pytest.approx(np.mean(by_hand), abs=1e-4)


def test_an_average_is_kept_with_what_belongs_to_it():
    kept = pd.read_csv(data_path("ensembles.csv"))
    assert (kept["low"] <= kept["value"]).all()
    assert (kept["value"] <= kept["high"]).all()
    values = kept.pivot(index=["hospital", "networks"], columns="measure", values="value")
    for name in ("right", "Brier", "loss"):
        apart = values[f"{name}, mean"] - values[f"{name}, one"] - values[f"{name}, change"]
        assert apart.abs().max() < 2e-4
    too_sure = values["sure, mean"] - values["right, mean"] - values["too sure, mean"]
    assert too_sure.abs().max() < 2e-4


def test_an_unknown_table_is_named():
    with pytest.raises(SystemExit, match=r"there is no nonsense; there are coverage, .*, ensembles"):
        how_sure.main(["nonsense"])
