"""Losses against SciPy and scikit-learn; gradients against finite differences."""

import numpy as np
import pytest
import scipy.special
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st
from reference_cases import QUICK

from coronet_lib.layers import (
    dense,
    dense_backward,
    hinge_loss,
    hinge_loss_backward,
    relu,
    relu_backward,
    softmax_cross_entropy,
    softmax_cross_entropy_backward,
)

STEP = 1e-6


def numerical_gradient(loss, x):
    """Central differences of a function of one array, entry by entry."""
    x = np.array(x, np.float64)
    gradient = np.empty_like(x)
    for entry in np.ndindex(x.shape):
        here = x[entry]
        x[entry] = here + STEP
        above = loss(x)
        x[entry] = here - STEP
        gradient[entry] = (above - loss(x)) / (2 * STEP)
        x[entry] = here
    return gradient


def assert_is_gradient(gradient, loss, x):
    np.testing.assert_allclose(gradient, numerical_gradient(loss, x), rtol=1e-5, atol=1e-7)


@st.composite
def scored(draw, classes=(2, 6)):
    """Scores of a few examples, and their labels."""
    shape = draw(st.integers(1, 5)), draw(st.integers(*classes))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    return rng.normal(scale=2, size=shape), rng.integers(shape[1], size=shape[0])


# --------------------------------------------------------------------------------------------- losses


@QUICK
@given(scored())
def test_cross_entropy_is_the_mean_surprise(case):
    scores, labels = case
    wanted = sklearn.metrics.log_loss(
        labels, scipy.special.softmax(scores, axis=1), labels=range(scores.shape[1])
    )
    assert softmax_cross_entropy(scores, labels) == pytest.approx(wanted, rel=1e-12)


def test_cross_entropy_of_huge_scores_stays_finite():
    assert softmax_cross_entropy([[1e4, -1e4]], [1]) == 2e4
    assert softmax_cross_entropy([[1e4, -1e4]], [0]) == 0


@QUICK
@given(scored(classes=(3, 6)))
def test_hinge_loss_is_scikit_learns(case):
    scores, labels = case
    wanted = sklearn.metrics.hinge_loss(labels, scores, labels=range(scores.shape[1]))
    assert hinge_loss(scores, labels) == pytest.approx(wanted, rel=1e-12)


def test_hinge_loss_of_two_classes_is_the_signed_margins():
    # differences true minus wrong: 2 (beyond the margin), 0.5 (inside it), -1 (on the wrong side)
    assert hinge_loss([[3, 1], [1, 1.5], [0, -1]], [0, 1, 1]) == pytest.approx((0 + 0.5 + 2) / 3)


@QUICK
@given(scored())
@pytest.mark.parametrize(
    ("loss", "backward"),
    [(softmax_cross_entropy, softmax_cross_entropy_backward), (hinge_loss, hinge_loss_backward)],
)
def test_gradient_of_a_loss(loss, backward, case):
    scores, labels = case
    assert_is_gradient(backward(scores, labels), lambda s: loss(s, labels), scores)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "function",
    [softmax_cross_entropy, softmax_cross_entropy_backward, hinge_loss, hinge_loss_backward],
)
def test_losses_keep_the_type_of_the_scores(function, dtype):
    assert function(np.ones((2, 3), dtype), [0, 2]).dtype == dtype


@pytest.mark.parametrize(
    ("scores", "labels", "message"),
    [
        (np.ones(4), [0], r"scores want shape .*, got shape \(4,\)"),
        (np.ones((0, 4)), [], r"scores want shape \(batch >= 1, classes >= 2\), got shape \(0, 4\)"),
        (np.ones((2, 1)), [0, 0], r"scores want shape .*, got shape \(2, 1\)"),
        (np.ones((2, 4)), [0, 1, 2], r"labels want integers of shape \(2,\), got int64 of shape \(3,\)"),
        (np.ones((2, 2)), np.eye(2), r"labels want integers of shape \(2,\), got float64 of shape \(2, 2\)"),
        (np.ones((2, 4)), [1, 4], "labels want values from 0 to 3, got 1 to 4"),
        (np.ones((2, 4)), [-1, 2], "labels want values from 0 to 3, got -1 to 2"),
    ],
)
@pytest.mark.parametrize("function", [softmax_cross_entropy, hinge_loss_backward])
def test_losses_refuse_what_does_not_fit(function, scores, labels, message):
    with pytest.raises(ValueError, match=message):
        function(scores, labels)


# --------------------------------------------------------------------------------------------- layers


@QUICK
@given(st.integers(0, 4), st.integers(1, 5), st.integers(1, 4), st.integers(0, 99))
def test_gradients_of_a_dense_layer(batch, features, units, seed):
    rng = np.random.default_rng(seed)
    x, weights, bias, upstream = (
        rng.normal(size=shape) for shape in [(batch, features), (features, units), units, (batch, units)]
    )
    by_x, by_weights, by_bias = dense_backward(upstream, x, weights)
    assert_is_gradient(by_x, lambda x: (upstream * dense(x, weights, bias)).sum(), x)
    assert_is_gradient(by_weights, lambda weights: (upstream * dense(x, weights, bias)).sum(), weights)
    assert_is_gradient(by_bias, lambda bias: (upstream * dense(x, weights, bias)).sum(), bias)


def test_gradient_of_relu():
    x, upstream = np.array([[-2.0, -0.5], [0.5, 3.0]]), np.array([[1.0, 2.0], [3.0, 4.0]])
    assert_is_gradient(relu_backward(upstream, x), lambda x: (upstream * relu(x)).sum(), x)
    assert relu_backward([7.0], [0.0]) == 0


def test_gradients_keep_the_type():
    x, weights, upstream = (np.ones(shape, np.float32) for shape in [(1, 4), (4, 3), (1, 3)])
    gradients = [*dense_backward(upstream, x, weights), relu_backward(x, x)]
    assert {gradient.dtype for gradient in gradients} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: dense_backward(np.ones((2, 3)), np.ones((2, 4)), np.ones((4, 5))),
            r"upstream wants shape \(2, 5\), got shape \(2, 3\)",
        ),
        (lambda: relu_backward(np.ones(3), np.ones(4)), r"upstream wants shape \(4,\), got shape \(3,\)"),
    ],
)
def test_backward_passes_refuse_shapes_that_do_not_fit(call, message):
    with pytest.raises(ValueError, match=message):
        call()
