"""Releasing an assignment: notebooks for students, scanned for leaks, and archives for learning platforms.

Moodle gives a file back to each student if an archive of "feedback files" names a folder
``<full name>_<participant's number>_assignfeedback_file`` for each; Canvas, if a file is called as it handed
out what the student had handed in, ``<name>_<user's number>_<attachment's number>_…``.
"""

import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from coronet_lib.course.folder import read_table
from coronet_lib.course.leaks import Scanner
from coronet_lib.course.notebooks import Reader, compose, to_bytes
from coronet_lib.course.roll import Roll, Sender
from coronet_lib.files import locked, put

_NO_DATE = (1980, 1, 1, 0, 0, 0)  # the same archive whenever it is made


@dataclass(frozen=True)
class Released:
    """What a release wrote."""

    archives: tuple[Path, ...]
    notebooks: int
    without: tuple[str, ...]
    """Ids of students for whom a platform's archive has no notebook."""


def draft(course, assignment):
    """Write what the instructor reads before the release, and what nbgrader takes the points from."""
    for reader, path in (
        (Reader.AUTOGRADER, course.path / "source" / assignment.name / f"{assignment.name}.ipynb"),
        (Reader.INSTRUCTOR, course.path / "instructor" / f"{assignment.name}.ipynb"),
    ):
        put(path, to_bytes(compose(assignment, reader, secret=course.secret)))


def release(course, assignment, *, again=False, moodle=None, canvas=None):
    """Write the students' notebooks of an assignment, the solutions, and archives for a learning platform.

    Nothing is written if anything secret is found in what would go out.

    Parameters
    ----------
    course : Course
    assignment : Assignment
    again : bool
        Whether it may be there already; the same students get the same notebooks.
    moodle : path-like, optional
        Moodle's grading worksheet of the assignment, for an archive that gives each student an own notebook.
    canvas : path-like, optional
        What Canvas handed out as the assignment's submissions, for the same.

    Returns
    -------
    Released

    Raises
    ------
    ValueError
        If it was released already, there are variants and no students, a list of the platform's cannot be
        read, or something leaks.
    """
    name, folder = assignment.name, course.path / "release" / assignment.name
    if course.variants and not course.students:
        raise ValueError(
            f"{course.path} gives each student an own notebook, but lists no students in students.csv"
        )
    if (moodle or canvas) and not course.variants:
        raise ValueError(f"all students of {course.path} get the same notebook; upload it once, for all")
    with locked(course.path):
        archive = folder / f"{name}.zip"
        if archive.exists() and not again:
            raise ValueError(
                f"{name} is released already, in {folder}; --again writes it once more, for students who "
                "have joined: the others' notebooks stay the same"
            )
        draft(course, assignment)
        ids = [student.id for student in course.students] if course.variants else [""]
        made = {one: _student(course, assignment, one) for one in ids}
        scanner = Scanner(assignment, course.secret, ids)
        leaks = [leak for one, data in made.items() for leak in scanner.notebook(data, one)]
        whole = {f"{one}/{name}.ipynb" if one else f"{name}.ipynb": one for one in ids}
        archives, without = {archive: whole}, ()
        if moodle or canvas:
            members = platform_members(course, f"{name}.ipynb", moodle=moodle, canvas=canvas)
            archives[folder / f"{name}-{'moodle' if moodle else 'canvas'}.zip"] = members
            without = tuple(sorted({*ids} - {*members.values()}))
        zipped_all = {path: zipped(members, made) for path, members in archives.items()}
        for path, members in archives.items():
            leaks += scanner.archive(zipped_all[path], members)
        if leaks:
            raise ValueError(f"nothing was released, for {name} would tell too much: {leaks[0]}")
        for one, data in made.items():
            put(folder / one / f"{name}.ipynb", data)
            solution = compose(assignment, Reader.SOLUTION, secret=course.secret, student=one)
            put(course.path / "solution" / name / one / f"{name}.ipynb", to_bytes(solution))
        for path, data in reversed(zipped_all.items()):  # that with all comes last, and says that it is done
            put(path, data)
    return Released(tuple(archives), len(made), without)


def _student(course, assignment, student):
    return to_bytes(compose(assignment, Reader.STUDENT, secret=course.secret, student=student))


def zipped(members, made):
    """An archive: for each member, the contents that were made for a student."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, student in members.items():
            archive.writestr(zipfile.ZipInfo(member, _NO_DATE), made[student], zipfile.ZIP_DEFLATED)
    return data.getvalue()


def platform_members(course, file, *, moodle=None, canvas=None):
    """What the files in an archive are called that a learning platform takes back for its students.

    Parameters
    ----------
    course : Course
    file : str
        Each student's file.
    moodle, canvas : path-like, optional
        One of both, as for :func:`release`.

    Returns
    -------
    dict of str to str
        For each member, whose it is.

    Raises
    ------
    ValueError
        If no student of the course is in what the platform says.
    """
    return _moodle(course, moodle, file) if moodle else _canvas(course, canvas, file)


def _moodle(course, worksheet, file):
    """Members of an archive of feedback files, from the worksheet that Moodle makes for grading offline."""
    roll, members = Roll(course.students), {}
    for row in read_table(worksheet)[1:]:
        number = re.search(r"(\d+)\s*$", row[0]) if row else None  # "Participant 12345", in some language
        called = [found for cell in row[1:] if (found := {one.id: one for one in roll.called(cell)})]
        found = set.intersection(*map(set, called)) if called else ()  # two with one name have two addresses
        if number and len(found) == 1:
            student = called[0][found.pop()]
            # Moodle reads what stands between the first two underscores as the number.
            folder = f"{student.name.replace('_', ' ').replace('/', ' ')}_{number[1]}_assignfeedback_file"
            members[f"{folder}/{file}"] = student.id
    if not members:
        raise ValueError(
            f"{worksheet} lists no student of {course.path}; wanted is the assignment's grading worksheet, "
            "with numbers of participants, and names, ids or addresses"
        )
    return members


def _canvas(course, submissions, file):
    """Members of an archive of files to give back, from the archive of what was handed in."""
    roll, members = Roll(course.students), {}
    try:
        with zipfile.ZipFile(submissions) as archive:
            there = archive.namelist()
    except zipfile.BadZipFile as error:
        raise ValueError(f"{submissions} is no whole zip archive ({error}); download it again") from None
    for member in there:
        sender = Sender.of(member)
        if sender.order and len(found := sender.students(roll)) == 1:
            members[member.removesuffix(sender.file) + file] = found[0].id
    if not members:
        raise ValueError(
            f"{submissions} holds nothing that a student of {course.path} has handed in through Canvas; "
            "Canvas takes files back only for those who have handed in something"
        )
    return members
