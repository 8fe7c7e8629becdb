"""The card of a run: what was done, on which X-rays, and what came of it, as ``card.json`` holds it."""

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from coronet_lib import cards, installed
from coronet_lib.files import RunError, put, sha256
from coronet_lib.runs.schema import SCHEMA, VERSION, Card
from coronet_lib.training import devices, machine

REMEDY = "restore it from a copy, or train again with --overwrite"
"""What to do about a file of a run that is not as it was written."""

# The last of several models is the one that is read.
_VOUCHED = ("predictions.csv", "history.csv", "model.weights.h5", "model.npz", "model.keras")


def describe(data, recipe, *, fold, split, seed, compute, base=None):
    """The card of a run that is about to begin.

    ``fold`` is None for all of them, ``base`` what it goes on from.
    """
    return Card(
        version=VERSION,
        recipe=json.loads(json.dumps(recipe.described())),  # tuples are lists, as in the file
        seed=seed,
        classes=len(data.classes),
        fold=fold,
        **split.described(),
        precision=compute.precision,
        data=describe_data(data),
        base=base and base.identity,
        start="base" if base else recipe.start,
        scores=recipe.scores,
        status="running",
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        # Compilation and devices change the result by no more than another machine would.
        environment=environment() | {"jit": compute.jit, "devices": compute.devices},
    )


def describe_data(data):
    """What a card says of the X-rays of its run.

    Parameters
    ----------
    data : XrayCollection

    Returns
    -------
    dict
        What tells the collection from others, and images by class.
    """
    return data.identity() | {"counts": data.counts()}


def write_card(folder, card):
    """Write the card of a run, whole or not at all.

    Parameters
    ----------
    folder : path
    card : Card

    Raises
    ------
    ValueError
        If nobody could read it; nothing is written then.
    """
    put(Path(folder) / "card.json", cards.dumps(card, SCHEMA).encode())


def read_card(folder):
    """The card of a run folder.

    Parameters
    ----------
    folder : path

    Returns
    -------
    Card

    Raises
    ------
    RunError
        If there is none, or it is no card, one of another version, broken or edited.
    """
    path = Path(folder) / "card.json"
    try:
        return cards.read(
            path,
            SCHEMA,
            version=VERSION,
            of="a run",
            mark="recipe",
            older="an older one is brought up to date in a copy of the book, by "
            f"`python tools/cards.py {folder}`",
            remedy=REMEDY,
        )
    except FileNotFoundError:
        raise RunError(
            f"{folder} is not a run folder: it has no card.json; `coronet train --out` makes one"
        ) from None
    except ValueError as error:
        raise RunError(str(error)) from None


def finished_card(folder):
    """The card of a run that is finished.

    Parameters
    ----------
    folder : path

    Returns
    -------
    Card or None
        None for a run that is not finished, or has not begun; errors are those of :func:`read_card`.
    """
    if not (Path(folder) / "card.json").is_file():
        return None
    card = read_card(folder)
    return card if card["status"] == "finished" else None


def vouch(folder):
    """What a card says of the files beside it: the SHA-256 of each of its tables, and of its model."""
    there = [name for name in _VOUCHED if (folder / name).is_file()]
    return {f"{name.partition('.')[0]}_sha256": sha256(folder / name) for name in there}


def check_model(path):
    """Make sure that a model is the one that the card beside it describes, if there is a card.

    Parameters
    ----------
    path : pathlib.Path

    Raises
    ------
    RunError
        If it is another file, or the card is broken.
    """
    if (path.parent / "card.json").is_file():
        wanted = read_card(path.parent).get("model_sha256")
        if wanted not in (None, sha256(path)):
            raise RunError(f"{path} is not the file that card.json describes; {REMEDY}")


def went_on(folder, card):
    """What the card of a run has to say of those who computed its first epochs, if it was interrupted.

    Parameters
    ----------
    folder : path
        Of the run; may be empty.
    card : Card
        Of who goes on with it.

    Returns
    -------
    dict
        For the card; empty where nobody else did.
    """
    if not (Path(folder) / "card.json").is_file():
        return {}
    return computed_on([read_card(folder), card])


def computed_on(cards):
    """Where one run was computed, or several that make one.

    Parameters
    ----------
    cards : sequence of Card

    Returns
    -------
    dict
        For the card: ``environment`` is the last, and ``environments_before`` has the others, each once.
    """
    all_of_them = []
    for each in cards:
        all_of_them += [*each.get("environments_before", []), each["environment"]]
    last = all_of_them.pop()
    before = [one for place, one in enumerate(all_of_them) if one != last and one not in all_of_them[:place]]
    return {"environment": last} | ({"environments_before": before} if before else {})


class Partial(NamedTuple):
    """How far a run went that was asked for fewer epochs than its recipe has."""

    epochs: int
    """Epochs asked for."""
    of: int
    """Epochs of the recipe."""


def partial(card):
    """Whether a run is only part of what its recipe's name promises.

    Parameters
    ----------
    card : Card

    Returns
    -------
    Partial or None
        None for a whole run, and for what is not trained in epochs.  A run that stopped early because its
        recipe says so is whole, and so is one that went on from another run, which needs fewer epochs.
    """
    asked, whole = card["recipe"]["epochs"], card["recipe"]["published_epochs"]
    cut_short = asked is not None and asked < whole and not card["base"]
    return Partial(asked, whole) if cut_short else None


def epochs_asked(card):
    """Epochs in a table: "18", "12 of 80" for a partial run, "-" for what is not trained in epochs."""
    if part := partial(card):
        return f"{part.epochs} of {part.of}"
    return str(card["recipe"]["epochs"] or "-")


def environment():
    """Versions and hardware, for the card."""
    import keras

    backend, kernels = keras.backend.backend(), os.environ.get("TF_ENABLE_ONEDNN_OPTS")
    packages = ("coronet-lib", "keras", "tensorflow", "jax", "torch", "numpy", "pillow", "scikit-learn")
    return {
        "python": platform.python_version(),
        "versions": {name: found for name in packages if (found := installed(name))},
        "backend": backend,
        "device": devices.device_name(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPU cores",
        "processor": machine.processor(),
    } | ({"onednn": kernels.lower() in ("1", "true")} if backend == "tensorflow" and kernels else {})
