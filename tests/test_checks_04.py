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


def stepped(push, *, mean=True, sign=-1):
    """A step with the push that ``push`` makes of scores and one-hot labels."""

    def step(weights, x, labels, rate):
        gradient = x.T @ push(x @ weights, np.eye(weights.shape[1])[labels])
        return weights + sign * rate * gradient / (len(x) if mean else 1)

    return step


def right_push(scores, y):
    return softmax(scores) - y


def gradient(weights, x, labels, rate):
    return x.T @ right_push(x @ weights, np.eye(weights.shape[1])[labels]) / len(x)


test_gradient_step = refuses(
    checks.gradient_step,
    [
        (stepped(right_push, sign=1), "uphill"),
        (stepped(right_push, mean=False), "adds up over the batch"),
        (stepped(lambda scores, y: softmax(scores)), "which class is true"),
        (stepped(lambda scores, y: scores - y), "softmax is missing"),
        (stepped(lambda scores, y: softmax(scores, axis=0) - y), "over the classes"),
        (gradient, "this is the gradient"),
        (lambda w, x, labels, rate: w - gradient(w, x, labels, rate), "rate is missing"),
        (lambda w, x, labels, rate: -rate * gradient(w, x, labels, rate), "the step alone"),
        (lambda w, x, labels, rate: w, "not the weights after one step"),
        (
            lambda w, x, labels, rate: w - rate * x @ right_push(x @ w, np.eye(4)[labels]),
            "X-rays have to meet",
        ),
        (lambda w, x, labels, rate: w.__isub__(rate), "changes the array"),
        (lambda w, x, labels, rate: w[0], r"shape \(4,\); wanted is \(3, 4\)"),
    ],
)


def rival_and_lead(scores, y):
    """The best wrong class, one-hot, and by how much the true one leads."""
    others = np.where(y == 1, -np.inf, scores)
    true = (scores * y).sum(axis=1, keepdims=True)
    return np.eye(y.shape[1])[others.argmax(axis=1)], true - others.max(axis=1, keepdims=True)


def hinge_push(scores, y, least=1.0):
    rival, lead = rival_and_lead(scores, y)
    return (rival - y) * (lead < least)


def every_class_within_a_point(scores, y):
    true = (scores * y).sum(axis=1, keepdims=True)
    within = (scores > true - 1) & (y == 0)
    return within - y * within.sum(axis=1, keepdims=True)


test_hinge_step = refuses(
    checks.hinge_step,
    [
        (stepped(hinge_push, sign=1), "uphill"),
        (stepped(hinge_push, mean=False), "adds up over the batch"),
        (stepped(lambda scores, y: hinge_push(scores, y, np.inf)), "here all push"),
        (stepped(lambda scores, y: hinge_push(scores, y, 0)), "right by less than a point"),
        (stepped(every_class_within_a_point), "only the closest rival"),
        (stepped(lambda scores, y: np.minimum(hinge_push(scores, y), 0)), "rival has to be pushed down"),
        (stepped(lambda scores, y: np.maximum(hinge_push(scores, y), 0)), "true class has to be pulled up"),
        (stepped(right_push), "step of exercise 3"),
        (lambda w, x, labels, rate: w, "not the weights after one step"),
    ],
)


def test_both_steps_may_be_taken_with_loops():
    def by_loops(weights, x, labels, rate):
        new = weights.copy()
        for features, label in zip(x, labels, strict=True):
            push = hinge_push((features @ weights)[None], np.eye(weights.shape[1])[[label]])[0]
            new -= rate / len(x) * np.outer(features, push)
        return new

    assert checks.hinge_step(by_loops)


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
