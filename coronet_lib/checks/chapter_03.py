"""Checks of chapter 3: ReLU and pooling."""

import numpy as np

from coronet_lib.checks._answer import close, given, match, match_calls, no_loop, number, typed_numbers
from coronet_lib.checks._verdict import Wrong, exercise
from coronet_lib.layers.forward import pool2d, relu

_WINDOW = np.array([[3.0, -12.0], [4.0, 0.0]])  # the chapter prints it above the exercise
_KINDS = ("max", "average", "l2")


@exercise(3, 1)
def one_pooling(answer):
    """The one max pooling that does what 3 × 3 with stride 2 does, applied twice.

    Parameters
    ----------
    answer : tuple of int
        Size and stride.
    """
    match(
        typed_numbers(answer, (2,), "a pair of whole numbers, size and stride"),
        np.array([7, 4]),
        "draw one row of pixels: which of them can reach one number after the second pooling, and how far is "
        "it to those of its neighbour?",
        {
            "size and stride are exchanged.": (4, 7),
            "the sizes are multiplied, but neighbouring windows of 3 with stride 2 share pixels.": (9, 4),
            "the sizes are added, but neighbouring windows of 3 with stride 2 share pixels.": (6, 4),
            "the second window's three numbers stand two pixels apart, not one.": (5, 4),
            "the size is right; the stride is that of a single pooling.": (7, 2),
            "this is right for windows of 2 × 2, which do not overlap.": (4, 4),
            "this is one of the two alone.": (3, 2),
        },
    )
    return "That two windows share pixels is no harm: a maximum of maxima counts nothing twice."


@exercise(3, 2)
def either_order(answer):
    """What a window becomes with ReLU before the pooling, and with ReLU after it.

    Parameters
    ----------
    answer : array, shape (3, 2)
        Rows: max, average, L2. Columns: ReLU first, pooling first.
    """
    meaning = "three rows (max, average, L2) of two numbers (ReLU first, pooling first)"
    result = typed_numbers(answer, (3, 2), meaning)
    pooled = np.array(
        [[_pooled(window, 2, kind).item() for window in (relu(_WINDOW), _WINDOW)] for kind in _KINDS]
    )
    wanted = relu(pooled)
    wrong = [
        kind for kind, row, right in zip(_KINDS, result, wanted, strict=True) if not close(row, right, 5e-3)
    ]
    match(
        result,
        wanted,
        f"look again at {' and '.join(wrong)}: do the first step to all four numbers, then the second.",
        {
            "the columns are exchanged: ReLU first stands on the left.": wanted[:, ::-1],
            "a ReLU comes after the pooling, too; its result is never negative.": pooled,
            "you say that the order never matters; take the square of −12.": wanted[:, [0, 0]],
            "to L2 a negative number is as good as a positive one: it is squared.": _with(wanted, 2, (5, 5)),
            "these are sums of squares; L2 pooling ends with a root.": _with(wanted, 2, (25, 169)),
            "L2 pooling adds the squares; it takes no mean of them.": _with(wanted, 2, wanted[2] / 2),
            "the average is over all four; what ReLU set to zero counts, too.": _with(wanted, 1, (3.5, 0)),
            "this is the sum; an average divides by the number of pixels.": _with(wanted, 1, (7, 0)),
            "the maximum is the largest number, not the one of the largest size.": _with(wanted, 0, (4, 12)),
        },
        decimals=2,
    )
    return "Only the maximum does not mind."


@exercise(3, 3)
def maximum_network(answer):
    """Weights with which a layer of ReLU units computes the larger of two numbers.

    Parameters
    ----------
    answer : array, shape (3, units)
        A column for each unit: its weights for a and for b, and its own weight in the output.
    """
    meaning = "an array of three rows (from a, from b, to the output) with a column for each unit"
    weights = typed_numbers(answer, (3, None), meaning)
    a, b = np.random.default_rng(3).normal(size=(2, 200))
    result = _network(a, b, weights)
    larger = np.maximum(a, b)
    if weights.shape == (3, 3) and not close(result, larger) and close(_network(a, b, weights.T), larger):
        raise Wrong("rows and columns are exchanged: each unit is a column, each kind of weight a row.")
    positive = (a > 0) & (b > 0)
    if close(result[positive], larger[positive]) and not close(result, larger):
        raise Wrong(
            "it is right where both numbers are positive. A unit that passes b on is silent when b is "
            "negative: who says then how much?"
        )
    match(
        result,
        larger,
        "it is not the larger of the two. Write max(a, b) as b and what a has more than b, if it has more.",
        {
            "this is the smaller of the two; look at the signs.": np.minimum(a, b),
            "this is the distance of the two: how much more one has, without what both have.": abs(a - b),
            "this is the sum, and no unit bends it.": a + b,
            "this is what a has more than b; b itself is missing.": relu(a - b),
            "this is twice the larger one.": 2 * larger,
            "the sign is turned in the output.": -larger,
        },
    )
    return "So units of ReLU can build a max pooling, at a higher price."


