"""Put several systems under one protocol: the same folds of the same X-rays, one system after another.

Each system sees the X-rays at its own size and through its own preprocessing, and is trained by its own
recipe; what it is tested on, and how that is judged, is the same for all.
"""

from functools import partial
from pathlib import Path

import keras

from coronet_lib import runs
from coronet_lib.classes import class_names
from coronet_lib.models.weights import weights_identity
from coronet_lib.runs import crossval
from coronet_lib.systems import measure, tables


def run(
    entries,
    xrays,
    out,
    *,
    classes=4,
    folds=4,
    split="patient",
    split_seed=0,
    seed=0,
    jobs=1,
    compute=None,
    resume=False,
    overwrite=False,
    progress=True,
):
    """Cross-validate every system on the same folds, measure what it costs, and tabulate all.

    Parameters
    ----------
    entries : sequence of System
        From :data:`coronet_lib.systems.SYSTEMS`, with their recipes changed as need be.
    xrays : callable
        From a size in pixels to the XrayCollection at that size.
    out : path
        Gets a cross-validation in a folder of each system's name (see :func:`coronet_lib.runs.crossval.run`),
        with ``cost`` (see :func:`coronet_lib.systems.measure.cost`) in its card, and the tables of
        :func:`coronet_lib.systems.tables.write`.
    classes : {4, 3, 2}
    folds, split, split_seed, seed, jobs, compute, progress
        As for :func:`coronet_lib.runs.crossval.run`.
    resume : bool
        Leave finished systems and folds alone, and go on with the others.
    overwrite : bool
        Train all of them again.

    Returns
    -------
    list of pathlib.Path
        The systems' folders, for :func:`coronet_lib.systems.tables.overview` and the like.

    Raises
    ------
    RunError, ValueError, FileNotFoundError
        Before the first training, if a system cannot take the classes or its weights are not there, or
        takes the features of a network that does not come before it.
    """
    check(entries, classes)
    out = Path(out)
    folders = []
    for entry in entries:
        folder = out / entry.name
        keras.backend.clear_session()  # or the networks before this one would stay in memory
        data = xrays(entry.recipe.size).with_classes(classes)
        card = crossval.run(
            data,
            entry.recipe,
            folder,
            folds=folds,
            split=split,
            split_seed=split_seed,
            seed=seed,
            jobs=jobs,
            compute=compute,
            resume=resume,
            overwrite=overwrite,
            progress=progress,
        )
        if "cost" not in card:
            card["cost"] = measure.cost(partial(entry.network, classes))
            runs.write_card(folder, card)
        folders.append(folder)
    if len(folders) > 1:
        tables.write(folders, out)
    return folders


def check(entries, classes):
    """Refuse what a system cannot do before the first of them is trained.

    Parameters
    ----------
    entries : sequence of System
    classes : {4, 3, 2}

    Raises
    ------
    ValueError
        If a system is named twice, cannot take the classes, or takes the features of a network that does
        not come before it.
    FileNotFoundError
        If a file of weights does not exist.
    """
    names = [entry.name for entry in entries]
    class_names(classes)
    for place, entry in enumerate(entries):
        if entry.name in names[:place]:
            raise ValueError(f"{entry.name} is named twice")
        if classes not in entry.classes:
            raise ValueError(f"{entry.name} takes {_listed(entry.classes)} classes, not {classes}")
        needs = getattr(entry.recipe, "network", None)
        if needs and needs not in names[:place]:
            raise ValueError(f"{entry.name} takes the features of {needs}: name {needs} before it")
        weights_identity(entry.recipe.weights)


def _listed(numbers):
    return " or ".join(map(str, numbers))
