"""The layers of CoroNet written out in NumPy, as the paper's equations define them.

Images are arrays of shape (batch, height, width, channels), kernels have Keras's shapes, so weights move
between the two as they are. Results have the floating type of what comes in (float32 stays float32);
integers and booleans are computed in float64, for an 8-bit X-ray would overflow.

The gradients are in :mod:`coronet_lib.gradients`, the costs in :mod:`coronet_lib.cost`.
"""

import numpy as np

from coronet_lib.windows import windows2d


def floats(*arrays):
    """The arrays in one floating type, NumPy's common one or float64 for integers; ``None`` stays.

    Raises
    ------
    TypeError
        If an array does not hold real numbers.
    """
    arrays = [a if a is None else np.asarray(a) for a in arrays]
    dtype = np.result_type(*(a for a in arrays if a is not None))
    if dtype.kind not in "biuf":
        raise TypeError(f"layers want real numbers, got arrays of dtype {dtype}")
    if dtype.kind != "f":
        dtype = np.dtype(np.float64)
    return [a if a is None else a.astype(dtype, copy=False) for a in arrays]


def add_bias(x, bias):
    """Add one number per channel, in place; no bias adds nothing."""
    if bias is None:
        return x
    if bias.shape != x.shape[-1:]:
        raise ValueError(f"bias wants shape {x.shape[-1:]}, got shape {bias.shape}")
    x += bias
    return x


def cross_correlate2d(x, kernel, stride=1, padding="valid", dilation=1, bias=None):
    """Slide a kernel over images and add up the products: the paper's equation (1).

    The paper calls it convolution, as deep learning does; the kernel is not flipped
    (:func:`convolve2d` flips it).

    Parameters
    ----------
    x : array, shape (batch, height, width, channels_in) or (height, width)
    kernel : array, shape (height, width, channels_in, channels_out) or (height, width)
        Height and width of the kernel. Two-dimensional exactly if ``x`` is: then both are one grey image and one kernel.
    stride, dilation : int or (int, int)
        Step of the window and distance between its taps, vertical first.
    padding : {"valid", "same"}
        ``valid`` keeps the kernel inside the image; ``same`` surrounds it with zeros so that
        ``ceil(length / stride)`` steps fit, an odd row or column at the bottom or right, as TensorFlow does.
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
    check_kernel(x, kernel, "channels_out")
    windows = windows2d(x, kernel.shape[:2], stride, padding, dilation)  # (b, oh, ow, kh, kw, c)
    return add_bias(np.tensordot(windows, kernel, axes=3), bias)


def convolve2d(x, kernel, stride=1, padding="valid", dilation=1, bias=None):
    """Convolution as mathematics defines it: cross-correlation with the kernel turned by 180 degrees.

    Parameters, results and errors are those of :func:`cross_correlate2d`.
    """
    kernel = np.asarray(kernel)
    turned = kernel[::-1, ::-1] if kernel.ndim > 1 else kernel  # the latter is refused like any wrong shape
    return cross_correlate2d(x, turned, stride, padding, dilation, bias)


def check_kernel(x, kernel, last):
    """Raise a ValueError unless images and a four-dimensional kernel fit each other."""
    if x.ndim != 4 or kernel.ndim != 4 or kernel.shape[2] != x.shape[3]:
        raise ValueError(
            f"x wants shape (batch, height, width, channels_in), got shape {x.shape}; "
            f"kernel wants shape (height, width, channels_in, {last}), got shape {kernel.shape}"
        )
