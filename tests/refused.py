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
