"""Metrics: the paper's Figure 7 by hand, scikit-learn as the judge, and the undefined cases."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from coronet_lib import evaluation
from coronet_lib.paper import FIGURE_7

labels = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60)


def test_figure_7_by_hand():
    matrix = np.array(FIGURE_7)
    covid, normal = evaluation.per_class(matrix).iloc[0], evaluation.per_class(matrix).iloc[1]
    assert covid["precision"] == 33 / 34
    assert covid["recall"] == 33 / 37
    assert normal["specificity"] == (337 - 150 - 11) / 187
    assert evaluation.accuracy(matrix) == 304 / 337
    assert evaluation.micro(matrix)["recall"] == 304 / 337


@given(labels)
@settings(max_examples=60, derandomize=True)
def test_scikit_learn_agrees(pairs):
    true, predicted = np.array(pairs).T
    matrix = evaluation.confusion_matrix(true, predicted, 4)
    np.testing.assert_array_equal(
        matrix, sklearn_metrics.confusion_matrix(true, predicted, labels=[0, 1, 2, 3])
    )
    p, r, f, support = sklearn_metrics.precision_recall_fscore_support(
        true, predicted, labels=[0, 1, 2, 3], zero_division=np.nan
    )
    table = evaluation.per_class(matrix)
    np.testing.assert_allclose(table["precision"], p)
    np.testing.assert_allclose(table["recall"], r)
    present = support > 0  # scikit-learn's F of an absent class follows other rules
    np.testing.assert_allclose(table["f1"][present], f[present])
    np.testing.assert_array_equal(table["support"], support)
    for k in range(4):
        others = sklearn_metrics.recall_score(true != k, predicted != k, zero_division=np.nan)
        np.testing.assert_allclose(table["specificity"][k], others)
    assert evaluation.accuracy(matrix) == pytest.approx(sklearn_metrics.accuracy_score(true, predicted))
    micro = sklearn_metrics.precision_score(true, predicted, average="micro")
    assert evaluation.micro(matrix)["precision"] == pytest.approx(micro)


def test_macro_is_the_mean_over_classes():
    matrix = np.array([[8, 2], [1, 9]])
    row = evaluation.macro(matrix)
    assert row["precision"] == pytest.approx((8 / 9 + 9 / 11) / 2)
    assert row["accuracy"] == 17 / 20
    assert evaluation.micro(matrix)["specificity"] == 17 / 20


def test_a_class_never_predicted_has_no_precision():
    matrix = np.array([[3, 0], [2, 0]])
    assert np.isnan(evaluation.per_class(matrix)["precision"][1])
    assert np.isnan(evaluation.macro(matrix)["precision"])
    assert np.isnan(evaluation.accuracy(np.zeros((2, 2), int)))


def test_wilson_interval_of_29_of_29():
    low, high = evaluation.wilson_interval(29, 29)
    assert low == pytest.approx(0.883, abs=5e-4)
    assert high == 1


def test_difference_interval_of_newcombes_first_example():
    """Newcombe 1998, table II (a): 56 of 70 less 48 of 80, by method 10."""
    low, high = evaluation.difference_interval(56, 70, 48, 80)
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


def test_overlapping_intervals_may_hide_a_difference():
    a, b = (180, 200), (165, 200)
    assert evaluation.wilson_interval(*a)[0] < evaluation.wilson_interval(*b)[1]
    low, high = evaluation.difference_interval(*a, *b)
    assert 0 < low < high
    assert evaluation.difference_interval(*b, *a) == pytest.approx((-high, -low))


def test_patients_drawn_whole_widen_the_interval():
    rng = np.random.default_rng(0)
    right_of_patient = rng.random(30) < 0.8
    patients = np.repeat(np.arange(30), 6)
    true = np.zeros(180, int)
    predicted = (~right_of_patient[patients]).astype(int)

    def share_right(true, predicted):
        return np.mean(true == predicted)

    by_patient = evaluation.patient_bootstrap(true, predicted, patients, share_right, resamples=400)
    by_image = evaluation.patient_bootstrap(true, predicted, np.arange(180), share_right, resamples=400)
    assert by_patient[1] - by_patient[0] > 1.5 * (by_image[1] - by_image[0])
    assert by_patient == evaluation.patient_bootstrap(true, predicted, patients, share_right, resamples=400)
    assert by_patient[0] <= np.mean(true == predicted) <= by_patient[1]


def test_what_is_refused():
    with pytest.raises(ValueError, match=r"\(2,\) and \(3,\)"):
        evaluation.confusion_matrix([0, 1], [0, 1, 1], 2)
    with pytest.raises(ValueError, match="predicted labels run from 0 to 4, want 0 to 3"):
        evaluation.confusion_matrix([0, 1], [0, 4], 4)
    with pytest.raises(ValueError, match=r"got shape \(2, 3\)"):
        evaluation.per_class(np.zeros((2, 3)))