@exercise(3, 4)
def fast_pool(answer):
    """Pooling of windows that do not overlap.

    Parameters
    ----------
    answer : callable
        Takes an image (height, width), the window's size and its kind; returns the pooled image.
    """
    rng = np.random.default_rng(3)
    sizes = (((6, 9), 3), ((8, 4), 2), ((5, 20), 5))
    images = [(rng.normal(size=shape), size) for shape, size in sizes]
    match_calls(
        answer,
        [given(image, size, kind) for image, size in images for kind in _KINDS],
        _pooled,
        "the result is wrong; compare one window with `pool`.",
        axes="(height // size, width // size), because the windows do not overlap",
        case=lambda image, size, kind: (
            f"the {kind} of an image of {len(image)} × {image.shape[1]} and windows of {size}"
        ),
        misfit="is a height used where a width belongs?",
        mistakes=_pooled_wrongly,
    )
    no_loop(
        answer,
        given(rng.normal(size=(6, 6)), 2, "max"),
        given(rng.normal(size=(60, 60)), 2, "max"),
        "the numbers are right, but Python goes through the image bit by bit; wanted is no loop over pixels.",
    )
    return "It does what `pool` does, with no loop."


@exercise(3, 5)
def blur_width(answer):
    """How wide a blur must be for every second pixel to be less sensitive to a shift than a max pooling.

    Parameters
    ----------
    answer : int
        Pixels a side, of all rounds of the 3 × 3 kernel together.
    """
    width = number(answer, "width in pixels")
    if width < 1 or width % 2 != 1:
        raise Wrong(
            "the kernel has a pixel in its middle, after any number of rounds: an odd width is wanted."
        )
    match(
        width,
        7,
        "that is quiet enough, and so is a narrower blur; the narrowest is asked for.",
        {
            "one pixel is no blur: every second pixel alone changes nearly as much as the whole map.": 1,
            "one round of the kernel still changes by more than the max pooling does. (Or are these three "
            "rounds? Wanted is the width in pixels.)": 3,
            "two rounds still change by more than the max pooling does.": 5,
        },
    )
    return "It forgets thin edges on the way: what does not alias has no detail of one pixel."


def _pooled_wrongly(right, image, size, kind):
    """What known wrong ways make of an image, and what to say then."""
    height, width = image.shape
    blocks = image.reshape(height // size, size, width // size, size)
    as_stored = image.reshape(height // size, width // size, size, size)
    far_apart = image.reshape(size, height // size, size, width // size)
    reduce = {"max": np.max, "average": np.mean, "l2": lambda x, axis: np.sqrt((x**2).sum(axis=axis))}[kind]
    return {
        "these are sums of squares; L2 pooling ends with a root.": right**2,
        "you take the mean of the squares; L2 pooling adds them.": right / size,
        "these are sums; an average divides by the number of pixels in the window.": right * size**2,
        "the maximum is the largest number, not the one of the largest size.": abs(blocks).max(axis=(1, 3)),
        "the shape fits, but each number summarises neighbours in memory, which are no window (wrong "
        "axis, or reshaped in the wrong order).": reduce(as_stored, axis=(2, 3)),
        "the shape fits, but each number summarises pixels far apart: in the reshape, the number of "
        "blocks comes before the pixels inside a block.": reduce(far_apart, axis=(0, 2)),
    }


def _network(a, b, weights):
    with np.errstate(all="ignore"):  # a student may type weights of any size
        return relu(np.column_stack([a, b]) @ weights[:2]) @ weights[2]


def _pooled(image, size, kind):
    return pool2d(image[None, :, :, None], size, kind=kind)[0, :, :, 0]


def _with(table, row, values):
    changed = table.copy()
    changed[row] = values
    return changed
