"""Checks of chapter 2: output sizes, kernels that move and join, a loop with stride, receptive fields."""

import numpy as np

from coronet_lib.checks._verdict import Wrong, array, call, exercise, match, typed_numbers
from coronet_lib.layers.forward import convolve2d, cross_correlate2d

_MAX_LAYERS, _INPUT, _LEAST_SEEN, _LEAST_LEFT = 6, 150, 100, 30


@exercise
def map_sizes(answer):
    """Exercise 2.1: sizes of two maps, 3 × 3 kernel, stride 2, dilation 6, of a 150 × 150 image.

    Parameters
    ----------
    answer : (int, int)
        Pixels a side with ``valid`` and with ``same`` padding.

    Returns
    -------
    Verdict
    """
    valid, same = typed_numbers(answer, (2,), "the sizes with `valid` and with `same` padding", whole=True)
    n, k, s, d = 150, 3, 2, 6
    extent = d * (k - 1) + 1
    wanted_valid, wanted_same = (n - extent) // s + 1, -(-n // s)
    if (valid, same) == (wanted_same, wanted_valid):
        raise Wrong("the two are exchanged; `same` is the one that depends on the stride alone.")
    if valid != wanted_valid:
        mistakes = {
            (n - k) // s + 1: "the dilation is forgotten: how far do the three weights reach?",
            (n - extent) // s: "`valid` is one too small: the first window counts, too.",
            -(-(n - extent) // s)
            + 1: "`valid` is one too large: the last window does not fit, so round down.",
            (n - d * k) // s + 1: "a gap too many: three weights have two gaps between them.",
            n - extent + 1: "the stride is forgotten with `valid` padding.",
        }
        raise Wrong(
            mistakes.get(valid, "`valid` is wrong; how far does the kernel reach, and where can it stop?")
        )
    if same != wanted_same:
        mistakes = {
            n: "`valid` is right; `same` keeps the size at stride 1 only.",
            wanted_valid: "`valid` is right; with `same` padding the windows at the border count as well.",
        }
        raise Wrong(mistakes.get(same, "`valid` is right; with `same` padding only the stride matters."))
    return "With `valid` padding the reach of the kernel counts, with `same` only the stride."


@exercise
def shift_left(answer):
    """Exercise 2.2: the 3 × 3 kernel that moves the picture one pixel to the left.

    Parameters
    ----------
    answer : array-like, shape (3, 3)

    Returns
    -------
    Verdict
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
        mistakes=[
            (
                _single_weight(1, 0),
                "it moves to the right; with a true convolution, which turns the kernel, it would do.",
            ),
            (_single_weight(2, 1), "it moves up: rows and columns are exchanged."),
            (_single_weight(0, 1), "it moves down: an output pixel is to show what was at its right."),
            (_single_weight(1, 1), "this is the identity; nothing moves."),
            *(
                (_single_weight(*corner), "it moves along a diagonal: only the column is to change.")
                for corner in np.ndindex(3, 3)
                if 1 not in corner
            ),
        ],
    )
    return "Each pixel shows what was at its right, so the picture moves to the left."


def _single_weight(row, column):
    """The 3 × 3 kernel with a 1 at one place and zeros elsewhere."""
    kernel = np.zeros((3, 3))
    kernel[row, column] = 1
    return kernel


@exercise
def correlate_strided(answer):
    """Exercise 2.3: the loop with stride and dilation.

    Parameters
    ----------
    answer : callable
        Takes an image (height, width), a kernel (rows, columns), ``stride=1`` and ``dilation=1``, and
        returns the feature map with ``valid`` padding.

    Returns
    -------
    Verdict
    """
    rng = np.random.default_rng(2)
    image = rng.normal(size=(12, 17))
    for shape in ((3, 3), (2, 4)):
        kernel = rng.normal(size=shape)
        _match_map(call(answer, image, kernel), image, kernel, 1, 1)
        for stride, dilation in ((2, 1), (3, 1), (1, 2), (2, 2), (3, 2)):
            result = call(answer, image, kernel, stride=stride, dilation=dilation)
            _match_map(result, image, kernel, stride, dilation)
    return (
        "It agrees with the library for every stride and dilation, on images and kernels that are not square."
    )


def _match_map(result, image, kernel, stride, dilation):
    """Raise :class:`Wrong` if a map is not the one of ``cross_correlate2d``, and name the slip."""
    case = (
        f"for an image of {image.shape}, a kernel of {kernel.shape}, stride {stride} and dilation {dilation}"
    )
    wanted = cross_correlate2d(image, kernel, stride=stride, dilation=dilation)
    height, width = wanted.shape
    known = {
        cross_correlate2d(image, kernel, dilation=dilation).shape: "the map is as large as at stride 1",
        cross_correlate2d(image, kernel, stride=stride).shape: "the gaps of the dilation are not counted "
        "in how far the kernel reaches",
        cross_correlate2d(
            image, kernel, stride=dilation, dilation=stride
        ).shape: "stride and dilation are exchanged",
        (height - 1, width - 1): "the last row and column of windows are missing",
        (width, height): "rows and columns are exchanged",
    }
    shape = getattr(result, "shape", None)
    if shape != wanted.shape and shape in known:
        raise Wrong(f"{known[shape]} {case}.")
    mistakes = [
        (
            convolve2d(image, kernel, stride=stride, dilation=dilation),
            "the kernel is turned by 180°; slide it as it is",
        ),
        (
            cross_correlate2d(image, kernel, dilation=dilation)[:height, :width],
            "the windows start one pixel apart; their start has to move by the stride",
        ),
        (
            cross_correlate2d(image, kernel, stride=stride)[:height, :width],
            "the window is cut without gaps; its pixels have to lie as far apart as the dilation says",
        ),
        (wanted / kernel.size, "a mean of the products, where a sum belongs"),
    ]
    match(
        array(result, wanted.shape, f"(rows, columns) of the map {case}"),
        wanted,
        f"the numbers are wrong {case}.",
        mistakes=[(mistaken, f"{message}, {case}.") for mistaken, message in mistakes],
    )


@exercise
def join_kernels(answer):
    """Exercise 2.4: one kernel that does what two layers in a row do.

    Parameters
    ----------
    answer : callable
        Takes the kernels of the first and of the second layer, of any shapes; returns the joint kernel.

    Returns
    -------
    Verdict
    """
    rng = np.random.default_rng(4)
    for shape, other in (((3, 3), (3, 3)), ((2, 3), (4, 1))):
        first, second = rng.normal(size=shape), rng.normal(size=other)
        joint_shape = (shape[0] + other[0] - 1, shape[1] + other[1] - 1)
        case = f"for kernels of {shape} and {other}"
        wanted = convolve2d(_framed(first, other), second)
        correlated = cross_correlate2d(_framed(first, other), second)
        result = call(answer, first, second)
        if getattr(result, "shape", None) in {shape, other}:
            raise Wrong(
                f"the joint kernel is as small as one of the two {case}; two layers see further than one."
            )
        match(
            array(result, joint_shape, f"(rows, columns) of the joint kernel {case}"),
            wanted,
            f"two layers and your one layer differ {case}; try a first kernel with a single weight.",
            mistakes=[
                (correlated, "one kernel slides over the other as it is; one of the two has to be turned."),
                (
                    correlated[::-1, ::-1],
                    "one kernel slides over the other as it is; one of the two has to be turned.",
                ),
                (wanted[::-1, ::-1], "the joint kernel is turned by 180°: this is what two convolutions do."),
                (wanted.T, "rows and columns of the joint kernel are exchanged."),
                (
                    wanted / wanted.sum(),
                    "the weights are scaled to add up to one; two layers do not do that.",
                ),
            ],
        )
    return "Two layers without anything in between are one, whatever their kernels."


def _framed(kernel, other):
    """A kernel in a frame of zeros, so wide that another one can touch it with a single weight."""
    return np.pad(kernel, [(n - 1, n - 1) for n in other])


@exercise
def wide_stack(answer):
    """Exercise 2.5: at most six 3 × 3 layers that see 100 pixels without gaps and leave 30 × 30.

    Parameters
    ----------
    answer : sequence of (kernel, stride, dilation)
        For an input of 150 × 150 pixels, all with ``same`` padding.

    Returns
    -------
    Verdict
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
