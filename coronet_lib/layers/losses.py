"""Losses of the paper's two classifiers, softmax and the linear SVM, each with its gradient."""

import numpy as np

from coronet_lib.layers.arrays import floats
from coronet_lib.layers.forward import softmax


def _check(scores, labels):
    """Scores as floats and labels as an index array, once they fit each other."""
    (scores,), labels = floats(scores), np.asarray(labels)
    if scores.ndim != 2 or len(scores) == 0 or scores.shape[1] < 2:
        raise ValueError(f"scores want shape (batch >= 1, classes >= 2), got shape {scores.shape}")
    if labels.shape != scores.shape[:1] or labels.dtype.kind not in "iu":
        raise ValueError(
            f"labels want integers of shape {scores.shape[:1]}, got {labels.dtype} of shape {labels.shape}"
        )
    if labels.min() < 0 or labels.max() >= scores.shape[1]:
        raise ValueError(
            f"labels want values from 0 to {scores.shape[1] - 1}, got {labels.min()} to {labels.max()}"
        )
    return scores, labels


def softmax_cross_entropy(logits, labels):
    """How surprised softmax is by the labels: the mean of ``-log p[label]``.

    Softmax and logarithm are taken in one step, so no probability is rounded to zero on the way.

    Parameters
    ----------
    logits : array, shape (batch, classes)
        Scores before softmax.
    labels : int array, shape (batch,)
        Index of the true class.

    Returns
    -------
    float
        In nats; ``log(classes)`` for a model that knows nothing, 0 for one that is right and certain.

    Raises
    ------
    ValueError
        If shapes or label values do not fit, or the batch is empty.
    """
    logits, labels = _check(logits, labels)
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_sum = np.log(np.exp(shifted).sum(axis=1))
    return (log_sum - shifted[np.arange(len(labels)), labels]).mean()


def softmax_cross_entropy_backward(logits, labels):
    """Gradient of :func:`softmax_cross_entropy` by the logits: probabilities minus one-hot labels, ``p - y``.

    Parameters
    ----------
    logits : array, shape (batch, classes)
        Scores before softmax.
    labels : int array, shape (batch,)
        Index of the true class; errors are those of :func:`softmax_cross_entropy`.

    Returns
    -------
    array, shape (batch, classes)
        Divided by the batch size, as the loss is a mean.
    """
    logits, labels = _check(logits, labels)
    gradient = softmax(logits)
    gradient[np.arange(len(labels)), labels] -= 1
    return gradient / len(labels)


def _margins(scores, labels):
    """How far the best wrong class comes within one point of the true one, and which it is."""
    rows = np.arange(len(labels))
    wrong = scores.copy()
    wrong[rows, labels] = -np.inf
    rival = wrong.argmax(axis=1)
    return 1 + scores[rows, rival] - scores[rows, labels], rival


def hinge_loss(scores, labels):
    """What the linear SVM minimises: the true class should beat every other one by at least one point.

    The mean of ``max(0, 1 + best wrong score - true score)``, the multi-class form of
    Crammer & Singer (2001). With two classes the score difference plays the part of the usual signed margin.

    Parameters
    ----------
    scores : array, shape (batch, classes)
    labels : int array, shape (batch,)
        Index of the true class.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If shapes or label values do not fit, or the batch is empty.
    """
    margins, _ = _margins(*_check(scores, labels))
    return np.maximum(margins, 0).mean()


def hinge_loss_backward(scores, labels):
    """Gradient of :func:`hinge_loss` by the scores; zero for examples beyond the margin.

    Parameters
    ----------
    scores : array, shape (batch, classes)
    labels : int array, shape (batch,)
        Index of the true class; errors are those of :func:`hinge_loss`.

    Returns
    -------
    array, shape (batch, classes)
        Divided by the batch size, as the loss is a mean. On the margin itself, where the loss has a
        corner, it is zero.
    """
    scores, labels = _check(scores, labels)
    margins, rival = _margins(scores, labels)
    gradient = np.zeros_like(scores)
    rows = np.flatnonzero(margins > 0)
    gradient[rows, rival[rows]] = 1
    gradient[rows, labels[rows]] = -1
    return gradient / len(labels)
