"""The NumPy layers against SciPy, against their definitions, and at the edges of what they accept."""

import subprocess
import sys
from itertools import product

import numpy as np
import pytest
import scipy.signal
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from reference_cases import QUICK, TOLERANCE, cases

from coronet_lib.layers import (
    batch_norm,
    convolve2d,
    cross_correlate2d,
    dense,
    depthwise_conv2d,
    dropout,
    pointwise_conv2d,
    pool2d,
    relu,
    same_padding,
    separable_conv2d,
    softmax,
)


def spread(kernel, dilation):
    """A dilated kernel as an ordinary one: zeros between its taps."""
    down, right = dilation
    height, width = kernel.shape[:2]
    wide = np.zeros(((height - 1) * down + 1, (width - 1) * right + 1, *kernel.shape[2:]), kernel.dtype)
    wide[::down, ::right] = kernel
    return wide


def by_scipy(function, case, x, kernel):
    """A layer as a sum of SciPy's two-dimensional results over the channels in."""
    kernel = spread(kernel, case.dilation)
    channels_in, channels_out = kernel.shape[2:]
    images = [
        [
            sum(function(image[..., c], kernel[..., c, k], mode=case.padding) for c in range(channels_in))
            for k in range(channels_out)
        ]
        for image in x
    ]
    return np.moveaxis(images, 1, -1)[:, :: case.stride[0], :: case.stride[1]]


# ---------------------------------------------------------------------------------------- convolution


@QUICK
@given(cases(paddings=["valid"]))
@pytest.mark.parametrize(
    ("ours", "scipys"),
    [(cross_correlate2d, scipy.signal.correlate2d), (convolve2d, scipy.signal.convolve2d)],
)
def test_valid_convolution_is_scipys(ours, scipys, case):
    x, kernel, bias = case.arrays(
        case.shape, (*case.window, case.shape[3], case.channels_out), case.channels_out
    )
    case.close(ours(x, kernel, **case.options, bias=bias), by_scipy(scipys, case, x, kernel) + bias)


@QUICK
@given(cases(paddings=["same"], strides=[1], odd=True))
def test_same_correlation_with_an_odd_kernel_is_scipys(case):
    x, kernel = case.arrays(case.shape, (*case.window, case.shape[3], case.channels_out))
    wanted = by_scipy(scipy.signal.correlate2d, case, x, kernel)
    case.close(cross_correlate2d(x, kernel, **case.options), wanted)


@QUICK
@given(cases())
def test_a_grey_image_needs_no_batch_and_no_channels(case):
    x, kernel, bias = case.arrays(case.shape[1:3], case.window, ())
    flat = convolve2d(x, kernel, **case.options, bias=bias)
    full = convolve2d(x[None, :, :, None], kernel[:, :, None, None], **case.options, bias=bias[None])
    np.testing.assert_array_equal(flat, full[0, :, :, 0])


def test_convolution_turns_the_kernel_and_correlation_does_not():
    spot = np.zeros((3, 3))
    spot[1, 1] = 1
    kernel = np.arange(9).reshape(3, 3)
    np.testing.assert_array_equal(convolve2d(spot, kernel, padding="same"), kernel)
    np.testing.assert_array_equal(cross_correlate2d(spot, kernel, padding="same"), kernel[::-1, ::-1])


def test_eight_bit_images_do_not_overflow():
    x = np.full((5, 5), 255, np.uint8)
    kernel = np.full((3, 3), 127, np.int8)
    y = cross_correlate2d(x, kernel)
    assert y.dtype == np.float64
    np.testing.assert_array_equal(y, np.full((3, 3), 9 * 255 * 127))


@pytest.mark.parametrize(
    ("length", "size", "stride", "dilation", "wanted"),
    [
        (150, 3, 2, 1, (0, 1)),  # even length: one side only, the pitfall of strided layers
        (149, 3, 2, 1, (1, 1)),
        (5, 3, 1, 1, (1, 1)),
        (5, 2, 1, 1, (0, 1)),
        (5, 3, 1, 2, (2, 2)),
        (1, 5, 1, 1, (2, 2)),
        (6, 2, 3, 1, (0, 0)),  # a stride beyond the window skips pixels and pads none
        (7, 3, 7, 1, (0, 0)),
    ],
)
def test_same_padding_by_hand(length, size, stride, dilation, wanted):
    assert same_padding(length, size, stride, dilation) == wanted


# ------------------------------------------------------------------------------------------ separable


