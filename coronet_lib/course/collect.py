"""Collecting what students handed in: every file is kept, every answer found that can be, every doubt listed.

::

    COURSE/collected/ASSIGNMENT/STUDENT/…        all that a student handed in, to the byte
    COURSE/collected/ASSIGNMENT/unmatched/…      what nobody on the list could be found for
    COURSE/collected/ASSIGNMENT/tries.csv        these files: whose, when, from where, which one counts
    COURSE/collected/ASSIGNMENT/matches.csv      whose the unmatched are, filled in by the instructor
    COURSE/collected/ASSIGNMENT/report.csv       what was decided, and what to look at
    COURSE/submitted/STUDENT/ASSIGNMENT/…        the repaired notebook of the last try
"""

import csv
import hashlib
import re
import unicodedata
from dataclasses import astuple, dataclass, fields, replace
from functools import cached_property, partial
from pathlib import Path

from coronet_lib.course import notebooks, reading
from coronet_lib.course.folder import read_table
from coronet_lib.course.handed import Intake
from coronet_lib.course.repair import NoNotebook, Note, Repaired, placeholder, repair
from coronet_lib.course.roll import Roll, Sender
from coronet_lib.files import atomic, locked, put
from coronet_lib.text import inert

UNMATCHED = "unmatched"
_COUNTS, _BY_NOTEBOOK = "counts", "was found by the notebook"
_NOTEBOOKS = {".ipynb", ".json", ".txt", ""}  # some browsers and platforms change the ending


@dataclass(frozen=True)
class Try:
    """A file that was handed in, as tries.csv lists it."""

    path: str
    """As it was called in its archive or folder."""
    source: str
    time: str
    batch: str
    sha256: str
    refused: str = ""
    """Why, if it was."""
    student: str = ""
    """Empty if nobody was found."""
    how: str = ""
    """How the student was found, if not by the name that a platform gives."""
    file: str = ""
    """In the assignment's folder under collected/; empty if it was refused."""
    counts: str = ""
    """Says so, of the one that is graded."""

    @cached_property
    def sender(self):
        return Sender.of(self.path)


_COLUMNS = [field.name for field in fields(Try)]


@dataclass(frozen=True)
class Collected:
    """What came of collecting; the same is in report.csv."""

    students: tuple[str, ...]
    """Who have a notebook now."""
    missing: tuple[str, ...]
    """Who are on the list and handed in nothing."""
    notes: tuple[tuple[str, Note], ...]
    """Of each student, by id; "" for what is nobody's."""


def collect(course, assignment, given=()):
    """Take in what students handed in.

    Collecting again, the same, more or nothing, goes on from what is there: what has arrived stays, whoever
    can be found now is found, and a notebook is written anew only if another try counts.

    Parameters
    ----------
    course : Course
    assignment : Assignment
    given : iterable of path-like
        Zip archives of Moodle's and Canvas's, folders, notebooks.

    Returns
    -------
    Collected

    Raises
    ------
    ValueError
        If one of them is not there, or the list of students is empty; nothing is taken in then.
    """
    if not course.students:
        raise ValueError(
            f"{course.path} has no students; list them in {course.path / 'students.csv'}, "
            "with an id and a name in each line"
        )
    given = [Path(path) for path in given]
    if gone := [path for path in given if not path.exists()]:
        raise ValueError(f"there is no {gone[0]}; a folder, a zip archive or a notebook is wanted")
    with locked(course.path):
        return _Collection(course, assignment).collected(given)


