"""The tables of wrong answers that the tests of the checks consist of."""

import re

import numpy as np
import pytest


def refuses(check, answers):
    """A test that a check refuses each wrong answer with a message that a pattern is found in.

    Parameters
    ----------
    check : callable
    answers : list of (answer, str)
    """

    @pytest.mark.parametrize(("answer", "message"), answers)
    def test(answer, message):
        with np.errstate(all="ignore"):
            verdict = check(answer)
        assert not verdict
        assert re.search(message, verdict.message), verdict.message

    return test


def misjudged(right, *, turned, every, none, reasons):
    """Wrong answers to a series of judgements, for :func:`refuses`: turned round, all true, none, each wrong.

    Parameters
    ----------
    right : bool array
    turned, every, none : str
        Patterns of what is said, as :func:`coronet_lib.checks.answer.judge` takes it.
    reasons : sequence of str
        Patterns, one for each case, of what is said if it alone is wrong.
    """
    cases = len(right)
    return [
        (~right, turned),
        (np.ones(cases, bool), every),
        (np.zeros(cases, bool), none),
        *((right ^ (np.arange(cases) == case), reason) for case, reason in enumerate(reasons)),
        (right.astype(int), "True and False"),
        (right[:-1], rf"shape \({cases - 1},\)"),
    ]
