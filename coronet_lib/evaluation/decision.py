"""From a chance to an action: a threshold, another prevalence, net benefit (Vickers & Elkin 2006)."""

import numpy as np


def threshold_for(ill, scores, sensitivity=0.95):
    """The highest threshold that finds at least this share of the ill; who reaches it is called ill.

    Parameters
    ----------
    ill : bool array, shape (n,)
    scores : float array, shape (n,)
    sensitivity : float
        Above 0, to 1.

    Returns
    -------
    float
        A score of one of the ill.

    Raises
    ------
    ValueError
        If nobody is ill, or the sensitivity is out of range.
    """
    of_ill = np.sort(np.asarray(scores, float)[np.asarray(ill, bool)])
    if not len(of_ill) or not 0 < sensitivity <= 1:
        raise ValueError(
            f"wanted are some who are ill and a sensitivity in (0, 1]; got {len(of_ill)} and {sensitivity}"
        )
    return float(of_ill[int((1 - sensitivity) * len(of_ill) + 1e-9)])  # 5 % of 20 is 1, whatever floats say


def with_shares(scores, old, new):
    """Chances where each class looks as it did and has another share of the cases (Saerens et al. 2002).

    Parameters
    ----------
    scores : float array, shape (n, classes)
        Probabilities.
    old, new : float array, shape (classes,)
        Shares of the classes where the scores were made and where they are used; ``old`` are above 0.

    Returns
    -------
    float array, shape (n, classes)
        Rows add up to 1.
    """
    weighted = scores * np.divide(new, old)
    return weighted / weighted.sum(axis=1, keepdims=True)


def net_benefit(ill, chances, thresholds):
    """Ill who are found, less false alarms at the threshold's odds, a case (Vickers & Elkin 2006).

    Parameters
    ----------
    ill : bool array, shape (n,)
    chances : float array, shape (n,)
        Who has the threshold or more is treated; to treat everybody, hand over ones.
    thresholds : float array, shape (t,)
        0 to below 1: the chance at which one would just treat.

    Returns
    -------
    float array, shape (t,)
        At most the share of the ill; to treat nobody is worth 0.
    """
    ill, thresholds = np.asarray(ill, bool), np.asarray(thresholds, float)
    called = np.asarray(chances) >= thresholds[:, None]  # (t, n)
    return (called & ill).mean(axis=1) - (called & ~ill).mean(axis=1) * thresholds / (1 - thresholds)
