"""Marks as tables, for learning platforms and for whoever counts them."""

import csv

from coronet_lib.course import gradebook
from coronet_lib.files import atomic
from coronet_lib.text import inert


def write(course, assignment, platform, path):
    """Write the marks of an assignment; who has not handed in has an empty cell.

    Parameters
    ----------
    course : Course
    assignment : Assignment
    platform : {"moodle", "canvas", "csv"}
    path : pathlib.Path

    Returns
    -------
    tuple of int
        How many students have marks, and how many answers are still to be read by a person.

    Raises
    ------
    ValueError
        If nothing was graded yet.
    """
    marks = gradebook.marks(course, assignment)
    rows = PLATFORMS[platform](course, assignment, marks)
    with atomic(path) as part, open(part, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([_cell(value) for value in row] for row in rows)
    return len(marks), sum(one.unread for one in marks.values())


def _cell(value):
    """A number, or text that no spreadsheet runs."""
    return f"{value:g}" if isinstance(value, int | float) else inert(value)


def _moodle(course, assignment, marks):
    """What Moodle imports under Grades: a student is found by number or address."""
    yield "ID number", "Full name", "Email address", assignment.name
    for student in course.students:
        yield student.id, student.name, student.email, _points(marks, student)


def _canvas(course, assignment, marks):
    """Canvas's gradebook, with the line that says how many points there are."""
    maximum = next(iter(marks.values())).maximum
    yield "Student", "ID", "SIS User ID", "SIS Login ID", "Section", assignment.name
    yield "    Points Possible", "", "", "", "", maximum
    for student in course.students:
        yield student.name, student.canvas, student.id, student.email, "", _points(marks, student)


def _csv(course, assignment, marks):
    """All that is known, a column a problem."""
    first = next(iter(marks.values()))
    words = [f"{name} (words)" for name in first.words]
    yield "id", "name", "email", "points", "maximum", "still to read", *first.code, *words
    for student in course.students:
        one = marks.get(student.id)
        shares = [mark.points for mark in (*one.code.values(), *one.words.values())] if one else ()
        sums = (one.points, one.maximum, one.unread) if one else ("", first.maximum, "")
        yield student.id, student.name, student.email, *sums, *shares


def _points(marks, student):
    return marks[student.id].points if student.id in marks else ""


PLATFORMS = {"moodle": _moodle, "canvas": _canvas, "csv": _csv}
