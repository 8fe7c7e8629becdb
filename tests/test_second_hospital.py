"""The tool that fine-tunes chapter 13's network with ten seeds runs the chapter's own cells."""

import pandas as pd
import second_hospital
from nbformat.v4 import new_code_cell

from coronet_lib.files import data_path

SHORT = """
old = "old"
def hospital(contrast=0.0, paediatric=0.5):
    return contrast, paediatric
def accuracy_and_found(network, elsewhere):
    return 1, elsewhere[0] / 2
def fine_tuned(elsewhere, seed):
    return elsewhere[1], seed / 100
"""


def test_each_hospital_is_tried_with_each_seed(tmp_path, monkeypatch):
    monkeypatch.setattr(second_hospital, "needed", lambda: [new_code_cell(SHORT)])
    monkeypatch.setattr(second_hospital, "TABLE", tmp_path / "table.csv")
    second_hospital.main()
    table, kept = (pd.read_csv(path) for path in (tmp_path / "table.csv", data_path("second_hospital.csv")))
    assert table[["hospital", "seed"]].equals(kept[["hospital", "seed"]])
    assert table.columns.tolist() == kept.columns.tolist()
    found = table.pivot(index="seed", columns="hospital", values="COVID-19 found there")
    assert found.loc["before"].to_dict() == {
        "washed out, no child": 0.5,
        "washed out": 0.5,
        "no child": 0.0,
        "no difference": 0.0,
    }
    right = table[table["seed"] != "before"].groupby("hospital")["test third right"].agg(["min", "max"])
    assert right.T.to_dict() == {
        "washed out, no child": {"min": 0.0, "max": 0.0},
        "washed out": {"min": 0.5, "max": 0.5},
        "no child": {"min": 0.0, "max": 0.0},
        "no difference": {"min": 0.5, "max": 0.5},
    }


def test_the_chapter_still_defines_what_is_asked_of_it():
    code = "\n".join(cell.source for cell in second_hospital.needed())
    for asked in ("def hospital(**shares)", "def accuracy_and_found(network, elsewhere)",
                  "def fine_tuned(elsewhere, seed)", "old = "):  # fmt: skip
        assert asked in code
