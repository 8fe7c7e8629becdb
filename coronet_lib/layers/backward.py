"""Backward passes: from the gradient of the loss by a layer's output to those by what went into it."""

import numpy as np

from coronet_lib.layers.arrays import check_shape, floats
from coronet_lib.layers.windows import pad2d, slide


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
    """Gradients through a dense layer.

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


def cross_correlate2d_backward(upstream, x, kernel, stride=1, padding="valid", dilation=1):
    """Gradients through :func:`coronet_lib.layers.cross_correlate2d`.

    Parameters
    ----------
    upstream : array, shape (batch, out_height, out_width, channels_out)
        Gradient of the loss by the layer's output.
    x : array, shape (batch, height, width, channels_in)
    kernel : array, shape (kernel_height, kernel_width, channels_in, channels_out)
        What went into the layer.
    stride, padding, dilation
        As in the forward pass.

    Returns
    -------
    by_x, by_kernel, by_bias : array
        Gradients of the loss, of the shapes of ``x``, ``kernel`` and the bias.

    Raises
    ------
    ValueError
        If shapes do not fit each other, an option is unknown, or the kernel fits nowhere.
    """
    upstream, x, kernel = floats(upstream, x, kernel)
    check_shape("kernel", kernel, "height", "width", *x.shape[3:], "channels_out")
    size = kernel.shape[:2]
    padded, ((top, _), (left, _)) = pad2d(x, size, stride, padding, dilation)
    windows = slide(padded, size, stride, dilation)  # (b, oh, ow, kh, kw, c)
    check_shape("upstream", upstream, *windows.shape[:3], kernel.shape[3])

    by_padded = np.zeros_like(padded)
    seen = slide(by_padded, size, stride, dilation, writeable=True)
    for tap in np.ndindex(size):  # a pixel gets a share from every tap that saw it
        seen[:, :, :, *tap] += upstream @ kernel[tap].T
    by_x = by_padded[:, top : top + x.shape[1], left : left + x.shape[2]]
    by_kernel = np.tensordot(windows, upstream, axes=((0, 1, 2), (0, 1, 2)))
    return by_x, by_kernel, upstream.sum(axis=(0, 1, 2))
