"""Show Dataset-2 to the networks of a cross-validation of Dataset-1, unchanged; minutes on two cores.

usage: python tools/unchanged.py RUN DATASET1 DATASET2

RUN is the finished cross-validation with its networks, the others are the prepared folders.  Writes what each
network says to data/dataset2_unchanged.csv; the two pneumonias count as one there.  A cell is empty where the
network was trained or validated on that patient, or on the same picture under another name: the X-rays of
COVID-19 of both data sets are from one collection.
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd
from repository import ROOT

from coronet_lib.datasets import store
from coronet_lib.datasets.upstream.duplicates import near_identical
from coronet_lib.files import atomic
from coronet_lib.runs import load_coronet, open_base_folds, read_card
from coronet_lib.training import PROFILES, predict

TABLE = ROOT / "data/dataset2_unchanged.csv"


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
        One row an X-ray: ``file``, ``patient``, ``true``, and ``fold_1`` … with the class or None.
    """
    classes = np.array(elsewhere.classes)
    table = pd.DataFrame({"file": elsewhere.files, "patient": elsewhere.patients})
    table["true"] = classes[elsewhere.labels]
    twins = same_picture(home, elsewhere)
    for number, fold in folds.items():
        known = home.take(np.isin(home.files, np.concatenate(fold.parts[:2])))
        seen = np.isin(elsewhere.patients, known.patients)
        seen |= [not set(known.files).isdisjoint(names) for names in twins]
        scores = predict(load_coronet(fold.folder), elsewhere.images)
        answers = classes[np.minimum(scores.argmax(axis=1), len(classes) - 1)]  # bacterial, viral: pneumonia
        table[f"fold_{number}"] = np.where(seen, None, answers)
    return table


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
