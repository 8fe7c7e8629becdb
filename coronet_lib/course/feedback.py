"""Feedback: one page a student, of what was right, what was misunderstood, and where in the book to read.

::

    COURSE/feedback/STUDENT/ASSIGNMENT/ASSIGNMENT.html    nbgrader's layout

A page is one file that loads nothing.  It says what the judge said of the answers, which names no hidden
case, and what a person added.
"""

import json
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from coronet_lib.course import grade, gradebook, pages, reading, release
from coronet_lib.course.gradebook import Mark
from coronet_lib.course.problem import Entry
from coronet_lib.course.scoring import Score
from coronet_lib.files import put

BOOK = Path(__file__).resolve().parents[2] / "book"
"""The chapters; whoever has the bank has a clone."""


@dataclass(frozen=True)
class Place:
    """A place in the book."""

    text: str
    link: str
    """Empty if it is not known where the book's pages are."""


@dataclass(frozen=True)
class Problem:
    """What a page says of a problem."""

    entry: Entry
    scores: list[Score]
    code: Mark
    words: Mark | None
    read: Place

    @property
    def points(self):
        return self.code.points + (self.words.points if self.words else 0)

    @property
    def maximum(self):
        return self.code.maximum + (self.words.maximum if self.words else 0)

    @property
    def open(self):
        """What a person may still give."""
        return self.words.maximum if self.words and self.words.unread else 0


def write(course, assignment, site=""):
    """Write the pages of all whose work was graded.

    Parameters
    ----------
    course : Course
    assignment : Assignment
    site : str
        Address of the built book, for links; without it the pages name chapter and section.

    Returns
    -------
    tuple of dict and int
        The pages' paths by student, and how many answers are still to be read by a person.

    Raises
    ------
    ValueError
        If nothing was graded yet.
    """
    marks = gradebook.marks(course, assignment)
    judged = grade.results(course, assignment, marks)
    written = {}
    for student in course.students:
        if student.id in marks:
            written[student.id] = path_of(course, assignment, student.id)
            pages.write(
                written[student.id],
                "feedback.html",
                assignment=assignment,
                student=student,
                marks=marks[student.id],
                events=[*reading.refusal(course, assignment, student.id), *judged[student.id].events],
                problems=[
                    Problem(
                        entry,
                        judged[student.id].scores[entry.name],
                        marks[student.id].code[entry.name],
                        marks[student.id].words.get(entry.name),
                        place(entry, site),
                    )
                    for entry in assignment.entries
                ],
            )
    return written, sum(one.unread for one in marks.values())


def archive(course, assignment, written, *, moodle=None, canvas=None):
    """Write an archive by which a learning platform gives each student their page.

    Parameters
    ----------
    course : Course
    assignment : Assignment
    written : dict of str to pathlib.Path
        As :func:`write` returns them.
    moodle, canvas : path-like, optional
        One of both, as for :func:`coronet_lib.course.release.platform_members`.

    Returns
    -------
    pathlib.Path
    """
    file = f"{assignment.name}.html"
    members = release.platform_members(course, file, moodle=moodle, canvas=canvas)
    members = {member: student for member, student in members.items() if student in written}
    made = {student: path.read_bytes() for student, path in written.items()}
    path = course.path / "feedback" / f"{assignment.name}-{'moodle' if moodle else 'canvas'}.zip"
    put(path, release.zipped(members, made))
    return path


def path_of(course, assignment, student):
    """Where the page of a student's feedback on an assignment lies."""
    return course.path / "feedback" / student / assignment.name / f"{assignment.name}.html"


def place(entry, site=""):
    """Where in the book an entry's problem is explained.

    Parameters
    ----------
    entry : Entry
    site : str
        As for :func:`write`.

    Returns
    -------
    Place
    """
    page, _, anchor = entry.read.partition("#")
    title, sections = _headings(page.removesuffix(".html"))
    text = f"chapter {title}"
    if anchor in sections:
        text += f", “{sections[anchor]}”"
    return Place(text, f"{site.rstrip('/')}/book/{entry.read}" if site else "")


@cache
def _headings(page):
    """Title of a chapter, and its sections by anchor."""
    cells = json.loads((BOOK / f"{page}.ipynb").read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    title, *sections = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return title, {_anchor(section): section for section in sections}


def _anchor(heading):
    """As the built page names it."""
    plain = unicodedata.normalize("NFKD", heading.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-").lstrip("0123456789-")
