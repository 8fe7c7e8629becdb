"""A stock network with a new head: what most systems of the paper's comparison are."""

import keras
from keras import layers

from coronet_lib.classes import class_names
from coronet_lib.models.interface import class_scores, preprocess
from coronet_lib.models.stock import check_size, stock_network


def transfer(
    architecture,
    classes,
    size=224,
    *,
    preprocessing,
    hidden=(),
    dropout=0.0,
    widened_to=None,
    weights=None,
):
    """A network of ``keras.applications``, average-pooled, with dense layers on top.

    Parameters
    ----------
    architecture : str
        As in :data:`coronet_lib.models.stock.STOCK`.
    classes : {4, 3, 2}
    size : int
        Edge of the square input in pixels.
    preprocessing : str
        See :func:`coronet_lib.models.interface.preprocess`.
    hidden : tuple of int
        Units of the dense layers with ReLU between pooling and class scores.
    dropout : float
        Share of features dropped in training after each of them.
    widened_to : int, optional
        Width in pixels to which black borders left and right widen the square.
    weights : "imagenet", path or None
        Of the stock network.

    Returns
    -------
    keras.Model
        From float (batch, size, size, 3), 0 to 255, to (batch, classes), rows summing to 1.  The layers of
        the stock network keep their names; the others' names begin with ``head_``.

    Raises
    ------
    ValueError
        If there is no such problem or network, or the input is too small: before anything is downloaded.
    FileNotFoundError, OSError
        As :func:`coronet_lib.models.stock.stock_network`.
    """
    units = len(class_names(classes))
    check_size(architecture, size)
    pixels = layers.Input((size, size, 3), name="pixels")
    x = pixels
    if widened_to is not None:
        left = (widened_to - size) // 2
        # Black before preprocessing: afterwards zero may be grey.
        x = layers.ZeroPadding2D(((0, 0), (left, widened_to - size - left)), name="borders")(x)
    x = stock_network(architecture, preprocess(x, preprocessing), weights).output
    x = layers.GlobalAveragePooling2D(name="head_gap")(x)
    for number, width in enumerate(hidden, start=1):
        x = layers.Dense(width, activation="relu", name=f"head_dense{number}")(x)
        if dropout:
            x = layers.Dropout(dropout, name=f"head_dropout{number}")(x)
    return keras.Model(pixels, class_scores(units)(x))
