"""Wrong answers to the exercises of chapter 3, and what the checks say of each."""

import numpy as np
import pytest
from refused import refuses

from coronet_lib import checks
from coronet_lib.datasets.phantom import phantom
from coronet_lib.layers import forward

SOBEL_X = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])

test_one_pooling = refuses(
    checks.one_pooling,
    [
        ((4, 7), "size and stride are exchanged"),
        ((9, 4), "multiplied"),
        ((6, 4), "added"),
        ((5, 4), "two pixels apart"),
        ((7, 2), "stride is that of a single pooling"),
        ((4, 4), "windows of 2 × 2"),
        ((3, 2), "one of the two alone"),
        ((8, 3), "draw one row"),
        (7, "a pair of whole numbers, size and stride, 2 numbers; this is 7"),
        ((7, 4, 4), "a pair of whole numbers"),
    ],
)


@pytest.mark.parametrize("answer", [[7, 4], np.array([7, 4]), (7.0, 4.0)])
def test_one_pooling_takes_any_pair(answer):
    assert checks.one_pooling(answer)


test_either_order = refuses(
    checks.either_order,
    [
        ([[4, 4], [0, 1.75], [13, 5]], "columns are exchanged"),
        ([[4, 4], [1.75, -1.25], [5, 13]], "a ReLU comes after the pooling"),
        ([[4, 4], [1.75, 1.75], [5, 5]], "never matters"),
        ([[4, 4], [1.75, 0], [5, 5]], "it is squared"),
        ([[4, 4], [1.75, 0], [25, 169]], "ends with a root"),
        ([[4, 4], [1.75, 0], [2.5, 6.5]], "takes no mean"),
        ([[4, 4], [3.5, 0], [5, 13]], "set to zero counts"),
        ([[4, 4], [7, 0], [5, 13]], "this is the sum"),
        ([[4, 12], [1.75, 0], [5, 13]], "not the one of the largest size"),
        ([[4, 4], [2, 0], [5, 12]], "again at average and l2"),
        ([[4, 3], [1.75, 0], [5, 13]], "again at max:"),
        ([[4, 4], [1.75, 0]], "three rows"),
        ([[4, 4], [1.75, 0], [5]], "three rows"),
    ],
)


test_maximum_network = refuses(
    checks.maximum_network,
    [
        ([[1, 0], [-1, 1], [1, 1]], "right where both numbers are positive"),  # b by one unit
        ([[-1, 1], [1, 0], [1, 1]], "right where both numbers are positive"),  # a by one unit
        ([[-1, 0, 0], [1, 1, -1], [-1, 1, -1]], "smaller of the two"),
        ([[1, -1], [-1, 1], [1, 1]], "distance"),
        ([[1, -1], [1, -1], [1, -1]], "the sum"),
        ([[1], [-1], [1]], "b itself is missing"),
        ([[1, -1, 1, -1], [1, -1, -1, 1], [1, -1, 1, 1]], "twice"),
        ([[1, 0, 0], [-1, 1, -1], [-1, -1, 1]], "sign is turned"),
        ([[1, -1, 1], [0, 1, 1], [0, -1, -1]], "rows and columns are exchanged"),
        ([[1, 0, 0], [1, 1, -1], [1, 1, -1]], "not the larger"),
        (np.full((3, 3), 1e308), "not the larger"),
        ([[1, 0, 0], [-1, 1, -1]], "three rows"),
        ([1, -1, 1], "three rows"),
    ],
)


def test_maximum_network_takes_any_that_works():
    """Half of the sum and half of the distance, with four units."""
    assert checks.maximum_network(np.array([[1, -1, 1, -1], [1, -1, -1, 1], [0.5, -0.5, 0.5, 0.5]]))


