"""An overview of an assignment for the instructor: how it went, what was hard, what was misunderstood.

::

    COURSE/overview/ASSIGNMENT.html    one page that loads nothing
"""

from collections import Counter
from dataclasses import dataclass
from statistics import mean, median

from coronet_lib.course import alike, grade, gradebook, notebooks, pages, reading
from coronet_lib.course.problem import Entry

_BINS = 10
_SAID = 6  # misconceptions of a problem that are listed
_PAIRS = 20


@dataclass(frozen=True)
class Row:
    """How a problem, or its answer in words, went."""

    entry: Entry
    words: bool
    mean: float
    maximum: float
    full: int
    """How many have all points."""
    empty: int | None
    """How many gave no answer; None for answers in words."""


@dataclass(frozen=True)
class Bin:
    """Students with a share of the points."""

    title: str
    count: int
    width: float
    """Percent of the largest bin's."""


@dataclass(frozen=True)
class Misconceptions:
    """What the judge said of wrong answers to a problem, and to how many students."""

    entry: Entry
    said: list[tuple[str, int]]


def write(course, assignment):
    """Write the page.

    Parameters
    ----------
    course : Course
    assignment : Assignment

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ValueError
        If nothing was graded yet.
    """
    marks = gradebook.marks(course, assignment)
    judged = grade.results(course, assignment, marks)
    answers = {student: reading.answers(course, assignment, student) for student in marks}
    points = [one.points for one in marks.values()]
    maximum = next(iter(marks.values())).maximum
    common = max(3, len(marks) // 10)  # so many may give one answer before it tells nothing
    found = alike.pairs(
        answers,
        reading.handed_out(course, assignment),
        prose={notebooks.words_id(entry) for entry in assignment.entries},
        common=common,
    )
    path = course.path / "overview" / f"{assignment.name}.html"
    pages.write(
        path,
        "overview.html",
        assignment=assignment,
        handed_in=len(marks),
        listed=len(course.students),
        unread=sum(one.unread for one in marks.values()),
        median=median(points),
        maximum=maximum,
        bins=bins(points, maximum),
        problems=rows(assignment, marks, answers),
        misconceptions=misconceptions(assignment, judged, answers),
        common=common,
        typical=100 * alike.typical(found),
        pairs=[pair for pair in found if pair.share >= alike.SHARE][:_PAIRS],
        students={student.id: student for student in course.students},
        labels={cell: entry.label for entry in assignment.entries for cell in _cells(entry)},
    )
    return path


def bins(points, maximum):
    """How many students have which share of the points, in tenths."""
    counts = Counter(min(int(_BINS * one / maximum), _BINS - 1) for one in points)
    largest = max(counts.values())
    return [
        Bin(
            f"{100 * number // _BINS} to {100 * (number + 1) // _BINS} %",
            counts[number],
            100 * counts[number] / largest,
        )
        for number in reversed(range(_BINS))
    ]


def rows(assignment, marks, answers):
    """How each problem went, the hardest first.

    Parameters
    ----------
    assignment : Assignment
    marks : dict of str to Marks
    answers : dict of str to dict of str to str
        By student, as :func:`coronet_lib.course.reading.answers` finds them.

    Returns
    -------
    list of Row
        Of answers in words once a person has read all of them.
    """
    found = []
    for entry in assignment.entries:
        empty = sum(entry.name not in given for given in answers.values())
        found.append(_row(entry, [one.code[entry.name] for one in marks.values()], empty))
        words = [one.words[entry.name] for one in marks.values() if entry.name in one.words]
        if words and not any(mark.unread for mark in words):
            found.append(_row(entry, words, None))
    return sorted(found, key=lambda row: row.mean / row.maximum)


def _row(entry, marks, empty):
    maximum = marks[0].maximum
    return Row(
        entry,
        empty is None,
        mean(mark.points for mark in marks),
        maximum,
        sum(mark.points >= maximum for mark in marks),
        empty,
    )


def misconceptions(assignment, judged, answers):
    """What was said of wrong answers, by problem, and what was said most often first.

    Parameters
    ----------
    assignment : Assignment
    judged : dict of str to Judged
        By student.
    answers : dict of str to dict of str to str
        As for :func:`rows`; who gave none is not counted.

    Returns
    -------
    list of Misconceptions
        Of problems that somebody answered wrongly.
    """
    found = []
    for entry in assignment.entries:
        said = Counter(
            message
            for student, given in answers.items()
            if entry.name in given
            for message in {s.message for s in judged[student].scores[entry.name] if not s.passed}
        )
        if said:
            found.append(Misconceptions(entry, said.most_common(_SAID)))
    return sorted(found, key=lambda one: -one.said[0][1])


def _cells(entry):
    return entry.name, notebooks.words_id(entry)
