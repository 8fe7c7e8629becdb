"""Who is tested when: folds by image, as the paper drew them, and by patient, as they should be drawn."""

from typing import NamedTuple

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold


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
        The fold, 0 to n - 1, in which each image is tested.

    Raises
    ------
    ValueError
        If a class has too few images or patients to be in every fold.
    """
    if by not in ("patient", "image"):
        raise ValueError(f"folds are drawn by 'patient' or by 'image', not by {by!r}")
    return _deal(collection.labels, collection.patients, collection.classes, n, by, seed)


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
        collection.labels[rows],
        collection.patients[rows],
        collection.classes,
        round(1 / share),
        "patient",
        seed,
    )
    return rows[part != 0], rows[part == 0]


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


def _deal(labels, patients, classes, n, by, seed):
    if n < 2:
        raise ValueError(f"at least 2 folds are needed, got {n}")
    for label, name in enumerate(classes):
        units = patients[labels == label] if by == "image" else np.unique(patients[labels == label])
        if len(units) < n:
            raise ValueError(f"{n} folds want at least {n} {by}s in every class; {name} has {len(units)}")
    kind = StratifiedGroupKFold if by == "patient" else StratifiedKFold
    fold_of = np.empty(len(labels), int)
    for fold, (_, tested) in enumerate(
        kind(n, shuffle=True, random_state=seed).split(labels, labels, patients if by == "patient" else None)
    ):
        fold_of[tested] = fold
        if absent := set(range(len(classes))) - set(labels[tested]):
            raise ValueError(
                f"fold {fold} of {n} would hold no {classes[min(absent)]}: "
                f"its {by}s cannot be dealt evenly; use fewer folds or another seed"
            )
    return fold_of
