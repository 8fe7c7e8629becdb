"""Backward passes: from the gradient of the loss by a layer's output to those by what went into it.

They are the chain rule, one layer at a time (Rumelhart et al. 1986).
"""

import numpy as np

from coronet_lib.layers.arrays import check_shape, floats


def relu_backward(upstream, x):
    """Gradient through ReLU: it passes where the input was positive and stops elsewhere.

    Parameters
    ----------
    upstream : array
        Gradient of the loss by the layer's output, of the shape of ``x``.
    x : array of any shape
        What went into the layer.

    Returns
    -------
    array, shape of ``x``
        At exactly 0, where ReLU has a corner, it is 0, as in Keras.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    upstream, x = floats(upstream, x)
    check_shape("upstream", upstream, *x.shape)
    return np.where(x > 0, upstream, 0)


def dense_backward(upstream, x, weights):
    """Gradients through a dense layer: the chain rule in three products (Rumelhart et al. 1986).

    Parameters
    ----------
    upstream : array, shape (batch, units)
        Gradient of the loss by the layer's output.
    x : array, shape (batch, features_in)
    weights : array, shape (features_in, units)
        What went into the layer.

    Returns
    -------
    by_x, by_weights, by_bias : array
        Gradients of the loss, of the shapes of ``x``, ``weights`` and the bias.

    Raises
    ------
    ValueError
        If shapes do not fit each other.
    """
    upstream, x, weights = floats(upstream, x, weights)
    check_shape("x", x, "batch", "features_in")
    check_shape("weights", weights, x.shape[1], "units")
    check_shape("upstream", upstream, len(x), weights.shape[1])
    return upstream @ weights.T, x.T @ upstream, upstream.sum(axis=0)
