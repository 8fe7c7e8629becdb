"""What a problem of the bank is, and the list of all of them.

A problem of the bank is a function from a variant to its text, its answer and how it is judged.  It is judged
where the student's code cannot reach: an answer that is a value arrives as a copy, and one that is a function
as a stand-in that calls it in its sandbox.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np


class Kind(StrEnum):
    """What a problem asks the student to do."""

    PREDICT = "predict"
    COMPUTE = "compute"
    FUNCTION = "write a function"
    DEBUG = "debug"
    FIGURE = "read a figure"
    CRITICISE = "criticise a claim"


@dataclass(frozen=True)
class Part:
    """What earns points together: all of them or none.

    Parameters
    ----------
    points : int
    about : str
        What is judged, in a few words that may be shown to the student, as "stride above 1".
    judge : callable
        Takes the answer; raises :class:`~coronet_lib.checks.Wrong`, whose text names the misconception, or
        returns a sentence of praise.  Neither holds the right answer, nor a number of the variant or of a
        hidden case: texts are shown to students, and are counted over a class.
    """

    points: int
    about: str
    judge: Callable


@dataclass(frozen=True)
class KnownWrong:
    """A wrong answer that students give, and what it earns.

    Parameters
    ----------
    code : str
        Defines the answer's name, in place of the solution.
    points : int
        Over all parts; fewer than the problem's.
    """

    code: str
    points: int


@dataclass(frozen=True)
class Criterion:
    """What a person reads for, in an answer in words."""

    points: int
    text: str


@dataclass(frozen=True)
class Problem:
    """A problem for one student: its text, what is handed out, what is right and how it is judged.

    Parameters
    ----------
    text : str
        Markdown, without a heading.
    starter : str
        The code of the answer's cell as handed out: it defines the name, as ``...`` or as a function that
        raises ``NotImplementedError`` or is broken.
    form : str
        One call of :mod:`coronet_lib.checks.form` on the name, which says in the student's notebook what is
        wrong with the form of an answer and nothing of its value.
    solution : str
        Code that defines the name.
    parts : tuple of Part
    wrong : tuple of KnownWrong
        At least four.
    note : str
        For the instructor: why it is so, and what to ask in class.
    setup : str
        Code of a cell above the answer, as for a figure to read; none if empty.
    rubric : tuple of Criterion
        For an answer in words, in a cell of its own; none if empty.
    model_answer : str
        What a good answer in words says.
    """

    text: str
    starter: str
    form: str
    solution: str
    parts: tuple[Part, ...]
    wrong: tuple[KnownWrong, ...]
    note: str
    setup: str = ""
    rubric: tuple[Criterion, ...] = ()
    model_answer: str = ""


@dataclass(frozen=True)
class Entry:
    """A problem's place in the bank.

    Parameters
    ----------
    chapter, number : int
    title : str
    kind : Kind
    minutes : int
        For a student who has read the chapter.
    points : int
        That are judged by the machine.
    variants : bool
        Whether students get different numbers.
    read : str
        Where in the book to read, a page and a heading's anchor: "02_convolution.html#stride".
    build : callable
        Takes two generators of random numbers, ``draw`` for what the student sees and ``hidden`` for the
        cases that only the judge sees; returns a :class:`Problem`.
    """

    chapter: int
    number: int
    title: str
    kind: Kind
    minutes: int
    points: int
    variants: bool
    read: str
    build: Callable

    @property
    def name(self):
        """The name that the answer defines, and the problem's own."""
        return self.build.__name__

    @property
    def label(self):
        """As it is cited: "2.3"."""
        return f"{self.chapter}.{self.number}"

    def problem(self, secret, student=""):
        """The problem as one student gets it.

        Parameters
        ----------
        secret : str
            The course's; hidden cases follow from it, and variants with the student.
        student : str
            The student's id; empty for the variant that all get.

        Returns
        -------
        Problem
        """
        return self.build(*self.generators(secret, student))

    def generators(self, secret, student=""):
        """The generators ``draw`` and ``hidden`` that :attr:`build` takes; as for :meth:`problem`."""
        student = student if self.variants else ""
        return (
            generator(secret if student else "", self.name, student),
            generator(secret, self.name, student, "hidden"),
        )


def generator(*words):
    """A generator of random numbers that follows from words, alike on every machine."""
    return np.random.Generator(np.random.PCG64([ord(sign) for sign in "\n".join(words)]))


_REGISTERED = {}  # by chapter and number


def problem(chapter, number, *, title, kind, minutes, points, read, variants=True):
    """Register a function as a problem of the bank; see :class:`Entry` for the parameters."""

    def register(build):
        entry = Entry(chapter, number, title, kind, minutes, points, variants, read, build)
        if (chapter, number) in _REGISTERED or entry.name in (one.name for one in _REGISTERED.values()):
            raise ValueError(f"{inspect.getfile(build)}: {entry.label} {entry.name} is in the bank already")
        _REGISTERED[chapter, number] = entry
        return build

    return register


def registered():
    """All problems that were registered, in the book's order."""
    return [_REGISTERED[place] for place in sorted(_REGISTERED)]
