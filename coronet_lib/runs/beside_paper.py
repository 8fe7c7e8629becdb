"""The paper's Tables III and IV beside a cross-validation, and how much of the difference luck explains."""

import numpy as np
import pandas as pd

from coronet_lib import paper
from coronet_lib.classes import CLASSES
from coronet_lib.evaluation import METRICS, confusion_matrices, patient_bootstrap
from coronet_lib.evaluation.metrics import rates
from coronet_lib.files import RunError
from coronet_lib.runs.predictions import read_predictions
from coronet_lib.text import plain

AVERAGE = "average"  # the row of Table III


def printed():
    """The averages over the folds that the paper prints.

    Returns
    -------
    pandas.Series
        In percent, 21 of them, indexed by row, a class or ``"average"``, and metric.
    """
    rows = {**paper.TABLE_IV, AVERAGE: paper.TABLE_III_AVERAGE}
    table = pd.DataFrame(rows.values(), index=pd.Index(rows, name="row"))
    long = table.set_axis(pd.Index(METRICS, name="metric"), axis=1).stack()
    return long.dropna().rename("printed").astype(float)


def beside_paper(run, *, resamples=1000, seed=0):
    """Each average that the paper prints, beside that of a cross-validation.

    Parameters
    ----------
    run : path
        A finished cross-validation of four classes.
    resamples : int
        How often its patients are drawn again.
    seed : int
        Of those draws.

    Returns
    -------
    pandas.DataFrame
        In percent, rows as :func:`printed`.  Columns ``printed``; ``rerun``; ``tolerance``, how far the two
        would be apart in 19 of 20 cases if nothing but the X-rays that they met told them apart; ``agrees``,
        whether they are no farther.  Two halves of 95 % intervals make the tolerance, added as independent
        errors are: the run's, drawn by patient, and the paper's, of a share of as many X-rays as the run has.

    Raises
    ------
    RunError
        If the run is unfinished, or has one fold or other classes.
    """
    table, classes = read_predictions(run)
    if classes != CLASSES[4] or table["fold"].nunique() < 2:
        raise RunError(f"{plain(run)} is no cross-validation of the paper's four classes")
    matrices, cell = _matrices(table, classes)
    redrawn = patient_bootstrap(
        cell,
        cell,
        table["patient"],
        lambda cell, _: _averages(np.bincount(cell, minlength=matrices.size).reshape(matrices.shape)),
        resamples=resamples,
        seed=seed,
    )
    found, half = _averages(matrices), np.diff(redrawn, axis=0)[0] / 2
    halves = np.hypot(half, _of_the_paper(matrices.sum(axis=0)))
    rows = pd.MultiIndex.from_product([[*classes, AVERAGE], METRICS], names=["row", "metric"])
    ours = pd.DataFrame({"rerun": found, "tolerance": halves}, index=rows)
    both = pd.concat([printed(), 100 * ours], axis=1, join="inner")
    return both.assign(agrees=(both["printed"] - both["rerun"]).abs() <= both["tolerance"])


def _matrices(table, classes):
    """The confusion matrix of each fold, (folds, k, k), and the cell of all of them that each X-ray is in."""
    matrices = np.stack([*confusion_matrices(table, classes).values()])
    index = {name: i for i, name in enumerate(classes)}
    place = pd.factorize(table["fold"], sort=True)[0], table["true"].map(index), table["predicted"].map(index)
    return matrices, np.ravel_multi_index(place, matrices.shape)


def _averages(matrices):
    """Means over the folds of each class's metrics and of their macro average, ((k + 1) * 5,)."""
    each = rates(matrices)  # (folds, k, 5)
    macro = each.mean(axis=1, keepdims=True)
    macro[:, 0, METRICS.index("accuracy")] = np.trace(matrices, axis1=1, axis2=2) / matrices.sum(axis=(1, 2))
    return np.concatenate([each, macro], axis=1).mean(axis=0).ravel()


def _of_the_paper(matrix):
    """Half of the 95 % interval of each printed average, (rows * 5,), as a share of independent X-rays.

    Of as many as the run's counts have below the line; F1 is a share, too, of the mean of those that are in a
    class and those that are called so.
    """
    support, called, total = matrix.sum(axis=1), matrix.sum(axis=0), matrix.sum()
    below = np.column_stack([called, support, total - support, (called + support) / 2])
    shares = pd.DataFrame(paper.TABLE_IV.values()).to_numpy(float)[:, :4] / 100
    classes = np.sqrt(shares * (1 - shares) / below)
    macro = np.sqrt((classes**2).sum(axis=0)) / len(matrix)
    right = paper.TABLE_III_AVERAGE.accuracy / 100
    accuracy = np.full((len(matrix) + 1, 1), np.sqrt(right * (1 - right) / total))
    return 1.96 * np.hstack([np.vstack([classes, macro]), accuracy]).ravel()
