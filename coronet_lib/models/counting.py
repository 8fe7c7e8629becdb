"""What a whole network costs: its parameters, and the multiplications that one image takes."""

from math import prod
from typing import NamedTuple

import keras
from keras import layers

from coronet_lib.layers.cost import macs as layer_macs


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

    Counted are convolutions and dense layers, as often as each is used.  Additions of a bias,
    normalisation, activations, pooling and sums of maps are not: they take a share that is small,
    and that compilers fold into their neighbours.

    Parameters
    ----------
    model : keras.Model
        Functional or sequential and flat, for inputs of a fixed size, channels last.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If the model has no graph of layers or no fixed size, or if one of its operations multiplies
        matrices and is none of those that can be counted; the message names it.
    """
    if not getattr(model, "built", False) or not hasattr(model, "inputs"):
        raise ValueError(f"macs wants a functional or sequential model that is built, got {model!r}")
    graph = keras.Model(model.inputs, model.outputs)
    operations = {operation.name: operation for operation in graph.operations}
    return sum(
        _macs(operations[described["name"]], call)
        for described in graph.get_config()["layers"]
        for call in described["inbound_nodes"]
    )


def _macs(operation, call):
    """Of one use of a layer, as the model's configuration describes it."""
    if type(operation) not in _COUNTED:
        # What learns a number a channel, such as normalisation, multiplies maps element by element.
        matrices = any(len(weight.shape) > 1 for weight in getattr(operation, "weights", ()))
        if matrices or type(operation).__name__ in _PRODUCTS:
            raise ValueError(
                f"{operation.name!r} is a {type(operation).__name__}, which cannot be counted; "
                f"wanted one of {', '.join(kind.__name__ for kind in _COUNTED)} in a flat model"
            )
        return 0
    takes = call["args"][0]["config"]["shape"][1:]
    gives = operation.compute_output_shape((1, *takes))[1:]
    if None in takes or None in gives:
        raise ValueError(f"{operation.name!r} sees no fixed size but {takes}; give the model's input a size")
    return _COUNTED[type(operation)](operation, takes[-1], gives[:-1])


def _convolution(layer, channels, size):
    # A group of outputs sees its own share of the channels only.
    return layer_macs("conv2d", channels // layer.groups, layer.filters, layer.kernel_size, size)


def _depthwise(layer, channels, size):
    many = channels * layer.depth_multiplier
    return layer_macs("depthwise_conv2d", channels, many, layer.kernel_size, size)


def _separable(layer, channels, size):
    between = channels * layer.depth_multiplier
    return _depthwise(layer, channels, size) + layer_macs(
        "pointwise_conv2d", between, layer.filters, output_size=size
    )


def _dense(layer, channels, size):
    return layer_macs("dense", channels, layer.units) * prod(size)  # once a pixel, where it gets a map


_COUNTED = {
    layers.Conv2D: _convolution,
    layers.DepthwiseConv2D: _depthwise,
    layers.SeparableConv2D: _separable,
    layers.Dense: _dense,
}
# What multiplies matrices without a weight of its own: layers, and functions of keras.ops.
_PRODUCTS = (
    "Dot",
    "Attention",
    "AdditiveAttention",
    "Matmul",
    "Einsum",
    "Tensordot",
    "Conv",
    "DepthwiseConv",
)
