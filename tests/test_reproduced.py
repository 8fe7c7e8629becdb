"""The page on what was reproduced: its tables follow from the runs, and nothing of the paper is left out."""

import re

import pytest
import small_book
from bs4 import BeautifulSoup
from conftest import ROOT

from coronet_lib import paper
from coronet_lib.files import data_path
from coronet_lib.runs import read_predictions
from coronet_lib.runs.beside_paper import beside_paper

PAGE = (ROOT / "book/reproduced.md").read_text()
RUNS = "sprint-patient-cv", "quick-dataset1-patient-cv"


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    text = f"# Page\n\n```{{beside-paper}} {RUNS[0]}\n```\n\n```{{agreement}} {' '.join(RUNS)}\n```\n"
    out = small_book.build(tmp_path_factory.mktemp("book"), "reproduced", {"page": text})
    page = BeautifulSoup((out / "book/page.html").read_text(), "html.parser")
    return [
        [[cell.text.strip() for cell in row.select("td")] for row in table.select("tbody tr")]
        for table in page.select("table")
    ]


def test_the_table_of_a_run_has_all_averages(tables):
    found = beside_paper(data_path("runs", RUNS[0]))
    assert [row[-1] == "yes" for row in tables[0]] == list(found["agrees"])
    for row, (_, number) in zip(tables[0], found.iterrows(), strict=True):
        name, printed, rerun, apart, *_ = row
        assert float(printed) == number.printed, name
        assert float(apart.replace("−", "-")) == pytest.approx(float(rerun) - float(printed), abs=0.11), name
    assert tables[0][-1][0] == "Average, accuracy"


def test_the_more_is_allowed_the_more_agree(tables):
    for name, *counts, of in tables[1]:
        half, as_it_is, twice = map(int, counts)
        assert half <= as_it_is <= twice <= int(of), name
        assert as_it_is == beside_paper(data_path("runs", name))["agrees"].sum()


def test_the_landing_page_draws_the_numbers_that_it_writes(tmp_path):
    out = small_book.build(tmp_path, "reproduced", {"page": "# Page\n\n```{accuracies}\n```\n"})
    rows = BeautifulSoup((out / "book/page.html").read_text(), "html.parser").select(".accuracies tbody tr")
    assert len(rows) == 5
    for row in rows:
        asked, printed, here, _ = (cell.text for cell in row.select("th, td"))
        bar, *ticks = ({side: float(mark[side]) for side in ("x", "width")} for mark in row.select("rect"))
        ends = [float(number) for number in here.split(" to ")]
        assert bar["x"] - 0.51 <= ends[0] <= ends[-1] <= bar["x"] + bar["width"] + 0.51, asked
        centres = [tick["x"] + tick["width"] / 2 for tick in ticks]
        assert centres == ([] if printed == "–" else [pytest.approx(float(printed), abs=0.06)]), asked


def test_each_table_and_figure_of_the_paper_has_a_row():
    rows = " ".join(re.findall(r"^\| ([^|]+) \|", PAGE, re.M))
    figures = {int(n) for some in re.findall(r"Figures? ([\d and,]+)", rows) for n in re.findall(r"\d", some)}
    assert figures == set(range(1, 9))
    named = {"I", "II", "III", "IV", "V", "VI", "VII", "VIII"}
    assert {name for name in re.findall(r"Table ([IV]+)", rows)} == named
    assert {name[6:] for name in vars(paper) if re.fullmatch("TABLE_[IV]+", name)} == named


def test_what_is_typed_of_the_sprint():
    agree = beside_paper(data_path("runs", RUNS[0]))["agrees"]
    assert (agree.sum(), len(agree)) == (2, 21)
    assert "Two of the paper's twenty-one averages agree" in PAGE
    table, _ = read_predictions(data_path("runs", RUNS[0]))
    ill = table["true"].str.startswith("pneumonia")
    called_normal = (ill & (table["predicted"] == "normal")).sum()
    assert f"{called_normal} of {ill.sum()} pneumonias are called normal" in " ".join(PAGE.split())


def test_no_result_of_a_run_is_typed():
    """What follows from a run stands in braces or in a table of its own; the paper's numbers, the 95 % of
    an interval and the 15 % of the recipe do not."""
    assert set(re.findall(r"(\d[\d.]*) %", PAGE)) <= {"95", "15", "89.6", "93", "98.2", "99", "90.21"}
