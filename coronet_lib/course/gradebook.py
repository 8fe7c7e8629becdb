"""The gradebook: nbgrader's own file, written and read through nbgrader's API.

For each problem nbgrader knows a cell with the points that the judge gives, a cell with the answer, where
comments stand, and for answers in words a cell that a person gives points for.  A score or a comment that a
person has given is kept beside the judge's, and stands.
"""

import os
import sys
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from coronet_lib.course import notebooks
from coronet_lib.text import reason

FILE = "gradebook.db"


@contextmanager
def opened(course, new=False):
    """The course's gradebook.

    Parameters
    ----------
    course : Course
    new : bool
        Whether to make one where there is none.

    Yields
    ------
    nbgrader.api.Gradebook

    Raises
    ------
    ValueError
        If there is none, it is none or one of another version of nbgrader's, or another process holds it.
    """
    from nbgrader.api import InvalidEntry
    from sqlalchemy.exc import DatabaseError, SAWarning

    path = course.path / FILE
    if not new and not path.exists():
        raise ValueError(f"nothing of {course.path} is graded yet; begin with `coronet course grade`")
    try:
        with warnings.catch_warnings(), _connected(path, course.path.resolve().name) as gradebook:
            warnings.simplefilter("ignore", SAWarning)  # of how nbgrader puts its objects together
            _refuse_another_version(gradebook, path)
            yield gradebook
    except (DatabaseError, InvalidEntry) as error:
        raise ValueError(
            f"{path} cannot be used ({reason(getattr(error, 'orig', error))}); close what else writes it, or "
            "move it away: `coronet course grade` makes it anew, without what a person has given"
        ) from error


def _connected(path, course_id):
    from nbgrader.api import Gradebook
    from sqlalchemy import URL

    # For a new file nbgrader calls the program `alembic`, which is beside Python, but not always on the path.
    before = os.environ.get("PATH", os.defpath)
    os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), before))
    try:
        return Gradebook(URL.create("sqlite", database=str(path)), course_id)
    finally:
        os.environ["PATH"] = before


def _refuse_another_version(gradebook, path):
    from alembic.script import ScriptDirectory
    from nbgrader.dbutil import ALEMBIC_DIR
    from sqlalchemy import text

    found = gradebook.db.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if found != ScriptDirectory(ALEMBIC_DIR).get_current_head():
        raise ValueError(
            f"{path} is from another version of nbgrader; `nbgrader db upgrade`, called in {path.parent}, "
            "brings an older one up to date and keeps a copy"
        )


def refuse_autograde(notebook, resources):
    """What the course's ``nbgrader_config.py`` puts before nbgrader's own autograding.

    That would run students' code as the instructor, and believe what it says.
    """
    raise ValueError("this course is graded by `coronet course grade`, in a sandbox")


def enter(gradebook, course, assignment):
    """Enter the course's students and the cells of an assignment; what is there already stays.

    Parameters
    ----------
    gradebook : nbgrader.api.Gradebook
    course : Course
    assignment : Assignment
    """
    for student in course.students:
        first, _, last = student.name.rpartition(" ")
        gradebook.update_or_create_student(student.id, first_name=first, last_name=last, email=student.email)
    name = assignment.name
    gradebook.update_or_create_assignment(name)
    gradebook.update_or_create_notebook(name, name)
    for entry in assignment.entries:
        gradebook.update_or_create_solution_cell(entry.name, name, name)
        gradebook.update_or_create_grade_cell(
            notebooks.points_id(entry), name, name, max_score=entry.points, cell_type="code"
        )
        if words := notebooks.words_points(entry.problem(course.secret)):
            gradebook.update_or_create_solution_cell(notebooks.words_id(entry), name, name)
            gradebook.update_or_create_grade_cell(
                notebooks.words_id(entry), name, name, max_score=words, cell_type="markdown"
            )


def record(gradebook, assignment, student, judged, words):
    """Write what the judge says of a submission, and leave alone what a person has given.

    Parameters
    ----------
    gradebook : nbgrader.api.Gradebook
        In which students and assignment are entered.
    assignment : Assignment
    student : str
        An id.
    judged : Judged
    words : dict of str to Words
        By problem.
    """
    (notebook,) = gradebook.update_or_create_submission(assignment.name, student).notebooks
    grades = {grade.name: grade for grade in notebook.grades}
    comments = {comment.name: comment for comment in notebook.comments}
    for entry in assignment.entries:
        scores = judged.scores[entry.name]
        grade = grades[notebooks.points_id(entry)]
        points = float(sum(score.points for score in scores))
        _give(grade, points, again=points != grade.auto_score)
        comments[entry.name].auto_comment = "\n".join(
            f"{score.about}, {score.points} of {score.maximum}: {score.message}" for score in scores
        )
        if entry.name in words:
            answer = words[entry.name]
            _give(grades[notebooks.words_id(entry)], None if answer.text else 0.0, again=answer.changed)
    gradebook.db.commit()


def _give(grade, points, again):
    """Points of the judge's, or None where a person gives them; ``again`` calls a person back who has."""
    if grade.manual_score is None:
        grade.needs_manual_grade = points is None
    else:
        grade.needs_manual_grade = grade.needs_manual_grade or again
    grade.auto_score = points


@dataclass(frozen=True)
class Mark:
    """What stands in the gradebook for one cell with points."""

    points: float
    maximum: float
    unread: bool
    """Whether a person has still to read it."""
    by_hand: bool
    """Whether a person gave the points."""
    comment: str
    """A person's; empty if there is none."""


@dataclass(frozen=True)
class Marks:
    """A student's marks for an assignment."""

    code: dict[str, Mark]
    """By problem."""
    words: dict[str, Mark]
    """By problem; of those that ask for an answer in words."""

    @property
    def points(self):
        return sum(mark.points for mark in self._all)

    @property
    def maximum(self):
        return sum(mark.maximum for mark in self._all)

    @property
    def unread(self):
        return sum(mark.unread for mark in self._all)

    @property
    def _all(self):
        return (*self.code.values(), *self.words.values())


def marks(course, assignment):
    """The marks of all on the list of students whose work was graded.

    Parameters
    ----------
    course : Course
    assignment : Assignment

    Returns
    -------
    dict of str to Marks
        By student, in the order of the list.

    Raises
    ------
    ValueError
        If nothing was graded yet, or the gradebook cannot be used.
    """
    from nbgrader.api import MissingEntry

    with opened(course) as gradebook:
        try:
            submissions = gradebook.find_assignment(assignment.name).submissions
        except MissingEntry:
            submissions = []
        if not submissions:
            raise ValueError(
                f"nothing of {assignment.name} is graded yet; "
                f"begin with `coronet course grade {assignment.name}`"
            )
        graded = {submission.student.id: submission.notebooks[0] for submission in submissions}
        return {
            student.id: _marks(assignment, graded[student.id])
            for student in course.students
            if student.id in graded
        }


def _marks(assignment, notebook):
    grades = {grade.name: grade for grade in notebook.grades}
    comments = {comment.name: comment.manual_comment or "" for comment in notebook.comments}

    def mark(cell, answer):
        grade = grades[cell]
        return Mark(
            grade.score,
            grade.max_score,
            grade.needs_manual_grade,
            grade.manual_score is not None,
            comments[answer],
        )

    return Marks(
        {entry.name: mark(notebooks.points_id(entry), entry.name) for entry in assignment.entries},
        {
            entry.name: mark(notebooks.words_id(entry), notebooks.words_id(entry))
            for entry in assignment.entries
            if notebooks.words_id(entry) in grades
        },
    )
