"""Stacks with and without shortcuts: gradients against finite differences, sizes against theory."""

import numpy as np
import pytest
from test_gradients import assert_is_gradient

from coronet_lib.layers import gradient_sizes, stack_backward, stack_forward, stack_weights


def small_stack(depth=3, units=4, batch=2):
    x, upstream = np.random.default_rng(7).normal(size=(2, batch, units))
    return x, upstream, stack_weights(depth, units, seed=7)


def test_forward_is_the_formula():
    x, _, (first, second) = small_stack(depth=2)
    plain = np.maximum(x, 0) @ first
    np.testing.assert_allclose(stack_forward(x, [first, second])[1], plain)
    added = x + plain
    np.testing.assert_allclose(
        stack_forward(x, [first, second], shortcut=True)[2], added + np.maximum(added, 0) @ second
    )


@pytest.mark.parametrize("shortcut", [False, True])
def test_gradients(shortcut):
    x, upstream, weights = small_stack()

    def loss(x, weights):
        return (upstream * stack_forward(x, weights, shortcut)[-1]).sum()

    by_activations, by_weights = stack_backward(
        upstream, stack_forward(x, weights, shortcut), weights, shortcut
    )
    assert_is_gradient(by_activations[0], lambda x: loss(x, weights), x)
    np.testing.assert_array_equal(by_activations[-1], upstream)
    for layer in range(3):
        swapped = lambda w, layer=layer: [*weights[:layer], w, *weights[layer + 1 :]]  # noqa: E731
        assert_is_gradient(by_weights[layer], lambda w, s=swapped: loss(x, s(w)), weights[layer])


@pytest.mark.parametrize("shortcut", [False, True])
def test_gradients_inside_the_stack_are_those_of_the_rest_of_it(shortcut):
    x, upstream, weights = small_stack(depth=4)
    activations = stack_forward(x, weights, shortcut)
    whole, _ = stack_backward(upstream, activations, weights, shortcut)
    rest, _ = stack_backward(upstream, activations[2:], weights[2:], shortcut)
    np.testing.assert_array_equal(whole[2:], rest)


def test_weights_of_zero_leave_the_shortcut_alone():
    x, upstream, weights = small_stack()
    zeros = [0 * w for w in weights]
    activations = stack_forward(x, zeros, shortcut=True)
    np.testing.assert_array_equal(activations, [x] * 4)
    np.testing.assert_array_equal(stack_backward(upstream, activations, zeros, True)[0], [upstream] * 4)


def test_no_layers_are_the_identity():
    x, upstream, _ = small_stack()
    assert len(stack_forward(x, [])) == 1
    by_activations, by_weights = stack_backward(upstream, [x], [])
    assert by_weights == []
    np.testing.assert_array_equal(by_activations, [upstream])


def test_type_is_kept():
    x, upstream, weights = (np.asarray(part, np.float32) for part in small_stack())
    activations = stack_forward(x, weights, shortcut=True)
    by_activations, by_weights = stack_backward(upstream, activations, weights, True)
    assert {part.dtype for part in activations + by_activations + by_weights} == {np.dtype(np.float32)}


def test_weights_are_he_initialised_and_nested():
    weights = stack_weights(3, 200, scale=0.5, seed=4)
    assert np.std(weights) == pytest.approx(0.5 * np.sqrt(2 / 200), rel=0.01)
    np.testing.assert_array_equal(weights[:2], stack_weights(2, 200, scale=0.5, seed=4))
    assert not np.array_equal(weights, stack_weights(3, 200, scale=0.5, seed=5))


@pytest.mark.parametrize("scale", [0.25, np.sqrt(0.5), 1.0])
def test_sizes_follow_the_theory(scale):
    depth = 20
    for shortcut, factor in [(False, scale), (True, np.sqrt(1 + scale**2))]:
        sizes = gradient_sizes(depth, scale, shortcut)
        assert sizes.shape == (depth + 1,)
        assert sizes[-1] == pytest.approx(1, abs=0.05)
        assert (sizes[0] / sizes[-1]) ** (1 / depth) == pytest.approx(factor, rel=0.04)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: stack_forward(np.ones(4), []), r"x wants shape \(batch, units\), got shape \(4,\)"),
        (
            lambda: stack_forward(np.ones((2, 4)), [np.ones((4, 4)), np.ones((4, 3))]),
            r"weights\[1\] wants shape \(4, 4\), got shape \(4, 3\)",
        ),
        (
            lambda: stack_backward(np.ones((2, 4)), [np.ones((2, 4))], [np.ones((4, 4))]),
            "1 layers want 2 activations, got 1",
        ),
        (
            lambda: stack_backward(np.ones((2, 3)), [np.ones((2, 4))] * 2, [np.ones((4, 4))]),
            r"upstream wants shape \(2, 4\), got shape \(2, 3\)",
        ),
    ],
)
def test_shapes_that_do_not_fit_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
