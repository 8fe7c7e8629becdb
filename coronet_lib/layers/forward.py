"""The layers of CoroNet written out in NumPy, as the paper's equations define them.

Images are arrays of shape (batch, height, width, channels) and kernels have Keras's shapes, so weights move
between the two as they are. Results have the floating type of what comes in (float32 stays float32);
integers and booleans are computed in float64, for sums of 8-bit grey levels would overflow.

Losses are in :mod:`coronet_lib.layers.losses`, gradients in :mod:`coronet_lib.layers.backward`,
their costs in :mod:`coronet_lib.layers.cost`.
"""

import numpy as np

from coronet_lib.layers.arrays import check_shape, floats
from coronet_lib.layers.windows import reduce_windows, windows2d


def _add_bias(x, bias):
    """Add one number per channel to ``x`` in place."""
    if bias is not None:
        check_shape("bias", bias, x.shape[-1])
        x += bias
    return x


def _check_kernel(x, kernel, last_axis):
    check_shape("x", x, "batch", "height", "width", "channels_in")
    check_shape("kernel", kernel, "height", "width", x.shape[3], last_axis)


def cross_correlate2d(x, kernel, stride=1, padding="valid", dilation=1, bias=None):
    """Slide a kernel over images and add up the products: the paper's equation (1).

    The paper calls it convolution, as deep learning does, but the kernel is not flipped;
    :func:`convolve2d` flips it.

    Parameters
    ----------
    x : array, shape (batch, height, width, channels_in) or (height, width)
    kernel : array, shape (kernel_height, kernel_width, channels_in, channels_out)
        Or (kernel_height, kernel_width), exactly if ``x`` is (height, width): one grey image, one kernel.
    stride : int or (int, int)
        Step of the window, vertical first.
    padding : {"valid", "same"}
        ``valid`` keeps the kernel inside the image; ``same`` surrounds the image with zeros so that
        ``ceil(length / stride)`` steps fit, an odd row or column at the bottom or right, as TensorFlow does.
    dilation : int or (int, int)
        Distance between the window's taps, vertical first.
    bias : array, shape (channels_out,), optional
        One number, if ``x`` is two-dimensional.

    Returns
    -------
    array, shape (batch, out_height, out_width, channels_out) or (out_height, out_width)

    Raises
    ------
    ValueError
        If shapes do not fit each other, an option is unknown, or the kernel fits nowhere.

    Notes
    -----
    All windows are laid out once for a single matrix product: fast, for as many times the memory of ``x``
    as the kernel has taps.
    """
    x, kernel, bias = floats(x, kernel, bias)
    if x.ndim == kernel.ndim == 2:
        bias = None if bias is None else np.atleast_1d(bias)
        image, taps = x[None, :, :, None], kernel[:, :, None, None]
        return cross_correlate2d(image, taps, stride, padding, dilation, bias)[0, :, :, 0]
    _check_kernel(x, kernel, "channels_out")
    windows = windows2d(x, kernel.shape[:2], stride, padding, dilation)  # (b, oh, ow, kh, kw, c)
    return _add_bias(np.tensordot(windows, kernel, axes=3), bias)


def convolve2d(x, kernel, stride=1, padding="valid", dilation=1, bias=None):
    """Convolution as mathematics defines it: cross-correlation with the kernel turned by 180 degrees.

    Parameters
    ----------
    x : array, shape (batch, height, width, channels_in) or (height, width)
    kernel : array, shape (kernel_height, kernel_width, channels_in, channels_out)
    stride : int or (int, int)
    padding : {"valid", "same"}
    dilation : int or (int, int)
    bias : array, shape (channels_out,), optional
        All as in :func:`cross_correlate2d`, which raises the errors, too.

    Returns
    -------
    array, shape (batch, out_height, out_width, channels_out) or (out_height, out_width)
    """
    kernel = np.asarray(kernel)
    turned = kernel[::-1, ::-1] if kernel.ndim > 1 else kernel  # the latter is refused below
    return cross_correlate2d(x, turned, stride, padding, dilation, bias)


