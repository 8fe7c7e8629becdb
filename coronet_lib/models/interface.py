"""What all networks have in common: how they take pixels, and how they give class scores.

Each system maps pixels before its first layer in its own way, by layers of the network itself: a network
that contains its own preprocessing cannot be fed with another's.
"""

from keras import layers, ops

_IMAGENET_MEAN = (0.485, 0.456, 0.406)  # red, green, blue, of pixels in [0, 1]
_IMAGENET_SD = (0.229, 0.224, 0.225)

# What each way of mapping pixels 0 to 255 multiplies them by, and then adds.
_RESCALING = {
    "unit": (1 / 255, 0.0),
    "symmetric": (1 / 127.5, -1.0),
    "caffe": (1.0, [-103.939, -116.779, -123.68]),  # blue, green, red
    "torch": (
        [1 / (255 * sd) for sd in _IMAGENET_SD],
        [-mean / sd for mean, sd in zip(_IMAGENET_MEAN, _IMAGENET_SD, strict=True)],
    ),
}


def preprocess(x, kind):
    """Map pixels 0 to 255 to what a network was trained on.

    Parameters
    ----------
    x : KerasTensor, shape (batch, height, width, 3)
        RGB.
    kind : {"unit", "symmetric", "caffe", "torch"}
        ``unit`` is [0, 1]; ``symmetric`` is [-1, 1] (Keras's "tf": Inception, Xception, MobileNetV2,
        the second ResNets); ``caffe`` is BGR minus ImageNet's mean (VGG, the first ResNets);
        ``torch`` is [0, 1] minus ImageNet's mean, over its standard deviation (DenseNet).

    Returns
    -------
    KerasTensor of the same shape

    Raises
    ------
    ValueError
        If the kind is unknown.
    """
    check_preprocessing(kind)
    if kind == "caffe":
        x = ops.flip(x, axis=-1)
    return layers.Rescaling(*_RESCALING[kind], name="scaling")(x)


def check_preprocessing(kind):
    """Refuse an unknown way to map pixels.

    Parameters
    ----------
    kind : str

    Raises
    ------
    ValueError
        If :func:`preprocess` does not know it.
    """
    if kind not in _RESCALING:
        raise ValueError(f"preprocessing must be one of {', '.join(_RESCALING)}, got {kind!r}")


def class_scores(units):
    """Dense layer with softmax over ``units`` classes.

    In 32 bits also where the others compute in 16: the loss takes logarithms of it.

    Parameters
    ----------
    units : int
        Classes.

    Returns
    -------
    keras.layers.Dense
    """
    return layers.Dense(units, activation="softmax", dtype="float32", name="head_softmax")
