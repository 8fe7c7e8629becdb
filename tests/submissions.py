"""What a class hands in: for an assignment, a submission of each kind, and the points that each must get.

Files are named as Moodle names them, in one zip as Moodle hands it out.
"""

import zipfile
from dataclasses import dataclass
from itertools import cycle

from small_course import from_colab, zipped

from coronet_lib.course import notebooks
from coronet_lib.course.folder import Student

WORDS = "It depends on who was tested. <script>alert(1)</script> [here](javascript:alert(1)) $x$"
"""An answer in words, with what must not become markup."""


@dataclass(frozen=True)
class Submission:
    """What one student hands in."""

    student: Student
    kind: str
    tries: tuple[bytes, ...]
    """Files, the last of which counts."""
    points: dict[str, int]
    """By problem, from the judge."""
    words: bool
    """Whether there are answers in words for a person to read."""


def students(size):
    """A list of them; two have one name."""
    names = ["Ada Lovelace", "José Núñez", "Kim Lee", "Kim Lee", "Max O'Neil"]
    names += [f"Student Number{number:02}" for number in range(len(names), size)]
    return tuple(
        Student(f"s{1000 + number}", name, f"s{1000 + number}@example.org", str(7000 + number))
        for number, name in enumerate(names[:size])
    )


def submissions(course, assignment, listed):
    """One of each of these students: of all kinds, as far as students go."""
    kinds = cycle(_kinds(assignment))
    return [_submission(course, assignment, student, *next(kinds)) for student in listed]


def moodle_zip(path, handed_in):
    """The zip that Moodle makes of all submissions; a later try is a later file."""
    members = {}
    for number, one in enumerate(handed_in):
        for turn, contents in enumerate(one.tries):
            name = f"{one.student.name}_{40000 + number}_assignsubmission_file_/answer-{turn}.ipynb"
            members[zipfile.ZipInfo(name, (2026, 1, 1 + turn, 12, 0, 0))] = contents
    zipped(path, members)


def _kinds(assignment):
    """A name, what is answered in each try, and how the notebook is saved."""
    yield "right", [_right], notebooks.to_bytes
    yield "empty", [_empty], notebooks.to_bytes
    yield "saved by Colab", [_right], from_colab
    yield "several tries", [_empty, _wrong(0), _right], notebooks.to_bytes
    yield "worse at last", [_right, _wrong(0)], notebooks.to_bytes
    yield "not a notebook", [_nothing], lambda notebook: b"Dear professor, please find my answers attached."
    for number in range(4):
        yield f"wrong {number}", [_wrong(number)], notebooks.to_bytes
    yield "no cells", [_nothing], lambda notebook: b'{"nbformat": 4}'
    yield "nothing", [_nothing], lambda notebook: b""
    for entry in assignment.entries:
        for number in range(len(entry.problem("").wrong)):
            yield f"wrong {number} in {entry.label}", [_wrong(number, entry)], notebooks.to_bytes
    yield "wrong, saved by Colab", [_wrong(1)], from_colab


def _right(entry, problem):
    return problem.solution, entry.points


def _empty(entry, problem):
    return problem.starter, 0


def _nothing(entry, problem):
    return "", 0


def _wrong(number, only=None):
    """The known wrong answer of this number, to one problem or to all."""

    def answer(entry, problem):
        if only not in (None, entry):
            return _right(entry, problem)
        return problem.wrong[number].code, problem.wrong[number].points

    return answer


def _submission(course, assignment, student, kind, answers, save):
    whose = {"secret": course.secret, "student": course.variant(student.id)}
    problems = [(entry, entry.problem(**whose)) for entry in assignment.entries]
    tries = []
    for answer in answers:
        notebook = notebooks.compose(assignment, notebooks.Reader.STUDENT, **whose)
        cells = {cell.id: cell for cell in notebook.cells}
        for entry, problem in problems:
            cells[entry.name].source = f"{notebooks.marker(entry)}\n{answer(entry, problem)[0]}"
            if problem.rubric and answer is not _empty:
                cells[notebooks.words_id(entry)].source = f"{notebooks.words_marker(entry)}\n{WORDS}"
        tries.append(save(notebook))
    points = {entry.name: answers[-1](entry, problem)[1] for entry, problem in problems}
    return Submission(student, kind, tuple(tries), points, words=answers[-1] not in (_empty, _nothing))
