"""A course: a folder laid out as nbgrader wants it, with a card of our own and the list of students.

::

    COURSE/course.json           card: the secret, and each assignment's problems; nobody else reads it
    COURSE/students.csv          id, name, email, canvas; the instructor edits it at any time
    COURSE/nbgrader_config.py    names the course to nbgrader, and keeps it from running students' code
    COURSE/bank.py               problems of the instructor's own, if there are any
    COURSE/source/…              what nbgrader takes the points from, by assignment
    COURSE/instructor/…          notes, solutions and rubrics beside the text, to read and to mark by
    COURSE/solution/…            what is handed out after the marking
    COURSE/release/…             what students get, and nothing else
    COURSE/collected/…           whatever they handed in, to the byte
    COURSE/submitted/…           one repaired notebook a student and assignment
    COURSE/judged/…              what the judge said of each notebook
    COURSE/autograded/…, feedback/…, overview/…, gradebook.db    the marks

Students' data stay in this folder, on the instructor's machine.
"""

import csv
import io
import os
import re
import secrets
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from coronet_lib import cards
from coronet_lib.course.bank import add, choose, registered
from coronet_lib.course.problem import Entry
from coronet_lib.files import atomic, locked, put, sha256

VERSION = 1
"""Of the cards of courses."""

CARD, STUDENTS, CONFIG, BANK = "course.json", "students.csv", "nbgrader_config.py", "bank.py"

_ASSIGNMENT = (
    r"^[A-Za-z0-9][\w-]*$"  # a folder's name and a URL's part in nbgrader, and "+" is forbidden there
)
_STUDENT = r"[A-Za-z0-9][\w.@-]*"

_CONFIG = """\
c = get_config()

c.CourseDirectory.course_id = {!r}
c.Autograde.sanitize_preprocessors = ["coronet_lib.course.gradebook.refuse_autograde"]
"""


class _AssignmentCard(TypedDict):
    __pydantic_config__ = cards.CLOSED

    name: Annotated[str, Field(pattern=_ASSIGNMENT, max_length=60)]
    problems: Annotated[list[cards.Name], Field(min_length=1)]
    """Names, which stay when numbers change."""


class _Card(TypedDict):
    __pydantic_config__ = cards.CLOSED

    version: int
    secret: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
    variants: bool
    assignments: Annotated[list[_AssignmentCard], Field(min_length=1)]


@dataclass(frozen=True)
class Student:
    """Somebody on the list."""

    id: str
    name: str
    email: str = ""
    canvas: str = ""
    """The number that Canvas gives the student, which is in the names of the files it hands out."""


@dataclass(frozen=True)
class Assignment:
    """Problems that are released, handed in and graded together."""

    name: str
    entries: tuple[Entry, ...]

    @property
    def minutes(self):
        return sum(entry.minutes for entry in self.entries)


@dataclass(frozen=True)
class Course:
    """What the folder's card and its list of students say."""

    path: Path
    secret: str
    """Hidden cases and variants follow from it; it never leaves the folder."""
    variants: bool
    """Whether each student gets a notebook with numbers of their own."""
    assignments: tuple[Assignment, ...]
    students: tuple[Student, ...]

    def assignment(self, name=None):
        """The assignment of this name; without one, the only one there is.

        Raises
        ------
        ValueError
            If there is none, or several to choose from; names them.
        """
        found = [one for one in self.assignments if name in (None, one.name)]
        if len(found) != 1:
            which = "which assignment?" if name is None else f"there is no assignment {name!r};"
            raise ValueError(f"{which} {self.path} has {', '.join(one.name for one in self.assignments)}")
        return found[0]

    def variant(self, student):
        """Whose variant a student gets: their own id's, or "", everybody's."""
        return student if self.variants else ""


def read(path):
    """A course from its folder.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    Course

    Raises
    ------
    ValueError
        If it is not the folder of a course, or its card or its list of students is not in order; one line.
    """
    path = Path(path)
    if not (path / CARD).is_file():
        raise ValueError(
            f"{path} is not the folder of a course: it holds no {CARD}. "
            f"`coronet course new {path} --chapters 2` makes one; --course names one that you have"
        )
    card = cards.read(
        path / CARD,
        _Card,
        version=VERSION,
        of="a course",
        mark="secret",
        older="go on with the version of the library that made the course",
        remedy="restore it from a copy: without it no hidden case and no variant can be drawn again",
    )
    if (path / BANK).exists():
        add(path / BANK)
    bank = {entry.name: entry for entry in registered()}
    for assignment in card["assignments"]:
        if gone := [name for name in assignment["problems"] if name not in bank]:
            raise ValueError(
                f"{path / CARD}: {assignment['name']} has a problem {gone[0]!r}, which is not in this bank; "
                "go on with the version of the library that made the course"
            )
    return Course(
        path,
        card["secret"],
        card["variants"],
        tuple(
            Assignment(one["name"], tuple(bank[name] for name in one["problems"]))
            for one in card["assignments"]
        ),
        read_students(path / STUDENTS) if (path / STUDENTS).exists() else (),
    )


# Headings of a list of students, as learning platforms export it or an instructor types it, in the order in
# which the first that says something counts.
_HEADINGS = {
    "id": (
        "id",
        "id number",
        "student id",
        "student_id",
        "sis user id",
        "sis login id",
        "username",
        "canvas",
    ),
    "name": ("name", "full name", "student", "student name"),
    "first": ("first name", "first_name", "firstname"),
    "last": ("last name", "last_name", "lastname", "surname"),
    "email": ("email", "email address", "e-mail"),
    "canvas": ("canvas", "canvas id"),
}


