"""How far one gets without looking at the lungs.

A classifier that sees the outer frame of an X-ray only can know nothing of a disease of the lungs.
What it gets right above chance it reads from markers, frames, collimation, body size: from whatever
differs between the classes besides the disease.
"""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import PredefinedSplit, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from coronet_lib.datasets.folds import folds

SIZE, BLOCK, FRAME = 60, 3, 9  # pixels: X-ray, block, and frame on each side


def frame():
    """Where a frame of 15 % of the edge lies on every side of a 60 × 60 X-ray.

    Returns
    -------
    bool array, shape (60, 60)
    """
    inside = np.zeros((SIZE, SIZE), bool)
    inside[FRAME:-FRAME, FRAME:-FRAME] = True
    return ~inside


def border_features(collection):
    """The brightest pixel of each 3 × 3 block of the frame.

    Parameters
    ----------
    collection : XrayCollection
        At least 60 × 60 pixels; larger ones are shrunk.

    Returns
    -------
    float array, shape (len(collection), 204), 0 to 1
    """
    per_edge = SIZE // BLOCK
    grey = collection.shrunk(SIZE).images.max(axis=-1)
    blocks = grey.reshape(-1, per_edge, BLOCK, per_edge, BLOCK).max(axis=(2, 4))
    return blocks[:, frame()[::BLOCK, ::BLOCK]] / 255


def border_alone(collection, name="covid19", seed=0):
    """How well logistic regression tells one class from the others by the frame alone.

    Parameters
    ----------
    collection : XrayCollection
    name : str
        The class to tell from the others.
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
    guessed = cross_val_predict(model, border_features(collection), wanted, cv=four)
    return float(balanced_accuracy_score(wanted, guessed))
