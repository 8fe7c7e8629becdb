"""The model card: its numbers are those of the runs, and its checklists are whole."""

import re
import shutil

import model_card
import pytest
import small_book
from bs4 import BeautifulSoup
from conftest import ROOT
from sphinx.errors import ExtensionError

from coronet_lib.files import data_path
from coronet_lib.runs import read_card

CARD = (ROOT / "book/model_card.md").read_text()
LISTS = ROOT / "book/checklists"
PARTS = {
    "3": "abc",
    "5": "ab",
    "6": "abc",
    "8": "abc",
    "9": "abc",
    "12": "abcdefg",
    "18": "abcdef",
    "20": "abc",
}
PARTS |= {"23": "ab", "27": "abc"}
TRIPOD = [f"{n}{part}" for n in range(1, 28) for part in PARTS.get(str(n), [""])]


@pytest.fixture(scope="module")
def facts():
    return model_card.facts()


def test_every_number_that_the_card_asks_for_is_there(facts):
    asked = re.findall(r"\{\{ model\.(\w+)\.(\w+) \}\}", CARD)
    assert len(asked) > 15
    assert [names for names in asked if not facts[names[0]][names[1]]] == []


def test_numbers_are_those_of_the_runs(facts):
    card = read_card(data_path("runs", model_card.REAL["patient"]))
    matrix = card["confusion_matrix"]
    right = sum(row[i] for i, row in enumerate(matrix))
    images = sum(map(sum, matrix))
    assert facts["patient"]["images"] == f"{images:,}"
    assert facts["patient"]["accuracy"] == f"{100 * right / images:.1f} %"
    assert facts["patient"]["counts"].startswith("284 COVID-19, 310 normal, ")
    low, high = map(float, re.findall(r"[\d.]+", facts["patient"]["interval"]))
    assert low < 100 * right / images < high


def test_no_result_of_a_run_is_typed():
    """What follows from a run stands in braces; what the paper prints, or what is so by definition, not."""
    assert set(re.findall(r"(\d[\d.]*) %", CARD)) <= {"95", "89.6", "15"}


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("claim_2024", [str(n) for n in range(1, 45)]),
        ("tripod_ai", TRIPOD),
    ],
)
def test_a_checklist_has_each_item_once_with_two_verdicts(name, numbers):
    items = model_card.checklist(LISTS, name)
    assert [item["item"] for item in items] == numbers
    verdicts = {who: [item[who][0] for item in items] for who in model_card.JUDGED}
    assert all("not met" in given for given in verdicts.values()), "a list without a fault would be none"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('- {item: "1", asks: a, paper: "met: b"}', "an item wants item, asks, paper and book"),
        ('- {item: "1", asks: a, paper: "met: b", book: "fine: c"}', "1: book wants one of met, partly"),
        ('- {item: "1", asks: a, paper: "met", book: "met: c"}', "1: paper wants one of met, partly"),
    ],
)
def test_an_item_that_is_not_whole_ends_the_build(tmp_path, text, message):
    (tmp_path / "short.yml").write_text(text)
    with pytest.raises(ExtensionError, match=re.escape(message)):
        model_card.checklist(tmp_path, "short")


def test_a_page_has_tables_of_runs_and_lists_and_both_verdicts_of_an_item(tmp_path):
    shutil.copytree(LISTS, tmp_path / "book/checklists")
    run = model_card.REAL["patient"]
    fences = ("by-class} " + run, "checklist-totals}", "checklist} claim_2024")
    text = "# Card\n\n" + "".join(f"```{{{fence}\n```\n\n" for fence in fences)
    out = small_book.build(tmp_path, "model_card", {"card": text})
    page = BeautifulSoup((out / "book/card.html").read_text(), "html.parser")
    by_class, totals = (
        [[cell.text.strip() for cell in row.select("td")] for row in table.select("tbody tr")]
        for table in page.select("table")
    )
    assert by_class[0][:2] == ["COVID-19", "284"]
    assert (
        [sum(map(int, row[1:-1])) for row in totals] == [int(row[-1]) for row in totals] == [44, 44, 52, 52]
    )
    assert len(page.select("dl.pair")) == 44
    said = [" ".join(said.text.split()) for said in page.select("dl.pair")[0].select("dt, dd")]
    assert said[0] == "The paper"
    assert said[1].startswith("Met. ")
    assert said[2] == "This book"
