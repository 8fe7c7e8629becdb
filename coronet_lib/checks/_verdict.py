"""What the checks of all exercises share: the verdict, and how an answer is called and compared."""

import copy
import functools
import textwrap
from dataclasses import dataclass

import numpy as np


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


def exercise(check):
    """Make a check of a function that raises :class:`Wrong` about an answer, or returns praise.

    The check then returns a :class:`Verdict` and raises nothing, whatever the answer does.
    """

    @functools.wraps(check)
    def verdict(answer):
        if answer is ...:
            return Verdict(False, "there is no answer here yet; put yours in place of the three dots.")
        try:
            return Verdict(True, check(answer))
        except Wrong as wrong:
            return Verdict(False, str(wrong))
        except Exception as error:  # from an object that does not bear being looked at
            return Verdict(False, f"looking at the answer fails with {type(error).__name__} ({error}).")

    return verdict


def call(answer, *arguments, **settings):
    """What the student's function returns for copies of the arguments.

    Raises
    ------
    Wrong
        If it is no function, is not written yet, fails, returns nothing or changes what it was given.
    """
    if not callable(answer):
        raise Wrong(f"hand over the function itself, without calling it; this is {describe(answer)}.")
    given = copy.deepcopy((arguments, settings))
    name = getattr(answer, "__name__", "the function")
    try:
        result = answer(*given[0], **given[1])
    except NotImplementedError:
        raise Wrong(f"{name} is not written yet; put your lines in place of NotImplementedError.") from None
    except Exception as error:  # whatever a student's code may raise
        received = ", ".join(describe(argument) for argument in arguments)
        raise Wrong(f"{name} stops with {type(error).__name__} ({error}) for {received}.") from None
    if result is None:
        raise Wrong(f"{name} returns nothing; does its last line say `return`?")
    if not _same(given, (arguments, settings)):
        raise Wrong(f"{name} changes the array that it was given; work on a new one.")
    return result


def number(answer, kind="number"):
    """The answer as a float.

    Raises
    ------
    Wrong
        If it is anything but one finite real number; ``kind`` says in the message what is wanted.
    """
    if (
        isinstance(answer, bool | np.bool_)
        or not np.isscalar(answer)
        or isinstance(answer, str | bytes | complex)
    ):
        raise Wrong(f"the answer is one {kind}, and this is {describe(answer)}.")
    try:
        value = float(answer)
    except (TypeError, OverflowError):  # no number at all, or an integer beyond all floats
        value = np.inf
    if not np.isfinite(value):
        raise Wrong(f"the answer is one finite {kind}, and this is {describe(answer)}.")
    return value


def array(answer, shape, meaning, kind="f"):
    """The answer as an array of the wanted shape and kind of number.

    Parameters
    ----------
    answer : object
    shape : tuple of int
    meaning : str
        What the axes are, as "(batch, classes)".
    kind : str
        Permitted letters of :attr:`numpy.dtype.kind`: "f" floating, "iu" whole, "b" true or false.

    Raises
    ------
    Wrong
        If it is no such array.
    """
    if not isinstance(answer, np.ndarray | np.generic):
        raise Wrong(f"the result wants to be a NumPy array, and this is {describe(answer)}.")
    if answer.shape != shape:
        raise Wrong(f"the result has shape {answer.shape}; wanted is {shape}, {meaning}.")
    if answer.dtype.kind not in kind:
        names = {"f": "floating-point numbers", "iu": "whole numbers", "b": "True and False"}
        raise Wrong(f"the result holds {answer.dtype} values; wanted are {names[kind]}.")
    return answer


def typed_numbers(answer, shape, meaning, whole=False):
    """Numbers that a student has typed in, in a list, tuple or array.

    Parameters
    ----------
    answer : object
    shape : tuple of int or None
        None stands for any length.
    meaning : str
        What is wanted, in words.
    whole : bool
        Whether only whole numbers count.

    Returns
    -------
    array of float64, or of int64 if ``whole``

    Raises
    ------
    Wrong
        If it is no array of such numbers, or one of another shape.
    """
    try:
        numbers = np.asarray(answer)
    except ValueError:  # rows of different lengths
        numbers = np.array(None)
    fits = len(numbers.shape) == len(shape) and all(
        wanted in (None, n) for n, wanted in zip(numbers.shape, shape, strict=True)
    )
    if numbers.dtype.kind not in "iuf" or not fits:
        edges = " × ".join("any" if edge is None else str(edge) for edge in shape)
        raise Wrong(f"wanted is {meaning}, {edges} numbers; this is {describe(answer)}.")
    if whole and numbers.dtype.kind == "f":
        raise Wrong(f"wanted are whole numbers, and this is {describe(answer)}.")
    return numbers.astype(np.int64 if whole else float)


def close(result, wanted, tolerance=1e-6):
    """Whether two arrays of one shape agree in every element, infinities and missing numbers included."""
    return np.shape(result) == np.shape(wanted) and np.allclose(
        result, wanted, rtol=tolerance, atol=tolerance, equal_nan=True
    )


def match(result, wanted, otherwise, *, mistakes=(), tolerance=1e-6):
    """Compare a result with the wanted one, and name the mistake if it is a known one.

    Parameters
    ----------
    result, wanted : array
        Of one shape; :func:`array` sees to that.
    otherwise : str
        The message for a result that no known mistake explains.
    mistakes : iterable of (array, str)
        What a wrong way would give, and what to say then.
    tolerance : float
        Absolute and relative.

    Raises
    ------
    Wrong
        If any element differs.
    """
    if close(result, wanted, tolerance):
        return
    for mistaken, message in mistakes:
        if close(result, mistaken, tolerance):
            raise Wrong(message)
    raise Wrong(otherwise)


def describe(thing):
    """A few words for what was received: shape and type of an array, type and value of anything short."""
    if isinstance(thing, np.ndarray):
        return f"an array of shape {thing.shape} and type {thing.dtype}"
    text = repr(thing)
    return (
        f"{text} ({type(thing).__name__})" if len(text) <= 40 else f"something of type {type(thing).__name__}"
    )


def _same(left, right):
    """Whether two nested structures of arrays and plain values are equal."""
    if isinstance(left, np.ndarray):
        return np.array_equal(left, right, equal_nan=left.dtype.kind == "f")
    if isinstance(left, tuple | list):
        return all(_same(*pair) for pair in zip(left, right, strict=True))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    return left is right or left == right
