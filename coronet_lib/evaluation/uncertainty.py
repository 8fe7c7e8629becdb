"""How far to trust a share of a few: its confidence interval."""


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
