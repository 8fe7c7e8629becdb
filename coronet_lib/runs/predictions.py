"""What a run answered on the images that it held out, as a table that its card vouches for."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd

from coronet_lib.classes import CLASSES
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

    Returns
    -------
    str
        SHA-256 of the file, for the card.
    """
    table = pd.DataFrame({"file": data.files[rows], "patient": data.patients[rows], "fold": fold})
    table["true"] = np.array(data.classes)[data.labels[rows]]
    for column, name in enumerate(data.classes):
        table[name] = scores[:, column].round(6)
    path = Path(folder) / "predictions.csv"
    with atomic(path) as part:
        table.to_csv(part, index=False)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def pool_predictions(folder, parts):
    """Join the predictions of several runs, line by line, into those of ``folder``.

    Parameters
    ----------
    folder : path
    parts : sequence of path
        Folders of finished runs.

    Returns
    -------
    str
        SHA-256 of the joined file, for the card.

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
    path = Path(folder) / "predictions.csv"
    with atomic(path) as new:
        new.write_text(joined)
    return hashlib.sha256(path.read_bytes()).hexdigest()


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
    if hashlib.sha256(path.read_bytes()).hexdigest() != card.get("predictions_sha256"):
        raise RunError(f"{path} is not the file that card.json describes; train again, or restore it")
    table = pd.read_csv(path, dtype={"file": str, "patient": str})
    classes = CLASSES[card["classes"]]
    table["predicted"] = np.array(classes)[table[list(classes)].to_numpy().argmax(axis=1)]
    return table, classes
