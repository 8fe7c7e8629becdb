"""What a layer costs: the numbers it learns and the multiplications it makes.

Both follow from one count, because each weight of these layers is used once for every output pixel.
MobileNets are compared in this way (Howard et al. 2017).
"""

from math import prod

from coronet_lib.layers.arrays import pair

# Weights of a layer from its taps (kernel height times width) and its channels in and out.
_WEIGHTS = {
    "conv2d": lambda taps, c_in, c_out: taps * c_in * c_out,
    "depthwise_conv2d": lambda taps, c_in, c_out: taps * c_out,
    "pointwise_conv2d": lambda taps, c_in, c_out: c_in * c_out,
    "separable_conv2d": lambda taps, c_in, c_out: (taps + c_out) * c_in,
    "dense": lambda taps, c_in, c_out: c_in * c_out,
}
_WITHOUT_WINDOW = ("pointwise_conv2d", "dense")


def parameters(kind, channels_in, channels_out, kernel_size=1, bias=False):
    """Numbers that a layer learns.

    Parameters
    ----------
    kind : {"conv2d", "depthwise_conv2d", "pointwise_conv2d", "separable_conv2d", "dense"}
    channels_in, channels_out : int
        Features and units of a dense layer. A depthwise layer has a multiple of its channels in as
        channels out; a separable one is counted with one depthwise kernel per channel, as in Xception.
    kernel_size : int or (int, int)
        Height and width of the kernel, which is 1 for pointwise and dense layers.
    bias : bool
        Whether there is one more number for each channel out.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If there is no such layer.
    """
    return _weights(kind, channels_in, channels_out, kernel_size) + bias * channels_out


def macs(kind, channels_in, channels_out, kernel_size=1, output_size=1):
    """Multiply-accumulate operations of a layer for one image; additions of a bias are not counted.

    Parameters
    ----------
    kind : {"conv2d", "depthwise_conv2d", "pointwise_conv2d", "separable_conv2d", "dense"}
    channels_in, channels_out : int
    kernel_size : int or (int, int)
        As for :func:`parameters`.
    output_size : int or (int, int)
        Height and width of the layer's output, which is 1 for a dense layer.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If there is no such layer, or a dense one is to have several output pixels.
    """
    pixels = prod(pair("output_size", output_size))
    if kind == "dense" and pixels != 1:
        raise ValueError(f"a dense layer has no output pixels and wants output_size 1, got {output_size!r}")
    return _weights(kind, channels_in, channels_out, kernel_size) * pixels


def _weights(kind, channels_in, channels_out, kernel_size):
    if kind not in _WEIGHTS:
        raise ValueError(f"kind of layer wants one of {', '.join(map(repr, _WEIGHTS))}, got {kind!r}")
    taps = prod(pair("kernel_size", kernel_size))
    pair("channels_in and channels_out", (channels_in, channels_out))
    if kind in _WITHOUT_WINDOW and taps != 1:
        raise ValueError(f"{kind} wants kernel_size 1, got {kernel_size!r}")
    if kind == "depthwise_conv2d" and channels_out % channels_in:
        raise ValueError(
            f"{kind} wants channels_out a multiple of channels_in, got {channels_in} to {channels_out}"
        )
    return _WEIGHTS[kind](taps, channels_in, channels_out)
