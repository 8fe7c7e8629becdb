"""A deep stack of equal layers, with and without shortcuts: how large a gradient arrives where.

Each layer is a ReLU and, after it, a dense layer without bias: Xception's order. With shortcuts, what went
into the layer is added to what comes out of it (He et al. 2016); nothing else differs.
"""

import numpy as np

from coronet_lib.layers.arrays import check_shape, floats
from coronet_lib.layers.backward import dense_backward, relu_backward
from coronet_lib.layers.forward import dense, relu


def stack_weights(depth, units, scale=1.0, seed=0):
    """Random weights for a stack.

    Parameters
    ----------
    depth, units : int
        Layers, and features that each of them takes and gives.
    scale : float
        1 is the initialisation of He et al. (2015), standard deviation ``sqrt(2 / units)``, with which ReLU
        layers neither shrink nor enlarge on average; ``sqrt(1/2)`` is the spread of Glorot & Bengio (2010),
        Keras's default.
    seed : int

    Returns
    -------
    list of array, shape (units, units)
        A deeper stack begins with the layers of a shallower one.
    """
    rng = np.random.default_rng(seed)
    return [rng.normal(scale=scale * np.sqrt(2 / units), size=(units, units)) for _ in range(depth)]


def stack_forward(x, weights, shortcut=False):
    """What goes into each layer of a stack, and what comes out of the last.

    Parameters
    ----------
    x : array, shape (batch, units)
    weights : list of array, shape (units, units)
        One for each layer, from the input on.
    shortcut : bool
        Add to each layer's output what went into it.

    Returns
    -------
    list of array, shape (batch, units)
        One more than there are layers.

    Raises
    ------
    ValueError
        If shapes do not fit each other.
    """
    check_shape("x", np.asarray(x), "batch", "units")
    x, *weights = floats(x, *weights)
    activations = [x]
    for layer, matrix in enumerate(weights):
        check_shape(f"weights[{layer}]", matrix, x.shape[1], x.shape[1])
        branch = dense(relu(activations[-1]), matrix)
        activations.append(activations[-1] + branch if shortcut else branch)
    return activations


def stack_backward(upstream, activations, weights, shortcut=False):
    """Gradients of the loss along a stack.

    Parameters
    ----------
    upstream : array, shape (batch, units)
        Gradient of the loss by the output of the last layer.
    activations : list of array, shape (batch, units)
        As :func:`stack_forward` returned them.
    weights : list of array, shape (units, units)
    shortcut : bool
        As it took them.

    Returns
    -------
    by_activations : list of array, shape (batch, units)
        As many as ``activations``; the first belongs to the input, the last is ``upstream``.
    by_weights : list of array, shape (units, units)

    Raises
    ------
    ValueError
        If shapes or numbers of layers do not fit each other.
    """
    if len(activations) != len(weights) + 1:
        raise ValueError(
            f"{len(weights)} layers want {len(weights) + 1} activations, got {len(activations)}; "
            "the input and the output both count"
        )
    upstream, *weights = floats(upstream, *weights)
    check_shape("upstream", upstream, *np.shape(activations[-1]))
    by_activations, by_weights = [upstream], []
    for x, matrix in zip(activations[-2::-1], weights[::-1], strict=True):
        by_relu, by_matrix, _ = dense_backward(by_activations[0], relu(x), matrix)
        by_x = relu_backward(by_relu, x)
        by_activations.insert(0, by_activations[0] + by_x if shortcut else by_x)
        by_weights.insert(0, by_matrix)
    return by_activations, by_weights


def gradient_sizes(depth, scale=1.0, shortcut=False, *, units=128, batch=16, seed=0):
    """How large the gradient is before each layer of a freshly initialised stack.

    Parameters
    ----------
    depth : int
    scale : float
        As in :func:`stack_weights`.
    shortcut : bool
        As in :func:`stack_forward`.
    units : int
        As in :func:`stack_weights`.
    batch : int
        Random inputs and upstream gradients, both standard normal.
    seed : int

    Returns
    -------
    array, shape (depth + 1,)
        Root mean squares: the first at the input, the last, about 1, at the output. Towards the input, each
        layer multiplies them by about ``scale``, and with shortcuts by ``sqrt(1 + scale**2)``.
    """
    rng = np.random.default_rng([seed, 1])  # not the stream of the weights
    x, upstream = rng.normal(size=(2, batch, units))
    weights = stack_weights(depth, units, scale, seed)
    by_activations, _ = stack_backward(upstream, stack_forward(x, weights, shortcut), weights, shortcut)
    return np.sqrt(np.mean(np.square(by_activations), axis=(1, 2)))
