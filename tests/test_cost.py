"""The cost counters against layers that count for themselves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_cases import QUICK, cases

from coronet_lib.layers import cross_correlate2d, dense, depthwise_conv2d, macs, parameters, pointwise_conv2d


@QUICK
@given(cases(paddings=["valid"]), st.integers(1, 3))
def test_macs_are_the_ones_that_layers_of_ones_add_up(case, multiplier):
    """Where every pixel and every weight is 1, each multiplication adds 1 to the output."""
    image, channels, window = np.ones((1, *case.shape[1:])), case.shape[3], case.window
    many = channels * multiplier

    full = cross_correlate2d(image, np.ones((*window, channels, many)), **case.options)
    size = full.shape[1:3]
    assert macs("conv2d", channels, many, window, size) == full.sum()

    depthwise = depthwise_conv2d(image, np.ones((*window, channels, multiplier)), **case.options)
    assert macs("depthwise_conv2d", channels, many, window, size) == depthwise.sum()

    pointwise = pointwise_conv2d(np.ones_like(full), np.ones((1, 1, many, channels)))
    assert macs("pointwise_conv2d", many, channels, output_size=size) == pointwise.sum()

    separable = macs("depthwise_conv2d", channels, channels, window, size)
    separable += macs("pointwise_conv2d", channels, many, output_size=size)
    assert macs("separable_conv2d", channels, many, window, size) == separable

    assert macs("dense", channels, many) == dense(np.ones((1, channels)), np.ones((channels, many))).sum()


@pytest.mark.parametrize(("channels", "taps"), [(64, 3), (728, 3), (128, 5)])
def test_a_separable_layer_costs_one_over_k_plus_one_over_n_squared(channels, taps):
    separable = macs("separable_conv2d", 32, channels, taps, 19)
    assert separable / macs("conv2d", 32, channels, taps, 19) == pytest.approx(1 / channels + 1 / taps**2)


def test_parameters_of_coronets_largest_layers():
    """As in Table II the two dense layers, and a separable layer of the middle flow."""
    assert parameters("dense", 51_200, 256, bias=True) == 13_107_456
    assert parameters("dense", 256, 4, bias=True) == 1_028
    assert parameters("separable_conv2d", 728, 728, 3) == 536_536


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: parameters("conv1d", 1, 1), "'conv2d', .*, 'dense', got 'conv1d'"),
        (lambda: parameters("dense", 8, 4, 3), "dense wants kernel_size 1, got 3"),
        (lambda: macs("pointwise_conv2d", 8, 4, (1, 3)), r"kernel_size 1, got \(1, 3\)"),
        (lambda: macs("dense", 8, 4, output_size=7), "wants output_size 1, got 7"),
        (lambda: parameters("depthwise_conv2d", 8, 12, 3), "multiple of channels_in, got 8 to 12"),
        (lambda: parameters("conv2d", 0, 12, 3), r"channels_out want.* got \(0, 12\)"),
        (lambda: macs("conv2d", 1, 12, 3, 0), "output_size wants a positive integer"),
    ],
)
def test_costs_of_no_such_layer(call, message):
    with pytest.raises(ValueError, match=message):
        call()
