"""Wrong answers to the exercises of chapter 7, and what the checks say of each."""

import numpy as np
from refused import refuses

from coronet_lib import checks

WEIGHTS = 512 * 768


test_trainable_in_projection = refuses(
    checks.trainable_in_projection,
    [
        (WEIGHTS, "convolution alone"),
        (WEIGHTS + 4 * 768, "two of the normalisation's four are averages"),
        (WEIGHTS + 768, "two numbers for each channel, not one"),
        (WEIGHTS + 2 * 512, "count the channels that come out"),
        (WEIGHTS + 3 * 768, "has no bias"),
        (9 * WEIGHTS + 2 * 768, "1 × 1"),
        (WEIGHTS // 4 + 2 * 768, "leaves out places"),
        (2_000_000, "too many"),
        (512 + 768, "too few"),
        (WEIGHTS + 2 * 768 + 0.5, "too many"),
        (np.array([WEIGHTS + 2 * 768]), "one whole number"),
    ],
)


def kept(x, stride):
    return x[:, ::stride, ::stride]


def zeros(x, channels, dtype=None):
    return np.zeros((*x.shape[:3], channels), dtype or x.dtype)


def appended(x, channels):
    return np.concatenate([x, zeros(x, channels - x.shape[3])], axis=3)


test_padded_shortcut = refuses(
    checks.padded_shortcut,
    [
        (lambda x, c, s: np.concatenate([zeros(kept(x, s), c - 3), kept(x, s)], axis=3), "not before"),
        (lambda x, c, s: kept(x, s)[..., np.arange(c) % 3], "repeat the old ones"),
        (lambda x, c, s: appended(x, c), "no effect"),
        (lambda x, c, s: appended(x[:, ::s], c), "only one direction"),
        (lambda x, c, s: appended(x[:, :, ::s], c), "only one direction"),
        (lambda x, c, s: appended(x[:, : 7 // s * s : s, : 10 // s * s : s], c), "row or column is missing"),
        (lambda x, c, s: appended(x[:, s - 1 :: s, s - 1 :: s], c), "beginning with the first"),
        (lambda x, c, s: appended(kept(x, s), 3 + c), "not how many are appended"),
        (lambda x, c, s: kept(x, s), "no channels are appended"),
        (lambda x, c, s: appended(kept(x[:, ::-1], s), c), "not those of the pixels"),
        (lambda x, c, s: appended(x[:, ::2, ::2], c), r"for 4 channels and stride 3 .* shape"),
        (lambda x, c, s: appended(kept(x, s).astype(float), c), "take the type of x"),
        (lambda x, c, s: [[1.0], [2.0, 3.0]], "NumPy array"),
    ],
)


def is_open(x, weights):
    return x + x @ weights > 0


test_figure_3_backward = refuses(
    checks.figure_3_backward,
    [
        (lambda g, x, w: g + g @ w.T, "ReLU is missing"),
        (lambda g, x, w: g + (g * is_open(x, w)) @ w.T, "shuts the shortcut, too"),
        (lambda g, x, w: (g * is_open(x, w)) @ w.T, "shortcut is missing"),
        (lambda g, x, w: g * is_open(x, w), "branch is missing"),
        (lambda g, x, w: (g * is_open(x, w)) @ (np.eye(4) + w), "transposed"),
        (lambda g, x, w: (g * (x > 0)) @ (np.eye(4) + w).T, "sign of the sum"),
        (lambda g, x, w: (g + g @ w.T) * (x > 0), "here it comes after it"),
        (lambda g, x, w: (g + g @ w.T) * is_open(x, w), "first one back"),
        (lambda g, x, w: (g * (g > 0)) @ (np.eye(4) + w).T, "not by the sign of the gradient"),
        (lambda g, x, w: g * is_open(x, w) + ((g * is_open(x, w)) @ w.T) * (x > 0), "no ReLU of its own"),
        (lambda g, x, w: g * is_open(x, w) + (g * is_open(x, w) * (x @ w > 0)) @ w.T, "no ReLU of its own"),
        (lambda g, x, w: x @ w, "nudging"),
        (lambda g, x, w: (g * is_open(x, w)).sum(axis=0), r"shape \(4,\); wanted is \(5, 4\)"),
    ],
)
