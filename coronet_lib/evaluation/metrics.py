"""From predictions to the paper's tables: everything follows from the confusion matrix.

The paper prints precision, recall, specificity, F-measure and accuracy; its
tables are macro averages, although its formulas ("sum of all true positives")
describe micro averages.
"""

import json

import numpy as np
import pandas as pd

METRICS = ("precision", "recall", "specificity", "f1", "accuracy")
"""What the paper's tables print, in their order."""


def confusion_matrix(true, predicted, classes):
    """Count images by true class (rows) and predicted class (columns).

    Parameters
    ----------
    true, predicted : int array, shape (n,)
        Class indices.
    classes : int
        Number of classes.

    Returns
    -------
    int array, shape (classes, classes)

    Raises
    ------
    ValueError
        If the lengths differ or an index is out of range.
    """
    true, predicted = np.asarray(true), np.asarray(predicted)
    if true.shape != predicted.shape or true.ndim != 1:
        raise ValueError(f"true and predicted want one shape (n,), got {true.shape} and {predicted.shape}")
    for name, labels in (("true", true), ("predicted", predicted)):
        if len(labels) and not 0 <= labels.min() <= labels.max() < classes:
            raise ValueError(
                f"{name} labels run from {labels.min()} to {labels.max()}, want 0 to {classes - 1}"
            )
    return np.bincount(true * classes + predicted, minlength=classes**2).reshape(classes, classes)


def per_class(matrix, names=None):
    """Precision, recall, specificity, F1 and accuracy of each class against the rest.

    Parameters
    ----------
    matrix : int array, shape (k, k)
        Rows true, columns predicted.
    names : sequence of str, optional
        Row labels of the result.

    Returns
    -------
    pandas.DataFrame
        Columns as :data:`METRICS` (0 to 1) and ``support`` (images).  A ratio with nothing
        below the line, such as the precision of a class that was never predicted, is NaN.

    Raises
    ------
    ValueError
        If the matrix is not square or counts a negative number.
    """
    matrix = np.asarray(matrix)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or (matrix < 0).any():
        raise ValueError(f"want a square matrix of counts, got shape {matrix.shape}")
    return pd.DataFrame(rates(matrix), index=names, columns=METRICS).assign(support=matrix.sum(axis=1))


def rates(matrices):
    """The numbers of :func:`per_class` for many matrices at once.

    Parameters
    ----------
    matrices : int array, shape (..., k, k)
        Each with rows true, columns predicted.

    Returns
    -------
    float array, shape (..., k, 5)
        In the order of :data:`METRICS`, 0 to 1; NaN where nothing is below the line.
    """
    matrices = np.asarray(matrices)
    tp = np.diagonal(matrices, axis1=-2, axis2=-1)
    fn = matrices.sum(axis=-1) - tp
    fp = matrices.sum(axis=-2) - tp
    tn = matrices.sum(axis=(-2, -1))[..., None] - tp - fn - fp
    return np.stack(
        [
            _ratio(tp, tp + fp),
            _ratio(tp, tp + fn),
            _ratio(tn, tn + fp),
            _ratio(2 * tp, 2 * tp + fp + fn),  # = 2PR / (P + R)
            _ratio(tp + tn, tp + tn + fp + fn),
        ],
        axis=-1,
    )


def macro(matrix):
    """The unweighted mean over classes, with the overall accuracy: the paper's table rows.

    Parameters
    ----------
    matrix : int array, shape (k, k)
        Rows true, columns predicted.

    Returns
    -------
    pandas.Series
        Indexed by :data:`METRICS`, 0 to 1; ``accuracy`` is the share of all images that is right.
        A metric that is undefined for one class is NaN.
    """
    row = per_class(matrix)[list(METRICS)].mean(skipna=False)
    row["accuracy"] = accuracy(matrix)
    return row


def micro(matrix):
    """Metrics of the pooled counts: what the paper's formulas say.

    With one label an image, micro precision, recall, F1 and accuracy are one and the same number.

    Parameters
    ----------
    matrix : int array, shape (k, k)
        Rows true, columns predicted.

    Returns
    -------
    pandas.Series
        Indexed by :data:`METRICS`, 0 to 1.
    """
    right, total, k = np.trace(matrix), np.sum(matrix), len(matrix)
    wrong = total - right  # every wrong image is one false positive and one false negative
    hit = float(_ratio(right, total))
    specificity = float(_ratio((k - 1) * total - wrong, (k - 1) * total))
    return pd.Series(dict(zip(METRICS, (hit, hit, specificity, hit, hit), strict=True)))


def accuracy(matrix):
    """Share of images on the diagonal.

    Parameters
    ----------
    matrix : int array, shape (k, k)
        Rows true, columns predicted.

    Returns
    -------
    float
        0 to 1; NaN for an empty matrix.
    """
    return float(_ratio(np.trace(matrix), np.sum(matrix)))


def as_json(metrics):
    """Metrics as a dict fit for JSON: what is undefined is null, not NaN.

    Parameters
    ----------
    metrics : pandas.Series or pandas.DataFrame

    Returns
    -------
    dict
        Of a DataFrame, one dict a row.
    """
    return json.loads(metrics.to_json(orient="index"))


def _ratio(above, below):
    above, below = np.asarray(above, float), np.asarray(below, float)
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)
