"""How the checks call an answer, read what it is, and compare it with what is wanted.

What does not do raises :class:`Wrong`, whose text says why.
"""

import contextlib
import copy
import sys
from collections import Counter
from contextvars import ContextVar

import numpy as np

from coronet_lib.checks.verdict import Wrong

_VALUES_SAID = ContextVar("whether messages hold values", default=True)


@contextlib.contextmanager
def values_unsaid():
    """Within, messages say types and shapes, but no value: one may come of a case that is to stay hidden."""
    before = _VALUES_SAID.set(False)
    try:
        yield
    finally:
        _VALUES_SAID.reset(before)


def call(answer, *arguments, **settings):
    """What the student's function returns for copies of the arguments, which it must not change."""
    if not callable(answer):
        raise Wrong(f"hand over the function itself, without calling it; this is {describe(answer)}.")
    given = copy.deepcopy((arguments, settings))
    name = getattr(answer, "__name__", "the function")
    try:
        result = answer(*given[0], **given[1])
    except NotImplementedError:
        raise Wrong(f"{name} is not written yet; put your lines in place of NotImplementedError.") from None
    except Wrong:  # from one who calls it elsewhere, and has said why
        raise
    except Exception as error:  # whatever a student's code may raise
        kinds = Counter(describe(argument) for argument in arguments)  # each said once
        received = ", ".join(f"{kind} ({n} times)" if n > 1 else kind for kind, n in kinds.items())
        raise Wrong(f"{name} stops with {type(error).__name__} ({error}) for {received}.") from error
    if result is None:
        raise Wrong(f"{name} returns nothing; does its last line say `return`?")
    if not _same(given, (arguments, settings)):
        raise changes(name)
    return result


def changes(name):
    """What to raise if a function of this name writes into its arguments."""
    return Wrong(f"{name} changes the array that it was given; work on a new one.")


def number(answer, kind="number"):
    """The answer as a float, if it is one finite real number; ``kind`` says in the message what is wanted."""
    not_real = bool | np.bool_ | str | bytes | complex | np.complexfloating
    if not np.isscalar(answer) or isinstance(answer, not_real):
        raise Wrong(f"the answer is one {kind}, and this is {describe(answer)}.")
    try:
        value = float(answer)
    except (TypeError, OverflowError):  # no number at all, or an integer beyond all floats
        value = np.inf
    if not np.isfinite(value):
        raise Wrong(f"the answer is one finite {kind}, and this is {describe(answer)}.")
    return value


