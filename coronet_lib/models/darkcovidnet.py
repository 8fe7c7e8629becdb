"""DarkCovidNet (Ozturk et al. 2020): seventeen small convolutions after the pattern of Darknet-19.

Layer by layer as in the authors' public notebooks, which are written for PyTorch.  How it is trained,
its optimizer and schedule, stands in :mod:`coronet_lib.systems.registry`.  Shapes in the comments are for a
256 x 256 input.
"""

import keras
from keras import layers

from coronet_lib.classes import class_names
from coronet_lib.models.interface import class_scores, preprocess

SMALLEST_SIZE = 4  # two poolings leave one pixel; from then on padding widens the map again


def darkcovidnet(classes=3, size=256, *, weights=None):
    """DarkCovidNet, from pixels to class probabilities.

    Parameters
    ----------
    classes : {4, 3, 2}
        The authors had 3 and 2.
    size : int
        Edge of the square input in pixels; 256 in the paper.
    weights : None
        There are none to start from: the authors trained from scratch.

    Returns
    -------
    keras.Model
        From float (batch, size, size, 3), 0 to 255, to (batch, classes), rows summing to 1.
        At 256 pixels it has 1,167,586 trainable parameters for 3 classes and 1,164,434 for 2.

    Raises
    ------
    ValueError
        If there is no such problem, the input is too small, or weights are asked for.

    Notes
    -----
    The authors standardise each image by the statistics of a batch; here pixels go to [0, 1].  The batch
    normalisation behind the first convolution undoes the difference, but for the zeros at the border.
    """
    units = len(class_names(classes))
    if size < SMALLEST_SIZE:
        raise ValueError(f"DarkCovidNet needs an input of at least {SMALLEST_SIZE} pixels, got {size}")
    if weights is not None:
        raise ValueError(f"DarkCovidNet has no published weights to start from, got {weights!r}")
    pixels = layers.Input((size, size, 3), name="pixels")
    x = preprocess(pixels, "unit")
    x = _conv(x, 8, 3, "conv1")  # (256, 256, 8)
    x = layers.MaxPooling2D(2, name="pool1")(x)
    x = _conv(x, 16, 3, "conv2")  # (128, 128, 16)
    x = layers.MaxPooling2D(2, name="pool2")(x)
    x = _triple(x, 32, "triple1")  # (66, 66, 32): its 1 x 1 convolution adds two pixels
    x = layers.MaxPooling2D(2, name="pool3")(x)
    x = _triple(x, 64, "triple2")  # (35, 35, 64)
    x = layers.MaxPooling2D(2, name="pool4")(x)
    x = _triple(x, 128, "triple3")  # (19, 19, 128)
    x = layers.MaxPooling2D(2, name="pool5")(x)
    x = _triple(x, 256, "triple4")  # (11, 11, 256)
    x = _conv(x, 128, 1, "conv15")  # (13, 13, 128)
    x = _conv(x, 256, 3, "conv16")  # (13, 13, 256)
    # The last convolution has its activation, here ReLU, before the normalisation.
    x = _padded(x, units, 3, "conv17")
    x = layers.ReLU(name="conv17_act")(x)
    x = _norm("conv17_bn")(x)  # (13, 13, classes)
    x = layers.Flatten(name="head_flatten")(x)  # (507,) for 3 classes
    return keras.Model(pixels, class_scores(units)(x), name="darkcovidnet")


def _triple(x, channels, name):
    """Wide, narrow, wide: 3 x 3, then 1 x 1 with half the channels, then 3 x 3."""
    x = _conv(x, channels, 3, f"{name}_conv1")
    x = _conv(x, channels // 2, 1, f"{name}_conv2")
    return _conv(x, channels, 3, f"{name}_conv3")


def _conv(x, channels, kernel, name):
    x = _padded(x, channels, kernel, name)
    x = _norm(f"{name}_bn")(x)
    return layers.LeakyReLU(negative_slope=0.1, name=f"{name}_act")(x)


def _padded(x, channels, kernel, name):
    """Convolution with one pixel of padding, also where the kernel is 1 x 1, as the authors have it."""
    x = layers.ZeroPadding2D(1, name=f"{name}_pad")(x)
    return layers.Conv2D(channels, kernel, use_bias=False, name=name)(x)


def _norm(name):
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=name)  # PyTorch's defaults
