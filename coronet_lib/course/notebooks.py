"""One source makes four notebooks: the student's, the instructor's, the solution, and nbgrader's.

The source is the bank.  Which cells a problem has is said once, in :func:`_cells`, and for whom each of them
is; a notebook holds those that are for its reader.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import nbformat
from nbgrader.utils import compute_checksum

import coronet_lib

SCHEMA = 3
"""Of nbgrader's metadata of cells, in 0.9."""


class Reader(StrEnum):
    """For whom a notebook is."""

    STUDENT = "student"
    INSTRUCTOR = "instructor"
    SOLUTION = "solution"
    AUTOGRADER = "autograder"


_ALL = frozenset(Reader)


def marker(entry):
    """First line of the cell that answers a problem in code."""
    return f"# Answer {entry.label}: {entry.name}"


def words_marker(entry):
    """First line of the cell that answers a problem in words; it does not show."""
    return f"<!-- Answer {entry.label}: {entry.name} -->"


def points_id(entry):
    """Id, in nbgrader, of the cell whose points the machine gives."""
    return f"{entry.name}-points"


def words_id(entry):
    """Id, in nbgrader, of the cell whose points a person gives."""
    return f"{entry.name}-words"


def words_points(problem):
    """Points that a person gives, by the rubric."""
    return sum(criterion.points for criterion in problem.rubric)


def compose(assignment, reader, *, secret, student=""):
    """A notebook of an assignment.

    Parameters
    ----------
    assignment : coronet_lib.course.folder.Assignment
    reader : Reader
    secret : str
        The course's.
    student : str
        Whose variant; empty for everybody's.

    Returns
    -------
    nbformat.NotebookNode
        Of format 4.5, without outputs; the same whenever it is made.
    """
    problems = [(entry, entry.problem(secret, student)) for entry in assignment.entries]
    cells = [*_top(assignment, problems, reader, student)]
    for entry, problem in problems:
        cells += _cells(entry, problem)
    return made_notebook([cell.made() for cell in cells if reader in cell.readers])


def made_notebook(cells):
    """A notebook of these cells, as :mod:`nbformat` has them; its own functions look each one over, twice."""
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return nbformat.from_dict({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells})


def made_cell(kind, source, id, metadata=()):
    """A cell that was not run yet."""
    cell = {"id": id, "cell_type": kind, "source": source, "metadata": dict(metadata)}
    if kind == "code":
        cell |= {"outputs": [], "execution_count": None}
    return nbformat.from_dict(cell)


def to_bytes(notebook):
    """A notebook as its file holds it."""
    return (nbformat.writes(notebook) + "\n").encode()


def asked(data):
    """What a notebook's file asks of its reader: the cells that nbgrader knows, and their texts."""
    cells = nbformat.reads(data.decode(), as_version=4).cells
    return [(cell.id, cell.source) for cell in cells if "nbgrader" in cell.metadata]


@dataclass(frozen=True)
class _Cell:
    """A cell, for whom it is, and what nbgrader is told of it."""

    id: str
    source: str
    code: bool = False
    readers: frozenset = _ALL
    grade: bool = False
    solution: bool = False
    locked: bool = False
    points: int = 0

    def made(self):
        cell = made_cell("code" if self.code else "markdown", self.source, self.id)
        if self.grade or self.solution or self.locked:
            cell.metadata["nbgrader"] = {
                "schema_version": SCHEMA,
                "grade_id": self.id,
                "grade": self.grade,
                "solution": self.solution,
                "locked": self.locked,
                "task": False,
                "cell_type": cell.cell_type,
            }
            if self.grade:
                cell.metadata.nbgrader["points"] = self.points
            cell.metadata.nbgrader["checksum"] = compute_checksum(cell)
        return cell


def _top(assignment, problems, reader, student):
    machine = sum(entry.points for entry, _ in problems)
    person = sum(words_points(problem) for _, problem in problems)
    title = f"# {assignment.name.replace('-', ' ').capitalize()}"
    if reader is not Reader.STUDENT:
        title += f": {reader}'s notebook" if reader is not Reader.SOLUTION else ": solutions"
    facts = ", ".join(
        (
            _count(len(problems), "problem"),
            f"about {_count(assignment.minutes, 'minute')}",
            f"{_count(machine + person, 'point')}.",
        )
    )
    if student:
        facts += f" {_STAMP % student} Its numbers are its own."
    yield _Cell("top", f"{title}\n\n{facts}")
    yield _Cell("how", _HOW, readers=frozenset({Reader.STUDENT, Reader.AUTOGRADER}))
    yield _Cell("colab-install", _install_source(), code=True)
    yield _Cell("imports", "import numpy as np\n\nfrom coronet_lib.checks import form", code=True)


