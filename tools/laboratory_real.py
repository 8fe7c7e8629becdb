"""Ask of real X-rays what gives them away, for chapter 16; takes a few minutes.

usage: CORONET_REAL_DATA=FOLDER python tools/laboratory_real.py

FOLDER holds Cohen's and Kermany's collections as upstream names them.  Writes data/laboratory_real.csv:
balanced accuracies of logistic regression on 20 × 20 pixels, by the chapter's own functions, patients apart,
with 95 % intervals that draw patients.
"""

import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from laboratory import DATA, definitions
from tqdm import tqdm

from coronet_lib.datasets import store
from coronet_lib.datasets.collection import XrayCollection
from coronet_lib.datasets.folds import folds
from coronet_lib.datasets.images import read_xray
from coronet_lib.datasets.upstream import prepare, sources
from coronet_lib.evaluation import patient_bootstrap
from coronet_lib.files import atomic

EDGE = 20
TABLE = DATA / "laboratory_real.csv"
NO_PNEUMONIA = ("todo", "No Finding")
ADULT = 18
SITE = r"https?://(?:www\.)?([^/]+)"
SITES = {"radiopaedia.org": "Radiopaedia", "eurorad.org": "Eurorad"}
"""Where both classes have ten patients or more; each of the two collects cases from many hospitals."""


def binary(xrays, first, table=None):
    """The X-rays as a question of two classes: whether one is ``first``, a bool array."""
    return XrayCollection(
        xrays.images,
        np.where(first, 0, 1),
        xrays.patients,
        xrays.files,
        ("asked", "other"),
        table=xrays.table if table is None else table,
    )


def dataset1(root):
    """Dataset-1 as the book draws it, at 20 × 20 pixels."""
    with tempfile.TemporaryDirectory() as desk:
        prepare.dataset1(root, Path(desk) / "dataset1", size=EDGE, progress=False)
        return store.load(Path(desk) / "dataset1")


def adults(root):
    """Frontal X-rays of adults in Cohen's collection: COVID-19 first, other pneumonias second."""
    folder = Path(root) / sources.COHEN
    listed = pd.read_csv(folder / "metadata.csv", dtype={"patientid": str})
    age = pd.to_numeric(listed["age"], errors="coerce")
    kept = (
        (listed["modality"] == "X-ray")
        & listed["view"].isin(sources.FRONTAL)
        & (age >= ADULT)
        & ~listed["finding"].isin(NO_PNEUMONIA)
        & listed["filename"].map(lambda name: (folder / "images" / str(name)).is_file())
    )
    rows = listed[kept].drop_duplicates("filename").reset_index(drop=True)
    images = np.stack([read_xray(folder / "images" / name, EDGE) for name in rows["filename"]])
    covid = rows["finding"].str.contains("COVID").to_numpy()
    return XrayCollection(
        images[..., None],
        np.where(covid, 0, 1),
        ("cohen-" + rows["patientid"]).to_numpy(str),
        rows["filename"].to_numpy(str),
        ("asked", "other"),
        table=rows.assign(site=rows["url"].astype(str).str.extract(SITE, expand=False)),
    )


def random_sums(images, seed=0):
    """16 sums of all pixels with random weights: nobody chose them, and a lung's shape does not fit in."""
    flat = images.reshape(len(images), -1)
    return flat @ np.random.default_rng(seed).normal(size=(flat.shape[1], 16)) / np.sqrt(flat.shape[1])


def dummies(column):
    """A column of words as features of 0 and 255, as :func:`told_apart` expects them."""
    return 255 * pd.get_dummies(column.astype(str)).to_numpy()


def questions(root, looks):
    """Each question, its X-rays, and what is looked at: name to features."""
    whole = dataset1(root)
    covid = whole.take(whole.labels == 0)
    pneumonia = whole.take(whole.labels >= 2)
    one_source = adults(root)

    yield (
        "COVID-19 or not, Dataset-1",
        binary(whole, whole.labels == 0),
        looks(whole.images)
        | {
            "16 random sums": random_sums(whole.images),
            "view": dummies(whole.table["view"]),
        },
    )
    yield "bacterial or viral, children", binary(pneumonia, pneumonia.labels == 2), looks(pneumonia.images)
    yield (
        "COVID-19 or other pneumonia, adults",
        one_source,
        looks(one_source.images)
        | {
            "16 random sums": random_sums(one_source.images),
            "view": dummies(one_source.table["view"]),
            "site": dummies(one_source.table["site"]),
        },
    )
    yield "PA or AP, COVID-19", binary(covid, covid.table["view"] == "PA"), looks(covid.images)
    age = pd.to_numeric(covid.table["age"], errors="coerce")
    known = covid.take(age.notna().to_numpy())
    older = age[age.notna()].to_numpy() >= age.median()
    yield "older or younger than the median, COVID-19", binary(known, older), looks(known.images)


def held_out(xrays, site):
    """Where a site's X-rays are, and folds of two parts: whoever has an X-ray there, and the rest."""
    there = (xrays.table["site"] == site).to_numpy()
    return there, np.isin(xrays.patients, xrays.patients[there]).astype(int)


def row(question, look, xrays, said, balanced_accuracy):
    """One line of the table."""
    true, patients = xrays.labels, xrays.patients
    low, high = patient_bootstrap(true, said, patients, balanced_accuracy)
    return {
        "question": question,
        "seen": look,
        "images": len(true),
        "patients": len(set(patients)),
        "first": int((true == 0).sum()),
        "balanced_accuracy": balanced_accuracy(true, said),
        "low": low,
        "high": high,
    }


def rows(root):
    """All lines of the table, one after the other."""
    lab = definitions()
    told_apart, balanced = lab["told_apart"], lab["balanced_accuracy"]
    for question, xrays, seen in questions(root, lab["looks"]):
        dealt = folds(xrays)
        for look, features in tqdm(seen.items(), desc=question, unit="look"):
            yield row(question, look, xrays, told_apart(features, xrays.labels, dealt), balanced)
    xrays = adults(root)
    for site, name in SITES.items():
        there, apart = held_out(xrays, site)
        for how, fold_of in (("held out", apart), ("patients apart", folds(xrays))):
            said = told_apart(xrays.images, xrays.labels, fold_of)[there]
            yield row(f"{name}, {how}", "all of it", xrays.take(there), said, balanced)


def main():
    if not (root := os.environ.get("CORONET_REAL_DATA")):
        sys.exit("laboratory_real: CORONET_REAL_DATA names no folder of real X-rays; see README")
    table = pd.DataFrame(rows(root)).round(4)
    with atomic(TABLE) as part:
        table.to_csv(part, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
