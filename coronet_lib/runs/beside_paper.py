"""The paper's Tables III and IV beside a cross-validation, and how much of the difference luck explains."""

import numpy as np
import pandas as pd

from coronet_lib import paper
from coronet_lib.classes import CLASSES
from coronet_lib.evaluation import METRICS
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
    cells, folds = _cells(table, classes)
    once = np.ones(len(cells))
    redrawn = np.random.default_rng(seed).multinomial(len(cells), once / len(cells), resamples)
    found, others = (_averages(times @ cells, folds, len(classes)) for times in (once, redrawn))
    low, high = np.nanquantile(others, [0.025, 0.975], axis=0)
    halves = np.hypot(
        (high - low) / 2, _of_the_paper((once @ cells).reshape(folds, *[len(classes)] * 2).sum(0))
    )
    rows = pd.MultiIndex.from_product([[*classes, AVERAGE], METRICS], names=["row", "metric"])
    ours = pd.DataFrame({"rerun": found, "tolerance": halves}, index=rows)
    both = pd.concat([printed(), 100 * ours], axis=1, join="inner")
    return both.assign(agrees=(both["printed"] - both["rerun"]).abs() <= both["tolerance"])


def _cells(table, classes):
    """How often each patient is in each cell of each fold's matrix, (patients, cells), and how many folds."""
    index = {name: i for i, name in enumerate(classes)}
    fold, names = pd.factorize(table["fold"], sort=True)
    patient, patients = pd.factorize(table["patient"])
    cell = (fold * len(index) + table["true"].map(index)) * len(index) + table["predicted"].map(index)
    counts = np.zeros((len(patients), len(names) * len(index) ** 2))
    np.add.at(counts, (patient, cell), 1)
    return counts, len(names)


def _averages(cells, folds, classes):
    """Means over the folds of each class's metrics and of their macro average, (…, (classes + 1) * 5)."""
    matrices = cells.reshape(*cells.shape[:-1], folds, classes, classes)
    each = rates(matrices)  # (…, folds, classes, 5)
    macro = each.mean(axis=-2, keepdims=True)
    right = np.trace(matrices, axis1=-2, axis2=-1) / matrices.sum(axis=(-2, -1))
    macro[..., 0, METRICS.index("accuracy")] = right
    mean = np.concatenate([each, macro], axis=-2).mean(axis=-3)
    return mean.reshape(*mean.shape[:-2], -1)


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