def depthwise_conv2d(x, kernel, stride=1, padding="valid", dilation=1, bias=None):
    """Correlate every channel with its own kernels; channels do not mix.

    Parameters
    ----------
    x : array, shape (batch, height, width, channels_in)
    kernel : array, shape (kernel_height, kernel_width, channels_in, multiplier)
        ``multiplier`` kernels for each channel; Xception has one (Chollet 2017).
    stride : int or (int, int)
    padding : {"valid", "same"}
    dilation : int or (int, int)
        As in :func:`cross_correlate2d`.
    bias : array, shape (channels_in * multiplier,), optional

    Returns
    -------
    array, shape (batch, out_height, out_width, channels_in * multiplier)
        All results of the first channel, then all of the second, and so on.

    Raises
    ------
    ValueError
        As :func:`cross_correlate2d` does.
    """
    x, kernel, bias = floats(x, kernel, bias)
    _check_kernel(x, kernel, "multiplier")
    windows = windows2d(x, kernel.shape[:2], stride, padding, dilation)  # (b, oh, ow, kh, kw, c)
    channels = np.einsum("bhwijc,ijcm->bhwcm", windows, kernel)
    return _add_bias(channels.reshape(*channels.shape[:3], channels.shape[3] * channels.shape[4]), bias)


def pointwise_conv2d(x, kernel, bias=None):
    """Mix the channels of each pixel: a correlation whose kernel is one pixel large.

    Parameters
    ----------
    x : array, shape (batch, height, width, channels_in)
    kernel : array, shape (1, 1, channels_in, channels_out)
    bias : array, shape (channels_out,), optional

    Returns
    -------
    array, shape (batch, height, width, channels_out)

    Raises
    ------
    ValueError
        If shapes do not fit each other.
    """
    kernel = np.asarray(kernel)
    check_shape("kernel", kernel, 1, 1, "channels_in", "channels_out")
    return cross_correlate2d(x, kernel, bias=bias)


def separable_conv2d(x, depthwise, pointwise, stride=1, padding="valid", dilation=1, bias=None):
    """A depthwise, then a pointwise convolution: the order of Xception (Chollet 2017) and of Keras.

    The paper describes the opposite order. Nothing stands between the two, neither bias nor activation.

    Parameters
    ----------
    x : array, shape (batch, height, width, channels_in)
    depthwise : array, shape (kernel_height, kernel_width, channels_in, multiplier)
    pointwise : array, shape (1, 1, channels_in * multiplier, channels_out)
    stride : int or (int, int)
    padding : {"valid", "same"}
    dilation : int or (int, int)
        Of the depthwise step, as in :func:`cross_correlate2d`.
    bias : array, shape (channels_out,), optional

    Returns
    -------
    array, shape (batch, out_height, out_width, channels_out)

    Raises
    ------
    ValueError
        As :func:`cross_correlate2d` does.
    """
    return pointwise_conv2d(depthwise_conv2d(x, depthwise, stride, padding, dilation), pointwise, bias)


def relu(x):
    """Keep what is positive and set the rest to zero: the paper's equation (2).

    Parameters
    ----------
    x : array of any shape

    Returns
    -------
    array of the same shape
    """
    (x,) = floats(x)
    return np.maximum(x, 0)


def _max_pool(x, *window):
    return reduce_windows(np.maximum, x, *window, fill=-np.inf)


def _average_pool(x, *window):
    pixels = np.ones((1, *x.shape[1:3], 1), x.dtype)
    return reduce_windows(np.add, x, *window) / reduce_windows(np.add, pixels, *window)


def _l2_pool(x, *window):
    return np.sqrt(reduce_windows(np.add, x * x, *window))


_POOLS = {"max": _max_pool, "average": _average_pool, "l2": _l2_pool}


def pool2d(x, size=2, stride=None, kind="max", padding="valid"):
    """Summarise each window of each channel by one number, the paper's subsampling layer.

    Parameters
    ----------
    x : array, shape (batch, height, width, channels)
    size, stride : int or (int, int)
        Height and width of the window, and its step; the step is the size unless given.
    kind : {"max", "average", "l2"}
        ``l2`` is the square root of the window's sum of squares.
    padding : {"valid", "same"}
        As in :func:`cross_correlate2d`, except that padded pixels do not take part:
        they never win a maximum and do not count in an average.

    Returns
    -------
    array, shape (batch, out_height, out_width, channels)

    Raises
    ------
    ValueError
        If ``x`` is not four-dimensional, an option is unknown, or a window fits nowhere.
    """
    if kind not in _POOLS:
        raise ValueError(f"kind of pooling wants one of {', '.join(map(repr, _POOLS))}, got {kind!r}")
    (x,) = floats(x)
    return _POOLS[kind](x, size, size if stride is None else stride, padding)


def dense(x, weights, bias=None):
    """Weigh all features together, once for each unit.

    Parameters
    ----------
    x : array, shape (batch, features_in)
    weights : array, shape (features_in, units)
    bias : array, shape (units,), optional

    Returns
    -------
    array, shape (batch, units)

    Raises
    ------
    ValueError
        If shapes do not fit each other.
    """
    x, weights, bias = floats(x, weights, bias)
    check_shape("x", x, "batch", "features_in")
    check_shape("weights", weights, x.shape[1], "units")
    return _add_bias(x @ weights, bias)


