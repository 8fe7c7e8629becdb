"""What a chapter promises, which exercise practises it, what that finds out, and where the reader is told.

``book/objectives/CHAPTER.yml`` has, below each objective of a chapter, the exercises that practise it (by the
name of the check, or by number) and questions of its self-test, each with a misconception. For an exercise
``says`` has words of the check's message that meets the misconception, or of the solution.
"""

import ast
import inspect
import re

import pytest
import yaml
from chapters import CHAPTERS, cells
from conftest import ROOT
from inserts import questions, solutions

from coronet_lib import checks

OBJECTIVES = re.compile(r"^\*\*Afterwards you can\*\*\n((?:- .+\n|  .+\n)+)", re.M)
EXERCISE = re.compile(r"^\*\*(\d+)\. ", re.M)


def words(text):
    return " ".join(text.split())


def strings(node):
    """All that a piece of code holds in quotes, f-strings without what is put in."""
    return [
        word.value
        for word in ast.walk(node)
        if isinstance(word, ast.Constant) and isinstance(word.value, str)
    ]


def messages(check):
    """What a check can say: the strings of its function, and of those of its file that it calls."""
    tree = ast.parse(inspect.getsource(inspect.getmodule(inspect.unwrap(check))))
    functions = {part.name: part for part in tree.body if isinstance(part, ast.FunctionDef)}
    found, waiting = set(), [inspect.unwrap(check).__name__]
    while waiting:
        name = waiting.pop()
        if name in functions and name not in found:
            found.add(name)
            waiting += [part.id for part in ast.walk(functions[name]) if isinstance(part, ast.Name)]
    return words(" ".join(word for name in found for word in strings(functions[name])))


class Chapter:
    """A chapter, and its rows: {objective: rows}."""

    def __init__(self, number):
        self.path = CHAPTERS[number]
        self.text = "\n".join(cell.source for cell in cells(self.path, "markdown"))
        self.checks = {one.name: one for one in checks.exercises(number)}
        file = ROOT / f"book/objectives/{self.path.stem}.yml"
        self.matrix = {entry["objective"]: entry["practised"] for entry in yaml.safe_load(file.read_text())}

    def rows(self, kind):
        return [row for rows in self.matrix.values() for row in rows if kind in row]

    def number(self, exercise):
        return exercise if isinstance(exercise, int) else self.checks[exercise].number


@pytest.fixture(scope="module", params=CHAPTERS, ids=lambda number: CHAPTERS[number].stem)
def chapter(request):
    return Chapter(request.param)


def test_the_objectives_are_those_of_the_chapter_and_each_is_practised(chapter):
    promised = re.findall(r"^- (.+(?:\n  .+)*)", OBJECTIVES.search(chapter.text)[1], re.M)
    assert [words(objective).rstrip(";.") for objective in promised] == list(chapter.matrix)
    for objective, rows in chapter.matrix.items():
        assert rows, objective
        for row in rows:
            assert set(row) in ({"exercise", "misconception", "says"}, {"question", "misconception"})


def test_every_exercise_finds_something_out(chapter):
    practised = {chapter.number(row["exercise"]) for row in chapter.rows("exercise")}
    assert practised == set(map(int, EXERCISE.findall(chapter.text)))


def test_every_misconception_has_its_message(chapter):
    solved = solutions(chapter.path.parent / "solutions" / f"{chapter.path.stem}.md")
    by_number = {one.number: one.check for one in chapter.checks.values()}
    for row in chapter.rows("exercise"):
        number = chapter.number(row["exercise"])
        said = words(str(solved[number]))
        if number in by_number:
            said += messages(by_number[number])
        assert words(row["says"]) in said, row
    asked = questions(chapter.path.parent / "self_tests" / f"{chapter.path.stem}.yml")
    for row in chapter.rows("question"):
        met = [option.get("misconception") for option in asked[row["question"] - 1]["options"]]
        assert row["misconception"] in met, row


def test_a_check_says_what_its_helpers_say_and_not_what_others_say():
    said = messages(checks.deal_by_patient)
    assert "counted from 1" in said
    assert "this is how many stay" not in said
