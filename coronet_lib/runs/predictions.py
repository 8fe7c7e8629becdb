"""What a run answered on the images that it held out, as a table that its card vouches for."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd

from coronet_lib.classes import CLASSES
from coronet_lib.evaluation import as_json, by_fold, confusion_matrices
from coronet_lib.files import RunError, atomic
from coronet_lib.runs.card import read_card


def write_predictions(folder, data, rows, fold, scores):
    """Write one line an image: file, patient, fold, true class and the score of each class.

    Parameters
    ----------
    folder : path
    data : XrayCollection
    rows : int array, shape (m,)
        The test images.
    fold : int
    scores : float array, shape (m, classes)
        Six decimals are kept.
    """
    table = pd.DataFrame({"file": data.files[rows], "patient": data.patients[rows], "fold": fold})
    table["true"] = np.array(data.classes)[data.labels[rows]]
    for column, name in enumerate(data.classes):
        table[name] = scores[:, column].round(6)
    with atomic(Path(folder) / "predictions.csv") as part:
        table.to_csv(part, index=False)


def pool_predictions(folder, parts):
    """Join the predictions of several runs, line by line, into those of ``folder``.

    Parameters
    ----------
    folder : path
    parts : sequence of path
        Folders of finished runs.

    Raises
    ------
    RunError
        If a run is unfinished or its predictions were edited.
    """
    joined = ""
    for part in parts:
        read_predictions(part)
        header, lines = (Path(part) / "predictions.csv").read_text().split("\n", 1)
        joined += lines if joined else f"{header}\n{lines}"
    with atomic(Path(folder) / "predictions.csv") as new:
        new.write_text(joined)


def results(folder, classes):
    """What a card says of the predictions that were written into its folder.

    An image's answer is the class with the largest score as written, the first of equals: who reads the
    file finds what the card says.

    Parameters
    ----------
    folder : path
    classes : int

    Returns
    -------
    dict
        Keys of :class:`coronet_lib.runs.Card`.
    """
    path = Path(folder) / "predictions.csv"
    table, names = _read(path, classes)
    matrices, scores = confusion_matrices(table, names), by_fold(table, names).round(4)
    found = {
        "predictions_sha256": _sha256(path),
        "confusion_matrix": sum(matrices.values()).tolist(),
        "metrics": as_json(scores.loc["mean"]),
    }
    if len(matrices) > 1:
        found["confusion_matrices"] = {str(fold): matrix.tolist() for fold, matrix in matrices.items()}
        found["metrics_sd"] = as_json(scores.loc["sd"])
    return found


def read_predictions(folder):
    """Predictions of a finished run.

    Returns
    -------
    table : pandas.DataFrame
        As :func:`write_predictions` wrote it, with the column ``predicted`` added.
    classes : tuple of str

    Raises
    ------
    RunError
        If the run is unfinished, or the file is not the one that its card describes.
    """
    card = read_card(folder)
    path = Path(folder) / "predictions.csv"
    if not path.is_file():
        raise RunError(
            f"{folder} has no predictions.csv: the run is unfinished; `coronet train --resume` goes on"
        )
    if _sha256(path) != card.get("predictions_sha256"):
        raise RunError(f"{path} is not the file that card.json describes; train again, or restore it")
    return _read(path, card["classes"])


def _read(path, classes):
    table = pd.read_csv(path, dtype={"file": str, "patient": str})
    names = CLASSES[classes]
    table["predicted"] = np.array(names)[table[list(names)].to_numpy().argmax(axis=1)]
    return table, names


def _sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
