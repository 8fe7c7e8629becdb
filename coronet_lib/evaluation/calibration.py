"""Whether a chance of 90 % means 90 %, and how to mend one that does not."""

from typing import NamedTuple

import numpy as np

FLOOR = 5e-7
"""The least chance that a file with six decimals can tell from none."""


def with_temperature(scores, temperature):
    """Softmax of the logits divided by a temperature (Guo et al. 2017): the order within a row stays.

    Parameters
    ----------
    scores : float array, shape (n, classes)
        Probabilities; what is below :data:`FLOOR` is taken for that.
    temperature : float
        Above 1 makes less sure, below 1 surer.

    Returns
    -------
    float array, shape (n, classes)
        Rows add up to 1.
    """
    from scipy.special import softmax

    return softmax(np.log(np.maximum(scores, FLOOR)) / temperature, axis=1)


def fit_temperature(true, scores):
    """The temperature with the least cross-entropy (Guo et al. 2017); fit it on other patients than it mends.

    Parameters
    ----------
    true : int array, shape (n,)
    scores : float array, shape (n, classes)
        Probabilities.

    Returns
    -------
    float
        0.05 to 20.
    """
    from scipy.optimize import minimize_scalar

    def loss(log_temperature):
        chance = with_temperature(scores, np.exp(log_temperature))[np.arange(len(true)), true]
        return -np.log(np.maximum(chance, FLOOR)).mean()

    return float(np.exp(minimize_scalar(loss, bounds=np.log([0.05, 20]), method="bounded").x))


def expected_calibration_error(outcomes, chances, bins=10, by="width"):
    """Distance of mean chance and share that came true in each bin, averaged over cases (Guo et al. 2017).

    Parameters
    ----------
    outcomes : bool array, shape (n,)
    chances : float array, shape (n,)
        0 to 1.
    bins : int
    by : {"width", "count"}
        Bins of equal width, or of equally many cases; equal chances stay together.

    Returns
    -------
    float
        0 to 1.
    """
    inner = np.arange(1, bins) / bins
    edges = inner if by == "width" else np.quantile(chances, inner)
    excess = np.bincount(np.searchsorted(edges, chances, side="right"), np.subtract(chances, outcomes))
    return float(np.abs(excess).sum() / len(chances))


class CalibrationLine(NamedTuple):
    """Result of :func:`calibration_line`; perfect are 0 and 1."""

    intercept: float
    """What must be added to every logit: below 0, chances are too high on the whole."""
    slope: float
    """What logits want to be multiplied by: below 1, chances are too extreme."""


def calibration_line(outcomes, chances):
    """Intercept (with slope 1) and slope of a logistic regression on the logit (Van Calster et al. 2019).

    Parameters
    ----------
    outcomes : bool array, shape (n,)
    chances : float array, shape (n,)
        0 to 1; both ends are held :data:`FLOOR` away.

    Returns
    -------
    CalibrationLine

    Raises
    ------
    ValueError
        If the chances part the outcomes, rightly or the wrong way round: no slope is too steep then.
    """
    from scipy.optimize import brentq
    from scipy.special import expit, logit
    from sklearn.linear_model import LogisticRegression

    outcomes, logits = np.asarray(outcomes, bool), logit(np.clip(chances, FLOOR, 1 - FLOOR))
    for side in (logits, -logits):
        if side[outcomes].min(initial=np.inf) >= side[~outcomes].max(initial=-np.inf):
            raise ValueError("the chances part the outcomes; a slope needs cases that overlap")
    intercept = brentq(lambda shift: (expit(logits + shift) - outcomes).sum(), -40, 40)
    free = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10).fit(logits[:, None], outcomes)
    return CalibrationLine(float(intercept), float(free.coef_[0, 0]))
