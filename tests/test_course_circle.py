"""From the bank to the judge and back: what goes out, is solved, comes in by a platform and is judged."""

import nbformat
import pytest
from small_course import SECRET, STUDENTS, filled, from_colab, zipped

from coronet_lib.course.bank import registered
from coronet_lib.course.collect import collect
from coronet_lib.course.folder import Assignment, Course
from coronet_lib.course.judge import judge
from coronet_lib.course.release import release
from coronet_lib.course.sandbox import Limits, Trusted

BANK = tuple(registered())
SOLVES, WAITS = STUDENTS[:2]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The whole bank as one assignment: one student solves it, one hands in what was given out."""
    path = tmp_path_factory.mktemp("course")
    week = Assignment("week-1", BANK)
    course = Course(path, SECRET, True, (week,), (SOLVES, WAITS))
    release(course, week)
    given, solution = (
        {
            one.id: nbformat.read(path / f"{folder}/week-1/{one.id}/week-1.ipynb", as_version=4)
            for one in course.students
        }
        for folder in ("release", "solution")
    )
    handed_in = {
        f"{SOLVES.name}_1_assignsubmission_file_/x.ipynb": filled(given[SOLVES.id], solution[SOLVES.id]),
        f"{WAITS.name}_2_assignsubmission_file_/x.ipynb": given[WAITS.id],
    }
    members = {name: from_colab(notebook) for name, notebook in handed_in.items()}
    done = collect(course, week, [zipped(path / "moodle.zip", members)])
    assert not any(note.look for _, note in done.notes), done.notes
    return course


def judged(course, student):
    notebook = course.path / f"submitted/{student.id}/week-1/week-1.ipynb"
    return judge(notebook, BANK, secret=SECRET, student=student.id, sandbox=Trusted(), limits=Limits())


def test_who_solves_everything_gets_every_point(course):
    result = judged(course, SOLVES)
    failed = {
        name: [one for one in scores if not one.passed]
        for name, scores in result.scores.items()
        if not all(one.passed for one in scores)
    }
    assert failed == {}
    assert result.events == []
    points = {name: sum(one.points for one in scores) for name, scores in result.scores.items()}
    assert points == {entry.name: entry.points for entry in BANK}


def test_who_changes_nothing_gets_none(course):
    result = judged(course, WAITS)
    assert {one.points for scores in result.scores.values() for one in scores} == {0}
