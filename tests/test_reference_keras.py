"""The NumPy layers against Keras's own."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import ops
from reference_cases import QUICK, TOLERANCE, cases

from coronet_lib.layers import (
    batch_norm,
    cross_correlate2d,
    dense,
    depthwise_conv2d,
    parameters,
    pool2d,
    relu,
    separable_conv2d,
    softmax,
    softmax_cross_entropy,
)


def by_keras(operation, *arrays, **options):
    """The result of a Keras operation on arrays whose type it must not change."""
    return ops.convert_to_numpy(
        operation(*(ops.convert_to_tensor(a, dtype=a.dtype) for a in arrays), **options)
    )


def keras_options(case):
    return {"strides": case.stride, "padding": case.padding, "dilation_rate": case.dilation}


@QUICK
@given(cases(either=True))
def test_correlation_is_keras_convolution(case):
    x, kernel, bias = case.arrays(
        case.shape, (*case.window, case.shape[3], case.channels_out), case.channels_out
    )
    wanted = by_keras(ops.conv, x, kernel, **keras_options(case)) + bias
    case.close(cross_correlate2d(x, kernel, **case.options, bias=bias), wanted)


@QUICK
@given(cases(either=True, square=True), st.integers(1, 3))
def test_depthwise(case, multiplier):
    x, kernel = case.arrays(case.shape, (*case.window, case.shape[3], multiplier))
    wanted = by_keras(ops.depthwise_conv, x, kernel, **keras_options(case))
    case.close(depthwise_conv2d(x, kernel, **case.options), wanted)


@QUICK
@given(cases(either=True, square=True), st.integers(1, 3))
def test_separable(case, multiplier):
    x, depthwise, pointwise = case.arrays(
        case.shape,
        (*case.window, case.shape[3], multiplier),
        (1, 1, case.shape[3] * multiplier, case.channels_out),
    )
    wanted = by_keras(ops.separable_conv, x, depthwise, pointwise, **keras_options(case))
    case.close(separable_conv2d(x, depthwise, pointwise, **case.options), wanted)


@QUICK
@given(cases(dilations=[1]))
@pytest.mark.parametrize(("kind", "operation"), [("max", "max_pool"), ("average", "average_pool")])
def test_pooling(kind, operation, case):
    x = case.arrays(case.shape)[0] - 3  # so that a padded zero would win a maximum
    wanted = by_keras(
        getattr(ops, operation), x, pool_size=case.window, strides=case.stride, padding=case.padding
    )
    case.close(pool2d(x, case.window, case.stride, kind, case.padding), wanted)


@QUICK
@given(cases(), st.floats(0, 1), st.sampled_from((1e-3, 1e-5)), st.booleans())
def test_batch_norm_in_both_modes(case, momentum, epsilon, training):
    channels = case.shape[3]
    x, gamma, beta, mean, variance = case.arrays(case.shape, *[channels] * 4)
    layer = keras.layers.BatchNormalization(momentum=momentum, epsilon=epsilon, dtype=case.dtype)
    layer.build(x.shape)
    layer.set_weights([gamma, beta, mean, variance**2])
    wanted = by_keras(layer, x, training=training), *layer.get_weights()[2:]
    got = batch_norm(x, gamma, beta, mean, variance**2, training, momentum, epsilon)
    for ours, theirs in zip(got, wanted, strict=True):
        case.close(ours, theirs)


@pytest.mark.filterwarnings("ignore:You are using a softmax over axis -1 of a tensor")  # of one channel
@QUICK
@given(cases(), st.sampled_from((1, 1e2, 1e4)))
def test_softmax_and_relu(case, scale):
    x = case.arrays(case.shape)[0] * np.dtype(case.dtype).type(scale)
    case.close(softmax(x), by_keras(ops.softmax, x))
    case.close(relu(x), by_keras(ops.relu, x))


@QUICK
@given(cases(), st.integers(2, 5))
def test_dense_and_its_cross_entropy(case, classes):
    batch = case.shape[0]
    x, weights, bias = case.arrays((batch, 7), (7, classes), classes)
    layer = keras.layers.Dense(classes, dtype=case.dtype)
    layer.build(x.shape)
    layer.set_weights([weights, bias])
    logits = by_keras(layer, x)
    case.close(dense(x, weights, bias), logits)

    labels = np.arange(batch) % classes
    surprise = by_keras(keras.losses.sparse_categorical_crossentropy, labels, logits, from_logits=True)
    assert softmax_cross_entropy(logits, labels) == pytest.approx(surprise.mean(), rel=TOLERANCE[case.dtype])


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize(
    ("kind", "layer"),
    [
        ("conv2d", lambda b: keras.layers.Conv2D(8, (3, 5), use_bias=b)),
        ("depthwise_conv2d", lambda b: keras.layers.DepthwiseConv2D((3, 5), depth_multiplier=2, use_bias=b)),
        ("separable_conv2d", lambda b: keras.layers.SeparableConv2D(8, (3, 5), use_bias=b)),
        ("pointwise_conv2d", lambda b: keras.layers.Conv2D(8, 1, use_bias=b)),
        ("dense", lambda b: keras.layers.Dense(8, use_bias=b)),
    ],
)
def test_parameters_are_those_that_keras_counts(kind, layer, bias):
    built = layer(bias)
    built.build((None, 9, 9, 4))
    kernel_size = 1 if kind in ("pointwise_conv2d", "dense") else (3, 5)
    assert parameters(kind, 4, 8, kernel_size, bias) == built.count_params()
