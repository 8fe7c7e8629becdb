"""The paper's Tables III and IV, from the predictions of all folds, and how far to trust their accuracy."""

import numpy as np
import pandas as pd

from coronet_lib.evaluation.metrics import METRICS, confusion_matrix, macro, per_class
from coronet_lib.evaluation.uncertainty import patient_bootstrap


def confusion_matrices(table, classes):
    """The confusion matrix of each fold.

    Parameters
    ----------
    table : pandas.DataFrame
    classes : tuple of str
        From :func:`coronet_lib.runs.read_predictions`.

    Returns
    -------
    dict
        Fold number, from 1, to an int array of shape (k, k): rows true, columns predicted.
    """
    index = {name: i for i, name in enumerate(classes)}
    return {
        int(fold): confusion_matrix(part["true"].map(index), part["predicted"].map(index), len(classes))
        for fold, part in table.groupby("fold")
    }


def by_fold(table, classes):
    """Macro averages of each fold, their mean and their standard deviation: the paper's Table III.

    Parameters
    ----------
    table : pandas.DataFrame
    classes : tuple of str
        From :func:`coronet_lib.runs.read_predictions`.

    Returns
    -------
    pandas.DataFrame
        Rows 1, 2 … ``"mean"``, ``"sd"`` (of a sample, n - 1); columns
        :data:`coronet_lib.evaluation.METRICS`, 0 to 1.
    """
    scores = pd.DataFrame({f: macro(m) for f, m in confusion_matrices(table, classes).items()}).T
    ends = pd.DataFrame({"mean": scores.mean(skipna=False), "sd": scores.std(skipna=False)}).T
    return pd.concat([scores, ends]).rename_axis("fold")


def by_class(table, classes):
    """Mean over the folds of each class's metrics, with standard deviations: the paper's Table IV.

    Parameters
    ----------
    table : pandas.DataFrame
    classes : tuple of str
        From :func:`coronet_lib.runs.read_predictions`.

    Returns
    -------
    pandas.DataFrame
        Rows as ``classes``; columns :data:`coronet_lib.evaluation.METRICS` and, after them,
        the same with ``_sd``, 0 to 1.
    """
    metrics = list(METRICS)
    scores = np.stack(
        [per_class(matrix, classes)[metrics] for matrix in confusion_matrices(table, classes).values()]
    )  # (folds, classes, metrics)
    return pd.DataFrame(
        np.hstack([scores.mean(axis=0), scores.std(axis=0, ddof=1)]),
        index=pd.Index(classes, name="class"),
        columns=[*metrics, *(f"{metric}_sd" for metric in metrics)],
    )


def accuracy_interval(table):
    """95 % interval of the accuracy, when whole patients are drawn again.

    Parameters
    ----------
    table : pandas.DataFrame
        From :func:`coronet_lib.runs.read_predictions`.

    Returns
    -------
    low, high : float
        Between 0 and 1.
    """
    return patient_bootstrap(
        table["true"], table["predicted"], table["patient"], lambda true, answer: np.mean(true == answer)
    )
