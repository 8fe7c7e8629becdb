"""The tool that fine-tunes chapter 13's network with ten seeds runs the chapter's own cells."""

import pandas as pd
import second_hospital

from coronet_lib.files import data_path


def test_the_chapters_function_is_called_with_each_seed(tmp_path, monkeypatch):
    short = ["accuracy_before, found_before = 1, 0.9", "def fine_tuned(seed):\n    return 0.8, seed / 100"]
    monkeypatch.setattr(second_hospital, "sources", lambda: short)
    monkeypatch.setattr(second_hospital, "TABLE", tmp_path / "table.csv")
    second_hospital.main()
    table = pd.read_csv(tmp_path / "table.csv", index_col="seed")
    kept = pd.read_csv(data_path("second_hospital.csv"), index_col="seed")
    assert table.index.tolist() == kept.index.tolist() == ["before", *map(str, second_hospital.SEEDS)]
    assert table.columns.tolist() == kept.columns.tolist()
    assert table["COVID-19 found there"].tolist() == [0.9, *(seed / 100 for seed in second_hospital.SEEDS)]


def test_the_chapter_still_defines_what_is_asked_of_it():
    *before, last = second_hospital.sources()
    assert "def fine_tuned(seed):" in last
    assert "accuracy_before, found_before = " in "\n".join(before)
