"""Functions that are called with hidden cases, of which no message says anything."""

import numpy as np

from coronet_lib.checks import Wrong
from coronet_lib.checks.answer import call, match
from coronet_lib.course.problem import Part


class Hidden:
    """An answer that is a function, called for cases that show in no message.

    Parameters
    ----------
    wanted : callable
        Takes what the answer takes, and returns an array or a number; a type without a sign is wanted, too.
    otherwise : str
    mistakes : callable
        Takes what is right and then what the answer takes; returns what a wrong way gives, by message, and a
        list if several ways are meant.
    shapes : callable, optional
        The same, with shapes that only a wrong way has.
    """

    def __init__(self, wanted, otherwise, mistakes, shapes=lambda *_: {}):
        self.wanted, self.otherwise, self.mistakes, self.shapes = wanted, otherwise, mistakes, shapes

    def part(self, points, about, praise, *cases):
        """A part for some cases, each a tuple of arguments."""

        def judge(answer):
            for arguments in cases:
                with np.errstate(all="ignore"):  # a wrong way may overflow
                    right = np.asarray(self.wanted(*arguments))
                    result = returned(answer, arguments)
                    _check_form(result, right)
                    otherwise = self.otherwise
                    if np.shape(result) != right.shape:
                        otherwise = _misshapen(result, self.shapes(right, *arguments))
                    match(result, right, otherwise, self.mistakes(right, *arguments))
            return praise

        return Part(points, about, judge)


def returned(answer, arguments):
    """What the student's function returns; if it stops, that is said without the arguments."""
    try:
        return call(answer, *arguments)
    except Wrong as wrong:
        if wrong.__cause__ is None:
            raise
        kind = type(wrong.__cause__).__name__
        raise Wrong(f"the function stops with {kind} here; try it on such a case of your own.") from None


def _check_form(result, right):
    if not isinstance(result, np.ndarray | np.generic | int | float) or _kind(result) not in "iuf":
        raise Wrong("the function returns no real numbers, neither one nor a NumPy array of them.")
    if right.dtype.kind == "u" and np.asarray(result).dtype != right.dtype:
        raise Wrong(f"the result is to have the type {right.dtype}.")


def _misshapen(result, known):
    """What there is to say about a shape, without a shape of the case."""
    said = [message for message, shape in known.items() if shape == np.shape(result)]
    return said[0] if said else "the result has not the shape that is asked for."


def _kind(result):
    return np.asarray(result).dtype.kind
