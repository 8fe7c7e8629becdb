"""Xception block by block (Chollet 2017, Figure 5), as one flat functional graph.

The layers carry Keras's own names (``block5_sepconv2_bn``), so that slicing,
Grad-CAM and weight transfer need no surgery.  The four strided shortcuts, which
Keras leaves to automatic names, are called ``block2_shortcut`` and so on.

Shapes in the comments are for a 150 x 150 input at full width.
"""

import keras
from keras import layers

from coronet_lib.models.stock import check_size, load_stock
from coronet_lib.models.weights import copy_weights


def xception(size=150, *, width=1.0, middle_blocks=8, momentum=0.99, weights=None):
    """Xception (Chollet 2017) without its classifier.

    Parameters
    ----------
    size : int
        Edge of the square RGB input in pixels, at least 71.
    width : float
        Factor on every layer's number of channels; 1 is the published network.
    middle_blocks : int
        Blocks of the middle flow; 8 is the published network.
    momentum : float
        Of the moving averages in batch normalisation.
    weights : "imagenet", path or None
        ``"imagenet"`` lets Keras download its file; a path names a file of
        ``keras.applications.Xception(include_top=False)``; None starts at random.

    Returns
    -------
    keras.Model
        From (batch, size, size, 3) in [-1, 1] to (batch, h, h, 2048 * width);
        h is 5 for 150 pixels. 20,861,480 parameters at full width.

    Raises
    ------
    ValueError
        If the size is too small, or weights are asked for a network that is not the published one.
    """
    if weights is not None and (width, middle_blocks) != (1.0, 8):
        raise ValueError(
            "published weights fit only width=1 and middle_blocks=8, "
            f"not width={width:g} and middle_blocks={middle_blocks}"
        )
    pixels = input_layer(size)
    features = xception_features(pixels, width=width, middle_blocks=middle_blocks, momentum=momentum)
    model = keras.Model(pixels, features, name="xception")
    if weights is not None:
        copy_weights(load_stock("Xception", weights), model)
    return model


def input_layer(size):
    """A square RGB input.

    Parameters
    ----------
    size : int
        Edge in pixels.

    Returns
    -------
    KerasTensor, shape (batch, size, size, 3)

    Raises
    ------
    ValueError
        If it is below 71 pixels, which Keras's own Xception refuses, too.
    """
    check_size("Xception", size)
    return layers.Input((size, size, 3), name="pixels")


def xception_features(x, *, width=1.0, middle_blocks=8, momentum=0.99):
    """Entry, middle and exit flow of Xception (Chollet 2017) on top of a tensor.

    Parameters
    ----------
    x : KerasTensor, shape (batch, height, width, 3)
        Pixels in [-1, 1], or as the network is to learn them.
    width : float
    middle_blocks : int
    momentum : float
        As in :func:`xception`.

    Returns
    -------
    KerasTensor, shape (batch, h, w, 2048 * width)
    """
    flow = _Flow(width, momentum)
    # Entry flow
    x = flow.conv(x, 32, strides=2, name="block1_conv1")  # (74, 74, 32)
    x = flow.conv(x, 64, name="block1_conv2")  # (72, 72, 64)
    x = flow.down(x, (128, 128), name="block2", relu_first=False)  # (36, 36, 128)
    x = flow.down(x, (256, 256), name="block3")  # (18, 18, 256)
    x = flow.down(x, (728, 728), name="block4")  # (9, 9, 728)
    # Middle flow
    for block in range(middle_blocks):
        x = flow.middle(x, name=f"block{5 + block}")  # (9, 9, 728)
    # Exit flow; the published numbering is kept when the middle flow is shorter
    x = flow.down(x, (728, 1024), name="block13")  # (5, 5, 1024)
    x = flow.separable(x, 1536, name="block14_sepconv1")
    x = layers.ReLU(name="block14_sepconv1_act")(x)
    x = flow.separable(x, 2048, name="block14_sepconv2")  # (5, 5, 2048)
    return layers.ReLU(name="block14_sepconv2_act")(x)


class _Flow:
    """The three kinds of block, at one width."""

    def __init__(self, width, momentum):
        self.width, self.momentum = width, momentum

    def channels(self, published):
        return max(1, round(published * self.width))

    def conv(self, x, channels, *, name, strides=1):
        """3 x 3 convolution without padding, batch normalisation, ReLU."""
        x = layers.Conv2D(self.channels(channels), 3, strides, use_bias=False, name=name)(x)
        x = layers.BatchNormalization(momentum=self.momentum, name=f"{name}_bn")(x)
        return layers.ReLU(name=f"{name}_act")(x)

    def separable(self, x, channels, *, name):
        """3 x 3 depthwise convolution, then 1 x 1 pointwise, batch normalisation."""
        x = layers.SeparableConv2D(self.channels(channels), 3, padding="same", use_bias=False, name=name)(x)
        return layers.BatchNormalization(momentum=self.momentum, name=f"{name}_bn")(x)

    def down(self, x, channels, *, name, relu_first=True):
        """Two separable convolutions that halve the map, beside a strided 1 x 1 shortcut."""
        shortcut = layers.Conv2D(
            self.channels(channels[1]), 1, 2, padding="same", use_bias=False, name=f"{name}_shortcut"
        )(x)
        shortcut = layers.BatchNormalization(momentum=self.momentum, name=f"{name}_shortcut_bn")(shortcut)
        # block2 follows a ReLU already, so its first separable convolution has none.
        if relu_first:
            x = layers.ReLU(name=f"{name}_sepconv1_act")(x)
        x = self.separable(x, channels[0], name=f"{name}_sepconv1")
        x = layers.ReLU(name=f"{name}_sepconv2_act")(x)
        x = self.separable(x, channels[1], name=f"{name}_sepconv2")
        x = layers.MaxPooling2D(3, 2, padding="same", name=f"{name}_pool")(x)
        return layers.Add(name=f"{name}_add")([x, shortcut])

    def middle(self, x, *, name):
        """Three separable convolutions beside an identity shortcut; nothing follows the addition."""
        shortcut = x
        for i in (1, 2, 3):
            x = layers.ReLU(name=f"{name}_sepconv{i}_act")(x)
            x = self.separable(x, 728, name=f"{name}_sepconv{i}")
        return layers.Add(name=f"{name}_add")([x, shortcut])
