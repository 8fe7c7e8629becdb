"""Checks of chapter 4: dense layers, softmax and cross-entropy."""

import numpy as np

from coronet_lib.checks._verdict import Wrong, array, call, close, exercise, match, typed_numbers
from coronet_lib.layers.forward import softmax
from coronet_lib.layers.losses import softmax_cross_entropy

_SCORES = np.array([[2.0, 1.0, 0.0, -1.0], [0.5, 3.0, -2.0, 0.0], [-1.0, -1.0, 4.0, 2.5]])
_SURE = np.array([[1000.0, 0.0, -1000.0, 0.0], [-5000.0, -5000.0, 5000.0, 0.0]])


@exercise
def double_softmax(answer):
    """Exercise 4.1: what two certain answers cost if softmax is applied to their probabilities once more.

    Parameters
    ----------
    answer : tuple of float
        Loss of the right answer and of a wrong one; two decimals are enough.

    Returns
    -------
    Verdict
    """
    certain = np.eye(4)[:2]  # the first class is true: one answer is right, the other wrong
    wanted = np.array([softmax_cross_entropy(row[None], [0]) for row in certain])
    meaning = "a pair of numbers, the loss of the right answer and that of a wrong one"
    losses = typed_numbers(answer, (2,), meaning)
    if np.array_equal(losses, wanted.round(1)):  # so near to log 2 that it would be taken for two classes
        raise Wrong("one decimal is too few; two are wanted.")
    match(
        losses,
        wanted,
        "take the probabilities for scores, compute their softmax, and of that the loss.",
        mistakes=[
            ((0, np.inf), "these are the losses after one softmax; the second takes 1, 0, 0, 0 for scores."),
            (wanted[::-1], "the two are exchanged; or does the right answer cost more?"),
            (np.exp(-wanted), "these are the probabilities of the true class; the loss is their -log."),
            (-wanted, "the sign is turned: a loss is never negative."),
            (1 - np.exp(-wanted), "this is what the probability lacks; cross-entropy takes a logarithm."),
            (wanted / np.log(2), "these are logarithms to base 2; cross-entropy has the natural ones."),
            (wanted / np.log(10), "these are logarithms to base 10; cross-entropy has the natural ones."),
            (
                (wanted[0], np.inf),
                "the wrong answer gives the true class the score 0, which is no probability.",
            ),
            ((np.log(2), np.log(2) + 1), "there are four classes, not two."),
        ],
        tolerance=5e-3,
    )
    return "The two differ by the one point between their scores."


@exercise
def sum_limits(answer):
    """Exercise 4.2: between which limits the sum of equation (3) as printed can lie.

    Parameters
    ----------
    answer : callable
        Takes the number of classes and the spread, largest score minus smallest; returns both limits.

    Returns
    -------
    Verdict
    """
    for n, spread in [(4, 5.0), (2, 3.0), (10, 1.0), (3, 0.0)]:
        result = typed_numbers(call(answer, n, spread), (2,), "a pair of numbers, the lower and upper limit")
        low, high = np.exp(-spread), np.exp(spread)
        wanted = (1 + (n - 1) * np.array([low, high])) / n
        match(
            result,
            wanted,
            f"for {n} classes and a spread of {spread:g}, one limit or both are not reached or are passed. "
            "Which order of scores makes each term as small as it can be, and which as large?",
            mistakes=[
                (wanted[::-1], "the lower limit comes first."),
                ((1, 1), "this is the sum of the right formula; equation (3) as printed has another."),
                (wanted * n, "equation (3) as printed adds up the last class n times: divide by n."),
                ((1 / n, np.inf), "these are the limits for a spread without end; this one has an end."),
                ((low, high), "all n terms move; but the last class always gets 1/n."),
                ((n - 1) / n * np.array([low, high]), "the term of the last class itself is missing."),
                (
                    (n - 1 + np.array([low, high])) / n,
                    "only one score differs from the last; all but the last can.",
                ),
            ],
        )
    return "Only equal scores are sure to add up to 1."


@exercise
def log_softmax(answer):
    """Exercise 4.3: logarithms of softmax probabilities that survive any score.

    Parameters
    ----------
    answer : callable
        Takes scores of shape (batch, classes) and returns as many logarithms.

    Returns
    -------
    Verdict
    """
    meaning = "(batch, classes): a logarithm for every class of every X-ray"
    result = array(call(answer, _SCORES), _SCORES.shape, meaning)
    wanted = np.log(softmax(_SCORES))
    match(
        result,
        wanted,
        "the numbers differ from the logarithms of softmax; try one X-ray with scores that you know.",
        mistakes=[
            (softmax(_SCORES), "these are the probabilities; wanted are their logarithms."),
            (-wanted, "the sign is turned: logarithms of probabilities are negative, losses positive."),
            (
                np.log(softmax(_SCORES, axis=0)),
                "the sum runs over the batch; it has to run over the classes of each X-ray (wrong axis).",
            ),
            (
                _SCORES - _SCORES.max(axis=1, keepdims=True),
                "the maximum is taken out, but the logarithm of the sum is still to be subtracted.",
            ),
            (
                wanted - _SCORES.max(axis=1, keepdims=True),
                "the maximum is taken out once too often: from the scores, but not from those in the sum.",
            ),
            (wanted / np.log(2), "these are logarithms to base 2; cross-entropy has the natural ones."),
            (
                _SCORES - np.log(np.exp(_SCORES).sum()),
                "one sum serves the whole batch; each X-ray needs its own (keepdims?).",
            ),
        ],
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


@exercise
def one_column(answer):
    """Exercise 4.4: weights of two classes in one column, whose score goes through a sigmoid.

    Parameters
    ----------
    answer : callable
        Takes weights of shape (features, 2) and returns weights of shape (features,).

    Returns
    -------
    Verdict
    """
    rng = np.random.default_rng(4)
    for features in (3, 2, 1):
        weights = rng.normal(size=(features, 2))
        first, second = weights.T
        result = array(call(answer, weights), (features,), "(features,): one column is left")
        match(
            result,
            first - second,
            "the sigmoid of the new score is not the probability of the first class; which number, taken "
            "from both scores, leaves one of them at zero?",
            mistakes=[
                (second - first, "this is the probability of the second class; the first is wanted."),
                (first + second, "the columns are added; only differences of scores count."),
                ((first - second) / 2, "this is half of the new score: a temperature of 2."),
                (first, "the second column is dropped; its scores were not zero."),
                (second, "this is the second column alone."),
                (
                    1 / (1 + np.exp(second - first)),
                    "the sigmoid comes after the score; wanted are the weights that make the score.",
                ),
            ],
        )
    return "Softmax of two classes is the sigmoid of one difference."
