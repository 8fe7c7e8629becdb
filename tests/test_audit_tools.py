"""The tools that audit any printed table, against brute force."""

import doctest
import inspect
import time
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from coronet_lib.audit import (
    SearchTooLargeError,
    attainable,
    attainable_fractions,
    could_print,
    fold_sizes_that_allow,
    matrices,
    matrices_matching,
    printed_interval,
    scores,
    wilson,
)

HOW = st.sampled_from(["rounded", "truncated", "either"])


def may_print(value, printed, decimals, how):
    """The definition, in exact arithmetic: rounded either way at a tie, or cut off."""
    unit = Fraction(1, 10**decimals)
    rounded = abs(value - printed) <= unit / 2
    truncated = printed <= value < printed + unit
    return {"rounded": rounded, "truncated": truncated, "either": rounded or truncated}[how]


@pytest.mark.parametrize("module", [attainable, matrices])
def test_the_examples_of_the_docstrings(module):
    outcome = doctest.testmod(module)
    assert outcome.attempted > 0
    assert outcome.failed == 0


# --- One number ------------------------------------------------------------------------------


@given(n=st.integers(1, 400), share=st.integers(0, 1000), decimals=st.integers(0, 2), how=HOW)
def test_attainable_fractions_is_brute_force(n, share, decimals, how):
    printed = Fraction(share * 10**decimals // 10, 10**decimals)  # a multiple of the last digit
    expected = [k for k in range(n + 1) if may_print(Fraction(100 * k, n), printed, decimals, how)]
    assert attainable_fractions(n, f"{float(printed):.{decimals}f}", how=how) == expected


@given(n=st.integers(1, 300), data=st.data(), decimals=st.integers(0, 3))
def test_a_true_count_is_always_found(n, data, decimals):
    k = data.draw(st.integers(0, n))
    assert k in attainable_fractions(n, f"{100 * k / n:.{decimals}f}", how="rounded")
    assert k in attainable_fractions(n, f"{k / n:.{decimals + 2}f}", scale=1)


def test_the_papers_own_case():
    assert attainable_fractions(221, "94.59") == []
    assert attainable_fractions(222, "94.59") == [210]
    assert attainable_fractions(221, "89.5", how="either") == [198]


def test_one_default_for_digits_left_out():
    """An impossible number must be impossible for those who cut off digits, too, unless the caller knows."""
    tools = (printed_interval, could_print, attainable_fractions, fold_sizes_that_allow, matrices_matching)
    for tool in tools:
        assert inspect.signature(tool).parameters["how"].default == "either"


def test_could_print_takes_arrays():
    values = np.array([89.54, 89.55, 89.649, 89.699, 89.7])
    assert could_print(values, "89.6", how="rounded").tolist() == [False, True, True, False, False]
    assert could_print(values, "89.6", how="truncated").tolist() == [False, False, True, True, False]
    assert could_print(89.6, "89.6") is True


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("101",), "101 is impossible"),
        (("-1",), "-1 is impossible"),
        (("1.2", "either", 1), "1.2 is impossible"),
        ((89.6,), "wants to be text, .* got 89.6"),
        (("89.6000000",), "at most 6 decimals, got 89.6000000"),
        (("89.6", "guessed"), "how wants"),
        (("high",), "could not convert"),
        (("nan",), "nan is impossible"),
    ],
)
def test_a_number_that_no_proportion_has(arguments, message):
    with pytest.raises(ValueError, match=message):
        printed_interval(*arguments)


@pytest.mark.parametrize("n", [0, -3, 2.5, True])
def test_images_are_counted_in_positive_whole_numbers(n):
    with pytest.raises(ValueError, match="n wants a whole number"):
        attainable_fractions(n, "50")


# --- Folds -----------------------------------------------------------------------------------


@given(
    printed=st.lists(st.integers(0, 1000), min_size=1, max_size=3),
    total=st.integers(3, 45),
    spread=st.integers(0, 4),
    how=HOW,
)
def test_fold_sizes_are_brute_force(printed, total, spread, how):
    texts = [f"{number / 10:.1f}" for number in printed]
    expected = [
        sizes
        for sizes in product(range(1, total + 1), repeat=len(texts))
        if sum(sizes) == total
        and max(sizes) - min(sizes) <= spread
        and all(attainable_fractions(n, text, how=how) for n, text in zip(sizes, texts, strict=True))
    ]
    found = fold_sizes_that_allow(total, texts, spread=spread, how=how)
    assert list(found) == expected
    assert found.complete


def test_the_papers_folds():
    accuracies = ["87.3", "90", "89.1", "92.26"]
    assert not any(len(fold_sizes_that_allow(1251, accuracies, spread=spread)) for spread in range(4))
    assert fold_sizes_that_allow(1251, accuracies, spread=4, how="rounded").found == ((314, 314, 313, 310),)


def test_more_folds_than_can_be_listed():
    found = fold_sizes_that_allow(400, ["50", "50", "50"], spread=30, limit=5)
    assert len(found) == 5
    assert not found.complete


def test_a_search_for_folds_that_would_not_end():
    with pytest.raises(SearchTooLargeError, match="narrow the spread"):
        fold_sizes_that_allow(5000, ["50"] * 10, spread=400)


def test_more_folds_than_images():
    with pytest.raises(ValueError, match="2 images do not make 3 folds"):
        fold_sizes_that_allow(2, ["50"] * 3)


# --- Matrices --------------------------------------------------------------------------------


def every_matrix(rows):
    """All confusion matrices with these row totals."""
    ways = [[w for w in product(range(n + 1), repeat=len(rows)) if sum(w) == n] for n in rows]
    return [np.array(matrix) for matrix in product(*ways)]