def blocks(image, size):
    height, width = image.shape
    return image.reshape(height // size, size, width // size, size)


def reduced(x, kind, axis, l2=lambda x, axis: np.sqrt((x**2).sum(axis=axis))):
    return {"max": np.max, "average": np.mean, "l2": l2}[kind](x, axis=axis)


def correct(image, size, kind):
    return reduced(blocks(image, size), kind, (1, 3))


def without_root(image, size, kind):
    return reduced(blocks(image, size), kind, (1, 3), l2=lambda x, axis: (x**2).sum(axis=axis))


def root_mean_square(image, size, kind):
    return reduced(blocks(image, size), kind, (1, 3), l2=lambda x, axis: np.sqrt((x**2).mean(axis=axis)))


def as_stored(image, size, kind):
    height, width = image.shape
    return reduced(image.reshape(height // size, width // size, size, size), kind, (2, 3))


def far_apart(image, size, kind):
    height, width = image.shape
    return reduced(image.reshape(size, height // size, size, width // size), kind, (0, 2))


def square_only(image, size, kind):
    side = image.shape[0]
    return reduced(image.reshape(side // size, size, side // size, size), kind, (1, 3))


def overlapping(image, size, kind):
    return reduced(np.lib.stride_tricks.sliding_window_view(image, (size, size)), kind, (2, 3))


test_fast_pool = refuses(
    checks.fast_pool,
    [
        (without_root, "ends with a root"),
        (root_mean_square, "mean of the squares"),
        (
            lambda image, size, kind: correct(image, size, kind) * (1, size**2)[kind == "average"],
            "sums; an average",
        ),
        (lambda image, size, kind: correct(abs(image), size, kind), "not the one of the largest size"),
        (lambda image, size, kind: reduced(blocks(image, size), kind, (2, 3)), "wrong axis"),
        (as_stored, "wrong order"),
        (far_apart, "pixels far apart"),
        (square_only, r"image of 6 × 9 .*do not fit.* height .* width"),
        (overlapping, r"shape \(4, 7\); wanted is \(2, 3\).*do not overlap"),
        (lambda image, size, kind: correct(image, size, kind).T, r"shape \(3, 2\); wanted is \(2, 3\)"),
        (lambda image, size, kind: correct(image, 3, kind), "ValueError|shape"),
        (lambda image, size, kind: correct(image, size, "max"), "the average of an image of 6 × 9"),
        (lambda image, size, kind: correct(image, size, kind).round().astype(int), "floating-point"),
    ],
)


def by_windows(image, size, kind):
    rows, columns = range(0, image.shape[0], size), range(0, image.shape[1], size)
    window = [[image[i : i + size, j : j + size] for j in columns] for i in rows]
    return np.array([[reduced(one, kind, None) for one in row] for row in window])


def by_rows(image, size, kind):
    strips = [image[i : i + size].reshape(size, -1, size) for i in range(0, image.shape[0], size)]
    return np.array([reduced(strip, kind, (0, 2)) for strip in strips])


test_fast_pool_wants_no_loop = refuses(
    checks.fast_pool, [(by_windows, "no loop over pixels"), (by_rows, "no loop over pixels")]
)


def test_fast_pool_may_go_through_the_places_of_a_window():
    def by_places(image, size, kind):
        return reduced(np.stack([image[i::size, j::size] for i, j in np.ndindex(size, size)]), kind, 0)

    assert checks.fast_pool(by_places)


test_blur_width = refuses(
    checks.blur_width,
    [
        (1, "no blur"),
        (3, "Wanted is the width in pixels"),
        (5, "two rounds still change"),
        (4, "an odd width"),
        (9, "narrowest"),
        (-7, "an odd width"),
        (7.5, "an odd width"),
        ((7, 7), "one width in pixels"),
    ],
)


def test_blur_width_is_what_the_solution_measures():
    """The chapter's edges, blurred, thinned out, and moved by one pixel."""
    edges = forward.cross_correlate2d(phantom("normal", size=150).image / 255, SOBEL_X)
    rectified = forward.relu(edges)
    blur = np.outer([1, 2, 1], [1, 2, 1]) / 16

    def change(before, after):
        return np.abs(after - before).mean() / before.mean()

    pooled = [forward.pool2d(m[None, :, :, None], 3, 2) for m in (rectified[:, 4:], rectified[:, 3:147])]
    smooth, changes = rectified, []
    for _ in range(4):
        smooth = forward.cross_correlate2d(smooth, blur, padding="same")
        changes.append(change(smooth[1:-1:2, 5:-1:2], smooth[1:-1:2, 4:146:2]))
    quiet = np.array(changes) < change(*pooled)
    assert 3 + 2 * quiet.argmax() == 7
    assert checks.blur_width(7)
