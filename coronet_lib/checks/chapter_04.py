"""Checks of chapter 4: dense layers, softmax and cross-entropy."""

import numpy as np
from scipy.special import expit

from coronet_lib.checks.answer import array, call, close, given, match, match_calls, typed_numbers
from coronet_lib.checks.verdict import Wrong, exercise
from coronet_lib.layers.forward import softmax
from coronet_lib.layers.losses import softmax_cross_entropy

_SCORES = np.array([[2.0, 1.0, 0.0, -1.0], [0.5, 3.0, -2.0, 0.0], [-1.0, -1.0, 4.0, 2.5]])
_SURE = np.array([[1000.0, 0.0, -1000.0, 0.0], [-5000.0, -5000.0, 5000.0, 0.0]])


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
def sum_limits(answer):
    """Between which limits the sum of equation (3) as printed can lie.

    Parameters
    ----------
    answer : callable
        Takes the number of classes and the spread, largest score minus smallest; returns both limits.
    """
    match_calls(
        answer,
        [given(n, spread) for n, spread in ((4, 5.0), (2, 3.0), (10, 1.0), (3, 0.0))],
        lambda n, spread: (1 + (n - 1) * np.exp([-spread, spread])) / n,
        "one limit or both are not reached or are passed. Which order of scores makes each term "
        "as small as it can be, and which as large?",
        read=lambda result: typed_numbers(result, (2,), "a pair of numbers, the lower and upper limit"),
        case=lambda n, spread: f"for {n} classes and a spread of {spread:g}",
        mistakes=_limited_wrongly,
    )
    return "Only equal scores are sure to add up to 1."


def _limited_wrongly(right, n, spread):
    """What wrong ways to the limits give, and what to say then."""
    term = np.exp([-spread, spread])
    return {
        "the lower limit comes first.": right[::-1],
        "this is the sum of the right formula; equation (3) as printed has another.": (1, 1),
        "equation (3) as printed adds up the last class n times: divide by n.": right * n,
        "these are the limits for a spread without end; this one has an end.": (1 / n, np.inf),
        "all n terms move; but the last class always gets 1/n.": term,
        "the term of the last class itself is missing.": (n - 1) / n * term,
        "only one score differs from the last; all but the last can.": (n - 1 + term) / n,
    }


@exercise(4, 3)
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


@exercise(4, 4)
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
            "this is the probability of the second class; the first is wanted.": -right,
            "the columns are added; only differences of scores count.": weights.sum(axis=1),
            "this is half of the new score: a temperature of 2.": right / 2,
            "the second column is dropped; its scores were not zero.": weights[:, 0],
            "this is the second column alone.": weights[:, 1],
            "the sigmoid comes after the score; wanted are the weights that make the score.": expit(right),
        },
    )
    return "Softmax of two classes is the sigmoid of one difference."
