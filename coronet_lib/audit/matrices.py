"""Confusion matrices behind a printed table: their scores, and the way back.

:func:`scores` goes from a matrix to its metrics; :func:`matrices_matching` goes back from
printed metrics to every matrix that could have produced them.
"""

from itertools import islice

import numpy as np

from coronet_lib.audit.attainable import (
    EPSILON,
    SearchTooLargeError,
    Solutions,
    printed_interval,
    whole_number,
)

MAX_CANDIDATES = 5_000_000  # two to three seconds of NumPy
OVERHEAD = 200  # candidates that NumPy examines in the time that one more diagonal costs
METRICS = ("accuracy", "precision", "recall", "specificity", "f_measure")


def scores(matrix):
    """One-vs-rest and macro-averaged scores of a confusion matrix, in percent.

    Parameters
    ----------
    matrix : int array, shape (classes, classes)
        Rows are true classes, columns predicted ones.

    Returns
    -------
    dict
        ``accuracy``: a float; ``precision``, ``recall``, ``specificity`` and ``f_measure``: the
        macro average under the plain name and one value per class under ``(name, class index)``.
        A precision of a class that was never predicted counts as 0.

    Raises
    ------
    ValueError
        If it is no square matrix of counts, or a class has no image.
    """
    matrix = np.asarray(matrix)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.shape[0] < 2 or (matrix < 0).any():
        raise ValueError(f"a confusion matrix is square, at least 2 × 2, of counts; got {matrix.tolist()}")
    rows, diagonal = matrix.sum(axis=1), np.diag(matrix)
    if not rows.all():
        raise ValueError(f"every class wants at least one image, got row totals {rows.tolist()}")
    values = {"accuracy": float(_score("accuracy", diagonal, diagonal, rows))}
    for metric in METRICS[1:]:
        by_class = _score(metric, diagonal, matrix.sum(axis=0) - diagonal, rows)
        values[metric] = float(by_class.mean())
        values |= {(metric, index): float(value) for index, value in enumerate(by_class)}
    return values


def matrices_matching(row_totals, metrics, how="either", scale=100, limit=1000):
    """Every confusion matrix with these row totals that prints as these metrics.

    All metrics of a matrix follow from its diagonal and its false positives per class. So the
    search goes in three steps, each throwing away most of what is left: diagonals that fit
    accuracy and recall; false positives that fit the rest; tables with those margins.

    Parameters
    ----------
    row_totals : sequence of int
        Test images per true class, each at least 1.
    metrics : mapping
        From ``"accuracy"``, ``"precision"``, ``"recall"``, ``"specificity"`` or ``"f_measure"``
        (macro averages), or from a pair such as ``("recall", 0)`` for class 0, to the printed number.
    how : {"either", "rounded", "truncated"}
    scale : number
        As :func:`printed_interval` takes them.
    limit : int
        Most matrices to list.

    Returns
    -------
    Solutions of int array, shape (classes, classes)

    Raises
    ------
    ValueError
        If a total or a metric is impossible.
    SearchTooLargeError
        If the metrics leave more than five million candidates.

    Examples
    --------
    >>> matrices_matching([10, 10], {"accuracy": "95", "recall": "95", ("recall", 0): "100"})[0].tolist()
    [[10, 0], [1, 9]]
    """
    rows = np.array([whole_number(total, "a row total", at_least=1) for total in row_totals])
    limit = whole_number(limit, "limit", at_least=1)
    if len(rows) < 2:
        raise ValueError(f"a confusion matrix has at least 2 classes, got row totals {rows.tolist()}")
    intervals = {}
    for name, printed in metrics.items():
        metric, index = name if isinstance(name, tuple) else (name, None)
        if metric not in METRICS or (
            index is not None and (metric == "accuracy" or index not in range(len(rows)))
        ):
            raise ValueError(f"no metric {name!r}; wanted one of {METRICS} or (one of them, class index)")
        intervals[metric, index] = np.array(printed_interval(printed, how, scale)) * (100 / scale)

    def generate():
        examined = 0
        for diagonal in _diagonals(rows, intervals):
            errors = rows - diagonal
            false_positives = _compositions(errors.sum(), errors.sum() - errors)
            examined += OVERHEAD + len(false_positives)
            if examined > MAX_CANDIDATES:
                raise SearchTooLargeError(
                    f"more than {MAX_CANDIDATES:,} candidates; add a metric or a decimal"
                )
            fits = _fit(intervals, diagonal, false_positives, rows)
            for columns in false_positives[fits]:
                for off_diagonal in _tables(errors, columns):
                    yield off_diagonal + np.diag(diagonal)

    found = tuple(islice(generate(), limit + 1))
    return Solutions(found[:limit], complete=len(found) <= limit)


