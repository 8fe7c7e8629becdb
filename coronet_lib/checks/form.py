"""What can be said of an answer's form without a word on its value: for assignments whose judge is elsewhere.

Each takes an answer and returns a :class:`~coronet_lib.checks.Verdict`.
"""

import functools

from coronet_lib.checks import answer as read
from coronet_lib.checks.verdict import NO_ANSWER, Verdict, Wrong

_PASSED = "The visible checks passed: the form is right. Whether the answer is, the marking will tell."


def _form(check):
    """A check whose verdict says that a form is right, and never that an answer is."""

    @functools.wraps(check)
    def verdict(answer, *arguments, **settings):
        if answer is ...:
            return NO_ANSWER
        try:
            check(answer, *arguments, **settings)
        except Wrong as wrong:
            return Verdict(False, str(wrong))
        return FormVerdict(True, _PASSED)

    return verdict


class FormVerdict(Verdict):
    """A verdict on the form alone, which does not call an answer right."""

    def __repr__(self):
        return self.message


@_form
def number(answer, kind="number"):
    """One finite real number; ``kind`` says in a word or two what it is."""
    read.number(answer, kind)


@_form
def numbers(answer, shape, meaning, whole=False):
    """Typed numbers of this shape; see :func:`coronet_lib.checks.answer.typed_numbers`."""
    read.typed_numbers(answer, shape, meaning, whole=whole)


@_form
def judgements(answer, cases):
    """True or False for each of so many cases, a list, tuple or array."""
    read.judgements(answer, cases)


@_form
def choice(answer, options):
    """One of these words."""
    read.choice(answer, options)


@_form
def function(answer, *arguments, returns=None, kind="f"):
    """A function that takes these arguments and returns an array of a shape, or one number.

    Parameters
    ----------
    answer : callable
    *arguments : object
        For a call that is tried.
    returns : tuple of int, optional
        The shape of the array; without it, the function returns one number.
    kind : str
        What is in the array, as :func:`coronet_lib.checks.answer.array` takes it.
    """
    result = read.call(answer, *arguments)
    if returns is None:
        read.number(result)
    else:
        read.array(result, returns, "for this call", kind=kind)
