"""Show Dataset-2 to the networks of a cross-validation of Dataset-1, unchanged; minutes on two cores.

usage: python tools/unchanged.py RUN DATASET1 DATASET2

RUN is the finished cross-validation with its networks, the others are the prepared folders.  Writes what each
network says to data/dataset2_unchanged.csv; the two pneumonias count as one there.  A cell is empty where the
network was trained or validated on that patient, or on the same picture under another name: the X-rays of
COVID-19 of both data sets are from one collection.  The columns that end in ``_jpeg`` are of the same X-rays
after they were stored as JPEG, as those of Dataset-1's children were.
"""

import argparse
import io
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd
from PIL import Image
from repository import ROOT

from coronet_lib.datasets import store
from coronet_lib.datasets.upstream.duplicates import near_identical
from coronet_lib.files import atomic
from coronet_lib.runs import load_coronet, open_base_folds, read_card
from coronet_lib.training import PROFILES, predict

TABLE = ROOT / "data/dataset2_unchanged.csv"
QUALITY = 75
"""Of the JPEG files: what Pillow takes unless told otherwise."""


def main(run, home, elsewhere):
    """Write the table."""
    recipe = PROFILES[read_card(run)["recipe"]["name"]]
    folds = open_base_folds(run, home, recipe).folds
    with atomic(TABLE) as part:
        said(folds, home, elsewhere).to_csv(part, index=False)


def said(folds, home, elsewhere):
    """What the network of each fold calls the X-rays of another collection.

    Parameters
    ----------
    folds : dict of int to BaseRun
    home : XrayCollection
        Which they were trained on, in four classes.
    elsewhere : XrayCollection
        In three.

    Returns
    -------
    pandas.DataFrame
        One row an X-ray: ``file``, ``patient``, ``true``, and ``fold_1``, ``fold_1_jpeg`` … with the class
        or None.
    """
    classes = np.array(elsewhere.classes)
    table = pd.DataFrame({"file": elsewhere.files, "patient": elsewhere.patients})
    table["true"] = classes[elsewhere.labels]
    twins = same_picture(home, elsewhere)
    stored = {"": elsewhere.images, "_jpeg": np.stack([as_jpeg(image) for image in elsewhere.images])}
    for number, fold in folds.items():
        known = home.take(np.isin(home.files, np.concatenate(fold.parts[:2])))
        seen = np.isin(elsewhere.patients, known.patients)
        seen |= [not set(known.files).isdisjoint(names) for names in twins]
        network = load_coronet(fold.folder)
        for how, images in stored.items():
            answers = predict(network, images).argmax(axis=1)
            answers = np.minimum(answers, len(classes) - 1)  # bacterial, viral: pneumonia
            table[f"fold_{number}{how}"] = np.where(seen, None, classes[answers])
    return table


def as_jpeg(image):
    """A grey image, shape (height, width, 1), as a JPEG file gives it back."""
    file = io.BytesIO()
    Image.fromarray(image[..., 0]).save(file, "JPEG", quality=QUALITY)
    return np.asarray(Image.open(file))[..., None]


def same_picture(home, elsewhere):
    """Of each X-ray elsewhere, the files at home that show the same picture."""
    groups = near_identical(np.concatenate([home.images, elsewhere.images]))
    twins = [set() for _ in elsewhere.files]
    for group in groups:
        for row in group[group >= len(home)]:
            twins[row - len(home)].update(home.files[group[group < len(home)]])
    return twins


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="unchanged")
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("home", type=store.load, metavar="DATASET1")
    parser.add_argument("elsewhere", type=store.load, metavar="DATASET2")
    asked = parser.parse_args()
    main(asked.run, asked.home, asked.elsewhere)