_STAMP = "This copy is made for **%s**."


def stamped(data):
    """For which student the notebook in a file was made, if it says so; "" otherwise."""
    found = re.search(re.escape(_STAMP).replace("%s", r"([\w.@-]+)").encode(), data)
    return found[1].decode() if found else ""


_HOW = """\
**How to work.** Put each answer into the cell below its question, in place of the dots or of what stands
there. Leave the cell's first line as it is, `# Answer …`, and the name below it: by these two your answer is
found. Everything else is yours; add as many cells as you like. The cell after each answer looks at its form
and says nothing of its value.

**How to hand in.** When you are done, restart and run everything once (in Colab *Runtime → Restart session
and run all*): what counts is what the cells do from top to bottom. Then save the notebook as a file (in Colab
*File → Download → Download .ipynb*) and upload that file where you got this one. You may hand in again; the
last one counts."""


@cache
def _install_source():
    """The book's own first code cell, from a chapter: `make set-repository` writes the address there."""
    chapter = Path(coronet_lib.__file__).parents[1] / "book/01_xray_as_numbers.ipynb"
    if not chapter.exists():
        raise ValueError(f"there is no {chapter}: the book is not in this package; clone its repository")
    cells = nbformat.read(chapter, as_version=4).cells
    return next(cell.source for cell in cells if "colab-install" in cell.metadata.get("tags", ()))


def _cells(entry, problem):
    """All cells of a problem, in their order."""
    name, words = entry.name, words_points(problem)
    instructor, solved = frozenset({Reader.INSTRUCTOR}), frozenset({Reader.INSTRUCTOR, Reader.SOLUTION})
    points = _count(entry.points, "point") + (f", and {words} for the answer in words" if words else "")
    heading = f"## {entry.label} {entry.title}\n\n*About {_count(entry.minutes, 'minute')}. {points}.*"
    yield _Cell(f"{name}-text", f"{heading}\n\n{problem.text}", locked=True)
    if problem.setup:
        yield _Cell(f"{name}-setup", problem.setup, code=True, locked=True)
    for code, readers in ((problem.starter, _ALL - solved), (problem.solution, solved)):
        yield _Cell(name, f"{marker(entry)}\n{code}", code=True, readers=readers, solution=True)
    for code, readers in (
        (problem.form, _ALL - {Reader.AUTOGRADER}),
        (_GIVES_NOTHING, frozenset({Reader.AUTOGRADER})),
    ):
        yield _Cell(points_id(entry), code, code=True, readers=readers, grade=True, points=entry.points)
    if words:
        for text, readers in ((_WRITE_HERE, _ALL - solved), (problem.model_answer, solved)):
            yield _Cell(
                words_id(entry),
                f"{words_marker(entry)}\n{text}",
                readers=readers,
                grade=True,
                solution=True,
                points=words,
            )
    yield _Cell(f"{name}-note", _note(entry, problem), readers=instructor)


def _count(number, what):
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


# nbgrader's own `autograde` gives full points to a cell that ends in any object; this one gives none.
_GIVES_NOTHING = (
    'raise RuntimeError("these points are given by `coronet course grade`, outside the notebook")'
)

_WRITE_HERE = "*Write your answer here, in place of this line.*"


def _note(entry, problem):
    """What stands beside the marking: the note, who gives which points for what, and known wrong answers."""
    lines = [f"**For you.** {problem.note}", "", f"To read: [{entry.read}]({entry.read})", ""]
    lines += [
        "| points | for |",
        "| ---: | :--- |",
        *(f"| {part.points} | {part.about} |" for part in problem.parts),
        *(f"| {one.points} | in words: {one.text} |" for one in problem.rubric),
    ]
    for wrong in problem.wrong:
        lines += ["", f"A known wrong answer, {wrong.points} of {entry.points} points:", ""]
        lines += ["```python", wrong.code, "```"]
    return "\n".join(lines)
