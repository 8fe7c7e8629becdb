"""Who is tested when: folds by image, as the paper drew them, and by patient, as they should be drawn."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold

from coronet_lib.classes import class_names
from coronet_lib.evaluation.apart import deal_apart

COLUMNS = {"image": "image_wise", "patient": "patient_wise"}
"""For either way to deal, the column of a fold manifest that holds its fold numbers."""


def folds(collection, n=4, by="patient", seed=0):
    """Deal a collection into folds of nearly equal class shares.

    Parameters
    ----------
    collection : XrayCollection
    n : int
        Number of folds, at least 2; the paper has 4.
    by : {"patient", "image"}
        ``patient`` keeps all images of a person in one fold. ``image`` deals images without looking
        whose they are, which is what the paper did.
    seed : int

    Returns
    -------
    int array, shape (len(collection),)
        The fold, 1 to n, in which each image is tested.

    Raises
    ------
    ValueError
        If a class has too few images or patients to be in every fold.
    """
    if by not in ("patient", "image"):
        raise ValueError(f"folds are drawn by 'patient' or by 'image', not by {by!r}")
    if n < 2:
        raise ValueError(f"at least 2 folds are needed, got {n}")
    return _deal(collection, n, by, seed, purpose=f"dealing {by}s into {n} folds", remedy="use fewer folds")


def inner_split(collection, rows, share=0.2, seed=0):
    """Set aside patients of the training part, for validation while training.

    Parameters
    ----------
    collection : XrayCollection
    rows : int array
        The rows to train on: those outside the fold that is tested.
    share : float
        Part of the images to set aside, up to 1/2; taken as the nearest 1/k.
    seed : int

    Returns
    -------
    training, validation : int arrays
        ``rows`` in two parts that share no patient, each in the order of ``rows``.

    Raises
    ------
    ValueError
        If ``share`` is out of range or a class has too few patients.
    """
    if not 0 < share <= 0.5:
        raise ValueError(f"the share to set aside lies above 0 and up to 0.5, got {share!r}")
    rows = np.asarray(rows)
    part = _deal(
        collection.take(rows),
        round(1 / share),
        "patient",
        seed,
        purpose=f"setting aside a share of {share:g} of the training patients",
        remedy="set aside a larger share, or train on more patients",
    )
    return rows[part > 1], rows[part == 1]


class Leakage(NamedTuple):
    """What :func:`leaked_patients` finds."""

    patients: np.ndarray
    """Ids of those who are in more than one fold, sorted."""
    images: np.ndarray
    """True for each image whose patient the model has seen by the time it is tested, shape (n_images,)."""


def leaked_patients(fold_of, patients):
    """Who stands on both sides of a split.

    Parameters
    ----------
    fold_of : int array, shape (n_images,)
    patients : str array, shape (n_images,)

    Returns
    -------
    Leakage

    Raises
    ------
    ValueError
        If the two differ in length.
    """
    if len(fold_of) != len(patients):
        raise ValueError(f"{len(fold_of)} fold numbers do not fit {len(patients)} patients")
    ids, patient_of = np.unique(np.asarray(patients, dtype=str), return_inverse=True)
    pairs = np.unique(np.stack([patient_of, fold_of]), axis=1)  # every (patient, fold) that occurs, once
    leaked = np.bincount(pairs[0], minlength=len(ids)) > 1
    return Leakage(ids[leaked], leaked[patient_of])


def fold_manifest(collection, n=4, by=("image", "patient"), seed=0):
    """Write down which image is tested in which fold.

    Parameters
    ----------
    collection : XrayCollection
    n : int
    by : sequence of {"image", "patient"}
        The ways to deal; see :func:`folds`.
    seed : int

    Returns
    -------
    pandas.DataFrame
        One row an image, in the collection's order: ``file``, ``patient``, ``label`` and, as asked,
        ``image_wise`` and ``patient_wise``, fold numbers from 1.

    Raises
    ------
    ValueError
        As :func:`folds`.
    """
    table = {
        "file": collection.files,
        "patient": collection.patients,
        "label": np.array(collection.classes)[collection.labels],
    }
    return pd.DataFrame(table | {COLUMNS[way]: folds(collection, n, way, seed) for way in by})


def fold_report(manifest):
    """How even the folds of a manifest are, and what they leak.

    Parameters
    ----------
    manifest : pandas.DataFrame
        As :func:`fold_manifest` returns it.

    Returns
    -------
    dict
        For each way to deal, ``image`` or ``patient``: ``images``, a list for each class with its images
        in fold 1, 2, …; ``leaked_patients``, how many are in more than one fold; ``leaked_images``, how
        many images of each class are theirs.
    """
    names = class_names(manifest["label"].nunique())

    def of(fold_of):
        leak = leaked_patients(fold_of, manifest["patient"])
        per_fold = pd.crosstab(manifest["label"], fold_of)
        leaked = manifest["label"][leak.images].value_counts()
        return {
            "images": {name: per_fold.loc[name].tolist() for name in names},
            "leaked_patients": len(leak.patients),
            "leaked_images": {name: int(leaked.get(name, 0)) for name in names},
        }

    return {way: of(manifest[column]) for way, column in COLUMNS.items() if column in manifest}


def _deal(collection, n, by, seed, *, purpose, remedy):
    """Parts 1 to n, each with images of every class; if that cannot be, the error quotes the last two."""
    labels, patients, classes = collection.labels, collection.patients, collection.classes
    for label, name in enumerate(classes):
        units = patients[labels == label] if by == "image" else np.unique(patients[labels == label])
        if len(units) < n:
            raise ValueError(
                f"{purpose} needs at least {n} {by}s of every class, and {name} has {len(units)}; {remedy}"
            )
    if by == "patient":
        part_of = deal_apart(labels, patients, n, seed)
    else:
        part_of, dealt = np.empty(len(labels), int), StratifiedKFold(n, shuffle=True, random_state=seed)
        for part, (_, inside) in enumerate(dealt.split(labels, labels), start=1):
            part_of[inside] = part
    for part in range(1, n + 1):
        if absent := set(range(len(classes))) - set(labels[part_of == part]):
            raise ValueError(
                f"{purpose} leaves one of {n} parts without {classes[min(absent)]}, "
                f"whose {by}s cannot be dealt evenly; {remedy}, or use another seed"
            )
    return part_of
