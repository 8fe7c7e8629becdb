"""Temperature (Guo et al. 2017) and threshold fitted on some patients, and what they are worth on others."""

import numpy as np
import pandas as pd

from coronet_lib.evaluation.apart import deal_apart
from coronet_lib.evaluation.calibration import expected_calibration_error, fit_temperature, with_temperature
from coronet_lib.evaluation.decision import threshold_for


def parts_of(table, seed=0):
    """Parts that share no patient: the folds, or two halves of the patients where folds are none.

    Parameters
    ----------
    table : pandas.DataFrame
        From :func:`coronet_lib.runs.read_predictions`.
    seed : int
        Of the halves.

    Returns
    -------
    int array, shape (n,)
        From 1.

    Raises
    ------
    ValueError
        If there is one patient only, or a class has fewer than two.
    """
    patients = table.groupby("true")["patient"].nunique()
    if patients.min() < 2:
        few = "one patient only" if table["patient"].nunique() < 2 else f"one of {patients.idxmin()} only"
        raise ValueError(f"what is fitted on some patients is tried on others, and there is {few}")
    if table["fold"].nunique() > 1 and table.groupby("patient")["fold"].nunique().max() == 1:
        return table["fold"].to_numpy()
    return deal_apart(table["true"], table["patient"], 2, seed)


def carried_over(table, classes, parts, of="covid19", sensitivity=0.95):
    """For each part, temperature and threshold of all other parts, and what they do on it.

    Parameters
    ----------
    table : pandas.DataFrame
    classes : tuple of str
        From :func:`coronet_lib.runs.read_predictions`.
    parts : int array, shape (n,)
    of : str
        The class that is looked for.
    sensitivity : float
        What the threshold reaches where it is chosen.

    Returns
    -------
    pandas.DataFrame
        A row a part: ``temperature``; the expected calibration error of the answers ``before`` and ``after``;
        ``threshold``, for the chance after it; ``ill``, ``found`` of them, ``others`` and ``alarms``.

    Raises
    ------
    ValueError
        If scores are no chances, there is no such class, or a part has none of it.
    """
    scores, true = table[list(classes)].to_numpy(), table["true"].map(classes.index).to_numpy()
    if scores.min() < 0 or abs(scores.sum(axis=1) - 1).max() > 1e-3:
        raise ValueError("its scores are no chances, which add up to 1; margins have no temperature")
    if of not in classes:
        raise ValueError(f"a class wants one of {', '.join(classes)}, got {of!r}")
    rows, right, ill = {}, scores.argmax(axis=1) == true, true == classes.index(of)
    for part in np.unique(parts):
        here = parts == part
        if not ill[here].any() or not ill[~here].any():
            raise ValueError(f"{of} wants X-rays on both sides, and of part {part} one side has none")
        temperature = fit_temperature(true[~here], scores[~here])
        chances = with_temperature(scores, temperature)
        score = chances[:, classes.index(of)]
        threshold = threshold_for(ill[~here], score[~here], sensitivity)
        before, after = (
            expected_calibration_error(right[here], each[here].max(axis=1)) for each in (scores, chances)
        )
        called = here & (score >= threshold)
        counts = [int(group.sum()) for group in (here & ill, called & ill, here & ~ill, called & ~ill)]
        rows[int(part)] = [temperature, before, after, threshold, *counts]
    columns = ["temperature", "before", "after", "threshold", "ill", "found", "others", "alarms"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("part")
