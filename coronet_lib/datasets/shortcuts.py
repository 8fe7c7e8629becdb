"""How far one gets without looking at the lungs.

A classifier that sees the outer frame of an X-ray only can know next to nothing of a disease of the
lungs. What it gets right above chance it reads from markers, scan edges, collimation, body size: from
whatever differs between the classes besides the disease.

What phantoms give away with each confounder switched on in turn is committed. It is made anew by::

    python -m coronet_lib.datasets.shortcuts > data/shortcuts.csv
"""

import sys

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import PredefinedSplit, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from coronet_lib.classes import CLASSES
from coronet_lib.datasets.folds import folds
from coronet_lib.datasets.phantom.draw import Confounders, generate

SIZE, BLOCK = 60, 3  # edges in pixels
OFTEN, SELDOM = 0.9, 0.1


def _told_by(name, in_covid=OFTEN, in_others=SELDOM):
    return Confounders(**{name: dict.fromkeys(CLASSES[4], in_others) | {"covid19": in_covid}})


SWITCHED_ON = {
    "nothing": Confounders(),
    "marker": _told_by("marker"),
    "border": _told_by("border"),
    "contrast": _told_by("contrast"),
    "age": _told_by("paediatric", SELDOM, OFTEN),  # as in Dataset-1 it is the others who are children
}
"""Each confounder of the phantoms, equally strong: on in 90 % of COVID-19 and 10 % of the rest."""


def frame(width=6):
    """Where the frame lies on a 60 × 60 X-ray.

    Parameters
    ----------
    width : int
        On each side, in pixels: 6 is a tenth of the edge. A multiple of 3, as blocks of 3 × 3 are read.

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


def border_features(collection, width=6):
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


def border_alone(collection, width=6):
    """How well logistic regression tells COVID-19 from the other classes by the frame alone.

    Parameters
    ----------
    collection : XrayCollection
    width : int
        See :func:`frame`.

    Returns
    -------
    float
        Balanced accuracy: the mean of the shares right in the class and outside of it, so 0.5 is chance.
        Four patient-wise folds are tested one after the other.
    """
    wanted = collection.labels == collection.classes.index("covid19")
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, class_weight="balanced", max_iter=500))
    four = PredefinedSplit(folds(collection))
    guessed = cross_val_predict(model, border_features(collection, width), wanted, cv=four)
    return float(balanced_accuracy_score(wanted, guessed))


def by_confounder():
    """What the frame of phantoms, 100 a class, gives away for each of :data:`SWITCHED_ON` and twenty seeds.

    Returns
    -------
    pandas.DataFrame
        Columns ``confounder``, ``seed``, ``balanced_accuracy`` (see :func:`border_alone`), 0 to 1.
    """
    rows = [
        (name, seed, border_alone(generate(100, SIZE, seed=seed, confounders=confounders)))
        for name, confounders in SWITCHED_ON.items()
        for seed in range(20)
    ]
    return pd.DataFrame(rows, columns=["confounder", "seed", "balanced_accuracy"])


if __name__ == "__main__":
    by_confounder().round(3).to_csv(sys.stdout, index=False, lineterminator="\n")
