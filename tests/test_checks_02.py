"""Wrong answers to the exercises of chapter 2, and what the checks say of each."""

import numpy as np
import pytest
from refused import refuses
from scipy.signal import convolve2d, correlate2d

from coronet_lib import checks

test_map_sizes = refuses(
    checks.map_sizes,
    [
        ((74, 75), "dilation is forgotten"),
        ((68, 75), "first window counts"),
        ((70, 75), "round down"),
        ((67, 75), "two gaps"),
        ((138, 75), "stride is forgotten"),
        ((60, 75), "how far does the kernel reach"),
        ((75, 69), "exchanged"),
        ((69, 150), "at stride 1 only"),
        ((69, 69), "windows at the border"),
        ((69, 74), "only the stride matters"),
        ((69.5, 75), "whole numbers"),
        ([[69, 69], [75, 75]], "padding, 2 numbers; this is"),
    ],
)


def test_map_sizes_may_be_typed_with_a_point():
    assert checks.map_sizes((69.0, 75.0))


LEFT = np.array([[0, 0, 0], [0, 0, 1], [0, 0, 0]])


test_shift_left = refuses(
    checks.shift_left,
    [
        (LEFT[:, ::-1], "moves to the right; with a true convolution"),
        (LEFT.T, "moves up"),
        (LEFT.T[::-1], "moves down"),
        (np.diag([0, 1, 0]), "nothing moves"),
        (np.fliplr(np.diag([1, 0, 0])), "along a diagonal"),
        (np.diag([0, 0, 1]), "along a diagonal"),
        (2 * LEFT, "changes its brightness"),
        ([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], "changes its brightness"),
        (np.full((3, 3), 1 / 9), "mixes several pixels"),
        ([0, 0, 1], "3 × 3 numbers"),
        ([[0, 0, 0], [0, 1], [0, 0, 0]], "3 × 3 numbers"),
    ],
)


def test_shift_left_may_be_typed_as_a_list():
    assert checks.shift_left(LEFT.tolist())


def correlated(image, kernel, stride=1, dilation=1, *, turn=False, step=None, spread=None):
    """The right loop; ``turn`` flips the kernel, ``step`` and ``spread`` stand in for stride and dilation."""
    rows, columns = (dilation * (size - 1) + 1 for size in kernel.shape)
    shape = (image.shape[0] - rows) // stride + 1, (image.shape[1] - columns) // stride + 1
    step, spread = step or stride, spread or dilation
    kernel = kernel[::-1, ::-1] if turn else kernel
    result = np.zeros(shape)
    for i, j in np.ndindex(shape):
        window = image[i * step :, j * step :][::spread, ::spread]
        result[i, j] = (window[: kernel.shape[0], : kernel.shape[1]] * kernel).sum()
    return result


