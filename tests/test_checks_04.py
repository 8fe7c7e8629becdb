"""Wrong answers to the exercises of chapter 4, and what the checks say of each."""

import re

import numpy as np
import pytest

from coronet_lib import checks
from coronet_lib.reference import softmax


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (softmax, "these are the probabilities"),
        (lambda s: -np.log(softmax(s)), "sign is turned"),
        (lambda s: np.log(softmax(s, axis=0)), "wrong axis"),
        (lambda s: np.log(softmax(s)), "take the maximum out first"),
        (lambda s: s - np.log(np.exp(s).sum(axis=1, keepdims=True)), "take the maximum out first"),
        (lambda s: np.log(np.clip(softmax(s), 1e-12, 1)), "finite but wrong"),
        (lambda s: s - s.max(axis=1, keepdims=True), "logarithm of the sum"),
        (lambda s: np.log2(softmax(s)), "base 2"),
        (lambda s: s - np.log(np.exp(s).sum()), "each X-ray needs its own"),
        (lambda s: np.log(softmax(s)).sum(axis=1), r"shape \(3,\); wanted is \(3, 4\)"),
        (lambda s: s * 0 - 1.0, "differ from the logarithms"),
        (lambda s: np.log(softmax(s)).tolist(), "NumPy array"),
    ],
)
def test_log_softmax(answer, message):
    with np.errstate(all="ignore"):
        verdict = checks.log_softmax(answer)
    assert not verdict
    assert re.search(message, verdict.message), verdict.message