def read_students(path):
    """A list of students from a table: of our own, of Moodle's participants, or of Canvas's gradebook.

    Parameters
    ----------
    path : path-like
        As for :func:`read_table`.  A student without an id is called by what stands before the @ of the
        address.

    Returns
    -------
    tuple of Student
        In the table's order.

    Raises
    ------
    ValueError
        If there is no column of ids or names, an id cannot be a folder's name, or two students have one id.
    """
    headings, *rows = read_table(path) or [[]]
    headings = [heading.strip().lower() for heading in headings]
    if "sis user id" in headings and "id" in headings:  # Canvas's gradebook, whose ID is its own
        headings[headings.index("id")] = "canvas"
    named = {field: [one for one in names if one in headings] for field, names in _HEADINGS.items()}
    if not (named["id"] or named["email"]) or not (named["name"] or (named["first"] and named["last"])):
        raise ValueError(
            f"{path} is no list of students: wanted are columns id and name, and email if you like; "
            f"it has {', '.join(filter(None, headings)) or 'none'}"
        )
    students = []
    for line, row in enumerate(rows, 2):
        cells = {heading: cell.strip() for heading, cell in zip(headings, row, strict=False)}
        field = {
            name: next(filter(None, (cells.get(one) for one in names)), "") for name, names in named.items()
        }
        own = field["id"] or field["email"].partition("@")[0]
        if not own:  # an empty line, or Canvas's of possible points
            continue
        name = field["name"] or f"{field['first']} {field['last']}".strip() or own
        if not re.fullmatch(_STUDENT, own, re.ASCII):
            raise ValueError(
                f"{path}, line {line}: {own!r} cannot be the id of {name}; an id has letters without "
                "accents, digits and . _ - @, and begins with a letter or digit"
            )
        students.append(Student(own, name, field["email"], field["canvas"]))
    # On some systems two names that differ only in capitals are one folder.
    twice = [one for one, count in Counter(student.id.lower() for student in students).items() if count > 1]
    if twice:
        raise ValueError(f"{path}: the id {twice[0]!r} is there twice; each student needs an own one")
    return tuple(students)


def read_table(path):
    """The rows of a table that a learning platform or a spreadsheet made.

    Parameters
    ----------
    path : path-like
        CSV in UTF-8, parted by commas, semicolons or tabs.

    Returns
    -------
    list of list of str
        The headings first.

    Raises
    ------
    ValueError
        If it is not text in UTF-8.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not text in UTF-8; save it as “CSV UTF-8”") from None
    top = text.partition("\n")[0]
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=top.count)))


def make(path, assignments, *, variants=False, students=(), bank=None):
    """Make the folder of a course, or add assignments to one.

    Parameters
    ----------
    path : path-like
    assignments : list of Assignment
    variants : bool
        Of a course that is there already, it must be what it was made with.
    students : iterable of Student
        Take the place of those listed, if there are any.
    bank : path-like, optional
        A file of the instructor's own problems, of which the course keeps a copy.

    Returns
    -------
    Course

    Raises
    ------
    ValueError
        If the folder holds other things, it has an assignment of that name or another bank, or ``variants``
        is not as it was.
    """
    path, students = Path(path), tuple(students)
    if bank and (path / BANK).exists() and sha256(bank) != sha256(path / BANK):
        raise ValueError(f"{path} has a bank of its own; write your new problems into {path / BANK}")
    if unfit := [one.name for one in assignments if not re.fullmatch(_ASSIGNMENT, one.name, re.ASCII)]:
        raise ValueError(f"{unfit[0]!r} cannot be an assignment's name; take letters, digits, - and _")
    with locked(path):
        if (path / CARD).exists():
            course = read(path)
            there = {one.name for one in course.assignments}
            if doubled := [one.name for one in assignments if one.name in there]:
                raise ValueError(f"{path} has an assignment {doubled[0]} already; choose another --name")
            if variants and not course.variants:
                raise ValueError(f"{path} was made without --variants, and its notebooks may be out already")
        elif path.exists() and any(path.iterdir()):
            raise ValueError(f"{path} holds other things; choose a folder that is empty or not there")
        else:
            course = Course(path, secrets.token_hex(16), variants, (), ())
        path.mkdir(parents=True, exist_ok=True)
        course = Course(
            path,
            course.secret,
            course.variants,
            (*course.assignments, *assignments),
            students or course.students,
        )
        if bank and not (path / BANK).exists():
            with atomic(path / BANK) as part:
                shutil.copyfile(bank, part)
        if students or not (path / STUDENTS).exists():
            _write_students(course)
        if not (path / CONFIG).exists():
            put(path / CONFIG, _CONFIG.format(path.resolve().name).encode())
        _write_card(course)  # last: a folder with a card is a whole one
    return course


def by_chapter(chapters):
    """An assignment a chapter: "chapter-02" and so on."""
    return [
        Assignment(f"chapter-{int(chapter):02}", tuple(choose([chapter])))
        for chapter in dict.fromkeys(chapters)
    ]


def _write_card(course):
    card = {
        "version": VERSION,
        "secret": course.secret,
        "variants": course.variants,
        "assignments": [
            {"name": one.name, "problems": [entry.name for entry in one.entries]}
            for one in course.assignments
        ],
    }
    with atomic(course.path / CARD) as part, open(part, "w", encoding="utf-8", opener=_for_me_alone) as file:
        file.write(cards.dumps(card, _Card))


def _for_me_alone(path, flags):
    """Open a file that others cannot read, not even while it is written."""
    return os.open(path, flags, 0o600)


def _write_students(course):
    with atomic(course.path / STUDENTS) as part, open(part, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("id", "name", "email", "canvas"))
        table.writerows((one.id, one.name, one.email, one.canvas) for one in course.students)
