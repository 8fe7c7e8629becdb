"""How the book is cited: CITATION.cff, and the paper about it."""

import re

import yaml
from conftest import ROOT

CFF = yaml.safe_load((ROOT / "CITATION.cff").read_text())
PAPER = (ROOT / "paper.md").read_text()


def test_the_citation_has_what_its_format_requires():
    assert CFF["cff-version"] == "1.2.0"
    assert CFF.keys() >= {"title", "message", "authors"}
    assert CFF["references"][0]["doi"] == "10.1016/j.cmpb.2020.105581"


def test_the_paper_has_the_parts_that_its_journal_wants():
    head = yaml.safe_load(PAPER.split("---\n")[1])
    assert head.keys() >= {"title", "tags", "authors", "affiliations", "date", "bibliography"}
    assert (ROOT / head["bibliography"]).is_file()
    parts = re.findall(r"^# (.+)$", PAPER, re.M)
    assert {"Summary", "Statement of need", "Learning objectives", "Story of the project"} <= set(parts)


def test_what_the_paper_cites_is_in_the_bibliography():
    known = set(re.findall(r"^@\w+\{(\w+),", (ROOT / "book/references.bib").read_text(), re.M))
    cited = set(re.findall(r"@(\w+)", PAPER))
    assert len(cited) > 5
    assert cited - known == set()
