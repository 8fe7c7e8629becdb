"""Wrong answers to the exercises of chapter 5, and what the checks say of each."""

import numpy as np
from chapters import published
from refused import refuses

from coronet_lib import checks
from coronet_lib.layers import batch_norm, cross_correlate2d

test_moving_means = refuses(
    checks.moving_means,
    [
        (np.array([9.0, 18.9, 28.89]), "exchanged"),
        (np.array([10.0, 11.0, 12.9]), "first batch's mean"),
        (np.array([1.9, 3.71, 6.339]), "moving variance"),
        (np.array([10.0, 15.0, 20.0]), "plain average"),
        (np.array([1.0, 2.0, 3.0]), "begins with 0"),
        (np.array([0.0, 1.0, 2.9]), "before each batch"),
        (np.array([1.0, 2.9, 5.0]), "one by one"),
        ([0.1, 0.299, 0.59601], "Keras's own momentum"),
        ([1.0, 2.9, 5.6], "rounded"),
        (np.array([1.0, 2.9]), r"3 numbers; this is an array of shape \(2,\)"),
        (np.array([1, 2, 5]), "one by one"),
        ([[1.0], [2.0, 3.0]], "3 numbers; this is"),
    ],
)


def test_moving_means_may_be_typed_in_as_a_list():
    assert checks.moving_means([1, 2.9, 5.61])


test_frozen = refuses(
    checks.frozen,
    [
        (1770, "how many moving averages"),
        (7080, "half of each layer's"),
        (3540 - 2 * 267, "shortcuts"),
        (3540 - 2 * 273, "two equal blocks, and you have counted one"),
        (54_528, "full network's; the"),
        (54_528 // 8, "an eighth .* eight equal blocks"),
        (3541, "row by row"),
        (1e400, "finite"),
    ],
)


def folded(factor, bias=lambda g, b, m, f: b - m * f):
    """An answer from its factor for each channel and its bias."""

    def fold(kernel, gamma, beta, mean, variance, epsilon):
        each = factor(gamma, variance, epsilon)
        return kernel * each, bias(gamma, beta, mean, each)

    return fold


def right(gamma, variance, epsilon):
    return gamma / np.sqrt(variance + epsilon)


test_fold = refuses(
    checks.fold,
    [
        (folded(lambda g, v, e: g / np.sqrt(v)), "epsilon is missing"),
        (folded(lambda g, v, e: g / (np.sqrt(v) + e)), "belongs to the variance"),
        (folded(lambda g, v, e: g / (v + e)), "root of it is missing"),
        (folded(lambda g, v, e: 1 / np.sqrt(v + e)), "gamma is missing"),
        (folded(lambda g, v, e: np.ones(4)), "as it was"),
        (folded(lambda g, v, e: -right(g, v, e)), "which number multiplies"),
        (folded(lambda g, v, e: right(g, v, 1e-3)), "as it is given"),
        (folded(right, lambda g, b, m, f: b), "beta alone"),
        (folded(right, lambda g, b, m, f: b - m), "scaled, too"),
        (folded(right, lambda g, b, m, f: b + m * f), "sign"),
        (folded(right, lambda g, b, m, f: -m * f), "beta is missing"),
        (folded(right, lambda g, b, m, f: 0 * b), "only zeros"),
        (lambda k, *_: k, "return two arrays"),
        (lambda k, g, b, m, v, e: folded(right)(k, g, b, m, v, e) if g.size > 1 else 1, "return two arrays"),
        (lambda k, g, *_: k / g[:3], r"type float64, [^,]* \(4,\) and type float64 \(4 times\), 0\.001"),
        (lambda k, g, b, *_: (k[..., 0], b), r"shape \(3, 3, 2\); wanted is \(3, 3, 2, 4\)"),
    ],
)


def test_the_published_fold_does_the_work_of_two_layers():
    rng = np.random.default_rng(0)
    x, kernel, (gamma, beta, mean) = (
        rng.normal(size=(2, 6, 7, 3)),
        rng.normal(size=(3, 3, 3, 5)),
        rng.normal(size=(3, 5)),
    )
    variance = rng.uniform(0.1, 3, 5)
    two, *_ = batch_norm(cross_correlate2d(x, kernel), gamma, beta, mean, variance)
    new_kernel, bias = published(5, 3)["fold"](kernel, gamma, beta, mean, variance, 1e-3)
    np.testing.assert_allclose(cross_correlate2d(x, new_kernel, bias=bias), two, atol=1e-12)


def dropping(mask_shape, scale=lambda x, rate: x / (1 - rate), survives=np.greater_equal):
    """An answer from the shape of what it draws and the scale of what survives."""

    def channel_dropout(x, rate, seed):
        b, h, w, c = x.shape
        drawn = np.random.default_rng(seed).random(mask_shape(b, h, w, c))
        return np.where(survives(drawn, rate), scale(x, rate), 0)

    return channel_dropout


def maps(b, h, w, c):
    return (b, 1, 1, c)


test_channel_dropout = refuses(
    checks.channel_dropout,
    [
        (dropping(lambda b, h, w, c: (b, h, w, c)), "dropped in part"),
        (dropping(lambda b, h, w, c: (b, h, 1, c)), "dropped in part"),
        (dropping(lambda b, h, w, c: (1, 1, 1, c)), "same maps; draw for each X-ray"),
        (dropping(lambda b, h, w, c: (b, 1, 1, 1)), "all of its maps or none"),
        (dropping(maps, lambda x, rate: x), "without scaling up"),
        (dropping(maps, lambda x, rate: x * (1 - rate)), "scaled down"),
        (dropping(maps, lambda x, rate: x / rate), "divide by the rate"),
        (dropping(maps, lambda x, rate: x + 1), "by what are they to be scaled"),
        (dropping(maps, survives=np.less), "share that is kept"),
        (dropping(maps, survives=lambda drawn, rate: drawn >= rate / 2), "another share"),
        (lambda x, rate, seed: dropping(maps)(x, rate, 0), "another seed drops the same"),
        (lambda x, rate, seed: dropping(maps)(x, rate, None), "same seed drops other"),
        (lambda x, rate, seed: x / (1 - rate), "nothing is dropped"),
        (lambda x, rate, seed: x * 0, "everything is dropped"),
        (lambda x, rate, seed: x / np.zeros(1), "not finite"),
        (lambda x, rate, seed: x[0], "wanted is"),
        (lambda x, rate, seed: x.__imul__(2), "changes the array"),
    ],
)
