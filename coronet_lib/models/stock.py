"""The networks of ``keras.applications`` without their classifier, and their ImageNet weights."""

from typing import NamedTuple

import keras

from coronet_lib.files import keras_models
from coronet_lib.models.weights import check_finite, weights_file
from coronet_lib.text import reason


class Stock(NamedTuple):
    """What must be known of a stock network before it is built."""

    smallest: int
    """Input edge in pixels below which Keras refuses."""
    imagenet: str
    """File name, without ``.h5``, of the ImageNet weights without classifier."""


_TF = "_weights_tf_dim_ordering_tf_kernels_notop"
STOCK = {
    "VGG19": Stock(32, f"vgg19{_TF}"),
    "ResNet50": Stock(32, f"resnet50{_TF}"),
    "ResNet50V2": Stock(32, f"resnet50v2{_TF}"),
    "ResNet152": Stock(32, f"resnet152{_TF}"),
    "InceptionV3": Stock(75, f"inception_v3{_TF}"),
    "InceptionResNetV2": Stock(75, f"inception_resnet_v2{_TF}"),
    "Xception": Stock(71, f"xception{_TF}"),
    "DenseNet121": Stock(32, f"densenet121{_TF}"),
    "DenseNet201": Stock(32, f"densenet201{_TF}"),
    "MobileNetV2": Stock(32, "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top"),
}


def keras_file(architecture):
    """Name of the file with a stock network's ImageNet weights, without classifier, that Keras downloads.

    Parameters
    ----------
    architecture : str
        A key of :data:`STOCK`.

    Returns
    -------
    str
    """
    return f"{STOCK[architecture].imagenet}.h5"


def stock_network(architecture, x, weights=None):
    """A stock network on top of a tensor.

    Parameters
    ----------
    architecture : str
        A key of :data:`STOCK`, as in ``keras.applications``.
    x : KerasTensor, shape (batch, height, width, 3)
        Preprocessed as the network wants it; see :mod:`coronet_lib.models.interface`.
    weights : "imagenet", path or None
        A path names a weights file saved from the same network with ``include_top=False``.

    Returns
    -------
    keras.Model
        Ends in the last feature map.  Its layers are also part of any model that is built on its
        ``output``: that model is flat.

    Raises
    ------
    ValueError
        If the architecture is unknown, the input too small, or the file holds other weights.
    FileNotFoundError, OSError
        If there is no such file, or Keras cannot download ``"imagenet"``.
    """
    check_size(architecture, min(x.shape[1:3]))
    given = None if weights is None else load_stock(architecture, weights)
    network = getattr(keras.applications, architecture)(include_top=False, weights=None, input_tensor=x)
    if given is not None:
        network.set_weights(given.get_weights())
    return network


def check_size(architecture, size):
    """Refuse an input that is too small for a stock network, or an unknown network.

    Parameters
    ----------
    architecture : str
        As for :func:`stock_network`.
    size : int
        Shorter edge in pixels.

    Raises
    ------
    ValueError
        If the network is unknown, or Keras would refuse so small an input, too.
    """
    if architecture not in STOCK:
        raise ValueError(f"stock networks are {', '.join(STOCK)}, got {architecture!r}")
    if size < (smallest := STOCK[architecture].smallest):
        raise ValueError(f"{architecture} needs an input of at least {smallest} pixels, got {size}")


def load_stock(architecture, weights):
    """A stock network without its classifier, with weights, for inputs of any size.

    Parameters
    ----------
    architecture : str
    weights : "imagenet" or path
        As for :func:`stock_network`.

    Returns
    -------
    keras.Model

    Raises
    ------
    FileNotFoundError
        If the path does not exist.
    ValueError
        If the file holds other weights.
    OSError
        If Keras cannot download ``"imagenet"``; the message says where to put the file instead.
    """
    build = getattr(keras.applications, architecture)
    if weights == "imagenet":
        try:
            return build(weights="imagenet", include_top=False)
        except Exception as error:  # what is raised depends on where the download breaks
            raise OSError(
                f"the ImageNet weights of {architecture} could not be downloaded; put "
                f"{keras_file(architecture)} into {keras_models()}, pass the file as weights "
                f"(on the command line --weights), or train from scratch with none ({error})"
            ) from error
    path = weights_file(weights)
    stock = build(weights=None, include_top=False)
    try:
        stock.load_weights(path)
        check_finite(stock)
    except Exception as error:  # h5py and Keras each raise their own kinds
        raise ValueError(
            f"{path} does not hold the weights of {architecture} without top: {reason(error)}"
        ) from error
    return stock
