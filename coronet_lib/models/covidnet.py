"""A stand-in for COVID-Net (Wang, Lin & Wong 2020) with its number of parameters, not its weights or widths.

COVID-Net's layers were chosen by a closed program.  Its papers print the kinds of block, how many
of them and how wide their outputs are, but not how wide they are inside, and its code was never released.
Yet the counts 3, 4, 6, 3 and the output widths are ResNet-50's, and the authors' first prototype was a
ResNet50V2.  So the stand-in has a ResNet50V2's layers (He et al. 2016, biases and normalisation as in
Keras) with every 3 x 3 convolution factorised as COVID-Net's blocks are, and with the inner widths below,
which meet both published totals to the printed digit.  Between stages it halves the map by max pooling,
so that all blocks of a stage have the published size.  Another network may meet all this as well:
what the stand-in scores says what such a network can do, not what COVID-Net did.  How it is trained, its
optimizer and schedule, stands in :mod:`coronet_lib.systems.registry`.

Shapes in the comments are for a 224 x 224 input.
"""

from typing import NamedTuple

import keras
from keras import layers

from coronet_lib.classes import class_names
from coronet_lib.models.interface import class_scores, preprocess

SMALLEST_SIZE = 32  # five halvings leave one pixel


class Stage(NamedTuple):
    """PEPX blocks of one output width."""

    blocks: int
    projection: int
    """Channels after both 1 x 1 projections of a block."""
    expansion: int
    """Channels of its 1 x 1 expansion and of its 3 x 3 depthwise convolution."""
    extension: int
    """Channels that come out."""


STAGES = (Stage(3, 56, 72, 256), Stage(4, 112, 144, 512), Stage(6, 224, 288, 1024), Stage(3, 448, 576, 2048))
"""Blocks and extensions as published; projections and expansions found by matching the totals."""


def covidnet_stand_in(classes=4, size=224, *, second_dense=256, weights=None):
    """A network of COVID-Net's blocks and number of parameters, from pixels to class probabilities.

    Parameters
    ----------
    classes : {4, 3, 2}
        The first version of the paper has 4, the later ones 3.
    size : int
        Edge of the square input in pixels, at least 32; 224 in the paper.
    second_dense : int
        Units of the second dense layer: 256 in the paper's first two versions, 1024 in COVIDNet-CXR Small.
    weights : None
        There are none to start from: COVID-Net's do not fit the stand-in.

    Returns
    -------
    keras.Model
        From float (batch, size, size, 3), 0 to 255, to (batch, classes), rows summing to 1.
        At 224 pixels it has 116,612,636 parameters for 4 classes (published: 116.6 million) and, as
        COVIDNet-CXR Small for 3, 117,401,883 (published: 117.4 million).  It takes 2.34 billion
        multiply-accumulates for an image, where 2.26 billion are published.

    Raises
    ------
    ValueError
        If there is no such problem, the input is too small, or weights are asked for.

    Notes
    -----
    By the arrows of COVID-Net's figure a block takes the sum of what all earlier blocks of its stage put
    out and of one 1 x 1 convolution that leads around them; residual additions build that sum term by term.
    Only the first block differs: here it takes what the 1 x 1 convolution takes, as in a ResNet.
    """
    units = len(class_names(classes))
    if size < SMALLEST_SIZE:
        raise ValueError(
            f"COVID-Net's stand-in needs an input of at least {SMALLEST_SIZE} pixels, got {size}"
        )
    if weights is not None:
        raise ValueError(f"COVID-Net's stand-in has no published weights to start from, got {weights!r}")
    pixels = layers.Input((size, size, 3), name="pixels")
    x = preprocess(pixels, "unit")
    x = layers.ZeroPadding2D(3, name="conv1_pad")(x)
    x = layers.Conv2D(64, 7, strides=2, name="conv1")(x)  # (112, 112, 64)
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool1")(x)  # (56, 56, 64)
    for number, stage in enumerate(STAGES, start=1):
        if number > 1:
            x = layers.MaxPooling2D(2, name=f"stage{number}_pool")(x)
        x = _stage(x, stage, f"stage{number}")
    x = _norm_relu(x, "post")  # (7, 7, 2048)
    x = layers.Flatten(name="head_flatten")(x)  # (100352,)
    x = layers.Dense(1024, activation="relu", name="head_dense1")(x)
    x = layers.Dense(second_dense, activation="relu", name="head_dense2")(x)
    return keras.Model(pixels, class_scores(units)(x), name="covidnet_stand_in")


def pepx(x, stage, name):
    """COVID-Net's block: projection, expansion, depthwise convolution, projection, extension.

    Expansion, depthwise convolution and second projection stand where ResNet50V2 has one 3 x 3
    convolution, so like it they have no bias and nothing non-linear between them.

    Parameters
    ----------
    x : KerasTensor, shape (batch, height, width, channels)
    stage : Stage
    name : str
        Which the names of the block's layers begin with.

    Returns
    -------
    KerasTensor, shape (batch, height, width, stage.extension)
    """
    x = layers.Conv2D(stage.projection, 1, use_bias=False, name=f"{name}_projection1")(x)
    x = _norm_relu(x, f"{name}_projection1")
    x = layers.Conv2D(stage.expansion, 1, use_bias=False, name=f"{name}_expansion")(x)
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name=f"{name}_depthwise")(x)
    x = layers.Conv2D(stage.projection, 1, use_bias=False, name=f"{name}_projection2")(x)
    x = _norm_relu(x, f"{name}_projection2")
    return layers.Conv2D(stage.extension, 1, name=f"{name}_extension")(x)


def _stage(x, stage, name):
    """Blocks of one width with residual additions; the first one's shortcut is a convolution."""
    for number in range(1, stage.blocks + 1):
        block = f"{name}_pepx{number}"
        before = _norm_relu(x, f"{block}_before")
        residual = pepx(before, stage, block)
        shortcut = x if number > 1 else layers.Conv2D(stage.extension, 1, name=f"{block}_shortcut")(before)
        x = layers.Add(name=f"{block}_add")([shortcut, residual])
    return x


def _norm_relu(x, name):
    x = layers.BatchNormalization(epsilon=1.001e-5, name=f"{name}_bn")(x)  # epsilon of Keras's ResNets
    return layers.ReLU(name=f"{name}_act")(x)
