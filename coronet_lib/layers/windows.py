"""The sliding window, which convolution and pooling share: where it stops, and what it sees there."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from coronet_lib.layers.arrays import check_shape, pair


def same_padding(length, size, stride=1, dilation=1):
    """Pixels to add before and after one axis so that ``ceil(length / stride)`` windows fit.

    The rule is TensorFlow's: an odd pixel goes after (bottom, right). So an even length with stride 2
    and a window of 3 is padded on one side only.

    Parameters
    ----------
    length, size, stride, dilation : int
        Pixels of the axis, taps of the window, its step, and the distance between its taps.

    Returns
    -------
    before, after : int
    """
    stops = -(-length // stride)
    missing = max((stops - 1) * stride + (size - 1) * dilation + 1 - length, 0)
    return missing // 2, missing - missing // 2


def windows2d(x, size, stride=1, padding="valid", dilation=1):
    """Everything that a sliding window sees.

    Parameters
    ----------
    x : array, shape (batch, height, width, channels)
    size, stride : int or (int, int)
        Taps of the window and its step, vertical first.
    padding : {"valid", "same"}
        ``valid`` keeps windows inside the image; ``same`` pads with zeros as TensorFlow does
        (:func:`same_padding`).
    dilation : int or (int, int)
        Distance between its taps.

    Returns
    -------
    array, shape (batch, out_height, out_width, window_height, window_width, channels)
        A read-only view of the padded images.

    Raises
    ------
    ValueError
        If ``x`` is not four-dimensional, an option is unknown, or a window fits nowhere.
    """
    return _slide(_padded(x, size, stride, padding, dilation), size, stride, dilation)


def reduce_windows(combine, x, size, stride=1, padding="valid", fill=0.0):
    """Reduce each window to one number by a ufunc such as ``np.maximum``.

    First down, then across: the maximum of a window is that of its columns' maxima, and a sum likewise.
    Each pass handles a whole row of pixels at once, which is several times faster than reducing
    :func:`windows2d` along the two short axes of a window.

    Parameters
    ----------
    combine : numpy.ufunc
        Of two arguments, in whatever order and grouping.
    x : array, shape (batch, height, width, channels)
    size, stride : int or (int, int)
    padding : {"valid", "same"}
        As for :func:`windows2d`, which has the same errors.
    fill : float
        What padded pixels hold.

    Returns
    -------
    array, shape (batch, out_height, out_width, channels)
    """
    x = _padded(x, size, stride, padding, fill=fill)
    (height, width), (down, right) = pair("size", size), pair("stride", stride)
    for taps, step in (((height, 1), (down, 1)), ((1, width), (1, right))):
        windows = _slide(x, taps, step)
        x = windows[:, :, :, 0, 0].copy()
        for tap in list(np.ndindex(taps))[1:]:
            combine(x, windows[:, :, :, *tap], out=x)
    return x


def _padded(x, size, stride, padding, dilation=1, fill=0.0):
    """Images with as many pixels around them as ``padding`` asks for."""
    check_shape("x", x, "batch", "height", "width", "channels")
    size, stride, dilation = pair("size", size), pair("stride", stride), pair("dilation", dilation)
    if padding == "same":
        added = map(same_padding, x.shape[1:3], size, stride, dilation)
        x = np.pad(x, ((0, 0), *added, (0, 0)), constant_values=fill)
    elif padding != "valid":
        raise ValueError(f"padding wants 'valid' or 'same', got {padding!r}")
    high, wide = _extent(size, dilation)
    if high > x.shape[1] or wide > x.shape[2]:
        raise ValueError(
            f"a window of {high} × {wide} pixels fits nowhere in images of "
            f"{x.shape[1]} × {x.shape[2]}; they want at least that height and width"
        )
    return x


def _slide(x, size, stride, dilation=1):
    """View images through a window at each of its stops, without copying a pixel."""
    (down, right), (dy, dx) = pair("stride", stride), pair("dilation", dilation)
    view = sliding_window_view(x, _extent(pair("size", size), (dy, dx)), axis=(1, 2))  # (b, h, w, c, eh, ew)
    return view[:, ::down, ::right, :, ::dy, ::dx].transpose(0, 1, 2, 4, 5, 3)


def _extent(size, dilation):
    """Pixels from a window's first tap to its last, both counted, down and across."""
    return tuple((taps - 1) * step + 1 for taps, step in zip(size, dilation, strict=True))
