"""ChestNet (Wang & Xia 2018): ResNet-152 with an attention branch, as far as it is public.

There is no public code.  From the publication's abstract and a reader's summary of the rest:

- The classification branch is ResNet-152 with sigmoids for the 14 findings of ChestX-ray14.
- The attention branch takes the output of the penultimate residual module through three convolutions,
  1 x 1, 3 x 3 and 1 x 1; Grad-CAM weights of the classification branch make one map a class of
  what comes out; the maps are normalised; three more convolutions, 14 of 1 x 1, 512 of 1 x 1 and
  "1, 14 x 14", turn them into scores.

From the abstract of Thorax-Net (Wang, Jia, Lu & Xia 2020), the same group's later paper on two such branches:

- The two branches' outputs are averaged.

Guessed here:

- ChestNet averages as Thorax-Net does.
- The penultimate module is the stage ``conv4``: its map is the one with 14 x 14 pixels.
- The first three convolutions have 512, 512 and 2048 channels: the last must have as many as there are
  Grad-CAM weights for a class.  All convolutions but the last are followed by ReLU.
- A map is normalised to mean 0 and variance 1 over its pixels.
- "1, 14 x 14" is one kernel for each of the 512 channels, followed by a dense layer.  So it is, but for
  four kernels a channel, in the network for photographs by Zhu et al. (2017), which has the same parts.
- For 4, 3 and 2 classes the average is taken before one softmax, not after two.

How it is trained, its optimizer and schedule, stands in :mod:`coronet_lib.systems.registry`.  Shapes in the
comments are for a 224 x 224 input.
"""

import keras
from keras import layers

from coronet_lib.models.chexnet import FINDINGS, check_findings_or_classes
from coronet_lib.models.interface import preprocess
from coronet_lib.models.stock import stock_network

_PENULTIMATE = "conv4_block36_out"


def chestnet(classes=14, size=224, *, weights=None):
    """ChestNet, from pixels to scores; what is published and what is guessed, see above.

    Parameters
    ----------
    classes : {14, 4, 3, 2}
        14 is the published network, whose findings do not exclude each other; the others are this
        project's problems, of which each X-ray has one class.
    size : int
        Edge of the square input in pixels, at least 32; 224 in the paper.
    weights : "imagenet", path or None
        Of ResNet152.

    Returns
    -------
    keras.Model
        From float (batch, size, size, 3), 0 to 255, to (batch, classes): for 14 a score between 0 and 1
        for each finding, otherwise a softmax.  62,450,798 parameters for 14 at 224 pixels.

    Raises
    ------
    ValueError
        If there is no such problem, the input is too small, or the file holds other weights.
    FileNotFoundError, OSError
        As :func:`coronet_lib.models.stock.stock_network`.

    Notes
    -----
    Behind average pooling and one dense layer, Grad-CAM's weights need no gradient: they are the dense
    layer's kernel, over the number of pixels (Selvaraju et al. 2020).  So the class maps are that very
    layer, applied at each pixel; normalisation removes its bias and that number.
    """
    check_findings_or_classes(classes)
    pixels = layers.Input((size, size, 3), name="pixels")
    network = stock_network("ResNet152", preprocess(pixels, "caffe"), weights)
    pooled = layers.GlobalAveragePooling2D(name="head_gap")(network.output)  # (2048,)
    attended = _attended(network.get_layer(_PENULTIMATE).output, pooled.shape[-1])  # (14, 14, 2048)
    scores, maps = _classified(pooled, attended, classes)  # (classes,), (14, 14, classes)
    return keras.Model(pixels, _fused(scores, _scores_of_maps(maps)), name="chestnet")


def _attended(x, channels):
    """The attention branch's own features, as many as the classification branch pools."""
    x = layers.Conv2D(512, 1, activation="relu", name="attention_conv1")(x)
    x = layers.Conv2D(512, 3, padding="same", activation="relu", name="attention_conv2")(x)
    return layers.Conv2D(channels, 1, activation="relu", name="attention_conv3")(x)


def _classified(pooled, attended, classes):
    """One dense layer on the pooled features and on each pixel of the attended ones.

    Both go through it in one call, as rows of one matrix: whoever reads the model, say to count
    its operations, finds every layer with one input and one output.
    """
    height, width, channels = attended.shape[1:]
    first = layers.Reshape((1, channels), name="head_row")(pooled)
    others = layers.Reshape((height * width, channels), name="attention_rows")(attended)
    x = layers.Concatenate(axis=1, name="head_rows")([first, others])  # (1 + 14 * 14, 2048)
    x = layers.Dense(classes, name="head_dense")(x)
    scores = layers.Cropping1D((0, height * width), name="head_first")(x)
    maps = layers.Cropping1D((1, 0), name="attention_others")(x)
    return (
        layers.Flatten(name="head_scores")(scores),
        layers.Reshape((height, width, classes), name="attention_maps")(maps),
    )


def _scores_of_maps(x):
    """Normalised class maps to one score a class."""
    classes = x.shape[-1]
    x = layers.LayerNormalization(axis=(1, 2), center=False, scale=False, name="attention_norm")(x)
    x = layers.Conv2D(classes, 1, activation="relu", name="attention_conv4")(x)
    x = layers.Conv2D(512, 1, activation="relu", name="attention_conv5")(x)  # (14, 14, 512)
    side = x.shape[1]
    # Keras's default scales for all channels, and a depthwise kernel sees one: scores would start near 0.
    start = keras.initializers.RandomNormal(stddev=1 / side)
    x = layers.DepthwiseConv2D(side, depthwise_initializer=start, name="attention_conv6")(x)  # (1, 1, 512)
    x = layers.Flatten(name="attention_flatten")(x)
    return layers.Dense(classes, name="attention_scores")(x)


def _fused(classification, attention):
    """Average of the branches' sigmoids, or softmax of their average."""
    if classification.shape[-1] == FINDINGS:
        branches = [
            layers.Activation("sigmoid", dtype="float32", name="head_sigmoid")(classification),
            layers.Activation("sigmoid", dtype="float32", name="attention_sigmoid")(attention),
        ]
        return layers.Average(dtype="float32", name="head_average")(branches)
    average = layers.Average(dtype="float32", name="head_average")([classification, attention])
    return layers.Softmax(dtype="float32", name="head_softmax")(average)
