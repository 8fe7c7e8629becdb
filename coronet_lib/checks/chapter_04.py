"""Checks of chapter 4: dense layers, softmax and cross-entropy."""

import numpy as np
from scipy.special import expit

from coronet_lib.checks.answer import array, call, close, given, match, match_calls, typed_numbers
from coronet_lib.checks.verdict import Wrong, exercise
from coronet_lib.layers.forward import softmax
from coronet_lib.layers.losses import (
    hinge_loss_backward,
    softmax_cross_entropy,
    softmax_cross_entropy_backward,
)

_SCORES = np.array([[2.0, 1.0, 0.0, -1.0], [0.5, 3.0, -2.0, 0.0], [-1.0, -1.0, 4.0, 2.5]])
_SURE = np.array([[1000.0, 0.0, -1000.0, 0.0], [-5000.0, -5000.0, 5000.0, 0.0]])
_TURNED = "X-rays have to meet X-rays in the product: is `x` turned (`x.T`)?"


@exercise(4, 1)
def double_softmax(answer):
    """What two certain answers cost if softmax is applied to their probabilities once more.

    Parameters
    ----------
    answer : tuple of float
        Loss of the right answer and of a wrong one; two decimals are enough.
    """
    certain = np.eye(4)[:2]  # the first class is true: one answer is right, the other wrong
    wanted = np.array([softmax_cross_entropy(row[None], [0]) for row in certain])
    without_second = wanted[0], np.inf
    meaning = "a pair of numbers, the loss of the right answer and that of a wrong one"
    losses = typed_numbers(answer, (2,), meaning)
    if np.array_equal(losses, wanted.round(1)):  # so near to log 2 that it would be taken for two classes
        raise Wrong("one decimal is too few; two are wanted.")
    match(
        losses,
        wanted,
        "take the probabilities for scores, compute their softmax, and of that the loss.",
        {
            "these are the losses after one softmax; the second takes 1, 0, 0, 0 for scores.": (0, np.inf),
            "the two are exchanged; or does the right answer cost more?": wanted[::-1],
            "these are the probabilities of the true class; the loss is their -log.": np.exp(-wanted),
            "the sign is turned: a loss is never negative.": -wanted,
            "this is what the probability lacks; cross-entropy takes a logarithm.": 1 - np.exp(-wanted),
            "these are logarithms to base 2; cross-entropy has the natural ones.": wanted / np.log(2),
            "these are logarithms to base 10; cross-entropy has the natural ones.": wanted / np.log(10),
            "the wrong answer gives the true class the score 0, which is no probability.": without_second,
            "there are four classes, not two.": (np.log(2), np.log(2) + 1),
        },
        decimals=2,
    )
    return "The two differ by the one point between their scores."


@exercise(4, 2)
def log_softmax(answer):
    """Logarithms of softmax probabilities that survive any score.

    Parameters
    ----------
    answer : callable
        Takes scores of shape (batch, classes) and returns as many logarithms.
    """
    meaning = "(batch, classes): a logarithm for every class of every X-ray"
    result = array(call(answer, _SCORES), _SCORES.shape, meaning)
    wanted = np.log(softmax(_SCORES))
    top, mixed = _SCORES.max(axis=1, keepdims=True), np.log(softmax(_SCORES, axis=0))
    twice, one_sum = wanted - top, _SCORES - np.log(np.exp(_SCORES).sum())
    match(
        result,
        wanted,
        "the numbers differ from the logarithms of softmax; try one X-ray with scores that you know.",
        {
            "these are the probabilities; wanted are their logarithms.": softmax(_SCORES),
            "the sign is turned: logarithms of probabilities are negative, losses positive.": -wanted,
            "the sum runs over the batch; it has to run over the classes of each X-ray (wrong axis).": mixed,
            "the maximum is taken out, but the logarithm of the sum is still to be subtracted.": _SCORES
            - top,
            "the maximum is taken out once too often: from the scores, but not from those in the sum.": twice,
            "these are logarithms to base 2; cross-entropy has the natural ones.": wanted / np.log(2),
            "one sum serves the whole batch; each X-ray needs its own (keepdims?).": one_sum,
        },
    )
    with np.errstate(all="ignore"):
        sure = array(call(answer, _SURE), _SURE.shape, meaning)
    if not np.isfinite(sure).all():
        raise Wrong(
            "scores of 1000 overflow, or a probability of 0 has no logarithm: take each X-ray's own maximum "
            "out first, and the logarithm before the division, not after it."
        )
    shifted = _SURE - _SURE.max(axis=1, keepdims=True)
    if not close(sure, shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))):
        raise Wrong("large scores give finite but wrong logarithms; is something clipped?")
    return "It agrees with softmax and stays finite where probabilities vanish."


