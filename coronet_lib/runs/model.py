"""The CoroNet that a run left behind."""

import zipfile
from pathlib import Path

import keras

from coronet_lib.classes import CLASSES
from coronet_lib.models.coronet import ARCHITECTURE, coronet
from coronet_lib.models.weights import check_finite
from coronet_lib.runs.card import check_model, read_card
from coronet_lib.text import reason

LARGEST_RATIO = 20
"""How many times larger a model may be than its file: Keras packs without compressing."""


def load_coronet(path):
    """Load a saved CoroNet, without running any code that the file may carry.

    Parameters
    ----------
    path : path
        A ``model.keras``, or a run folder that holds one, or ``model.weights.h5`` and the card that
        says of which network.

    Returns
    -------
    keras.Model

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is no Keras model, or one with other inputs or outputs, or holds other weights; or if it
        is not the one that the run's card describes.
    """
    path = Path(path)
    if path.is_dir():
        folder, path = path, model_file(path) or path / "model.keras"
        if path.name == "model.weights.h5":
            return _with_weights(folder)
        if not path.is_file() and (folds := sorted(folder.glob("fold-*/model.keras"))):
            raise FileNotFoundError(
                f"{folder} is a cross-validation, and each fold has its own network; name one, such as "
                f"{folds[0].parent}"
            )
    if not path.is_file():
        raise FileNotFoundError(f"no model at {path}; `coronet train` writes RUN/model.keras")
    check_model(path)
    try:
        _check_archive(path)
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
        check_finite(model)
    except Exception as error:  # h5py, zipfile, json and Keras each raise their own kinds
        raise ValueError(f"{path} cannot be loaded as a Keras model: {reason(error)}") from error
    takes, gives = model.input_shape, model.output_shape
    fits = (
        isinstance(takes, tuple)
        and isinstance(gives, tuple)
        and len(takes) == 4
        and takes[1] == takes[2]
        and takes[3] == 3
        and len(gives) == 2
        and gives[1] in CLASSES
    )
    if not fits:
        raise ValueError(
            f"{path} is no CoroNet: it maps {takes} to {gives}, "
            "wanted (None, size, size, 3) to (None, 4), (None, 3) or (None, 2)"
        )
    return model


def model_file(folder):
    """The file with the network of a run: ``model.keras``, or what git keeps of it; None if there is none.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    pathlib.Path or None
    """
    files = (folder / name for name in ("model.keras", "model.weights.h5"))
    return next((path for path in files if path.is_file()), None)


def _with_weights(folder):
    """The network that ``card.json`` describes, with ``model.weights.h5``.

    A third of the size of ``model.keras``, and read by other versions of Keras: what git keeps.
    """
    card, path = read_card(folder), folder / "model.weights.h5"
    check_model(path)
    try:
        model = coronet(card["classes"], **{name: card["recipe"][name] for name in ARCHITECTURE})
        model.load_weights(path)
        check_finite(model)
    except Exception as error:  # h5py, Keras and an edited card each raise their own kinds
        raise ValueError(f"{path} does not fit the network of card.json: {reason(error)}") from error
    return model


def _check_archive(path):
    """Refuse what Keras would read without its safe mode, as other formats, or would fill the memory with."""
    if path.suffix != ".keras":
        raise ValueError("its name should end in .keras")
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > LARGEST_RATIO * path.stat().st_size:
        raise ValueError(f"it would unpack to {unpacked:,} bytes, which no model of its size does")
