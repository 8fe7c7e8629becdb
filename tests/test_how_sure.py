"""The tool that makes chapter 17's kept tables runs the chapter's own cells."""

import how_sure
import numpy as np
import pandas as pd
import pytest
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
    assert (made["found"] == made["contrast"] + 100 + made["seed"]).all()


def test_the_chapter_still_defines_what_is_asked_of_it():
    there = how_sure.chapter("home", "hospital-drawn")
    assert {"drawn", "hospital", "at_threshold"} <= set(there)
    sources = {cell.id: cell.source for cell in code_cells(how_sure.CHAPTER)}
    for cell, asked in (
        ("network", "def look(images)"),
        ("hospital-tried", "limit = "),
        ("simulate", "def simulated("),
        ("coverage-cell", "def held("),
    ):
        assert asked in sources[cell]


def test_an_unknown_table_is_named():
    with pytest.raises(SystemExit, match="there is no nonsense; there are coverage, frozen_threshold"):
        how_sure.main(["nonsense"])
