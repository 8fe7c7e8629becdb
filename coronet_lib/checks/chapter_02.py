"""Checks of chapter 2: output sizes, kernels that move and join, a loop with stride, receptive fields."""

from functools import partial

import numpy as np

from coronet_lib.checks.answer import given, match, match_calls, typed_numbers
from coronet_lib.checks.verdict import Wrong, exercise
from coronet_lib.layers.forward import convolve2d, cross_correlate2d

_MAX_LAYERS, _INPUT, _LEAST_SEEN, _LEAST_LEFT = 6, 150, 100, 30


@exercise(2, 1)
def map_sizes(answer):
    """Sizes of two maps, 3 × 3 kernel, stride 2, dilation 6, of a 150 × 150 image.

    Parameters
    ----------
    answer : (int, int)
        Pixels a side with ``valid`` and with ``same`` padding.
    """
    valid, same = typed_numbers(answer, (2,), "the sizes with `valid` and with `same` padding", whole=True)
    n, k, s, d = 150, 3, 2, 6
    extent = d * (k - 1) + 1
    wanted_valid, wanted_same = (n - extent) // s + 1, -(-n // s)
    if (valid, same) == (wanted_same, wanted_valid):
        raise Wrong("the two are exchanged; `same` is the one that depends on the stride alone.")
    match(
        valid,
        wanted_valid,
        "`valid` is wrong; how far does the kernel reach, and where can it stop?",
        {
            "the dilation is forgotten: how far do the three weights reach?": (n - k) // s + 1,
            "`valid` is one too small: the first window counts, too.": wanted_valid - 1,
            "`valid` is one too large: the last window does not fit, so round down.": wanted_valid + 1,
            "a gap too many: three weights have two gaps between them.": (n - d * k) // s + 1,
            "the stride is forgotten with `valid` padding.": n - extent + 1,
        },
    )
    match(
        same,
        wanted_same,
        "`valid` is right; with `same` padding only the stride matters.",
        {
            "`valid` is right; `same` keeps the size at stride 1 only.": n,
            "`valid` is right; with `same` padding the windows at the border count as well.": wanted_valid,
        },
    )
    return "With `valid` padding the reach of the kernel counts, with `same` only the stride."


@exercise(2, 2)
def shift_left(answer):
    """The 3 × 3 kernel that moves the picture one pixel to the left.

    Parameters
    ----------
    answer : array-like, shape (3, 3)
    """
    kernel = typed_numbers(answer, (3, 3), "rows and columns of the kernel")
    wanted = _single_weight(1, 2)
    same_brightness = np.isclose(kernel.sum(), 1)
    match(
        kernel,
        wanted,
        "this kernel mixes several pixels; each output pixel is to be a copy of one."
        if same_brightness
        else "the weights do not add up to one, so the picture changes its brightness.",
        {
            "it moves to the right; with a true convolution, which turns the kernel, it would do.": (
                _single_weight(1, 0)
            ),
            "it moves up: rows and columns are exchanged.": _single_weight(2, 1),
            "it moves down: an output pixel is to show what was at its right.": _single_weight(0, 1),
            "this is the identity; nothing moves.": _single_weight(1, 1),
            "it moves along a diagonal: only the column is to change.": [
                _single_weight(*corner) for corner in np.ndindex(3, 3) if 1 not in corner
            ],
        },
    )
    return "Each pixel shows what was at its right, so the picture moves to the left."


def _single_weight(row, column):
    """The 3 × 3 kernel with a 1 at one place and zeros elsewhere."""
    kernel = np.zeros((3, 3))
    kernel[row, column] = 1
    return kernel


@exercise(2, 3)
def correlate_strided(answer):
    """The loop with stride and dilation.

    Parameters
    ----------
    answer : callable
        Takes an image (height, width), a kernel (rows, columns), ``stride=1`` and ``dilation=1``, and
        returns the feature map with ``valid`` padding.
    """
    rng = np.random.default_rng(2)
    image = rng.normal(size=(12, 17))
    kernels = [rng.normal(size=shape) for shape in ((3, 3), (2, 4))]
    steps = [{}, *({"stride": s, "dilation": d} for s, d in ((2, 1), (3, 1), (1, 2), (2, 2), (3, 2)))]
    match_calls(
        answer,
        [given(image, kernel, **step) for kernel in kernels for step in steps],
        cross_correlate2d,
        "the numbers are wrong.",
        axes="(rows, columns) of the map",
        case=_strides,
        shapes=_strided_wrongly,
        misfit="has the window that you cut as many rows and columns as the kernel?",
        mistakes=_correlated_wrongly,
    )
    return (
        "It agrees with the library for any stride and dilation, on images and kernels that are not square."
    )


def _strides(image, kernel, stride=1, dilation=1):
    sizes = f"an image of {image.shape}, a kernel of {kernel.shape}"
    return f"for {sizes}, stride {stride} and dilation {dilation}"


