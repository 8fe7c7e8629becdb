"""What all networks have in common: how they take pixels, and how they give class scores.

Each system maps pixels before its first layer in its own way, by layers of the network itself: a network
that contains its own preprocessing cannot be fed with another's.
"""

from keras import layers, ops

_IMAGENET_MEAN = (0.485, 0.456, 0.406)  # red, green, blue, of pixels in [0, 1]
_IMAGENET_SD = (0.229, 0.224, 0.225)
_CAFFE_MEAN = (103.939, 116.779, 123.68)  # blue, green, red, of pixels 0 to 255


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
    if kind not in _KINDS:
        raise ValueError(f"preprocessing must be one of {', '.join(_KINDS)}, got {kind!r}")
    return _KINDS[kind](x)


def _unit(x):
    return layers.Rescaling(1 / 255, name="scaling")(x)


def _symmetric(x):
    return layers.Rescaling(1 / 127.5, -1.0, name="scaling")(x)


def _caffe(x):
    return layers.Rescaling(1.0, [-mean for mean in _CAFFE_MEAN], name="scaling")(ops.flip(x, axis=-1))


def _torch(x):
    scale = [1 / (255 * sd) for sd in _IMAGENET_SD]
    offset = [-mean / sd for mean, sd in zip(_IMAGENET_MEAN, _IMAGENET_SD, strict=True)]
    return layers.Rescaling(scale, offset, name="scaling")(x)


_KINDS = {"unit": _unit, "symmetric": _symmetric, "caffe": _caffe, "torch": _torch}
KINDS = tuple(_KINDS)


def class_scores(units):
    """Dense layer with softmax over ``units`` classes.

    In 32 bits also where the others compute in 16: the loss takes logarithms of it.
    """
    return layers.Dense(units, activation="softmax", dtype="float32", name="head_softmax")