def _score(metric, diagonal, false_positives, rows):
    """One metric in percent; (..., classes) for the one-vs-rest ones, (...) for the accuracy."""
    predicted = diagonal + false_positives
    match metric:
        case "accuracy":
            value = diagonal.sum(axis=-1) / rows.sum()
        case "precision":
            value = diagonal / np.maximum(predicted, 1)
        case "recall":
            value = diagonal / rows
        case "specificity":
            value = 1 - false_positives / (rows.sum() - rows)
        case "f_measure":
            value = 2 * diagonal / (rows + predicted)
    return 100 * value


def _fit(intervals, diagonal, false_positives, rows):
    """Which of the candidates print as asked; the arrays broadcast over their leading axes."""
    fits = np.ones(np.broadcast_shapes(diagonal.shape, false_positives.shape)[:-1], dtype=bool)
    for (metric, index), (low, high) in intervals.items():
        value = _score(metric, diagonal, false_positives, rows)
        if metric != "accuracy":
            value = value.mean(axis=-1) if index is None else value[..., index]
        fits &= (value >= low - EPSILON) & (value <= high + EPSILON)
    return fits


def _diagonals(rows, intervals):
    """Diagonals that fit accuracy and recall, which depend on nothing else; fewest errors first."""
    intervals = {name: interval for name, interval in intervals.items() if name[0] in ("accuracy", "recall")}
    grids = []
    for index, total in enumerate(rows):
        low, high = intervals.get(("recall", index), (0, 100))
        recall = np.arange(total + 1) * (100 / total)
        grids.append(np.flatnonzero((recall >= low - EPSILON) & (recall <= high + EPSILON)))
    *grids, last = grids
    low, high = np.array(intervals.get(("accuracy", None), (0, 100))) * rows.sum() / 100
    totals = np.arange(np.ceil(low - EPSILON), np.floor(high + EPSILON) + 1, dtype=int)
    size = np.prod([float(len(grid)) for grid in grids]) * min(len(totals), len(last))
    if size > MAX_CANDIDATES:
        raise SearchTooLargeError(f"{size:.1e} diagonals; give the accuracy or a recall per class")
    others = np.stack(np.meshgrid(*grids, indexing="ij"), axis=-1).reshape(-1, len(grids))
    if len(totals) < len(last):  # the last entry is what an attainable number of correct images leaves
        finals = [total - others.sum(axis=1) for total in totals]
    else:
        finals = [np.full(len(others), value) for value in last]
    kept = [np.empty((0, len(rows)), dtype=int)]
    for final in finals:
        possible = np.isin(final, last)
        diagonals = np.column_stack([others[possible], final[possible]])
        kept.append(diagonals[_fit(intervals, diagonals, np.zeros_like(diagonals), rows)])
    kept = np.concatenate(kept)
    return kept[np.argsort(-kept.sum(axis=1), kind="stable")]


def _compositions(total, largest):
    """All ways to write ``total`` as an ordered sum with parts from 0 to ``largest``, shape (ways, parts)."""
    first, *rest = (int(part) for part in largest)
    if not rest:
        return np.full((int(0 <= total <= first), 1), total)
    if len(rest) == 1:
        part = np.arange(max(0, total - rest[0]), min(first, total) + 1)
        return np.column_stack([part, total - part])
    count = np.prod([float(min(part, total) + 1) for part in largest[:-1]])
    if count > MAX_CANDIDATES:
        raise SearchTooLargeError(f"{count:.1e} ways to spread {total} errors; add a metric or a decimal")
    blocks = []
    for part in range(min(first, total) + 1):
        tail = _compositions(total - part, rest)
        blocks.append(np.column_stack([np.full(len(tail), part), tail]))
    return np.concatenate(blocks)


def _tables(row_sums, column_sums):
    """Tables of counts with these margins and an empty diagonal, one at a time."""
    columns = np.asarray(column_sums)
    if len(row_sums) == 0:
        if not columns.any():
            yield np.empty((0, len(columns)), dtype=int)
        return
    largest = columns.copy()
    largest[len(columns) - len(row_sums)] = 0
    for row in _compositions(row_sums[0], largest):
        for below in _tables(row_sums[1:], columns - row):
            yield np.vstack([row, below])
