"""Checks of chapter 12: a test in a clinic, Cohen's kappa, and the matrices behind printed numbers."""

import numpy as np

from coronet_lib import paper
from coronet_lib.checks.answer import describe, given, match, match_calls, number, typed_numbers
from coronet_lib.checks.verdict import Wrong, exercise


@exercise(12, 1)
def called(answer):
    """Of 1,000 people with and without COVID-19, how many are called so, and how many of these have it.

    Parameters
    ----------
    answer : (int, int)
        With recall and specificity of Table IV, 5 % of the people having the disease.
    """
    scores = paper.TABLE_IV["covid19"]
    recall, specificity = float(scores.recall) / 100, float(scores.specificity) / 100
    ill, well = 50, 950
    found, alarms = ill * recall, well * (1 - specificity)
    match(
        typed_numbers(answer, (2,), "two numbers of people, those called so and those of them who have it"),
        np.array([found + alarms, found]),
        "begin with how many of the 1,000 have it and how many have not, and test the two groups one by one.",
        {
            "the two are exchanged: those who are called so come first.": (found, found + alarms),
            "those who are called so by mistake are called so as well.": (ill, found),
            "these are those called so by mistake; the others who are called so belong to them.": (
                alarms,
                found,
            ),
            "the specificity says how many are left alone; the others are called so.": (
                found + well * specificity,
                found,
            ),
            "recall and specificity are exchanged: recall is about those who have it.": (
                ill * specificity + well * (1 - recall),
                ill * specificity,
            ),
            "a false alarm needs somebody who has it not: 950 people, not 1,000.": (
                found + 1000 * (1 - specificity),
                found,
            ),
            "the first is right. Not all who have it are found.": (found + alarms, ill),
            "all 1,000 are taken to have it; 5 % do.": (1000 * recall, 1000 * recall),
        },
        decimals=0,
    )
    return (
        "Three of ten alarms are false, at a specificity of nearly 98 %: most people do not have the disease."
    )


_AGREEMENTS = [
    np.array(paper.FIGURE_7),
    np.array([[20, 5], [10, 15]]),
    np.array([[68, 0, 2, 1], [2, 74, 2, 0], [2, 2, 70, 8], [1, 1, 5, 75]]),
]


def _kappa(matrix):
    total = matrix.sum()
    chance = (matrix.sum(axis=0) @ matrix.sum(axis=1)) / total**2
    return (matrix.trace() / total - chance) / (1 - chance)


@exercise(12, 3)
def kappa(answer):
    """Cohen's kappa of a confusion matrix.

    Parameters
    ----------
    answer : callable
        Takes an int array of shape (classes, classes); returns a float.
    """
    match_calls(
        answer,
        [given(matrix) for matrix in _AGREEMENTS],
        _kappa,
        "kappa is another; try [[20, 5], [10, 15]], whose accuracy is 0.7 and whose chance is 0.5.",
        read=number,
        mistakes=_agreed_wrongly,
    )
    return "scikit-learn agrees. Kappa is 0 for a guess that keeps to the shares, and 1 if all are right."


def _agreed_wrongly(right, matrix):
    """What wrong ways to kappa give, and what to say then."""
    total = matrix.sum()
    rows, columns = matrix.sum(axis=1) / total, matrix.sum(axis=0) / total
    accuracy, chance = matrix.trace() / total, rows @ columns

    def by(chance):
        return (accuracy - chance) / (1 - chance)

    return {
        "this is the accuracy; take the chance away from it, and divide.": accuracy,
        "this is the chance alone.": chance,
        "it is not divided yet by the most that the difference could be.": accuracy - chance,
        "divide by the most that the difference could be, 1 less the chance, and not by the accuracy.": (
            (accuracy - chance) / accuracy
        ),
        "divide by the most that the difference could be, 1 less the chance, and not by the errors.": (
            (accuracy - chance) / (1 - accuracy)
        ),
        "chance is not one in as many as there are classes; it follows from the row and column sums.": (
            by(1 / len(matrix))
        ),
        "the row sums are squared; each meets the column sum of its class.": by(rows @ rows),
        "the column sums are squared; each meets the row sum of its class.": by(columns @ columns),
        "row and column sums are averaged, which is Scott's pi; Cohen multiplies them.": (
            by(((rows + columns) / 2 * (rows + columns) / 2).sum())
        ),
        "the products of row and column sums are to be shares: divide by the total twice.": by(
            chance * total
        ),
        "this is one less kappa.": 1 - right,
    }