def for_square_kernels(image, kernel, stride=1, dilation=1):
    reach = dilation * (len(kernel) - 1) + 1
    result = correlated(image, kernel, stride, dilation)
    return (
        result[:, : (image.shape[1] - reach) // stride + 1]
        if kernel.shape[0] >= kernel.shape[1]
        else result.T
    )


def cutting(window):
    """The right loop but for the window that it cuts from a corner of the image."""

    def correlate(image, kernel, stride=1, dilation=1):
        reach = [dilation * (size - 1) + 1 for size in kernel.shape]
        result = np.zeros([(n - far) // stride + 1 for n, far in zip(image.shape, reach, strict=True)])
        for i, j in np.ndindex(result.shape):
            result[i, j] = (window(image[i * stride :, j * stride :], *reach, dilation) * kernel).sum()
        return result

    return correlate


test_correlate_strided = refuses(
    checks.correlate_strided,
    [
        (lambda x, k, stride=1, dilation=1: correlated(x, k), "as large as at stride 1"),
        (lambda x, k, stride=1, dilation=1: correlated(x, k, stride), "gaps of the dilation are not counted"),
        (lambda x, k, stride=1, dilation=1: correlated(x, k, dilation, stride), "as large as|exchanged"),
        (lambda *a, **s: correlated(*a, **s, turn=True), "turned by 180°"),
        (lambda *a, **s: correlated(*a, **s, step=1), "start one pixel apart"),
        (lambda *a, **s: correlated(*a, **s, spread=1), "cut without gaps"),
        (lambda *a, **s: correlated(*a, **s)[:-1, :-1], "last row and column"),
        (lambda *a, **s: correlated(*a, **s).T, "rows and columns are exchanged"),
        (for_square_kernels, r"kernel of \(2, 4\).*rows and columns are exchanged"),
        (
            cutting(lambda x, rows, columns, dilation: x[:rows:dilation, :rows:dilation]),
            r"kernel of \(2, 4\), .*do not fit.* window .* kernel",
        ),
        (
            cutting(lambda x, rows, columns, dilation: x[:rows, :columns]),
            r"dilation 2: .*do not fit.* window .* kernel",
        ),
        (lambda *a, **s: correlated(*a, **s) / 9, "a mean of the products"),
        (lambda *a, **s: correlated(*a, **s) + 1, "numbers are wrong"),
        (lambda x, k, stride, dilation: correlated(x, k, stride, dilation), "TypeError"),
        (lambda *a, **s: correlated(*a, **s).tolist(), "NumPy array"),
    ],
)


test_join_kernels = refuses(
    checks.join_kernels,
    [
        (lambda a, b: correlate2d(a, b), "one of the two has to be turned"),
        (lambda a, b: correlate2d(b, a), "one of the two has to be turned"),
        (lambda a, b: convolve2d(a, b)[::-1, ::-1], "what two convolutions do"),
        (lambda a, b: convolve2d(a, b).T, "rows and columns of the joint"),
        (lambda a, b: convolve2d(a, b, mode="same"), "as small as one of the two"),
        (lambda a, b: a @ b, "as small as one of the two"),
        (lambda a, b: convolve2d(a, b) / convolve2d(a, b).sum(), "scaled to add up to one"),
        (lambda a, b: np.pad(a, 1) + np.pad(b, 1), "try a first kernel with a single weight"),
        (lambda a, b: convolve2d(a, b)[:5, :5][:, :3], r"shape \(5, 3\); wanted is \(5, 5\)"),
        (
            lambda a, b: convolve2d(a, b, mode="full" if a.shape == b.shape else "same"),
            r"\(2, 3\) and \(4, 1\)",
        ),
    ],
)


def test_join_kernels_in_either_order():
    assert checks.join_kernels(lambda first, second: convolve2d(second, first))


test_wide_stack = refuses(
    checks.wide_stack,
    [
        ([(3, 2, 1)] * 6, "3 × 3 pixels, too few"),
        ([(3, 2, 1)] * 2 + [(3, 1, 1)] * 4, "reaches over 39 pixels only"),
        ([(3, 1, 1)] * 6, "reaches over 13 pixels only"),
        ([(3, 2, 1)] * 2 + [(3, 1, 4)] * 3 + [(3, 1, 2)], "119 pixels wide but has gaps"),
        ([(3, 1, 50)], "101 pixels wide but has gaps: 98"),
        ([(3, 1, 2**i) for i in range(7)], "one to 6 layers"),
        ([], "one to 6 layers"),
        ([(5, 2, 1), (5, 2, 8)], "a kernel of 3"),
        ([(3, 2, 0), (3, 2, 8)], "at least 1"),
        ([(3, 2), (3, 1)], "2 × 3 numbers"),
        ([(3, 2, 1), (3, 1)], "2 × 3 numbers"),
        ([(3, 2.5, 1)], "whole numbers"),
    ],
)


@pytest.mark.parametrize(
    "answer",
    [
        [(3, 1, 2**i) for i in range(6)],
        [(3, 2, 1)] * 2 + [(3, 1, 2**i) for i in range(4)],
        [(3, 1, 3**i) for i in range(5)],
    ],
)
def test_wide_stack_takes_any_design_that_holds(answer):
    assert checks.wide_stack(answer)
