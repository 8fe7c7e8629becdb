"""Every network that the comparison knows, each with its own preprocessing and head, built in one way."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from coronet_lib.models.chestnet import chestnet
from coronet_lib.models.chexnet import chexnet
from coronet_lib.models.covidnet import covidnet_stand_in
from coronet_lib.models.darkcovidnet import darkcovidnet
from coronet_lib.models.transfer import transfer


class Network(NamedTuple):
    """How to build a network, and what to know before."""

    build: Callable
    """Called with the number of classes, the input size and ``weights=``, returns the model."""
    preprocessing: str
    """See :func:`coronet_lib.models.interface.preprocess`; the model does it itself."""
    head: str
    """What stands between the last feature map and the class scores, in words."""
    stock: str | None = None
    """The network of ``keras.applications`` inside, which ``weights`` are for."""


def _transfer(stock, preprocessing, hidden=(), **options):
    head = ", ".join(["average pooling", *(f"dense {width} (ReLU)" for width in hidden)])
    build = partial(transfer, stock, preprocessing=preprocessing, hidden=hidden, **options)
    return Network(build, preprocessing, head, stock)


def _hemdan(stock, preprocessing):
    """Their heads are not described; the smallest that will do."""
    return _transfer(stock, preprocessing)


def _apostolopoulos(stock, hidden):
    """Their images are 200 x 266 pixels, with black borders where an X-ray has another shape."""
    return _transfer(stock, "unit", hidden, widened_to=266, dropout=0.5 if len(hidden) == 2 else 0.0)


def _narin(stock):
    """As in the authors' code, which also divides by 255 where ImageNet's weights want something else."""
    return _transfer(stock, "unit", (1024,))


PUBLISHED = {
    "apostolopoulos-vgg19": _apostolopoulos("VGG19", (1024,)),
    "apostolopoulos-mobilenetv2": _apostolopoulos("MobileNetV2", (1000, 750)),
    "apostolopoulos-inceptionv3": _apostolopoulos("InceptionV3", (1000,)),
    "apostolopoulos-xception": _apostolopoulos("Xception", (1000, 750)),
    "apostolopoulos-inceptionresnetv2": _apostolopoulos("InceptionResNetV2", ()),
    "hemdan-vgg19": _hemdan("VGG19", "caffe"),
    "hemdan-densenet201": _hemdan("DenseNet201", "torch"),
    "hemdan-resnet50v2": _hemdan("ResNet50V2", "symmetric"),
    "hemdan-inceptionv3": _hemdan("InceptionV3", "symmetric"),
    "hemdan-inceptionresnetv2": _hemdan("InceptionResNetV2", "symmetric"),
    "hemdan-xception": _hemdan("Xception", "symmetric"),
    "hemdan-mobilenetv2": _hemdan("MobileNetV2", "symmetric"),
    "narin-resnet50": _narin("ResNet50"),
    "narin-inceptionv3": _narin("InceptionV3"),
    "narin-inceptionresnetv2": _narin("InceptionResNetV2"),
    "darkcovidnet": Network(darkcovidnet, "unit", "flatten"),
    "covidnet-stand-in": Network(covidnet_stand_in, "unit", "flatten, dense 1024 (ReLU), dense 256 (ReLU)"),
    "chexnet": Network(chexnet, "torch", "average pooling", "DenseNet121"),
    "chestnet": Network(chestnet, "caffe", "average pooling, beside an attention branch", "ResNet152"),
}
"""Name to network."""


def freeze(model, layers):
    """Keep the weights of a stock network's first ``layers`` layers, its input among them, as they are."""
    ours = ("pixels", "borders", "scaling", "flip", "head_")
    stock = [layer for layer in model.layers if not layer.name.startswith(ours)]
    for layer in stock[: max(0, layers - 1)]:  # the input has no weights, and here it is ours
        layer.trainable = False
