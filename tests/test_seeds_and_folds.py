"""The tool that trains with other seeds, folds and machines goes on where it stopped."""

import pandas as pd
import pytest
import seeds_and_folds as tool


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.setattr(tool, "TABLE", tmp_path / "table.csv")
    monkeypatch.setattr(tool, "learner", lambda: lambda seed, fold: (10 * seed + fold, 100))
    return tool.TABLE


def test_it_fills_in_what_is_missing(table):
    tool.add(("plain", 0, 2, 7, 100))
    tool.main(["plain"])
    rows = pd.read_csv(table)
    assert rows.columns.tolist() == tool.COLUMNS
    assert rows["fold"].tolist() == [2, 1, 3, 4]
    assert rows["right"].tolist() == [7, 1, 3, 4]  # the first is left as it was
    tool.main(["plain"])
    assert len(pd.read_csv(table)) == 4


def test_each_machine_has_a_process_of_its_own(table, monkeypatch):
    calls = []
    monkeypatch.setattr(tool.subprocess, "run", lambda call, env, check: calls.append((call[-1], env)))
    tool.main()
    assert [machine for machine, _ in calls] == list(tool.MACHINES)
    assert calls[1][1]["TF_ENABLE_ONEDNN_OPTS"] == "0"
