"""What a whole network costs: its parameters, and the multiplications that one image takes."""

from math import prod
from typing import NamedTuple

from keras import layers

from coronet_lib.cost import macs as layer_macs


class Parameters(NamedTuple):
    """Numbers in a network's weights."""

    total: int
    trainable: int
    """Those that training changes; the rest are moving averages, or frozen."""


def parameters(model):
    """Count a network's parameters.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    Parameters
    """
    return Parameters(model.count_params(), sum(prod(weight.shape) for weight in model.trainable_weights))


def macs(model):
    """Multiply-accumulate operations of one image on its way through a network.

    Counted are convolutions and dense layers.  Additions of a bias, normalisation, activations and pooling
    are not: they take a share that is small, and that compilers fold into their neighbours.

    Parameters
    ----------
    model : keras.Model
        Flat, each layer used once.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If a layer has a kernel and is none of those that can be counted; the message names it.
    """
    return sum(_macs(layer) for layer in model.layers)


def _macs(layer):
    if not any(hasattr(layer, kernel) for kernel in ("kernel", "depthwise_kernel")):
        return 0
    if type(layer) not in _KINDS:
        raise ValueError(
            f"layer {layer.name!r} is a {type(layer).__name__}; counted are "
            f"{', '.join(kind.__name__ for kind in _KINDS)}"
        )
    return _KINDS[type(layer)](layer)


def _convolution(layer):
    # Each group of channels sees its own share of the input only.
    return (
        layer_macs("conv2d", layer.input.shape[-1], layer.filters, layer.kernel_size, _places(layer))
        // layer.groups
    )


def _depthwise(layer):
    channels = layer.input.shape[-1]
    return layer_macs(
        "depthwise_conv2d", channels, channels * layer.depth_multiplier, layer.kernel_size, _places(layer)
    )


def _separable(layer):
    channels = layer.input.shape[-1]
    middle = channels * layer.depth_multiplier
    return layer_macs("depthwise_conv2d", channels, middle, layer.kernel_size, _places(layer)) + layer_macs(
        "pointwise_conv2d", middle, layer.filters, output_size=_places(layer)
    )


def _dense(layer):
    return layer_macs("dense", layer.input.shape[-1], layer.units) * prod(layer.output.shape[1:-1])


def _places(layer):
    return layer.output.shape[1:3]


_KINDS = {
    layers.Conv2D: _convolution,
    layers.DepthwiseConv2D: _depthwise,
    layers.SeparableConv2D: _separable,
    layers.Dense: _dense,
}