def _strided_wrongly(right, image, kernel, stride=1, dilation=1):
    """Shapes of maps with wrong steps, and what to say then."""
    steps = partial(cross_correlate2d, image, kernel)
    return {
        "rows and columns are exchanged.": right.T.shape,
        "the last row and column of windows are missing.": right[1:, 1:].shape,
        "stride and dilation are exchanged.": steps(stride=dilation, dilation=stride).shape,
        "the gaps of the dilation are not counted in how far the kernel reaches.": steps(stride=stride).shape,
        "the map is as large as at stride 1.": steps(dilation=dilation).shape,
    }


def _correlated_wrongly(right, image, kernel, stride=1, dilation=1):
    """Maps of the right shape from wrong windows, and what to say then."""
    turned = convolve2d(image, kernel, stride=stride, dilation=dilation)
    height, width = right.shape
    close_by = cross_correlate2d(image, kernel, dilation=dilation)[:height, :width]
    no_gaps = cross_correlate2d(image, kernel, stride=stride)[:height, :width]
    return {
        "the kernel is turned by 180°; slide it as it is.": turned,
        "the windows start one pixel apart; their start has to move by the stride.": close_by,
        "the window is cut without gaps; its pixels have to lie as far apart as the dilation says.": no_gaps,
        "a mean of the products, where a sum belongs.": right / kernel.size,
    }


@exercise(2, 4)
def join_kernels(answer):
    """One kernel that does what two layers in a row do.

    Parameters
    ----------
    answer : callable
        Takes the kernels of the first and of the second layer, of any shapes; returns the joint kernel.
    """
    rng = np.random.default_rng(4)
    shapes = (((3, 3), (3, 3)), ((2, 3), (4, 1)))
    as_small = "the joint kernel is as small as one of the two; two layers see further than one."
    match_calls(
        answer,
        [given(rng.normal(size=first), rng.normal(size=second)) for first, second in shapes],
        lambda first, second: convolve2d(_framed(first, second), second),
        "two layers and your one layer differ; try a first kernel with a single weight.",
        axes="(rows, columns) of the joint kernel",
        case=lambda first, second: f"for kernels of {first.shape} and {second.shape}",
        shapes=lambda right, first, second: {
            as_small: [first.shape, second.shape],
        },
        mistakes=_joined_wrongly,
    )
    return "Two layers without anything in between are one, whatever their kernels."


def _framed(kernel, other):
    """A kernel in a frame of zeros, so wide that the other one can touch it with a single weight."""
    return np.pad(kernel, [(n - 1, n - 1) for n in other.shape])


def _joined_wrongly(right, first, second):
    """What wrong ways to join two kernels give, and what to say then."""
    correlated = cross_correlate2d(_framed(first, second), second)
    turn_one = "one kernel slides over the other as it is; one of the two has to be turned."
    return {
        turn_one: [correlated, correlated[::-1, ::-1]],
        "the joint kernel is turned by 180°: this is what two convolutions do.": right[::-1, ::-1],
        "rows and columns of the joint kernel are exchanged.": right.T,
        "the weights are scaled to add up to one; two layers do not do that.": right / right.sum(),
    }


@exercise(2, 5)
def wide_stack(answer):
    """At most six 3 × 3 layers that see 100 pixels without gaps and leave 30 × 30.

    Parameters
    ----------
    answer : sequence of (kernel, stride, dilation)
        For an input of 150 × 150 pixels, all with ``same`` padding.
    """
    try:
        layers = len(answer)
    except TypeError:  # a number, None or nothing that has a length
        layers = 0
    if not 1 <= layers <= _MAX_LAYERS:
        raise Wrong(f"wanted are one to {_MAX_LAYERS} layers, each (kernel, stride, dilation).")
    stack = typed_numbers(answer, (layers, 3), "(kernel, stride, dilation) for every layer", whole=True)
    stack = stack.tolist()  # Python's integers do not overflow
    if any(kernel != 3 or stride < 1 or dilation < 1 for kernel, stride, dilation in stack):
        raise Wrong("each layer wants a kernel of 3, and a stride and a dilation of at least 1.")
    left, seen = _INPUT, {0}
    for _, stride, _ in stack:
        left = -(-left // stride)
    for _, stride, dilation in reversed(stack):
        seen = {place * stride + step * dilation for place in seen for step in (-1, 0, 1)}
    field = max(seen) - min(seen) + 1
    if left < _LEAST_LEFT:
        raise Wrong(
            f"the last map has {left} × {left} pixels, too few; strides shrink it, dilation does not."
        )
    if field < _LEAST_SEEN:
        raise Wrong(
            f"an output pixel reaches over {field} pixels only; what widens the view and keeps the size?"
        )
    if len(seen) < field:
        raise Wrong(
            f"the field is {field} pixels wide but has gaps: {field - len(seen)} are never looked at. "
            "Let the dilation grow step by step."
        )
    return f"Each output pixel sees all of {field} × {field} pixels, and the last map keeps {left} × {left}."
