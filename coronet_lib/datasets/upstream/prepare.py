"""Turn the upstream collections into the paper's data sets, ready to train on.

All images become grey. Some upstream files are stored in colour and some in grey, and that alone
would tell the sources, and with them the classes, apart.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import delayed

from coronet_lib.classes import CLASSES, class_names
from coronet_lib.datasets.collection import XrayCollection
from coronet_lib.datasets.images import read_xray
from coronet_lib.datasets.store import check_target, export, in_threads
from coronet_lib.datasets.upstream import sources
from coronet_lib.datasets.upstream.duplicates import joined_patients, near_identical
from coronet_lib.files import sha256
from coronet_lib.paper import TABLE_I


def dataset1(
    source,
    out,
    *,
    classes=4,
    size=150,
    resample="area",
    seed=2020,
    counts=TABLE_I,
    overwrite=False,
    progress=True,
):
    """Draw the paper's Dataset-1 from the upstream folders and write it as a prepared folder.

    For 3 classes the two pneumonias of the same draw are joined, for 2 they are left out. Patients who
    share a near-identical image (:mod:`coronet_lib.datasets.upstream.duplicates`) become one; the card says
    which.

    Parameters
    ----------
    source : str or path-like
        Holds ``covid-chestxray-dataset/`` and ``chest_xray/`` as upstream names them.
    out : str or path-like
        The folder to write. It appears complete or not at all.
    classes : {4, 3, 2}
    size : int or (height, width)
        In pixels.
    resample : {"area", "bilinear", "nearest"}
        See :func:`coronet_lib.datasets.images.read_xray`.
    seed : int
        Of the draw; each class has a stream of its own.
    counts : mapping of str to int, or None
        How many images of the four classes, by default Table I; None takes all there are.
    overwrite : bool
        Replace ``out`` if it is a prepared folder.
    progress : bool
        Show progress bars.

    Returns
    -------
    dict
        The card.

    Raises
    ------
    FileNotFoundError, ValueError
        If a folder or file is missing, damaged or holds too few images.
    FileExistsError
        If ``out`` holds anything, unless ``overwrite``.
    """
    wanted = class_names(classes)
    check_target(Path(out), overwrite)
    covid, covid_left_out = sources.cohen(source)
    others, others_left_out = sources.kermany(source)
    candidates = pd.concat([covid, others], ignore_index=True)
    candidates["file"] = _file_names(candidates)
    drawn = _draw(candidates, counts, seed)

    facts = {
        "dataset": "dataset-1",
        "seed": seed,
        "resample": resample,
        "candidates": candidates["label"].value_counts()[list(CLASSES[4])].to_dict(),
        "left_out": covid_left_out | others_left_out,
        "metadata_sha256": sha256(Path(source) / sources.COHEN / "metadata.csv"),
    }
    four, copies = _read(source, drawn, CLASSES[4], size, resample, progress)
    xrays = four.with_classes(len(wanted))
    return export(xrays, out, facts=facts | copies, overwrite=overwrite, progress=progress)


def dataset2(source, out, *, classes=3, size=150, resample="area", overwrite=False, progress=True):
    """Write the paper's Dataset-2, that of Ozturk et al. (2020), as a prepared folder.

    Nothing is drawn: all images of the three classes are taken. The paper names "around 500 normal, 500
    pneumonia and 157 COVID-19"; upstream has 500, 500 and 125.

    Parameters
    ----------
    source : str or path-like
        Holds ``COVID-19/`` and, for the patients of the COVID-19 images, ``covid-chestxray-dataset/``.
    out : str or path-like
    classes : {3, 2}
    size : int
    resample : str
    overwrite, progress : bool
        As for :func:`dataset1`.

    Returns
    -------
    dict
        The card.

    Raises
    ------
    FileNotFoundError, FileExistsError, ValueError
        As :func:`dataset1`, and for 4 classes, which this data set does not have.
    """
    if classes not in (3, 2):
        raise ValueError(f"Dataset-2 has 3 classes, or 2 without pneumonia, not {classes}")
    check_target(Path(out), overwrite)
    rows, left_out = sources.ozturk(source)
    rows["file"] = _file_names(rows)
    facts = {
        "dataset": "dataset-2",
        "resample": resample,
        "left_out": left_out,
        "metadata_sha256": sha256(Path(source) / sources.COHEN / "metadata.csv"),
    }
    three, copies = _read(source, rows, CLASSES[3], size, resample, progress)
    xrays = three.with_classes(classes)
    return export(xrays, out, facts=facts | copies, overwrite=overwrite, progress=progress)


def _read(source, rows, classes, size, resample, progress):
    """The images that ``rows`` lists, as a collection, and what is to be said of copies among them.

    Whoever is on two near-identical images is one person: two patient ids for one picture would leak it.
    """
    tasks = [delayed(read_xray)(Path(source) / row, size, resample) for row in rows["upstream"]]
    images = np.stack(in_threads(tasks, "reading X-rays", progress))
    files, patients = rows["file"].to_numpy(str), rows["patient"].to_numpy(str)
    copies = near_identical(images)
    people = joined_patients(patients, copies)
    said = {
        "near_identical": [files[group].tolist() for group in copies],
        "joined_patients": len(set(patients)) - len(set(people)),
    }
    labels = rows["label"].map(classes.index).to_numpy()
    return XrayCollection(images[..., None], labels, people, files, classes, table=rows), said


def _draw(candidates, counts, seed):
    """As many rows of each class as wanted, in the candidates' order."""
    if unknown := set(counts or ()) - set(CLASSES[4]):
        raise ValueError(f"counts wants some of {', '.join(CLASSES[4])}, got {sorted(unknown)[0]!r}")
    rows = []
    for index, label in enumerate(CLASSES[4]):
        of_label = candidates.index[candidates["label"] == label].to_numpy()
        wanted = len(of_label) if counts is None else counts.get(label, 0)
        if wanted > len(of_label):
            where = sources.COHEN if label == "covid19" else sources.KERMANY
            raise ValueError(f"{wanted} images of {label} are wanted, {len(of_label)} are in {where}/")
        # One stream for each class: another number of one class leaves the draw of the others as it is.
        stream = np.random.default_rng([seed, index])
        rows.append(np.sort(stream.choice(of_label, wanted, replace=False)))
    return candidates.loc[np.concatenate(rows)].reset_index(drop=True)


def _file_names(candidates):
    """Names for the prepared PNGs that stay unique across sources, and say where an image came from."""
    stems = candidates["source"] + "-" + candidates["upstream"].map(lambda upstream: Path(upstream).stem)
    stems = stems.map(lambda stem: re.sub(r"[^\w.-]+", "-", stem))
    repeat = stems.groupby(stems.str.casefold()).cumcount()
    return stems + repeat.map(lambda times: f"--{times + 1}" if times else "") + ".png"
