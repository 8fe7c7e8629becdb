"""Whether something that goes out to students holds what they must not see.

What is secret is taken from the bank itself: solutions and known wrong answers line by line, notes, rubrics
and model answers sentence by sentence, hidden cases number by number as they are drawn, and the same of every
other student's variant.  A notebook is taken apart into all texts in it, wherever they stand, and of what is
no text of a cell it may hold nothing but what every student's notebook has.
"""

import base64
import binascii
import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from functools import cached_property

import nbformat
import numpy as np
from nbgrader.utils import compute_checksum

_SHORTEST_LINE, _SHORTEST_SENTENCE = 12, 20  # letters; what is shorter stands everywhere
_DIGITS, _LONGEST_RUN, _OF_EACH_DRAW = 12, 16, 100
_NOTEBOOK = {"kernelspec", "language_info"}
_CELL = {"cell_type", "id", "source", "metadata", "outputs", "execution_count"}


@dataclass(frozen=True)
class Leak:
    """Something that may not go out, and where it is."""

    where: str
    what: str

    def __str__(self):
        return f"{self.where} holds {self.what}"


class Scanner:
    """Knows all that is secret of an assignment.

    Parameters
    ----------
    assignment : coronet_lib.course.folder.Assignment
    secret : str
        The course's.
    students : iterable of str
        Whose variants there are; ("",) if all get the same.
    """

    def __init__(self, assignment, secret, students=("",)):
        self._secret = secret
        self._drawn = {
            student: [_Drawn(entry, secret, student) for entry in assignment.entries] for student in students
        }
        self._telltale = {}  # what must not be found: from where it is, what may excuse it, whose it is
        drawn = [(student, one) for student, all_ in self._drawn.items() for one in all_]
        for student, one in drawn:
            for run in one.runs:
                self._telltale[run] = (f"numbers of a hidden case of {one.label}", None, student)
        for kinds in ("secrets", "seen"):  # a line that one student sees may be another problem's solution
            for student, one in drawn:
                for what, kind, text in getattr(one, kinds):
                    self._telltale.setdefault(text, (f"{what} of {one.label}", kind, student))

    def notebook(self, data, student=""):
        """Leaks in a notebook that one student gets, or all.

        Parameters
        ----------
        data : bytes
            The file.
        student : str
            Who gets it; "" if all do.

        Returns
        -------
        list of Leak
        """
        notebook = nbformat.reads(data.decode(), as_version=4)
        found = [("the notebook", f"metadata {key!r}") for key in notebook.metadata.keys() - _NOTEBOOK]
        for number, cell in enumerate(notebook.cells, 1):
            found += [(f"cell {number}", what) for what in _besides(cell)]
        return [Leak(*one) for one in found] + self._search("the notebook", notebook, student)

    def archive(self, data, whose):
        """Leaks in a zip archive: in its notebooks, and in all that it says of them.

        Parameters
        ----------
        data : bytes
            The file.
        whose : dict of str to str
            For each member, the student who gets it.

        Returns
        -------
        list of Leak
        """
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            leaks = self._search("the archive's comment", archive.comment.decode("latin-1"))
            for entry in archive.infolist():
                if entry.filename not in whose:
                    leaks.append(Leak("the archive", f"{entry.filename!r}, which is for nobody"))
                    continue
                said = [entry.filename, *(said.decode("latin-1") for said in (entry.comment, entry.extra))]
                leaks += self._search(f"the name of {entry.filename!r}", said, whose[entry.filename])
                for leak in self.notebook(archive.read(entry), whose[entry.filename]):
                    leaks.append(Leak(f"{entry.filename}: {leak.where}", leak.what))
        return leaks

    def _search(self, where, thing, student=""):
        """Leaks in something that is made of texts, numbers, lists and dictionaries."""
        texts = list(_texts(thing))
        document = _squeezed("\n".join([*texts, *_decoded(texts)]))
        runs = set(_runs(_numbers(document)))
        own = self._drawn.get(student, ())
        excuses = {kind: "\n".join(getattr(one, kind) for one in own) for kind in ("code", "words")}
        found = {"the course's secret"} if self._secret in document else set()
        for tell, (what, kind, whose) in self._telltale.items():
            if tell in runs or (kind and tell in document and tell not in excuses[kind]):
                found.add(what if whose in ("", student) else f"{what} as {whose} has it")
        return [Leak(where, what) for what in sorted(found)]


