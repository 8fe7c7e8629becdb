"""Wrong answers to the exercises of chapter 4, and what the checks say of each."""

import numpy as np
from refused import refuses

from coronet_lib import checks
from coronet_lib.layers import softmax


def log_softmax_by(scores, maximum, summed=None):
    shifted = scores - maximum
    return shifted - np.log(np.exp(shifted if summed is None else summed).sum(axis=1, keepdims=True))


test_log_softmax = refuses(
    checks.log_softmax,
    [
        (softmax, "these are the probabilities"),
        (lambda s: -np.log(softmax(s)), "sign is turned"),
        (lambda s: np.log(softmax(s, axis=0)), "wrong axis"),
        (lambda s: np.log(softmax(s)), "own maximum out first"),
        (lambda s: s - np.log(np.exp(s).sum(axis=1, keepdims=True)), "own maximum out first"),
        (lambda s: log_softmax_by(s, s.max()), "own maximum out first"),
        (lambda s: log_softmax_by(s, s.max(axis=1, keepdims=True), s), "once too often"),
        (lambda s: np.log(np.clip(softmax(s), 1e-12, 1)), "finite but wrong"),
        (lambda s: s - s.max(axis=1, keepdims=True), "logarithm of the sum"),
        (lambda s: np.log2(softmax(s)), "base 2"),
        (lambda s: s - np.log(np.exp(s).sum()), "each X-ray needs its own"),
        (lambda s: np.log(softmax(s)).sum(axis=1), r"shape \(3,\); wanted is \(3, 4\)"),
        (lambda s: s * 0 - 1.0, "differ from the logarithms"),
        (lambda s: np.log(softmax(s)).tolist(), "NumPy array"),
    ],
)


RIGHT, WRONG = -np.log(np.e / (np.e + 3)), -np.log(1 / (np.e + 3))


test_double_softmax = refuses(
    checks.double_softmax,
    [
        ((0, np.inf), "after one softmax"),
        ((WRONG, RIGHT), "exchanged"),
        ((0.48, 0.17), "probabilities of the true class"),
        ((-RIGHT, -WRONG), "sign is turned"),
        ((0.52, 0.83), "lacks"),
        ((RIGHT / np.log(2), WRONG / np.log(2)), "base 2"),
        ((0.32, 0.76), "base 10"),
        ((RIGHT, np.inf), "score 0, which is no probability"),
        ((0.7, 1.7), "one decimal is too few"),
        ((0.69, 1.69), "four classes, not two"),
        ((0.75, 1.75), "take the probabilities for scores"),
        ((RIGHT, 2.0), "take the probabilities for scores"),
        (RIGHT, "a pair of numbers"),
    ],
)


def test_double_softmax_wants_two_decimals():
    assert checks.double_softmax((0.74, 1.74))


def limits(n, spread):
    return np.array([1 + (n - 1) * np.exp(-spread), 1 + (n - 1) * np.exp(spread)]) / n


test_sum_limits = refuses(
    checks.sum_limits,
    [
        (lambda n, spread: limits(n, spread)[::-1], "lower limit comes first"),
        (lambda n, spread: (1.0, 1.0), "sum of the right formula"),
        (lambda n, spread: n * limits(n, spread), "divide by n"),
        (lambda n, spread: (1 / n, np.inf), "without end"),
        (lambda n, spread: (np.exp(-spread), np.exp(spread)), "always gets 1/n"),
        (lambda n, spread: limits(n, spread) - 1 / n, "itself is missing"),
        (lambda n, spread: (n - 1 + np.exp([-spread, spread])) / n, "only one score differs"),
        (lambda n, spread: limits(4, spread), "for 2 classes and a spread of 3"),
        (lambda n, spread: limits(n, 5.0), "for 2 classes and a spread of 3"),
        (lambda n, spread: limits(n, spread / 2), "for 4 classes and a spread of 5"),
        (lambda n, spread: 1 / n, "a pair of numbers"),
    ],
)


test_one_column = refuses(
    checks.one_column,
    [
        (lambda w: w[:, 1] - w[:, 0], "second class"),
        (lambda w: w.sum(axis=1), "columns are added"),
        (lambda w: w[:, 0] - w.mean(axis=1), "temperature of 2"),
        (lambda w: w[:, 0], "second column is dropped"),
        (lambda w: w[:, 1], "second column alone"),
        (lambda w: w[:, 0] * w[:, 1], "which number"),
        (lambda w: softmax(w)[:, 0], "the sigmoid comes after the score"),
        (lambda w: w[:, :1] - w[:, 1:], r"shape \(3, 1\); wanted is \(3,\)"),
        (lambda w: w - w[:, [1]], r"shape \(3, 2\); wanted is \(3,\)"),
        (lambda w: w[0] - w[1], r"shape \(2,\); wanted is \(3,\)"),
    ],
)
