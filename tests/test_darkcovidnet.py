"""The tool that trains chapter 14's DarkCovidNet runs the chapter's own cells."""

import darkcovidnet
import numpy as np
import pandas as pd
import small
from nbformat.v4 import new_code_cell

from coronet_lib.files import data_path
from coronet_lib.runs import read_predictions

SHORT = """
import numpy as np
import small
xrays = small.xrays()
train, validation, test = np.split(np.arange(64), [40, 48])
recipes = {"darkcovidnet": small.RECIPE.but(epochs=1, warmup=0, patience=0)}
"""


def test_it_writes_what_is_answered_for_each_x_ray_of_the_test(tmp_path, monkeypatch, eager):
    monkeypatch.setattr(darkcovidnet, "needed", lambda: [new_code_cell(SHORT)])
    monkeypatch.setattr(darkcovidnet, "TABLE", tmp_path / "table.csv")
    darkcovidnet.main()
    table = pd.read_csv(tmp_path / "table.csv", dtype={"file": str})
    assert table["file"].tolist() == small.xrays().files[48:].tolist()
    assert table["predicted"].isin(small.xrays().classes).all()


def test_the_kept_answers_are_for_the_chapters_test_fold():
    table = pd.read_csv(data_path("darkcovidnet_phantoms.csv"))
    others, classes = read_predictions(data_path("runs", "quick-phantom"))
    assert table["file"].tolist() == others["file"].tolist()
    assert table["predicted"].isin(classes).all()
    # Ahead of a guess, as the chapter says: the commonest class has 26 %.
    assert np.mean(table["predicted"].to_numpy() == others["true"].to_numpy()) > 0.4


def test_the_chapter_still_defines_what_is_asked_of_it():
    code = "\n".join(cell.source for cell in darkcovidnet.needed())
    for asked in ("xrays = ", "train, validation, test = ", '"darkcovidnet": ', "recipes = "):
        assert asked in code
