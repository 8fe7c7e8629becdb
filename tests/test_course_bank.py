"""The bank of problems: each solution earns all, each known wrong answer what it says and less than all."""

import functools
import os
import re

import numpy as np
import pytest
from chapters import CHAPTERS, anchors

from coronet_lib import checks
from coronet_lib.checks import form
from coronet_lib.course.bank import _cases, add, choose, registered
from coronet_lib.course.problem import Kind
from coronet_lib.course.scoring import score

if "CORONET_BANK" in os.environ:  # an instructor's own problems
    add(os.environ["CORONET_BANK"])
ENTRIES = registered()
STUDENTS = ("", "s1001", "s1002")


@pytest.fixture(params=ENTRIES, ids=lambda entry: entry.label)
def entry(request):
    return request.param


@pytest.fixture(params=STUDENTS, ids=["all", "one", "another"])
def problem(entry, request):
    return entry.problem("a secret", request.param)


@functools.cache
def _after(setup):
    space = {"np": np}
    exec(setup, space)
    return space


def run(code, entry, problem):
    """What the name of the problem is after the notebook's cells."""
    space = dict(_after(problem.setup))  # a figure is drawn once: it takes longer than all the judging
    exec(code, space)
    return space[entry.name]


def points(code, entry, problem):
    return sum(one.points for one in score(problem, run(code, entry, problem)))


class TestAProblem:
    def test_gives_its_solution_all_points(self, entry, problem):
        scores = score(problem, run(problem.solution, entry, problem))
        assert [one.passed for one in scores] == [True] * len(problem.parts)
        assert entry.points == sum(one.maximum for one in scores)

    def test_gives_the_starter_none(self, entry, problem):
        assert points(problem.starter, entry, problem) == 0

    def test_gives_each_known_wrong_answer_what_it_earns(self, entry, problem):
        got = [points(wrong.code, entry, problem) for wrong in problem.wrong]
        assert got == [wrong.points for wrong in problem.wrong]
        assert len(got) >= 4
        assert max(got) < entry.points

    def test_tells_misconceptions_apart(self, entry, problem):
        told = {str(score(problem, run(wrong.code, entry, problem))) for wrong in problem.wrong}
        assert len(told) >= 3

    def test_says_what_is_wrong_with_the_form_and_not_with_the_value(self, entry, problem):
        space = {**_after(problem.setup), "form": form}
        exec(problem.starter, space)
        assert not eval(problem.form, space), problem.form
        exec(problem.solution, space)
        verdict = eval(problem.form, space)
        assert verdict, verdict
        assert "Right" not in repr(verdict)

    def test_gives_one_text_for_one_misconception(self, entry):
        """Texts are counted over a class, so no number of a variant is in them."""
        texts = []
        for student in STUDENTS:
            problem = entry.problem("a secret", student)
            codes = [problem.solution, *(wrong.code for wrong in problem.wrong)]
            texts.append(
                [[one.message for one in score(problem, run(code, entry, problem))] for code in codes]
            )
        assert texts[0] == texts[1] == texts[2]

    def test_says_of_a_wrong_way_what_a_function_may_return(self, entry, monkeypatch):
        """A tuple of one array, left by a comma, is none, so that its message would never be said."""
        problem, ways = entry.problem("a secret"), []
        monkeypatch.setattr(_cases, "match", lambda *given: ways.append(given[-1]))
        score(problem, run(problem.solution, entry, problem))
        assert not [message for way in ways for message, one in way.items() if isinstance(one, tuple)]

    def test_is_another_for_another_student_if_it_says_so(self, entry):
        seen = {
            (one.text, one.setup, one.starter)
            for one in (entry.problem("a secret", f"s{i}") for i in range(12))
        }
        assert (len(seen) >= 3) == entry.variants

    def test_is_the_same_twice(self, entry):
        first, second = (entry.problem("a secret", "s1") for _ in range(2))
        assert (first.text, first.solution, first.wrong) == (second.text, second.solution, second.wrong)

    def test_is_read_up_where_it_says(self, entry):
        page, anchor = re.fullmatch(r"(\w+)\.html#([\w-]+)", entry.read).groups()
        assert anchor in anchors(f"book/{page}.ipynb")

    def test_has_a_rubric_if_it_wants_words(self, entry, problem):
        assert (entry.kind == Kind.CRITICISE) <= bool(problem.rubric)
        assert bool(problem.rubric) == bool(problem.model_answer)


class TestTheBank:
    def test_has_four_problems_a_chapter(self):
        chapters = CHAPTERS.keys() & range(1, 15)  # part III has none yet
        counts = {chapter: sum(entry.chapter == chapter for entry in ENTRIES) for chapter in chapters}
        assert min(counts.values()) >= 4, counts

    def test_is_no_exercise_of_the_book(self):
        assert not {entry.name for entry in ENTRIES} & {one.name for one in checks.exercises()}

    def test_has_variants_of_half(self):
        assert sum(entry.variants for entry in ENTRIES) * 2 >= len(ENTRIES)

    def test_has_every_kind(self):
        assert {entry.kind for entry in ENTRIES} == set(Kind)

    def test_chooses_in_the_books_order(self):
        assert [one.label for one in choose(["2.2", "2.1"])] == ["2.1", "2.2"]

    def test_names_what_there_is(self):
        with pytest.raises(ValueError, match=r"the bank has no '99'; there are chapters and .*2\.1"):
            choose(["99"])