def array(answer, shape, meaning, kind="f", known=None):
    """The answer as an array of the wanted shape and kind of number.

    Parameters
    ----------
    answer : object
    shape : tuple of int
    meaning : str
        What the axes are, as "(batch, classes)".
    kind : str
        Permitted letters of :attr:`numpy.dtype.kind`: "f" floating, "iu" whole, "b" true or false.
    known : dict of str to tuple of int or list of these, optional
        For each message, the wrong shape that it is about; a list holds several.
    """
    if not isinstance(answer, np.ndarray | np.generic):
        raise Wrong(f"the result wants to be a NumPy array, and this is {describe(answer)}.")
    if answer.shape != shape:
        said = f"the result has shape {answer.shape}; wanted is {shape}, {meaning}."
        raise Wrong(_known(known, answer.shape.__eq__) or said)
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
        Whether only whole numbers count; 69.0 is one.

    Returns
    -------
    array of float64, or of int64 if ``whole``
    """
    numbers = _as_array(answer)
    fits = len(numbers.shape) == len(shape) and all(
        wanted in (None, n) for n, wanted in zip(numbers.shape, shape, strict=True)
    )
    if numbers.dtype.kind not in "iuf" or not fits:
        edges = "" if None in shape else f", {' × '.join(map(str, shape))} numbers"
        raise Wrong(f"wanted is {meaning}{edges}; this is {describe(answer)}.")
    if whole and not ((numbers == np.round(numbers)) & (np.abs(numbers) < 2**53)).all():
        raise Wrong(f"wanted are whole numbers, and this is {describe(answer)}.")
    return numbers.astype(np.int64 if whole else float)


def _as_array(answer):
    """The answer as an array, which holds no number if its rows have different lengths."""
    try:
        return np.asarray(answer)
    except ValueError:
        return np.array(None)


def close(result, wanted, tolerance=1e-6):
    """Whether two numbers or arrays of one shape agree everywhere, in infinite and missing ones, too."""
    return np.shape(result) == np.shape(wanted) and np.allclose(
        result, wanted, rtol=tolerance, atol=tolerance, equal_nan=True
    )


def match(result, wanted, otherwise, mistakes=None, *, decimals=None):
    """Compare a result with the wanted one, and name the mistake if it is a known one.

    Parameters
    ----------
    result : number or array
    wanted : number or array
        Whole numbers are compared exactly, others to a millionth.
    otherwise : str
        The message for a result that no known mistake explains.
    mistakes : dict of str to number, tuple, array or list of these, optional
        For each message, what the wrong way gives that it is about; a list holds several ways.
    decimals : int, optional
        So many are enough: what rounds to the same is the same.
    """
    if _as_array(result).dtype.kind not in "iuf":
        raise Wrong(f"wanted are real numbers, and this is {describe(result)}.")
    tolerance = 0 if np.asarray(wanted).dtype.kind in "iu" else 1e-6

    def same(other):
        if decimals is None:
            return close(result, other, tolerance)
        return close(np.round(result, decimals), np.round(other, decimals))

    if not same(wanted):
        raise Wrong(_known(mistakes, same) or otherwise)


def _known(mistakes, same):
    """The message of the first mistake that is the same, or None."""
    for message, mistaken in (mistakes or {}).items():
        if any(map(same, mistaken if isinstance(mistaken, list) else [mistaken])):
            return message
    return None


def given(*arguments, **settings):
    """What to call an answer with."""
    return arguments, settings


def match_calls(
    answer, cases, wanted, otherwise, *, mistakes, shapes=None, axes=None, read=None, case=None, misfit=None
):
    """Call the student's function for each case, and compare what it returns with what is wanted.

    Parameters
    ----------
    answer : callable
    cases : iterable of (arguments, settings)
        As :func:`given` makes them.
    wanted : callable
        Takes what ``answer`` takes, and is right.
    otherwise : str
        As for :func:`match`.
    mistakes : callable
        Takes what is right and then what ``answer`` takes; returns what ``mistakes`` of :func:`match` is.
    shapes : callable, optional
        The same, with shapes that only a wrong way has, whatever numbers are in it.
    axes : str, optional
        What the axes of the result are, as "(batch, classes)".
    read : callable, optional
        Makes something comparable of a result, as :func:`number` does; without it, the result is to
        be an array of floating-point numbers of the wanted shape.
    case : callable, optional
        Takes what ``answer`` takes, and says for which case a message is.
    misfit : str, optional
        What to ask if arrays inside the function do not fit each other, in place of NumPy's message.
    """
    for arguments, settings in cases:
        where = f"{case(*arguments, **settings)}: " if case else ""
        try:
            result = call(answer, *arguments, **settings)
        except Wrong as wrong:
            if misfit and isinstance(wrong.__cause__, ValueError | IndexError):
                raise Wrong(f"{where}shapes inside your function do not fit each other; {misfit}") from None
            raise
        right = wanted(*arguments, **settings)
        try:
            if read:
                result = read(result)
            else:
                known = shapes(right, *arguments, **settings) if shapes else {}
                result = array(result, right.shape, axes, known=known)
            match(result, right, otherwise, mistakes(right, *arguments, **settings))
        except Wrong as wrong:
            raise Wrong(f"{where}{wrong}") from None


def no_loop(answer, small, large, message):
    """Refuse a function that goes through an image in Python.

    A loop goes through its lines again and again, and the more often the larger the image is. Whoever
    wrote them: :func:`numpy.vectorize` is a loop, too.

    Parameters
    ----------
    answer : callable
    small, large : (arguments, settings)
        As :func:`given` makes them.
    message : str
    """
    few, many = (_lines_run(answer, *arguments, **settings) for arguments, settings in (small, large))
    if many > few + 20 or few > 2000:
        raise Wrong(message)


def _lines_run(answer, *arguments, **settings):
    lines, before = 0, sys.gettrace()

    def count(frame, event, argument):
        nonlocal lines
        lines += event == "line"
        return count

    sys.settrace(count)
    try:
        call(answer, *arguments, **settings)
    finally:
        sys.settrace(before)  # a debugger's or a coverage tool's
    return lines


def judgements(answer, cases):
    """The answer as an array of True and False, one for each of so many cases a, b and so on."""
    meaning = f"True or False for each of a to {chr(ord('a') + cases - 1)}"
    return array(_as_array(answer), (cases,), meaning, kind="b")


def choice(answer, options):
    """The answer, if it is one of these words; capitals and spaces around it do not count."""
    word = answer.strip().lower() if isinstance(answer, str) else None
    if word not in options:
        raise Wrong(f"the answer is one of {', '.join(map(repr, options))}; this is {describe(answer)}.")
    return word


def judge(answer, wanted, *, turned, every, none, question, reasons=()):
    """Compare a series of judgements, true or false, with the right ones.

    Parameters
    ----------
    answer : object
    wanted : sequence of bool
        Of the cases a, b, …
    turned, every, none : str
        What to say if all are turned round, all are true, none is.
    question : str
        What to ask of each case if some are wrong.
    reasons : sequence of str, optional
        For each case, what to say if it is the first wrong one.
    """
    cases = len(wanted)
    result = judgements(answer, cases)
    wrong = result != wanted
    for is_so, message in ((wrong.all(), turned), (result.all(), every), (not result.any(), none)):
        if is_so:
            raise Wrong(message)
    if wrong.any():
        verb = "is" if wrong.sum() == 1 else "are"
        reason = f" {reasons[wrong.argmax()]}" if reasons else ""
        raise Wrong(f"{wrong.sum()} of the {cases} {verb} not right. {question}{reason}")


def describe(thing):
    """A few words for what was received: shape and type of an array, type and value of anything short."""
    if isinstance(thing, np.ndarray):
        return f"an array of shape {thing.shape} and type {thing.dtype}"
    if _VALUES_SAID.get() and len(text := repr(thing)) <= 40:
        return f"{text} ({type(thing).__name__})"
    return f"something of type {type(thing).__name__}"


def _same(left, right):
    """Whether two nested structures of arrays and plain values are equal."""
    if isinstance(left, np.ndarray):
        return np.array_equal(left, right, equal_nan=left.dtype.kind == "f")
    if isinstance(left, tuple | list):
        return all(_same(*pair) for pair in zip(left, right, strict=True))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    return left is right or left == right