class _Drawn:
    """A problem as a student gets it, and what of it is secret, from whom."""

    def __init__(self, entry, secret, student):
        self._entry, self.label = entry, entry.label
        draw, hidden = entry.generators(secret, student)
        recorder = _Recorder(hidden.bit_generator)
        self._problem = entry.build(draw, recorder)
        self.runs = frozenset(
            run for rounded in _ROUNDED for run in _runs([rounded(number) for number in recorder.drawn])
        )

    @cached_property
    def code(self):
        """The code that the student is given."""
        problem = self._problem
        return _squeezed("\n".join((problem.setup, problem.starter, problem.form)))

    @cached_property
    def words(self):
        """All that the student is given."""
        return _squeezed(f"{self._entry.title}\n{self._problem.text}") + "\n" + self.code

    @cached_property
    def secrets(self):
        """What no student may see: what it is, whether code or words, and its text."""
        problem, name = self._problem, self._entry.name
        codes = [("the solution", problem.solution)]
        codes += [("a known wrong answer", wrong.code) for wrong in problem.wrong]
        words = [("the note", problem.note), ("the model answer", problem.model_answer)]
        words += [("the rubric", criterion.text) for criterion in problem.rubric]
        return [
            *((f"a line of {what}", "code", line) for what, text in codes for line in _lines(text, name)),
            *((f"a sentence of {what}", "words", one) for what, text in words for one in _sentences(text)),
        ]

    @cached_property
    def seen(self):
        """What the student sees, and no other may."""
        problem, name = self._problem, self._entry.name
        code = f"{problem.setup}\n{problem.starter}\n{problem.form}"
        return [
            *(("a line", "words", line) for line in _lines(code, name)),
            *(("a sentence", "words", one) for one in _sentences(problem.text)),
        ]


class _Recorder(np.random.Generator):
    """A generator that remembers the numbers that were drawn."""

    def __init__(self, bits):
        super().__init__(bits)
        self.drawn = []

    def __getattribute__(self, name):
        attribute = super().__getattribute__(name)
        if name.startswith("_") or not callable(attribute):
            return attribute

        def recorded(*arguments, **settings):
            result = attribute(*arguments, **settings)
            numbers = np.ravel(result)
            if numbers.dtype.kind in "iuf":
                self.drawn += numbers[:_OF_EACH_DRAW].tolist()
            return result

        return recorded


# As a number of a hidden case may have been printed: all of it, or so many decimals.
_ROUNDED = (
    lambda number: f"{number:.4g}",
    *(lambda number, n=n: f"{round(number, n):.4g}" for n in (1, 2, 3)),
)


def _numbers(text):
    return [f"{float(number):.4g}" for number in re.findall(r"-?\d+(?:\.\d*)?(?:e[+-]?\d+)?", text)]


def _runs(numbers):
    """Runs of numbers that are too long, and too mixed, to be the same by chance."""
    for start in range(len(numbers)):
        digits = 0
        for stop in range(start, min(start + _LONGEST_RUN, len(numbers))):
            digits += len(numbers[stop].lstrip("-0.").replace(".", "")) or 1
            if digits >= _DIGITS:
                if len({*(run := tuple(numbers[start : stop + 1]))}) >= 3:
                    yield run
                break


def _lines(code, name):
    """Lines of code that tell something."""
    lines = map(_squeezed, code.splitlines())
    return [line for line in lines if len(line) >= _SHORTEST_LINE or line.startswith(f"{name} =")]


def _sentences(text):
    parts = map(_squeezed, re.split(r"(?<=[.!?;:])\s+|\n\s*\n", text))
    return [part for part in parts if len(part) >= _SHORTEST_SENTENCE]


def _squeezed(text):
    """The text with one space for each stretch of white, and one way to write an accent."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _texts(thing):
    """All texts and numbers in something that JSON can hold, keys included."""
    if isinstance(thing, dict):
        for key, value in thing.items():
            yield from (key, *_texts(value))
    elif isinstance(thing, list):
        for value in thing:
            yield from _texts(value)
    else:
        yield str(thing)


def _decoded(texts):
    """What stretches of base64 in texts say."""
    for text in texts:
        for stretch in re.findall(r"[A-Za-z0-9+/]{16,}={0,2}", text):
            try:
                yield base64.b64decode(stretch + "=" * (-len(stretch) % 4), validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                continue


def _besides(cell):
    """What a cell has besides its text that no cell of a student's notebook has."""
    yield from (repr(key) for key in cell.keys() - _CELL)
    yield from (f"metadata {key!r}" for key in cell.metadata.keys() - {"nbgrader"})
    if cell.get("outputs"):
        yield "outputs"
    if cell.get("execution_count"):
        yield "the mark of having been run"
    meta = cell.metadata.get("nbgrader")
    if meta and meta.get("checksum") != compute_checksum(cell):
        yield "the checksum of another text"
