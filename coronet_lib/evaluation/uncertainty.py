"""How far to trust a share of a few images, and whether two systems differ by more than luck."""

from typing import NamedTuple

import numpy as np


def wilson_interval(right, total, confidence=0.95):
    """Wilson score interval of a proportion (Wilson 1927).

    Parameters
    ----------
    right, total : int
        ``right`` of ``total`` trials succeeded; ``total`` at least 1.
    confidence : float

    Returns
    -------
    low, high : float
        Between 0 and 1.

    Raises
    ------
    ValueError
        If ``right`` does not lie between 0 and ``total``, or ``total`` is 0.
    """
    from scipy.stats import binomtest  # here, because it takes longer to import than most audits to run

    interval = binomtest(int(right), int(total)).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)


def difference_interval(right_a, total_a, right_b, total_b, confidence=0.95):
    """Interval of the difference of two proportions from two independent samples (Newcombe 1998, method 10).

    Whether the intervals of the two proportions overlap does not decide whether they differ; this does.

    Parameters
    ----------
    right_a, total_a, right_b, total_b : int
        As :func:`wilson_interval` takes them, for each sample.
    confidence : float

    Returns
    -------
    low, high : float
        Of the first proportion less the second; between -1 and 1.
    """
    a, b = right_a / total_a, right_b / total_b
    a_low, a_high = wilson_interval(right_a, total_a, confidence)
    b_low, b_high = wilson_interval(right_b, total_b, confidence)
    low = a - b - np.hypot(a - a_low, b_high - b)
    high = a - b + np.hypot(a_high - a, b - b_low)
    return float(low), float(high)


def patient_bootstrap(true, predicted, patients, statistic, *, resamples=2000, confidence=0.95, seed=0):
    """Percentile interval of a statistic when whole patients are drawn again (Efron 1979).

    Images of one person are alike, so drawing single images would make the interval too narrow.

    Parameters
    ----------
    true, predicted : int array, shape (n,)
    patients : array, shape (n,)
    statistic : callable
        From (true, predicted) to a number, or to an array of them.
    resamples : int
    confidence : float
    seed : int
        Of the patients that are drawn.

    Returns
    -------
    low, high : float
        Of an array, a list each.
    """
    true, predicted = np.asarray(true), np.asarray(predicted)
    _, patient = np.unique(np.asarray(patients), return_inverse=True)
    order = np.argsort(patient, kind="stable")  # each patient's rows, one after another
    rows_of = np.bincount(patient)
    before = np.cumsum(rows_of) - rows_of  # where a patient's rows begin in that order
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(resamples):
        drawn = rng.integers(len(rows_of), size=len(rows_of))
        count = rows_of[drawn]
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        rows = order[np.repeat(before[drawn], count) + within]
        values.append(statistic(true[rows], predicted[rows]))
    tail = (1 - confidence) / 2
    low, high = np.nanquantile(values, [tail, 1 - tail], axis=0).tolist()
    return low, high


class McNemar(NamedTuple):
    """Result of :func:`mcnemar`."""

    only_a: int
    """Images that only the first system got right."""
    only_b: int
    """Images that only the second got right."""
    p: float
    """Chance of a split at least as uneven, if neither system were better."""


def mcnemar(right_a, right_b):
    """Exact McNemar test (McNemar 1947) of whether two systems err equally often on the same images.

    Only images that one system got right and the other did not can tell them apart; if neither is better,
    each of those is a coin toss.  The test takes images as independent, which images of one patient are not.

    Parameters
    ----------
    right_a, right_b : bool array, shape (n,)
        Whether each system answered each image rightly.

    Returns
    -------
    McNemar

    Raises
    ------
    ValueError
        If the lengths differ.
    """
    from scipy.stats import binomtest  # here, because it takes longer to import than all else

    right_a, right_b = np.asarray(right_a, bool), np.asarray(right_b, bool)
    if right_a.shape != right_b.shape or right_a.ndim != 1:
        raise ValueError(f"both systems want one shape (n,), got {right_a.shape} and {right_b.shape}")
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    differing = only_a + only_b
    return McNemar(only_a, only_b, float(binomtest(only_a, differing).pvalue) if differing else 1.0)


def holm(p_values):
    """Correct p values for having made several tests (Holm 1979).

    Parameters
    ----------
    p_values : sequence of float
        Each 0 to 1.

    Returns
    -------
    float array, shape (n,)
        In the same order, 0 to 1.
    """
    p = np.asarray(p_values, float)
    order = np.argsort(p)
    corrected = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    result = np.empty_like(p)
    result[order] = np.minimum(corrected, 1)
    return result
