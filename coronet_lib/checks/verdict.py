"""The verdict of a check, and the list of all exercises that have one."""

import functools
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """What a check has to say; true if the answer is right.

    In a notebook, leave it as the last line of a cell: it shows itself in words. In a test,
    ``assert verdict, verdict.message``.

    Parameters
    ----------
    passed : bool
    message : str
        What is wrong, in the terms of the chapter, or what the right answer shows.
    """

    passed: bool
    message: str

    def __bool__(self):
        return self.passed

    def __repr__(self):
        text = f"{'✓ Right.' if self.passed else '✗ Not yet:'} {self.message}"
        return textwrap.fill(text, 68)  # as many columns as a page of the book shows


class Wrong(Exception):
    """Raised inside a check; its text becomes the verdict's message."""


@dataclass(frozen=True)
class Exercise:
    """An exercise of a chapter and its check."""

    chapter: int | str
    """Its number, or ``"audit"``."""
    number: int
    asks: str
    """In a line."""
    check: Callable
    """Takes an answer and returns a :class:`Verdict`."""

    @property
    def name(self):
        """The check's, which the chapter gives to the answer as well."""
        return self.check.__name__


_REGISTERED = {}  # by chapter and number


def exercises(chapter=None):
    """All exercises with a check, or those of one chapter.

    Parameters
    ----------
    chapter : int or "audit", optional

    Returns
    -------
    list of Exercise
        In the book's order.
    """
    places = sorted(_REGISTERED, key=lambda place: (str(place[0]).zfill(2), place[1]))  # the audit comes last
    found = [_REGISTERED[place] for place in places]
    return [one for one in found if chapter in (None, one.chapter)]


def judged(check, answer, *arguments, **settings):
    """The verdict of a check on an answer, whatever the answer does; ``check`` is as for :func:`exercise`."""
    if answer is ...:
        return Verdict(False, "there is no answer here yet; put yours in place of the three dots.")
    try:
        return Verdict(True, check(answer, *arguments, **settings))
    except Wrong as wrong:
        return Verdict(False, str(wrong))
    except Exception as error:  # from an object that does not bear being looked at
        return Verdict(False, f"looking at the answer fails with {type(error).__name__} ({error}).")


def exercise(chapter, number):
    """Register a check: a function that raises :class:`Wrong` about an answer, or returns praise.

    What is registered returns a :class:`Verdict` and raises nothing, whatever the answer does. The
    first line of its docstring says what the exercise asks.
    """

    def register(check):
        @functools.wraps(check)
        def verdict(answer):
            return judged(check, answer)

        doc = inspect.cleandoc(check.__doc__)
        verdict.__doc__ = f"Exercise {chapter}.{number}: {doc}\n\nReturns\n-------\nVerdict"
        _REGISTERED[chapter, number] = Exercise(chapter, number, doc.splitlines()[0], verdict)
        return verdict

    return register
