"""Wrong answers to the exercises of chapter 12, and what the checks say of each."""

import numpy as np
import pytest
from refused import refuses
from sklearn.metrics import cohen_kappa_score

from coronet_lib import checks
from coronet_lib.audit.matrices import matrices_matching
from coronet_lib.checks.chapter_12 import _AGREEMENTS, _PRINTED, _kappa, _matrices

test_called = refuses(
    checks.called,
    [
        ((49, 69), "exchanged"),
        ((50, 49), "called so by mistake are called so as well"),
        ((20, 49), "belong to them"),
        ((979, 49), "how many are left alone"),
        ((66, 49), "recall and specificity are exchanged"),
        ((70, 49), "950 people, not 1,000"),
        ((69, 50), "Not all who have it"),
        ((982.5, 982.5), "5 % do"),
        ((100, 93), "test the two groups"),
        (0.71, "two numbers of people"),
    ],
)


@pytest.mark.parametrize("answer", [(69, 49), [69.075, 49.125]])
def test_people_may_be_counted_whole_or_as_they_come_out(answer):
    assert checks.called(answer)


def shares(matrix):
    total = matrix.sum()
    return matrix.trace() / total, matrix.sum(axis=1) / total, matrix.sum(axis=0) / total


def with_chance(chance):
    """Kappa with another idea of chance, of the shares of rows and columns."""

    def kappa(matrix):
        accuracy, rows, columns = shares(matrix)
        by_chance = chance(rows, columns)
        return (accuracy - by_chance) / (1 - by_chance)

    return kappa


def divided(by):
    """The accuracy beyond chance, divided by what ``by`` makes of accuracy and chance."""

    def kappa(matrix):
        accuracy, rows, columns = shares(matrix)
        return (accuracy - rows @ columns) / by(accuracy, rows @ columns)

    return kappa


test_kappa = refuses(
    checks.kappa,
    [
        (lambda m: m.trace() / m.sum(), "this is the accuracy"),
        (lambda m: shares(m)[1] @ shares(m)[2], "chance alone"),
        (divided(lambda accuracy, chance: 1), "not divided yet"),
        (divided(lambda accuracy, chance: accuracy), "not by the accuracy"),
        (divided(lambda accuracy, chance: 1 - accuracy), "not by the errors"),
        (with_chance(lambda rows, columns: 1 / len(rows)), "as many as there are classes"),
        (with_chance(lambda rows, columns: rows @ rows), "row sums are squared"),
        (with_chance(lambda rows, columns: columns @ columns), "column sums are squared"),
        (with_chance(lambda rows, columns: ((rows + columns) ** 2).sum() / 4), "Scott's pi"),
        (
            lambda m: (
                (m.trace() / m.sum() - m.sum(0) @ m.sum(1) / m.sum()) / (1 - m.sum(0) @ m.sum(1) / m.sum())
            ),
            "divide by the total twice",
        ),
        (lambda m: 1 - _kappa(m), "one less kappa"),
        (lambda m: 0.5, "kappa is another"),
        (lambda m: m / m.sum(), "one number"),
    ],
)


@pytest.mark.parametrize("matrix", _AGREEMENTS)
def test_kappa_is_scikit_learns(matrix):
    true, predicted = (
        np.repeat(places, matrix.ravel()) for places in np.indices(matrix.shape).reshape(2, -1)
    )
    assert _kappa(matrix) == pytest.approx(cohen_kappa_score(true, predicted))


def search(
    ill, healthy, precision, recall, *, rounding=round, first=1, last=1, called=0, row=None, score=None
):
    """Written without the check's own function; the settings are mistakes."""
    score = score or (lambda tp, fp: tp / max(tp + fp, 1))
    row = row or (lambda tp, fn, fp, tn: [[tp, fn], [fp, tn]])
    found = [
        row(tp, ill - tp, fp, healthy - fp)
        for tp in range(first, ill + last)
        for fp in range(healthy + 1)
        if tp + fp >= called
        and rounding(100 * tp / ill) == recall
        and rounding(100 * score(tp, fp)) == precision
    ]
    return np.array(found, int).reshape(-1, 2, 2)


test_two_by_two = refuses(
    checks.two_by_two,
    [
        (lambda *case: search(*case, row=lambda tp, fn, fp, tn: [[tp, fp], [fn, tn]]), "rows are what"),
        (lambda *case: search(*case, row=lambda tp, fn, fp, tn: [[tn, fp], [fn, tp]]), "comes second"),
        (lambda *case: search(*case, rounding=int), "cut off"),
        (lambda ill, healthy, p, r: search(ill, healthy, r, p), "precision and recall are exchanged"),
        (
            lambda ill, healthy, p, r: search(
                ill, healthy, p, r, score=lambda tp, fp: (healthy - fp) / healthy
            ),
            "that is the specificity",
        ),
        (lambda *case: search(*case, last=0), "^for 29 with and 72 without, .* one too early"),
        (lambda *case: search(*case, first=0), "^for 10 with and 12 without, .* 0, leave the matrix out"),
        (lambda *case: search(*case, first=0, called=1), "0, leave the matrix out"),
        (lambda *case: np.array(search(*case).tolist(), int), r"the shape is then \(0, 2, 2\)"),
        (lambda *case: search(*case)[:1], "^for 284 .* collect them all"),
        (lambda ill, healthy, p, r: search(ill, healthy, p / 100, r / 100), "no matrix is found"),
        (lambda *case: search(*case) + 1, "not just the matrices"),
        (lambda *case: search(*case).reshape(-1, 4), r"\(found, 2, 2\), and this has \(9, 4\)"),
        (lambda *case: search(*case).astype(float), "whole numbers"),
        (lambda *case: search(*case).tolist(), "an array of matrices"),
    ],
)


def test_matrices_may_come_in_any_order():
    assert checks.two_by_two(search)
    assert checks.two_by_two(lambda *case: search(*case)[::-1])


@pytest.mark.parametrize("case", _PRINTED)
def test_the_matrices_are_those_of_the_audit(case):
    ill, healthy, precision, recall = case
    printed = {("precision", 0): str(precision), ("recall", 0): str(recall)}
    found = matrices_matching((ill, healthy), printed, how="rounded")
    found = [matrix for matrix in found if matrix[0][0]]
    assert sorted(map(np.ndarray.tolist, found)) == _matrices(*case).tolist()
