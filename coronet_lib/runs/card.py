"""A run folder: what one training leaves behind, written so that a crash loses nothing.

``card.json`` says what was done, ``history.csv`` holds one line an epoch,
``predictions.csv`` one line a test image, ``model.keras`` the weights.
"""

import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from coronet_lib.files import RunError, atomic
from coronet_lib.training.epochs import EPOCHS

# What makes two runs the same experiment; --resume insists on it.
IDENTITY = ("recipe", "seed", "classes", "folds", "fold", "split", "split_seed", "precision", "data")

# What a run writes into its folder.
FILES = (
    "card.json",
    "history.csv",
    "predictions.csv",
    "model.keras",
    "model.weights.h5",  # of a run that is committed, in its place
    "checkpoint.keras",  # until the run is finished
    "best.weights.h5",  # likewise
    "svm.npz",  # of features + SVM, instead of a model
    "folds.csv",  # of a cross-validation
    "classes.csv",  # likewise
)


def write_card(folder, card):
    with atomic(Path(folder) / "card.json") as part:
        part.write_text(json.dumps(card, indent=2) + "\n")


def read_card(folder):
    """The card of a run folder.

    Raises
    ------
    RunError
        If there is none or it is no card.
    """
    path = Path(folder) / "card.json"
    try:
        card = json.loads(path.read_text())
    except FileNotFoundError:
        raise RunError(
            f"{folder} is not a run folder: it has no card.json; `coronet train --out` makes one"
        ) from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise RunError(f"{path} is not valid JSON ({error})") from None
    if isinstance(card, dict):
        card.setdefault("precision", "float32")  # the only one before cards named it
        card.setdefault("split_seed", card.get("seed"))  # folds and training shared one seed
    if not isinstance(card, dict) or not set(IDENTITY) <= set(card):
        raise RunError(f"{path} is not the card of a run: it wants the keys {', '.join(IDENTITY)}")
    return card


def finished_card(folder):
    """The card of a run that is finished; None for one that is not, or has not begun."""
    if not (Path(folder) / "card.json").is_file():
        return None
    card = read_card(folder)
    return card if card.get("status") == "finished" else None


def check_data(card, data):
    """Make sure that a run was done on these X-rays.

    Parameters
    ----------
    card : dict
    data : XrayCollection
        As prepared: it is brought to the run's size and classes first.

    Raises
    ------
    RunError
        If pixels, labels, patients or names differ; of synthetic X-rays, what they were drawn by.
    """
    found = describe_data(data.shrunk(card["recipe"]["size"]).with_classes(card["classes"]))
    if found != card["data"]:
        raise RunError(f"the run was done on {_other_xrays(card['data'], found)}")


def describe_data(data):
    """What a card says of the X-rays of its run."""
    return data.identity() | {"counts": data.counts()}


def _other_xrays(done_on, given):
    """In which way the X-rays of a card, ``done_on``, are not those that are ``given``."""
    was, now = done_on.get("drawn_by"), given.get("drawn_by")
    if was is None and now is None:
        return (
            f"other X-rays: its card has the fingerprint {done_on['fingerprint'][:12]}…, "
            f"these have {given['fingerprint'][:12]}…"
        )
    if was is None:
        return (
            "X-rays from files, or on phantoms of version 1 of the generator, which cards did not name; "
            f"these are phantoms of version {now['generator']}: draw again with that version, or train again"
        )
    if now is None:
        return f"phantoms (version {was['generator']} of the generator, seed {was['seed']}), these are others"
    if was["generator"] != now["generator"]:
        return (
            f"X-rays drawn by version {was['generator']} of the generator, and these by version "
            f"{now['generator']}: draw again with that version of coronet-lib, or train again"
        )
    if differing := [f"{name} {was.get(name)}" for name in was | now if was.get(name) != now.get(name)]:
        return f"other phantoms: they were drawn with {', '.join(differing)}"
    return "other phantoms: patients, labels or names differ"


class Partial(NamedTuple):
    """How far a run went that was asked for fewer epochs than its recipe has."""

    epochs: int
    """Epochs done."""
    of: int
    """Epochs of the recipe."""


def partial(card):
    """Whether a run is only part of what its recipe's name promises.

    Parameters
    ----------
    card : dict

    Returns
    -------
    Partial or None
        None for a whole run, for recipes that have no name of their own in
        :data:`coronet_lib.training.epochs.EPOCHS` and say nothing of ``published_epochs``, and for what is
        not trained in epochs.
        A run that stopped early because its recipe says so is whole, and so is one that went on from
        another run, which needs fewer epochs.
    """
    recipe = card["recipe"]
    if "base" in card or "epochs" not in recipe:
        return None
    asked = recipe["epochs"]
    whole = recipe.get("published_epochs") or EPOCHS.get(recipe["name"], asked)
    return Partial(asked, whole) if asked < whole else None


def open_folder(folder, card, *, resume=False, overwrite=False):
    """Make ``folder`` ready for the run that ``card`` describes.

    Parameters
    ----------
    folder : path
    card : dict
        With the keys of :data:`IDENTITY`.
    resume : bool
        Go on with a run that was interrupted; its card must describe the same experiment.
    overwrite : bool
        Remove what an earlier run left; files that no run writes are never touched.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    RunError
        If the folder holds something and neither option fits.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise RunError(f"{folder} is a file, not a folder")
    present = {p.name for p in folder.iterdir()} if folder.exists() else set()
    if resume and present:
        earlier = read_card(folder)
        # Only the card of a run that went on from another has a base.
        differing = [key for key in (*IDENTITY, "base") if earlier.get(key) != card.get(key)]
        if differing:
            other = f" (it was done on {_other_xrays(earlier['data'], card['data'])})"
            raise RunError(
                f"{folder} holds another run: its card differs in {', '.join(differing)}"
                f"{other if 'data' in differing else ''}; choose another --out, or --overwrite"
            )
    elif overwrite:
        clear(folder)
    elif present:
        raise RunError(f"{folder} is not empty; choose another --out, or say --resume or --overwrite")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def clear(folder):
    """Delete what a run wrote into ``folder``, and nothing else."""
    for name in FILES:
        (Path(folder) / name).unlink(missing_ok=True)


def environment():
    """Versions and hardware, for the card."""
    import keras

    from coronet_lib.training import devices

    packages = ("coronet-lib", "keras", "tensorflow", "jax", "torch", "numpy", "pillow", "scikit-learn")
    return {
        "python": platform.python_version(),
        "versions": {name: found for name in packages if (found := _version(name))},
        "backend": keras.backend.backend(),
        "device": devices.device_name(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPU cores",
    }


def _version(package):
    try:
        return version(package)
    except PackageNotFoundError:
        return None