class _Collection:
    def __init__(self, course, assignment):
        self._course, self._assignment = course, assignment
        self._folder = course.path / "collected" / assignment.name
        self._roll = Roll(course.students)
        self._ids = {student.id for student in course.students}
        self._matches = {key: student for key, student, *_ in self._rows("matches.csv", 2) if student}
        self._tries = [Try(*row) for row in self._rows("tries.csv", len(_COLUMNS))]
        self._blanks, self._notes = {}, []

    def collected(self, given):
        if wrong := sorted({*self._matches.values()} - self._ids):
            raise ValueError(f"{self._folder / 'matches.csv'} names {wrong[0]!r}, who is not in students.csv")
        before = self._tries
        self._tries = [self._again(one) for one in before]
        known = {(one.path, one.sha256) for one in before}
        intake = Intake()
        for file in (file for path in given for file in intake.files(path)):
            sha256 = hashlib.sha256(file.data).hexdigest()
            if (file.path, sha256) not in known:
                where = {"path": file.path, "source": file.source, "time": file.time, "batch": file.batch}
                self._tries.append(self._kept(Try(**where, sha256=sha256, refused=file.refused), file.data))
        self._write("tries.csv", _COLUMNS, map(astuple, self._tries))
        self._tidy(before)
        there = sorted({one.student for one in self._tries} - {""})
        for student in there:
            self._submit(student)
        self._write("tries.csv", _COLUMNS, map(astuple, self._tries))
        self._list_unmatched()
        missing = sorted(self._ids - {*there})
        self._notes += [(student, Note("", "handed in nothing.")) for student in missing]
        self._write_report()
        return Collected(tuple(there), tuple(missing), tuple(self._notes))

    # Whose a file is.

    def _again(self, one):
        """A file that is here already: whoever was not found may be on the list now, or matched by hand."""
        if one.student and self._matches.get(one.sender.key, one.student) == one.student:
            return one
        return self._kept(replace(one, counts=""), self._data(one))

    def _kept(self, one, data):
        """Find out whose a file is, and keep it among what they handed in."""
        student, how = self._whose(one, data)
        if one.refused:
            return replace(one, student=student, how=how)
        name = _safe(one.sender.file if student else one.path)
        file = f"{student or UNMATCHED}/{one.sha256[:8]}-{name}"
        put(self._folder / file, data)
        return replace(one, student=student, how=how, file=file)

    def _whose(self, one, data):
        """Whose a file is, "" if that is not clear, and how that was found."""
        sender = one.sender
        if sender.key in self._matches:
            return self._matches[sender.key], "was matched by hand, in matches.csv."
        found = sender.students(self._roll)
        stamp = notebooks.stamped(data)
        if len(found) == 1:
            return found[0].id, "" if sender.exactly(found[0]) else f"was found by the name {one.path!r}."
        if stamp in {student.id for student in found} or (stamp in self._ids and not found):
            return stamp, f"{_BY_NOTEBOOK}, which was made for {stamp}; the name is {one.path!r}."
        return "", ""

    def _list_unmatched(self):
        """Say whose hand could not be told, and leave a table to fill in."""
        unmatched = {}
        for one in self._tries:
            if not one.student and one.refused:
                self._say("", f"{one.source} {one.refused}, and was refused.", look=True)
            elif not one.student:
                unmatched.setdefault(one.sender.key, one)
        for one in unmatched.values():
            found = [student.id for student in one.sender.students(self._roll)]
            whose = f"say whose it is in {self._folder / 'matches.csv'}, and collect again."
            if found:
                self._say("", f"{one.source} could be {' or '.join(found)}; {whose}", look=True)
            else:
                text = f"{one.source} is nobody's on the list; add the student to students.csv, or {whose}"
                self._say("", text, look=True)
        rows = [*self._matches.items(), *((key, "") for key in unmatched)]
        if rows:
            self._write("matches.csv", ("handed in by", "student"), rows)

    # What counts.

    def _submit(self, student):
        """Repair the last try of a student that has an answer, and say what was decided."""
        tries = sorted((one for one in self._tries if one.student == student), key=self._when)
        blank, say = self._blank(self._course.variant(student)), partial(self._say, student)
        for how in sorted({one.how for one in tries} - {""}):
            say(how, look=how.startswith(_BY_NOTEBOOK))
        counted, repaired = self._last(student, tries, blank)
        self._notes += [(student, note) for note in repaired.notes]
        if counted:
            self._say_which(say, counted, tries)
        self._write_submitted(student, counted, repaired.notebook)

    def _last(self, student, tries, blank):
        """The last try with an answer, or the last that is a notebook, or None; and what was made of it."""
        empty, why = None, []
        for one in reversed(tries):
            name = one.sender.file
            if one.refused:
                why.append(Note("", f"{name} {one.refused}, and was refused.", look=True))
            elif Path(name).suffix.lower() not in _NOTEBOOKS:
                why.append(Note("", f"{name} is no notebook; it is kept."))
            else:
                try:
                    repaired = repair(self._data(one), blank, self._assignment.entries)
                except NoNotebook as error:
                    why.append(Note("", f"{name} could not be read: {error}.", look=True))
                    continue
                empty = empty or (one, repaired)
                if repaired.answered:
                    empty = one, repaired
                    break
        self._notes += [(student, note) for note in why]
        if not empty:
            self._say(student, "handed in no notebook that can be read; an empty one is graded.", look=True)
        return empty or (None, Repaired(placeholder(blank, why[0].text), (), frozenset()))

    def _blank(self, variant):
        """The notebook that a student was given."""
        if variant not in self._blanks:
            blank = notebooks.compose(
                self._assignment, notebooks.Reader.STUDENT, secret=self._course.secret, student=variant
            )
            name = self._assignment.name
            released = self._course.path / "release" / name / variant / f"{name}.ipynb"
            if released.exists() and notebooks.asked(released.read_bytes()) != notebooks.asked(
                notebooks.to_bytes(blank)
            ):
                raise ValueError(
                    f"{released} asks for something else than this version of the bank does; "
                    "go on with the version of the library that released it"
                )
            self._blanks[variant] = blank
        return self._blanks[variant]

    def _when(self, one):
        """What is later is greater: by Canvas's number, by batch, by a number at the name's end, by time."""
        name = one.sender.file.replace(self._assignment.name, "", 1)
        number = re.search(r"[ (_-](\d{1,3})\)?\.\w+$", name)
        return one.sender.order, one.batch, int(number[1]) if number else 0, one.time

    def _say_which(self, say, counted, tries):
        name = counted.sender.file
        if counted.sender.late:
            say("was late, says Canvas.")
        if len(tries) > 1:
            say(
                f"handed in {len(tries)} files; {name!r} of {counted.time} counts.",
                look=counted is not tries[-1],
            )
        stamp = notebooks.stamped(self._data(counted))
        if self._course.variants and stamp not in ("", counted.student):
            say(
                f"handed in the notebook that was made for {stamp}, and is judged by their own numbers.",
                look=True,
            )

    def _write_submitted(self, student, counted, notebook):
        """Write what is graded, unless it is there already: somebody may have mended it by hand."""
        path = self._submitted(student)
        before = [one for one in self._tries if one.student == student and one.counts]
        if path.exists() and before == ([counted] if counted else []):
            return
        data = notebooks.to_bytes(notebook)
        if path.exists() and path.read_bytes() != data:
            self._say(student, "has handed in something new, which has to be graded.", look=True)
        put(path, data)
        self._tries = [
            replace(one, counts=_COUNTS if one is counted else "") if one.student == student else one
            for one in self._tries
        ]

    def _say(self, student, text, look=False):
        self._notes.append((student, Note("", text, look)))

    # Files.

    def _data(self, one):
        return (self._folder / one.file).read_bytes() if one.file else b""

    def _tidy(self, before):
        """Remove files that are somebody else's now from where they were."""
        listed = {one.file for one in self._tries}
        for one in before:
            if one.file and one.file not in listed:
                (self._folder / one.file).unlink(missing_ok=True)
        for student in {one.student for one in before} - {one.student for one in self._tries} - {""}:
            self._submitted(student).unlink(missing_ok=True)

    def _submitted(self, student):
        return reading.submitted(self._course, self._assignment, student)

    def _rows(self, name, columns):
        path = self._folder / name
        rows = read_table(path)[1:] if path.exists() else []
        if any(len(row) != columns for row in rows):
            raise ValueError(
                f"{path} is not as it was written: each line wants {columns} cells; restore it, or move it "
                "away and collect again whatever was handed in"
            )
        # As _write made them.
        return [[cell[1:] if cell == inert(cell[1:]) else cell for cell in row] for row in rows]

    def _write_report(self):
        names = {student.id: student.name for student in self._course.students}
        rows = (
            ("look" * note.look, one, names.get(one, ""), note.label, note.text) for one, note in self._notes
        )
        self._write("report.csv", ("look", "student", "name", "problem", "what"), rows)

    def _write(self, name, headings, rows):
        self._folder.mkdir(parents=True, exist_ok=True)
        with atomic(self._folder / name) as part, open(part, "w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(headings)
            table.writerows(map(inert, row) for row in rows)


def _safe(name):
    """The name as one that every system takes for a file in this folder."""
    name = re.sub(r'[\x00-\x1f/\\:*?"<>|]+', "_", unicodedata.normalize("NFC", name)).strip(" .") or "file"
    stem, dot, ending = name.rpartition(".")
    return stem.encode()[:150].decode(errors="ignore") + dot + ending.encode()[:50].decode(errors="ignore")
