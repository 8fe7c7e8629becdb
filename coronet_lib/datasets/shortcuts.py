"""How far one gets without looking at the lungs.

A classifier that sees the outer frame of an X-ray only can know next to nothing of a disease of the
lungs. What it gets right above chance it reads from markers, scan edges, collimation, body size: from
whatever differs between the classes besides the disease.
"""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import PredefinedSplit, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from coronet_lib.datasets.folds import folds

SIZE, BLOCK = 60, 3  # edges in pixels


def frame(width=9):
    """Where the frame lies on a 60 × 60 X-ray.

    Parameters
    ----------
    width : int
        On each side, in pixels: 9 is 15 % of the edge. A multiple of 3, as blocks of 3 × 3 are read.

    Returns
    -------
    bool array, shape (60, 60)

    Raises
    ------
    ValueError
        If there is no such frame.
    """
    if width not in range(BLOCK, SIZE // 2, BLOCK):
        raise ValueError(f"a frame is {BLOCK}, {2 * BLOCK}, … {SIZE // 2 - BLOCK} pixels wide, not {width!r}")
    outside = np.ones((SIZE, SIZE), bool)
    outside[width:-width, width:-width] = False
    return outside


def border_features(collection, width=9):
    """The brightest pixel of each 3 × 3 block of the frame.

    Parameters
    ----------
    collection : XrayCollection
        At least 60 × 60 pixels; larger ones are shrunk.
    width : int
        See :func:`frame`.

    Returns
    -------
    float array, shape (len(collection), blocks), 0 to 1
    """
    per_edge = SIZE // BLOCK
    grey = collection.shrunk(SIZE).images.max(axis=-1)
    blocks = grey.reshape(-1, per_edge, BLOCK, per_edge, BLOCK).max(axis=(2, 4))
    return blocks[:, frame(width)[::BLOCK, ::BLOCK]] / 255


def border_alone(collection, name="covid19", width=9, seed=0):
    """How well logistic regression tells one class from the others by the frame alone.

    Parameters
    ----------
    collection : XrayCollection
    name : str
        The class to tell from the others.
    width : int
        See :func:`frame`.
    seed : int
        Of the four patient-wise folds.

    Returns
    -------
    float
        Balanced accuracy: the mean of the shares right in the class and outside of it, so 0.5 is chance.
    """
    wanted = collection.labels == collection.classes.index(name)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, class_weight="balanced", max_iter=500))
    four = PredefinedSplit(folds(collection, seed=seed))
    guessed = cross_val_predict(model, border_features(collection, width), wanted, cv=four)
    return float(balanced_accuracy_score(wanted, guessed))
