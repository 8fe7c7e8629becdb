"""CoroNet (Khan, Shah & Bhat 2020, Table II): Xception with a dense head."""

import keras
from keras import layers

from coronet_lib.classes import class_names
from coronet_lib.models.interface import class_scores, preprocess
from coronet_lib.models.stock import load_stock
from coronet_lib.models.weights import copy_weights
from coronet_lib.models.xception import input_layer, xception_features

# The options of coronet() that decide which weights fit it and what they compute.
ARCHITECTURE = ("size", "width", "middle_blocks", "hidden", "dropout", "head", "scaling", "momentum")

# How the published notebook feeds the network, and how Xception was trained on ImageNet.
SCALINGS = ("unit", "symmetric")

_HEADS = {"flatten": layers.Flatten, "gap": layers.GlobalAveragePooling2D}


def coronet(
    classes=4,
    size=150,
    *,
    width=1.0,
    middle_blocks=8,
    hidden=256,
    dropout=0.5,
    head="flatten",
    scaling="unit",
    momentum=0.99,
    weights=None,
):
    """CoroNet (Khan et al. 2020), from pixels to class probabilities.

    Parameters
    ----------
    classes : {4, 3, 2}
    size : int
        Edge of the square input in pixels; the paper's 5 x 5 x 2048 features need 135 to 166.
    width : float
    middle_blocks : int
        As in :func:`coronet_lib.models.xception.xception`.
    hidden : int
        Units of the dense layer.
    dropout : float
        Share of features dropped in training, in [0, 1). The rate .5 stands only in the authors' notebook.
    head : {"flatten", "gap"}
        ``"flatten"`` is the paper's; ``"gap"`` averages each feature map instead.
    scaling : {"unit", "symmetric"}
        The model takes pixels 0 to 255 and scales them to [0, 1] or [-1, 1] itself.
    momentum : float
        As in :func:`coronet_lib.models.xception.xception`.
    weights : "imagenet", path or None
        For the Xception part.

    Returns
    -------
    keras.Model
        From float (batch, size, size, 3), 0 to 255, to (batch, classes), rows summing to 1.
        With the defaults it has 33,969,964 parameters, 33,915,436 of them trainable.

    Raises
    ------
    ValueError
        If an option is unknown or does not fit the others.
    """
    units = len(class_names(classes))
    if head not in _HEADS:
        raise ValueError(f"head must be one of {sorted(_HEADS)}, got {head!r}")
    if scaling not in SCALINGS:
        raise ValueError(f"scaling must be one of {list(SCALINGS)}, got {scaling!r}")
    if weights is not None and (width, middle_blocks) != (1.0, 8):
        raise ValueError(
            f"published weights fit only width=1 and middle_blocks=8, not {width:g} and {middle_blocks}"
        )
    pixels = input_layer(size)
    x = preprocess(pixels, scaling)
    x = xception_features(x, width=width, middle_blocks=middle_blocks, momentum=momentum)  # (5, 5, 2048)
    x = _HEADS[head](name=f"head_{head}")(x)  # (51200,)
    x = layers.Dropout(dropout, name="head_dropout")(x)
    x = layers.Dense(hidden, activation="relu", name="head_dense")(x)
    x = class_scores(units)(x)
    model = keras.Model(pixels, x, name="coronet")
    if weights is not None:
        copy_weights(load_stock("Xception", weights), model)
    return model


def replace_head(model, classes):
    """A CoroNet for another number of classes that keeps the trained base and dense layer.

    The paper's "slight modification": only the last layer is new.

    Parameters
    ----------
    model : keras.Model
        From :func:`coronet`.
    classes : {4, 3, 2}

    Returns
    -------
    keras.Model
        Shares every layer but the last with ``model``; 33,969,707 parameters for 3 classes
        and 33,969,450 for 2 at full width.
    """
    units = len(class_names(classes))
    x = class_scores(units)(model.get_layer("head_dense").output)
    return keras.Model(model.input, x, name="coronet")