@exercise(4, 3)
def gradient_step(answer):
    """The weights after one step of gradient descent on the cross-entropy.

    Parameters
    ----------
    answer : callable
        Takes weights (features, classes), X-rays (batch, features), labels and the rate; returns new weights.
    """
    match_calls(
        answer,
        _batches(),
        lambda weights, x, labels, rate: (
            weights - rate * x.T @ softmax_cross_entropy_backward(x @ weights, labels)
        ),
        "these are not the weights after one step. Take one X-ray and one weight: feature times push, p − y.",
        axes="(features, classes): a new one for each weight",
        mistakes=_stepped_wrongly,
        misfit=_TURNED,
    )
    return "Scores, probabilities, push, step: this is all that a training loop repeats."


@exercise(4, 4)
def hinge_step(answer):
    """The weights after one step of gradient descent on the hinge loss.

    Parameters
    ----------
    answer : callable
        As for :func:`gradient_step`.
    """
    match_calls(
        answer,
        _batches(),
        lambda weights, x, labels, rate: weights - rate * x.T @ hinge_loss_backward(x @ weights, labels),
        "these are not the weights after one step. Print the push of one X-ray: −1, +1 and zeros, or zeros.",
        axes="(features, classes): a new one for each weight",
        mistakes=_hinged_wrongly,
        misfit=_TURNED,
    )
    return "Whoever leads by a point pushes no more: the others decide alone where the borders lie."


def _batches():
    """Weights, X-rays, labels and rates of two sizes."""
    rng = np.random.default_rng(4)
    for (batch, features, classes), rate in (((12, 3, 4), 0.5), ((7, 2, 3), 0.1)):
        weights, x = rng.normal(size=(features, classes)), rng.normal(size=(batch, features))
        yield given(weights, x, rng.integers(classes, size=batch), rate)


def _told(weights, rate, by_weight, n):
    """What goes wrong with any gradient, the mean over ``n`` X-rays, and what to say then."""
    return {
        "the step goes uphill: it is taken against the gradient.": weights + rate * by_weight,
        "this adds up over the batch; the loss is its mean.": weights - rate * n * by_weight,
        "the rate is missing: the step is as long as the gradient itself.": weights - by_weight,
        "this is the step alone; wanted are the weights after it.": [rate * by_weight, -rate * by_weight],
        "this is the gradient; wanted are the weights after a step against it.": by_weight,
    }


def _stepped_wrongly(right, weights, x, labels, rate):
    n, scores, y = len(x), x @ weights, np.eye(weights.shape[1])[labels]
    p = softmax(scores)
    pushes = {
        "the push is p − y, and here nothing says which class is true.": p,
        "these are scores less y; the softmax is missing.": scores - y,
        "softmax runs over the batch here; it has to run over the classes.": softmax(scores, axis=0) - y,
    }
    told = _told(weights, rate, x.T @ (p - y) / n, n)
    return told | {message: weights - rate * x.T @ push / n for message, push in pushes.items()}


def _hinged_wrongly(right, weights, x, labels, rate):
    n, scores, y = len(x), x @ weights, np.eye(weights.shape[1])[labels]
    others = np.where(y, -np.inf, scores)
    rival = np.eye(weights.shape[1])[others.argmax(axis=1)]
    lead = ((scores * y).sum(axis=1) - others.max(axis=1))[:, None]
    within = (others > (scores * y).sum(axis=1, keepdims=True) - 1).astype(float)  # all within a point
    pushes = {
        "whoever leads by a point or more pushes nothing, and here all push.": rival - y,
        "an X-ray that is right by less than a point pushes, too.": (rival - y) * (lead < 0),
        "only the closest rival is pushed, not every class within a point.": (
            within - y * within.sum(axis=1, keepdims=True)
        ),
        "the true class is pulled up; its rival has to be pushed down as well.": -y * (lead < 1),
        "the rival is pushed down; the true class has to be pulled up as well.": rival * (lead < 1),
        "this is the step of exercise 3, on the cross-entropy.": softmax(scores) - y,
    }
    told = _told(weights, rate, x.T @ ((rival - y) * (lead < 1)) / n, n)
    return told | {message: weights - rate * x.T @ push / n for message, push in pushes.items()}


@exercise(4, 5)
def one_column(answer):
    """Weights of two classes in one column, whose score goes through a sigmoid.

    Parameters
    ----------
    answer : callable
        Takes weights of shape (features, 2) and returns weights of shape (features,).
    """
    rng = np.random.default_rng(4)
    match_calls(
        answer,
        [given(rng.normal(size=(features, 2))) for features in (3, 2, 1)],
        lambda weights: weights[:, 0] - weights[:, 1],
        "the sigmoid of the new score is not the probability of the first class; which number, taken from "
        "both scores, leaves one of them at zero?",
        axes="(features,): one column is left",
        mistakes=lambda right, weights: {
            "the sign is turned: this is the score of the second class against the first.": -right,
            "the columns are added; only differences of scores count.": weights.sum(axis=1),
            "this is half of the new score: a temperature of 2.": right / 2,
            "the second column is dropped; its scores were not zero.": weights[:, 0],
            "this is the second column alone.": weights[:, 1],
            "the sigmoid comes after the score; wanted are the weights that make the score.": expit(right),
        },
    )
    return "Softmax of two classes is the sigmoid of one difference."