@QUICK
@given(cases(), st.integers(1, 3))
def test_depthwise_is_a_correlation_that_mixes_no_channels(case, multiplier):
    channels = case.shape[3]
    x, kernel = case.arrays(case.shape, (*case.window, channels, multiplier))
    mixing = np.zeros((*case.window, channels, channels, multiplier), case.dtype)
    for c in range(channels):
        mixing[:, :, c, c] = kernel[:, :, c]
    mixing = mixing.reshape(*case.window, channels, channels * multiplier)
    wanted = cross_correlate2d(x, mixing, **case.options)
    case.close(depthwise_conv2d(x, kernel, **case.options), wanted)


@QUICK
@given(cases(), st.integers(1, 3))
def test_separable_is_a_correlation_whose_kernel_is_a_product(case, multiplier):
    channels = case.shape[3]
    x, depthwise, pointwise, bias = case.arrays(
        case.shape,
        (*case.window, channels, multiplier),
        (1, 1, channels * multiplier, case.channels_out),
        case.channels_out,
    )
    mix = pointwise.reshape(channels, multiplier, case.channels_out)
    wanted = cross_correlate2d(x, np.einsum("ijcm,cmk->ijck", depthwise, mix), **case.options, bias=bias)
    case.close(separable_conv2d(x, depthwise, pointwise, **case.options, bias=bias), wanted)


@QUICK
@given(cases())
def test_pointwise_is_a_dense_layer_at_every_pixel(case):
    x, kernel, bias = case.arrays(case.shape, (1, 1, case.shape[3], case.channels_out), case.channels_out)
    pixels = dense(x.reshape(-1, case.shape[3]), kernel[0, 0], bias)
    case.close(pointwise_conv2d(x, kernel, bias), pixels.reshape(*case.shape[:3], case.channels_out))


# -------------------------------------------------------------------------------------------- pooling


