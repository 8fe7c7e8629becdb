"""Checks of chapter 4: dense layers, softmax and cross-entropy."""

import numpy as np

from coronet_lib.checks._verdict import Wrong, array, call, close, exercise, match
from coronet_lib.reference import softmax

_SCORES = np.array([[2.0, 1.0, 0.0, -1.0], [0.5, 3.0, -2.0, 0.0], [-1.0, -1.0, 4.0, 2.5]])
_SURE = np.array([[1000.0, 0.0, -1000.0, 0.0], [-5000.0, -5000.0, 5000.0, 0.0]])


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
            "scores of 1000 overflow, or a probability of 0 has no logarithm: take the maximum out first, "
            "and the logarithm before the division, not after it."
        )
    shifted = _SURE - _SURE.max(axis=1, keepdims=True)
    if not close(sure, shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))):
        raise Wrong("large scores give finite but wrong logarithms; is something clipped?")
    return "It agrees with softmax and stays finite where probabilities vanish."