def softmax(x, axis=-1):
    """Turn scores into probabilities: the paper's equation (3), with its index slip put right.

    The denominator sums over all classes. The largest score is subtracted first, which changes
    nothing but keeps the exponential from overflowing.

    Parameters
    ----------
    x : array of any shape but ()
    axis : int
        Along which the results add up to one.

    Returns
    -------
    array of the same shape, values from 0 to 1
    """
    (x,) = floats(x)
    powers = np.exp(x - x.max(axis=axis, keepdims=True, initial=-np.inf))
    powers /= powers.sum(axis=axis, keepdims=True)
    return powers


def batch_norm(x, gamma, beta, moving_mean, moving_variance, training=False, momentum=0.99, epsilon=1e-3):
    """Shift and scale each channel to mean ``beta`` and standard deviation ``gamma``.

    While training, the mean and the variance are those of the batch, and the moving ones take a small step
    towards them; afterwards they are the moving ones (Ioffe & Szegedy 2015).

    Parameters
    ----------
    x : array, shape (..., channels)
    gamma, beta : array, shape (channels,)
        The trainable half of the layer's parameters.
    moving_mean, moving_variance : array, shape (channels,)
        The other half, which no gradient reaches; a fresh layer has 0 and 1.
    training : bool
    momentum : float, 0 to 1
        Share of the moving values that survives a training step; at 0 the batch's own values come back.
    epsilon : float
        Added to the variance, which divides by the number of pixels and not by one fewer, as Keras's.

    Returns
    -------
    y : array, shape (..., channels)
    moving_mean, moving_variance : array, shape (channels,)
        After this step; unchanged unless ``training``.

    Raises
    ------
    ValueError
        If shapes do not fit each other, the momentum is out of range, or a batch to train on is empty.
    """
    x, gamma, beta, moving_mean, moving_variance = floats(x, gamma, beta, moving_mean, moving_variance)
    momentum, epsilon = float(momentum), float(epsilon)  # a NumPy scalar would turn float32 into float64
    if not 0 <= momentum <= 1:
        raise ValueError(f"momentum wants 0 <= momentum <= 1, got {momentum!r}")
    check_shape("gamma", gamma, *x.shape[-1:])
    check_shape("beta", beta, *x.shape[-1:])
    check_shape("moving_mean", moving_mean, *x.shape[-1:])
    check_shape("moving_variance", moving_variance, *x.shape[-1:])
    mean, variance = moving_mean, moving_variance
    if training:
        if x.ndim < 2 or x.size == 0:
            raise ValueError(f"training wants x of shape (batch >= 1, ..., channels), got shape {x.shape}")
        pixels = tuple(range(x.ndim - 1))
        # float64, because NumPy adds along leading axes one by one: a large float32 batch would lose digits
        mean = x.mean(pixels, dtype=np.float64).astype(x.dtype)
        variance = x.var(pixels, dtype=np.float64).astype(x.dtype)
        moving_mean = momentum * moving_mean + (1 - momentum) * mean
        moving_variance = momentum * moving_variance + (1 - momentum) * variance
    y = (x - mean) * (gamma / np.sqrt(variance + epsilon)) + beta
    return y, moving_mean, moving_variance


def dropout(x, rate, training=False, seed=None):
    """Switch units off at random while training, and scale up the others to keep the expected sum.

    The network at test time then needs no scaling (Srivastava et al. 2014 scaled there).

    Parameters
    ----------
    x : array of any shape
    rate : float, 0 <= rate < 1
        Probability of a unit to be switched off.
    training : bool
        At test time nothing happens.
    seed : int or numpy.random.Generator
        Wanted while training; an integer draws the same units each time, a generator draws on.

    Returns
    -------
    array of the same shape
        ``x / (1 - rate)`` where a unit survives and 0 elsewhere, or ``x`` itself at test time.

    Raises
    ------
    ValueError
        If the rate is out of range, or a seed is missing.
    """
    if not 0 <= rate < 1:
        raise ValueError(f"rate wants 0 <= rate < 1, got {rate!r}")
    (x,) = floats(x)
    if not training:
        return x
    if seed is None:
        raise ValueError("dropout draws at random while training and wants a seed, got None")
    survives = np.random.default_rng(seed).random(x.shape) >= rate
    return np.where(survives, x / (1 - float(rate)), 0)
