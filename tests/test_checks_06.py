"""Wrong answers to the exercises of chapter 6, and what the checks say of each."""

import numpy as np
import pytest
from refused import refuses

from coronet_lib import checks

test_separable_weights = refuses(
    checks.separable_weights,
    [
        (25 * 32 * 64, "full convolution"),
        (25 * 32 * 64 / 64, "depthwise step alone, all that the paper's 1/k counts"),
        (32 * 64, "pointwise step alone"),
        (25 * 32 * 32 * 64, "multiplied"),
        (25 * 32 + 32 * 64 + 64, "bias"),
        (32 * 64 + 25 * 64, "paper's order"),
        (25 + 32 * 64, "share one"),
        (5 * 32 + 32 * 64, "counted with 5 weights"),
        (1000, "count both steps"),
    ],
)


test_mix_first_kernel = refuses(
    checks.mix_first_kernel,
    [
        (lambda P, D: P * D, "this filters first"),
        (lambda P, D: P + D.swapaxes(2, 3), "are added"),
        (lambda P, D: P * D[::-1, ::-1].swapaxes(2, 3), "turned by 180°"),
        (lambda P, D: P * D.transpose(1, 0, 3, 2), "height and width"),
        (lambda P, D: P.swapaxes(2, 3) * D.swapaxes(2, 3), "channels in and out exchanged"),
        (lambda P, D: (P * D.swapaxes(2, 3)).sum(axis=2), r"shape \(3, 3, 4\); wanted is \(3, 3, 4, 4\)"),
        (lambda P, D: 2 * P * D.swapaxes(2, 3), "does not do what the two steps do"),
        (lambda P, D: np.einsum("xyio,abol->abio", P, D)[..., : D.shape[0]], "shape"),
        (lambda P, D: P * D.reshape(*D.shape[:2], 1, 4), "ValueError"),  # fits only the first example
    ],
)


def decomposed(kernel):
    n, _, C, k = kernel.shape
    return np.linalg.svd(np.moveaxis(kernel, 2, 0).reshape(C, n * n, k), full_matrices=False)


def layer(patterns, mixture, kernel):
    """Weights in Keras's shapes from patterns (C, n * n) and mixture (C, k)."""
    n, _, C, k = kernel.shape
    return patterns.T.reshape(n, n, C, 1), mixture.reshape(1, 1, C, k)


def without_strength(kernel):
    U, _, V = decomposed(kernel)
    return layer(U[:, :, 0], V[:, 0], kernel)


def strength_twice(kernel):
    U, S, V = decomposed(kernel)
    return layer(U[:, :, 0] * S[:, :1], V[:, 0] * S[:, :1], kernel)


def least_important(kernel):
    U, S, V = decomposed(kernel)
    return layer(U[:, :, -1] * S[:, -1:], V[:, -1], kernel)


def one_pattern_for_all(kernel):
    n, _, C, k = kernel.shape
    u, s, v = np.linalg.svd(kernel.reshape(n * n, C * k), full_matrices=False)
    return layer(np.tile(u[:, 0], (C, 1)), s[0] * v[0], kernel)


def mean_pattern(kernel):
    return kernel.mean(axis=3, keepdims=True), np.ones((1, 1, *kernel.shape[2:]))


def right(kernel):
    U, S, V = decomposed(kernel)
    return layer(U[:, :, 0] * S[:, :1], V[:, 0], kernel)


def shuffled(kernel):
    U, S, V = decomposed(kernel)
    D, P = layer(U[:, :, 0] * S[:, :1], V[:, 0], kernel)
    return (U[:, :, 0] * S[:, :1]).reshape(D.shape), P


def column_of_v(kernel):
    U, S, V = decomposed(kernel)
    return layer(U[:, :, 0] * S[:, :1], V[:, :, 0], kernel)


def middle_pixel(kernel):
    D = np.zeros((*kernel.shape[:3], 1))
    middle = kernel.shape[0] // 2
    D[middle, middle] = 1
    return D, kernel[middle, middle][None, None]


test_nearest_separable = refuses(
    checks.nearest_separable,
    [
        (without_strength, "singular values are missing"),
        (strength_twice, "in twice"),
        (least_important, "least important"),
        (one_pattern_for_all, "one pattern serves all"),
        (mean_pattern, "mean over the channels out"),
        (shuffled, "numbers are shuffled"),
        (column_of_v, "holds rows"),
        (middle_pixel, r"nearer one: yours has a squared difference of \d+\.\d+, and \d+\.\d+ can be had"),
        (lambda kernel: right(kernel)[::-1], "wrong order"),
        (lambda kernel: right(kernel)[0], "two arrays"),
        (lambda kernel: (right(kernel)[0][..., 0], right(kernel)[1]), r"shape \(3, 3, 4\); wanted"),
        (lambda kernel: tuple(np.round(part).astype(int) for part in right(kernel)), "floating-point"),
    ],
)


@pytest.mark.parametrize("split", [lambda s: (s, 1), lambda s: (1, s), lambda s: (-np.sqrt(s), -np.sqrt(s))])
def test_nearest_separable_leaves_the_scale_open(split):
    def answer(kernel):
        U, S, V = decomposed(kernel)
        to_pattern, to_mixture = split(S[:, :1])
        return layer(U[:, :, 0] * to_pattern, V[:, 0] * to_mixture, kernel)

    assert checks.nearest_separable(answer)


test_largest_multiplier = refuses(
    checks.largest_multiplier,
    [
        (9, "more multiplications than a full one"),
        (7, "can be larger"),
        (1, "can be larger"),
        (727, "only the filters"),
        (647, "mixture is counted once"),
        (81, "more multiplications"),
        (8.89, "a depth multiplier is a whole number"),
        (0, "from 1 on"),
        (-3, "from 1 on"),
    ],
)