@given(rows=st.lists(st.integers(1, 30), min_size=2, max_size=4), data=st.data())
def test_scores_are_scikit_learns(rows, data):
    true = np.repeat(np.arange(len(rows)), rows)
    predicted = np.array(
        data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=len(true), max_size=len(true)))
    )
    ours = scores(confusion_matrix(true, predicted, labels=range(len(rows))))
    expected = precision_recall_fscore_support(true, predicted, zero_division=0)
    for name, values in zip(("precision", "recall", "f_measure"), expected[:3], strict=True):
        assert [ours[name, index] for index in range(len(rows))] == pytest.approx(100 * values)
        assert ours[name] == pytest.approx(100 * values.mean())
    for index in range(len(rows)):
        others = true != index
        assert ours["specificity", index] == pytest.approx(100 * np.mean(predicted[others] != index))
    assert ours["accuracy"] == pytest.approx(100 * np.mean(true == predicted))


METRIC = st.sampled_from(["accuracy", "precision", "recall", "specificity", "f_measure"])


@settings(max_examples=60)
@given(
    rows=st.lists(st.integers(1, 4), min_size=2, max_size=3),
    names=st.lists(METRIC, min_size=1, max_size=3, unique=True),
    how=HOW,
    data=st.data(),
)
def test_matrices_matching_is_brute_force(rows, names, how, data):
    candidates = every_matrix(rows)
    secret = scores(data.draw(st.sampled_from(candidates)))
    keys = [
        name if name == "accuracy" or data.draw(st.booleans()) else (name, len(rows) - 1) for name in names
    ]
    metrics = {key: f"{secret[key]:.1f}" for key in keys}
    expected = [
        matrix.tolist()
        for matrix in candidates
        if all(could_print(scores(matrix)[key], printed, how=how) for key, printed in metrics.items())
    ]
    found = matrices_matching(rows, metrics, how=how, limit=len(candidates))
    assert sorted(matrix.tolist() for matrix in found) == sorted(expected)
    assert found.complete


def test_four_classes_against_the_notebooks_matrix():
    matrix = np.array([[20, 0, 0, 0], [0, 77, 0, 0], [0, 7, 59, 9], [0, 3, 7, 60]])
    known = scores(matrix)
    metrics = {name: f"{known[name]:.3f}" for name in ("accuracy", "precision", "recall", "specificity")}
    metrics |= {(name, k): f"{known[name, k]:.2f}" for name in ("precision", "recall") for k in range(4)}
    found = matrices_matching(matrix.sum(axis=1), metrics, how="rounded")
    assert matrix.tolist() in [candidate.tolist() for candidate in found]


def test_the_papers_three_class_matrix_in_two_seconds():
    metrics = {
        "precision": "95",
        "recall": "96.9",
        "specificity": "97.5",
        "f_measure": "95.6",
        "accuracy": "95",
    }
    start = time.perf_counter()
    found = matrices_matching([29, 72, 120], metrics)
    assert time.perf_counter() - start < 2
    assert [matrix.tolist() for matrix in found] == [[[29, 0, 0], [0, 72, 0], [1, 10, 109]]]


def test_no_matrix_fits():
    found = matrices_matching([10, 10], {"accuracy": "95", "recall": "50"})
    assert len(found) == 0
    assert found.complete


def test_more_matrices_than_can_be_listed():
    found = matrices_matching([40, 40, 40], {"accuracy": "90"}, limit=7)
    assert len(found) == 7
    assert not found.complete


@pytest.mark.parametrize(
    ("rows", "metrics"),
    [
        ([29, 72, 120], {"precision": "50"}),  # too many false positives to weigh
        ([300, 300, 300, 300], {"precision": "90"}),  # too many diagonals
        ([60, 60, 60, 60, 60], {"accuracy": "60.000", "precision": "60.000"}),  # too many ways to err
    ],
)
def test_a_search_that_would_not_end_says_so(rows, metrics):
    start = time.perf_counter()
    with pytest.raises(SearchTooLargeError, match=r"metric|recall per class"):
        matrices_matching(rows, metrics)
    assert time.perf_counter() - start < 20  # on a busy machine; about three seconds alone


@pytest.mark.parametrize(
    ("rows", "metrics", "message"),
    [
        ([29, 0], {"accuracy": "99"}, "a row total wants a whole number of at least 1, got 0"),
        ([29, -1], {"accuracy": "99"}, "got -1"),
        ([29], {"accuracy": "99"}, "at least 2 classes"),
        ([29, 72], {"accuracy": "120"}, "120 is impossible"),
        ([29, 72], {"kappa": "0.8"}, "no metric 'kappa'"),
        ([29, 72], {("recall", 2): "99"}, r"no metric \('recall', 2\)"),
        ([29, 72], {("accuracy", 0): "99"}, "no metric"),
    ],
)
def test_impossible_questions(rows, metrics, message):
    with pytest.raises(ValueError, match=message):
        matrices_matching(rows, metrics)


@pytest.mark.parametrize("matrix", [[[1, 2]], [[1, -1], [0, 1]], [[5]], [[0, 0], [1, 1]]])
def test_scores_want_a_confusion_matrix(matrix):
    with pytest.raises(ValueError, match=r"confusion matrix|at least one image"):
        scores(matrix)


def test_wilson_interval_of_eight_in_eight():
    low, high = wilson(8, 8)
    assert low == pytest.approx(100 * 8 / (8 + 1.959964**2), abs=1e-4)  # closed form for k = n
    assert high == 100
