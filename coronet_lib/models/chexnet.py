"""CheXNet (Rajpurkar et al. 2017): DenseNet-121 for the fourteen findings of ChestX-ray14.

How it is trained, its optimizer and schedule, stands in :mod:`coronet_lib.systems.registry`.
"""

import keras
from keras import layers

from coronet_lib.classes import CLASSES
from coronet_lib.models.interface import class_scores, preprocess
from coronet_lib.models.stock import stock_network

FINDINGS = 14  # labels of ChestX-ray14; an X-ray may have several, or none


def chexnet(classes=14, size=224, *, weights=None):
    """CheXNet, from pixels to scores.

    Parameters
    ----------
    classes : {14, 4, 3, 2}
        14 is the published network, whose findings do not exclude each other; the others are this
        project's problems, of which each X-ray has one class.
    size : int
        Edge of the square input in pixels, at least 32; 224 in the paper.
    weights : "imagenet", path or None
        Of DenseNet121; the authors began with ImageNet's.

    Returns
    -------
    keras.Model
        From float (batch, size, size, 3), 0 to 255, to (batch, classes): for 14 a sigmoid
        for each finding, otherwise a softmax.  7,051,854 parameters for 14.

    Raises
    ------
    ValueError
        If there is no such problem, the input is too small, or the file holds other weights.
    FileNotFoundError, OSError
        As :func:`coronet_lib.models.stock.stock_network`.
    """
    check_findings_or_classes(classes)
    pixels = layers.Input((size, size, 3), name="pixels")
    x = stock_network("DenseNet121", preprocess(pixels, "torch"), weights).output  # (7, 7, 1024)
    x = layers.GlobalAveragePooling2D(name="head_gap")(x)
    if classes == FINDINGS:
        x = layers.Dense(FINDINGS, activation="sigmoid", dtype="float32", name="head_sigmoid")(x)
    else:
        x = class_scores(classes)(x)
    return keras.Model(pixels, x, name="chexnet")


def check_findings_or_classes(classes):
    """Refuse a number of outputs that neither ChestX-ray14 nor this project has.

    Parameters
    ----------
    classes : int

    Raises
    ------
    ValueError
        If it is none of 14, 4, 3 and 2.
    """
    if classes != FINDINGS and classes not in CLASSES:
        raise ValueError(
            f"classes must be {FINDINGS} (the findings of ChestX-ray14) or one of "
            f"{', '.join(map(str, CLASSES))}, got {classes!r}"
        )
