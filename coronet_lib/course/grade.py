"""Grade an assignment: each notebook is judged once, kept, and entered into the gradebook.

::

    COURSE/judged/ASSIGNMENT/STUDENT.json    card: what the judge said of one notebook

A result is kept under a hash of all that it follows from.  While that is the same it is not judged again: so
an interrupted call goes on where it was, and who hands in once more is judged once more.
"""

import functools
import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import joblib
from pydantic import Field
from tqdm import tqdm
from typing_extensions import TypedDict

import coronet_lib
from coronet_lib import cards
from coronet_lib.course import gradebook, reading
from coronet_lib.course.folder import BANK
from coronet_lib.course.judge import Judged, judge
from coronet_lib.course.sandbox import Limits
from coronet_lib.course.scoring import Score
from coronet_lib.files import locked, put, sha256
from coronet_lib.text import reason

VERSION = 1
"""Of the cards of results."""


class _Score(TypedDict):
    __pydantic_config__ = cards.CLOSED

    about: str
    points: cards.Count
    maximum: cards.Positive
    message: str


class _Result(TypedDict):
    __pydantic_config__ = cards.CLOSED

    version: int
    key: cards.Sha256
    scores: Annotated[dict[str, list[_Score]], Field(min_length=1)]
    events: list[str]


def grade(course, assignment, sandbox, *, limits=Limits(), jobs=1, progress=True):
    """Judge what is new among the notebooks handed in, and enter all results into the gradebook.

    Parameters
    ----------
    course : Course
    assignment : Assignment
    sandbox : Sandbox
        In which students' code runs.
    limits : Limits
        What a notebook may use.
    jobs : int
        Notebooks at a time.
    progress : bool
        Whether a bar shows how far it is.

    Returns
    -------
    tuple of int
        How many notebooks there are, and how many of them were judged just now.

    Raises
    ------
    ValueError
        If there is no notebook, a student is not on the list, or the gradebook cannot be used.
    RuntimeError
        If the judge or the bank fails; names notebook and fault.  What was judged before is kept.
    """
    with locked(course.path), gradebook.opened(course, new=True) as book:
        found = submissions(course, assignment)
        keys = {student: _key(course, assignment, student, path, limits) for student, path in found.items()}
        judged = {student: _kept(course, assignment, student, key) for student, key in keys.items()}
        new = [student for student, result in judged.items() if result is None]

        def work(student):
            judged[student] = _judge(course, assignment, student, found[student], sandbox, limits)
            _keep(course, assignment, student, keys[student], judged[student])

        # A thread waits for its sandbox, which has the processor meanwhile.
        judging = joblib.Parallel(jobs, prefer="threads", return_as="generator_unordered")(
            joblib.delayed(work)(student) for student in new
        )
        for _ in tqdm(judging, "judged", len(new), unit="notebook", disable=not progress):
            pass
        gradebook.enter(book, course, assignment)
        for student in found:
            given = reading.answers(course, assignment, student)
            words = reading.words(course, assignment, student, given)
            gradebook.record(book, assignment, student, judged[student], words)
            reading.write(course, assignment, student, given, judged[student].events)
    return len(found), len(new)


def submissions(course, assignment):
    """The notebooks that were collected.

    Returns
    -------
    dict of str to pathlib.Path
        By student, in the order of their ids.
    """
    found = {
        path.parent.parent.name: path
        for path in sorted(course.path.glob(f"submitted/*/{assignment.name}/{assignment.name}.ipynb"))
    }
    if not found:
        raise ValueError(
            f"nothing of {assignment.name} was handed in yet: there is none in {course.path / 'submitted'}; "
            "`coronet course collect` brings it in"
        )
    if strangers := sorted(found.keys() - {student.id for student in course.students}):
        raise ValueError(
            f"{', '.join(strangers)}: handed in, but not on the list of students; add them to "
            f"{course.path / 'students.csv'} and call this again"
        )
    return found


def results(course, assignment, students):
    """What the judge said when these students' work was last graded.

    Returns
    -------
    dict of str to Judged

    Raises
    ------
    ValueError
        If a result is missing or damaged; to grade again makes it anew.
    """
    try:
        return {student: _read(_path(course, assignment, student))[1] for student in students}
    except FileNotFoundError as error:
        raise ValueError(f"{error.filename} is missing; `coronet course grade` judges it again") from None


def _judge(course, assignment, student, notebook, sandbox, limits):
    try:
        return judge(
            notebook,
            assignment.entries,
            secret=course.secret,
            student=course.variant(student),
            sandbox=sandbox,
            limits=limits,
        )
    except Exception as error:  # whatever it is, it is not the student's
        raise RuntimeError(
            f"{notebook}: the judge or the bank stops with {type(error).__name__} ({reason(error)}); this "
            "notebook has no points yet, and what was judged before is kept"
        ) from error


def _keep(course, assignment, student, key, judged):
    card = {"version": VERSION, "key": key, **asdict(judged)}
    put(_path(course, assignment, student), cards.dumps(card, _Result).encode())


def _path(course, assignment, student):
    return course.path / "judged" / assignment.name / f"{student}.json"


def _kept(course, assignment, student, key):
    """The result kept under this key, or None; a damaged one is none."""
    path = _path(course, assignment, student)
    try:
        found, judged = _read(path)
    except (ValueError, FileNotFoundError):
        return None
    return judged if found == key else None


def _read(path):
    card = cards.read(
        path,
        _Result,
        version=VERSION,
        of="what a judge said",
        mark="scores",
        older="`coronet course grade` judges it again",
        remedy="`coronet course grade` judges it again",
    )
    scores = {name: [Score(**score) for score in parts] for name, parts in card["scores"].items()}
    return card["key"], Judged(scores, card["events"])


def _key(course, assignment, student, notebook, limits):
    """A hash of all that a result follows from."""
    facts = {
        "library": _library(),
        "bank": sha256(own) if (own := course.path / BANK).exists() else "",
        "notebook": sha256(notebook),
        "problems": [entry.name for entry in assignment.entries],
        "secret": course.secret,
        "student": course.variant(student),
        "limits": asdict(limits),
    }
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


@functools.cache
def _library():
    """A hash of the library's code: version numbers don't tell a bank that is being written from another."""
    digest = hashlib.sha256()
    for path in sorted(Path(coronet_lib.__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