def pooled_by_loops(x, summary, window, stride, padding):
    """Pooling from its definition: only the pixels of a window that lie inside the image take part."""
    stops = []
    for length, size, step in zip(x.shape[1:3], window, stride, strict=True):
        before = same_padding(length, size, step)[0] if padding == "same" else 0
        count = -(-length // step) if padding == "same" else (length - size) // step + 1
        starts = [i * step - before for i in range(count)]
        stops.append([slice(max(start, 0), start + size) for start in starts])
    rows = [[summary(x[:, down, right], axis=(1, 2)) for right in stops[1]] for down in stops[0]]
    return np.moveaxis(rows, 2, 0)


@QUICK
@given(cases(dilations=[1]))
@pytest.mark.parametrize(
    ("kind", "summary"),
    [("max", np.max), ("average", np.mean), ("l2", lambda x, axis: np.sqrt((x**2).sum(axis)))],
)
def test_pooling_by_its_definition(kind, summary, case):
    x = case.arrays(case.shape)[0] - 3  # so that a padded zero would win a maximum
    wanted = pooled_by_loops(x, summary, case.window, case.stride, case.padding)
    case.close(pool2d(x, case.window, case.stride, kind, case.padding), wanted)


def test_pooling_steps_by_its_size_unless_told():
    x = np.arange(16.0).reshape(1, 4, 4, 1)
    np.testing.assert_array_equal(pool2d(x)[0, :, :, 0], [[5, 7], [13, 15]])


# ----------------------------------------------------------------------------------- relu and softmax


def test_relu_keeps_the_positive_part():
    np.testing.assert_array_equal(relu([-2, -0.0, 0, 3.5]), [0, 0, 0, 3.5])


@QUICK
@given(cases(), st.integers(-4, 3), st.sampled_from((1, 1e2, 1e4)))
def test_softmax_is_scipys_however_large_the_scores(case, axis, scale):
    x = np.clip(case.arrays(case.shape)[0], -1, 1) * np.dtype(case.dtype).type(scale)
    y = softmax(x, axis)
    case.close(y, scipy.special.softmax(x, axis))
    np.testing.assert_allclose(y.sum(axis), 1, rtol=TOLERANCE[case.dtype])


# ----------------------------------------------------------------------------------------- batch norm


@QUICK
@given(cases(), st.floats(0, 1))
def test_batch_norm_while_training(case, momentum):
    channels = case.shape[3]
    x, gamma, beta, mean, variance = case.arrays(case.shape, *[channels] * 4)
    y, new_mean, new_variance = batch_norm(
        x, gamma, beta, mean, variance**2, training=True, momentum=momentum, epsilon=1e-2
    )
    pixels = x.reshape(-1, channels)
    spread_left = pixels.var(0) / (pixels.var(0) + 1e-2)
    case.close(y.mean((0, 1, 2)), beta)
    case.close(y.var((0, 1, 2)), gamma**2 * spread_left)
    case.close(new_mean, momentum * mean + (1 - momentum) * pixels.mean(0))
    case.close(new_variance, momentum * variance**2 + (1 - momentum) * pixels.var(0))


def test_batch_norm_afterwards_uses_and_keeps_the_moving_values():
    x = np.array([[1.0, 10.0], [3.0, 30.0]])
    y, mean, variance = batch_norm(x, [1, 2], [0, 5], [1, 10], [4, 100], epsilon=0)
    np.testing.assert_allclose(y, [[0, 5], [1, 9]])
    assert mean.tolist() == [1, 10]
    assert variance.tolist() == [4, 100]


def test_batch_norm_keeps_its_digits_on_a_large_float32_batch():
    rng = np.random.default_rng(0)
    x = (100 + rng.normal(size=(400_000, 2))).astype(np.float32)
    _, mean, variance = batch_norm(x, *np.ones((4, 2), np.float32), training=True, momentum=0)
    assert mean == pytest.approx(x.astype(np.float64).mean(0), rel=1e-6)
    assert variance == pytest.approx(x.astype(np.float64).var(0), rel=1e-6)


# -------------------------------------------------------------------------------------------- dropout


@pytest.mark.parametrize("rate", [0, 0.2, 0.5, 0.9])
def test_dropout_scales_up_what_survives(rate):
    x = np.arange(1, 40_001, dtype=np.float32).reshape(100, 400)
    y = dropout(x, rate, training=True, seed=1)
    survives = y != 0
    assert y.dtype == np.float32
    np.testing.assert_allclose(y[survives], x[survives] / (1 - rate), rtol=1e-6)
    assert (~survives).mean() == pytest.approx(rate, abs=4 * np.sqrt(rate * (1 - rate) / x.size))


def test_dropout_does_nothing_at_test_time():
    x = np.ones((2, 3))
    assert dropout(x, 0.5) is x


def test_dropout_repeats_with_an_integer_and_moves_on_with_a_generator():
    x = np.ones((5, 5))
    first, again = (dropout(x, 0.5, training=True, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    rng = np.random.default_rng(3)
    np.testing.assert_array_equal(dropout(x, 0.5, training=True, seed=rng), first)
    assert (dropout(x, 0.5, training=True, seed=rng) != first).any()


# ---------------------------------------------------------------------------------------------- edges

_LAYERS = {
    "cross_correlate2d": lambda x, a: cross_correlate2d(x, a(3, 2, 2, 4), padding="same", bias=a(4)),
    "convolve2d": lambda x, a: convolve2d(x, a(3, 2, 2, 4), padding="same"),
    "depthwise_conv2d": lambda x, a: depthwise_conv2d(x, a(2, 3, 2, 2), padding="same", bias=a(4)),
    "pointwise_conv2d": lambda x, a: pointwise_conv2d(x, a(1, 1, 2, 4), bias=a(4)),
    "separable_conv2d": lambda x, a: separable_conv2d(x, a(3, 3, 2, 1), a(1, 1, 2, 4), padding="same"),
    "max pool": lambda x, a: pool2d(x, 3, 1, padding="same"),
    "average pool": lambda x, a: pool2d(x, 3, 1, "average", padding="same"),
    "l2 pool": lambda x, a: pool2d(x, 3, 1, "l2", padding="same"),
    "relu": lambda x, a: relu(x),
    "softmax": lambda x, a: softmax(x),
    "dropout": lambda x, a: dropout(x, 0.5, training=True, seed=0),
    "batch_norm": lambda x, a: batch_norm(x, a(2), a(2), a(2), a(2))[0],
    "dense": lambda x, a: dense(x.reshape(len(x), x[:1].size or 2), a(x[:1].size or 2, 4)),
}


@pytest.mark.parametrize("name", _LAYERS)
@pytest.mark.parametrize("shape", [(0, 1, 1, 2), (1, 1, 1, 2), (2, 1, 6, 2)])
@pytest.mark.parametrize(
    ("given_type", "wanted_type"),
    [
        (np.float32, np.float32),
        (np.float64, np.float64),
        (np.uint8, np.float64),
        (np.int64, np.float64),
        (bool, np.float64),
    ],
)
def test_every_layer_takes_empty_and_tiny_images_of_every_type(name, shape, given_type, wanted_type):
    y = _LAYERS[name](np.ones(shape, given_type), lambda *shape: np.ones(shape, given_type))
    assert y.dtype == wanted_type
    assert y.shape[0] == shape[0]
    assert np.isfinite(y).all()


@pytest.mark.parametrize(("batch", "padding"), product((0, 2), ("valid", "same")))
def test_a_stride_beyond_the_kernel_skips_pixels(batch, padding):
    x = np.arange(batch * 81.0).reshape(batch, 9, 9, 1)
    y = cross_correlate2d(x, np.ones((1, 1, 1, 1)), stride=4, padding=padding)
    np.testing.assert_array_equal(y, x[:, ::4, ::4])


_ONE = np.zeros((2, 5, 5, 3))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: cross_correlate2d(np.zeros((28, 28)), np.zeros((3, 3, 1, 8))),
            r"x wants shape \(batch, height, width, channels_in\), got shape \(28, 28\)",
        ),
        (
            lambda: convolve2d(_ONE, np.zeros((3, 3, 1, 8))),
            r"kernel wants shape \(height, width, 3, channels_out\), got shape \(3, 3, 1, 8\)",
        ),
        (lambda: convolve2d(_ONE, np.zeros(3)), r"kernel wants shape .*, got shape \(3,\)"),
        (
            lambda: cross_correlate2d(_ONE, np.zeros((3, 3, 3, 8)), bias=np.zeros(3)),
            r"bias wants shape \(8,\), got shape \(3,\)",
        ),
        (
            lambda: cross_correlate2d(_ONE, np.zeros((3, 3, 3, 8)), dilation=3),
            "window of 7 × 7 pixels fits nowhere in images of 5 × 5",
        ),
        (lambda: pool2d(_ONE, 6), "window of 6 × 6 pixels fits nowhere in images of 5 × 5"),
        (lambda: pool2d(_ONE[:, :0], 2, padding="same"), "fits nowhere"),
        (lambda: pool2d(_ONE[0]), r"x wants shape .*, got shape \(5, 5, 3\)"),
        (lambda: pool2d(_ONE, 0), "size wants a positive integer or a pair of them, got 0"),
        (lambda: pool2d(_ONE, 2.0), "size wants a positive integer .* got 2.0"),
        (lambda: pool2d(_ONE, stride=(1, 2, 3)), r"stride wants .* got \(1, 2, 3\)"),
        (lambda: pool2d(_ONE, padding="full"), "padding wants 'valid' or 'same', got 'full'"),
        (lambda: pool2d(_ONE, kind="min"), "'max', 'average', 'l2', got 'min'"),
        (
            lambda: depthwise_conv2d(_ONE, np.zeros((3, 3, 4, 1))),
            r"kernel wants shape \(height, width, 3, multiplier\), got shape \(3, 3, 4, 1\)",
        ),
        (
            lambda: pointwise_conv2d(_ONE, np.zeros((3, 3, 3, 8))),
            r"kernel wants shape \(1, 1, channels_in, channels_out\), got shape \(3, 3, 3, 8\)",
        ),
        (
            lambda: separable_conv2d(_ONE, np.zeros((3, 3, 3, 2)), np.zeros((1, 1, 3, 8))),
            r"kernel wants shape \(height, width, 6, channels_out\), got shape \(1, 1, 3, 8\)",
        ),
        (
            lambda: dense(_ONE, np.zeros((75, 4))),
            r"x wants shape \(batch, features_in\), got shape \(2, 5, 5, 3\)",
        ),
        (
            lambda: dense(np.zeros((2, 7)), np.zeros((8, 4))),
            r"weights wants shape \(7, units\), got shape \(8, 4\)",
        ),
        (
            lambda: batch_norm(_ONE, np.ones(3), np.zeros(3), np.zeros(3), np.ones(5)),
            r"moving_variance wants shape \(3,\), got shape \(5,\)",
        ),
        (
            lambda: batch_norm(_ONE[:0], *np.ones((4, 3)), training=True),
            r"wants x of shape \(batch >= 1, ..., channels\), got shape \(0, 5, 5, 3\)",
        ),
        (
            lambda: batch_norm(_ONE, *np.ones((4, 3)), momentum=1.1),
            "momentum wants 0 <= momentum <= 1, got 1.1",
        ),
        (lambda: dropout(_ONE, 1.0), "rate wants 0 <= rate < 1, got 1.0"),
        (lambda: dropout(_ONE, 0.5, training=True), "wants a seed, got None"),
    ],
)
def test_errors_say_what_came_and_what_was_wanted(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_numpy_scalars_as_options_do_not_change_the_type():
    x, option = np.ones((4, 2), np.float32), np.float64(0.5)
    parameters = np.ones((4, 2), np.float32)
    results = batch_norm(x, *parameters, training=True, momentum=option, epsilon=option)
    results += (dropout(x, option, training=True, seed=0),)
    assert {result.dtype for result in results} == {np.dtype(np.float32)}


def test_only_real_numbers_are_accepted():
    with pytest.raises(TypeError, match="real numbers, got arrays of dtype complex128"):
        relu(np.array([1j]))


def test_the_numpy_layers_import_numpy_only():
    code = (
        "import sys, coronet_lib.layers\n"
        "heavy = {'keras', 'tensorflow', 'matplotlib', 'scipy', 'pandas', 'sklearn', 'PIL'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