# X-rays with and without, and two whole percents; none has a matrix half-way between two of them. The
# first has so many matrices that each wrong search finds some, and others.
_PRINTED = [(284, 967, 93, 98), (37, 300, 97, 89), (150, 187, 92, 85), (29, 72, 100, 100), (10, 12, 97, 89)]
_PRINTED += [(10, 12, 0, 0)]  # only who finds nobody prints so


def _matrices(ill, healthy, precision, recall, *, how=np.round, least=1, most=None, condition="precision"):
    """All [[tp, fn], [fp, tn]] that print so, in the order of tp and fp, shape (found, 2, 2)."""
    tp, fp = np.mgrid[least : (ill if most is None else most) + 1, : healthy + 1].reshape(2, -1)
    tn = healthy - fp
    second = tp / np.maximum(tp + fp, 1) if condition == "precision" else tn / healthy
    fits = (how(100 * tp / ill) == recall) & (how(100 * second) == precision)
    return np.stack([tp, ill - tp, fp, tn], axis=1)[fits].reshape(-1, 2, 2)


def _with_nobody_found(ill, healthy, precision, recall):
    """The same with tp = 0, and with its precision of nothing called as 0 or left out."""
    found = _matrices(ill, healthy, precision, recall, least=0)
    return [found, found[found[:, :, 0].any(axis=1)]]


def _in_order(matrices):
    flat = matrices.reshape(-1, 4)
    return flat[np.lexsort(flat.T[::-1])].reshape(-1, 2, 2)


def _found(result):
    if not isinstance(result, np.ndarray):
        raise Wrong(f"wanted is an array of matrices; this is {describe(result)}.")
    if not result.size and result.shape != (0, 2, 2):
        raise Wrong(
            "nothing is found, and the shape is then (0, 2, 2): `np.array(found, int).reshape(-1, 2, 2)`."
        )
    if result.shape[1:] != (2, 2):
        raise Wrong(f"wanted is an array of shape (found, 2, 2), and this has {result.shape}.")
    if result.size and result.dtype.kind not in "iu":
        raise Wrong(f"X-rays are counted in whole numbers; these are {result.dtype} values.")
    return _in_order(result)


@exercise(12, 5)
def two_by_two(answer):
    """All matrices of two classes behind a printed precision and recall.

    Parameters
    ----------
    answer : callable
        Takes the X-rays with a disease, those without, precision and recall in whole percent; returns
        int array of shape (found, 2, 2).
    """
    match_calls(
        answer,
        [given(*case) for case in _PRINTED],
        _matrices,
        "these are not just the matrices that print so; for every tp from 1 to all and every fp from 0 to "
        "all, see what they print as.",
        read=_found,
        case=lambda ill, healthy, precision, recall: (
            f"for {ill} with and {healthy} without, precision {precision} and recall {recall}"
        ),
        mistakes=_searched_wrongly,
    )
    return "Two whole percents leave a handful of matrices, and often one: a table tells more than it prints."


def _searched_wrongly(right, ill, healthy, precision, recall):
    """What wrong searches find, and what to say then."""
    case = ill, healthy, precision, recall
    return {
        "rows are what the X-rays are, columns what they are called: fn stands beside tp, fp below it.": (
            _in_order(right.transpose(0, 2, 1))
        ),
        "the class without the disease comes second, in rows and in columns.": _in_order(
            right[:, ::-1, ::-1]
        ),
        "the digits are cut off; a printed number is rounded.": _matrices(*case, how=np.floor),
        "precision and recall are exchanged.": _matrices(ill, healthy, recall, precision),
        "that is the specificity: precision is about those who are called ill.": (
            _matrices(*case, condition="specificity")
        ),
        "all who have the disease may be found, too; the search ends one too early.": (
            _matrices(*case, most=ill - 1)
        ),
        "where tp is 0, leave the matrix out.": _with_nobody_found(*case),
        "only the first one is there; collect them all.": right[:1],
        "no matrix is found, and there is one; compare rounded percents, not shares.": np.empty((0, 2, 2)),
    }
