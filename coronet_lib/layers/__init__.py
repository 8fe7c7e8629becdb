"""The layers of CoroNet in NumPy, forward and backward, with their losses and what they cost."""

from coronet_lib.layers.backward import dense_backward, relu_backward
from coronet_lib.layers.cost import macs, parameters
from coronet_lib.layers.forward import (
    batch_norm,
    convolve2d,
    cross_correlate2d,
    dense,
    depthwise_conv2d,
    dropout,
    pointwise_conv2d,
    pool2d,
    relu,
    separable_conv2d,
    softmax,
)
from coronet_lib.layers.losses import (
    hinge_loss,
    hinge_loss_backward,
    softmax_cross_entropy,
    softmax_cross_entropy_backward,
)
from coronet_lib.layers.stack import gradient_sizes, stack_backward, stack_forward, stack_weights
from coronet_lib.layers.windows import same_padding

__all__ = [
    "batch_norm",
    "convolve2d",
    "cross_correlate2d",
    "dense",
    "dense_backward",
    "depthwise_conv2d",
    "dropout",
    "gradient_sizes",
    "hinge_loss",
    "hinge_loss_backward",
    "macs",
    "parameters",
    "pointwise_conv2d",
    "pool2d",
    "relu",
    "relu_backward",
    "same_padding",
    "separable_conv2d",
    "softmax",
    "softmax_cross_entropy",
    "softmax_cross_entropy_backward",
    "stack_backward",
    "stack_forward",
    "stack_weights",
]
