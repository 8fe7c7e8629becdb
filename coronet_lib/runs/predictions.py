"""The tables of a run that its card vouches for: answers on what it held out, and how the training went."""

from pathlib import Path

import numpy as np
import pandas as pd

from coronet_lib.classes import CLASSES
from coronet_lib.evaluation import as_json, by_fold, confusion_matrices
from coronet_lib.files import RunError, atomic, sha256
from coronet_lib.runs.card import REMEDY, read_card, vouch
from coronet_lib.training.history import read_table


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
    """What a card says of the tables and the model that were written into its folder.

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
    folder = Path(folder)
    found = _numbers(*_predictions(folder / "predictions.csv", classes))
    return found | vouch(folder)


def read_predictions(folder):
    """Predictions of a finished run.

    Parameters
    ----------
    folder : path

    Returns
    -------
    table : pandas.DataFrame
        As :func:`write_predictions` wrote it, with the column ``predicted`` added.
    classes : tuple of str

    Raises
    ------
    RunError
        If the run is unfinished, the file is not the one that its card describes, or the card has other
        numbers than follow from it.
    """
    card = read_card(folder)
    table, names = _predictions(_vouched(folder, card, "predictions"), card["classes"])
    if differing := [key for key, found in _numbers(table, names).items() if card.get(key) != found]:
        raise RunError(f"{folder}/card.json: {differing[0]!r} does not follow from predictions.csv; {REMEDY}")
    return table, names


def read_history(folder):
    """How the training of a finished run went, epoch by epoch.

    Parameters
    ----------
    folder : path

    Returns
    -------
    pandas.DataFrame
        See :func:`coronet_lib.training.history.read_table`.

    Raises
    ------
    RunError
        If the run is unfinished, or has no epochs, or the file is not the one that its card describes.
    """
    card = read_card(folder)
    path = _vouched(folder, card, "history")
    try:
        return read_table(path)
    except ValueError as error:
        raise RunError(f"{path}: {error}; {REMEDY}") from None


def _vouched(folder, card, name):
    """The path of a table, if it is the one that the card describes."""
    path = Path(folder) / f"{name}.csv"
    if (wanted := card.get(f"{name}_sha256")) is None:
        why = "the run is unfinished; `coronet train --resume` goes on"
        if card["status"] == "finished":
            why = "only what is trained in epochs has one, and of a cross-validation each fold"
        raise RunError(f"{folder} has no {path.name}: {why}")
    if not path.is_file():
        raise RunError(f"{path} is missing; {REMEDY}")
    if sha256(path) != wanted:
        raise RunError(f"{path} is not the file that card.json describes; {REMEDY}")
    return path


def _predictions(path, classes):
    table = pd.read_csv(path, dtype={"file": str, "patient": str})
    names = CLASSES[classes]
    table["predicted"] = np.array(names)[table[list(names)].to_numpy().argmax(axis=1)]
    return table, names


def _numbers(table, names):
    """What a card says that follows from the predictions."""
    matrices, scores = confusion_matrices(table, names), by_fold(table, names).round(4)
    found = {
        "confusion_matrix": sum(matrices.values()).tolist(),
        "metrics": as_json(scores.loc["mean"]),
    }
    if len(matrices) > 1:
        found["confusion_matrices"] = {str(fold): matrix.tolist() for fold, matrix in matrices.items()}
        found["metrics_sd"] = as_json(scores.loc["sd"])
    return found
