"""The card of a run: what was done, on which X-rays, and what came of it, as ``card.json`` holds it."""

import json
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple, TypedDict

from coronet_lib.files import RunError, atomic

VERSION = 2
"""Of cards; ``tools/cards.py`` brings older ones up to date."""


class Experiment(TypedDict):
    """What makes two runs the same experiment; whoever resumes a run must ask for the same."""

    recipe: dict
    """See :meth:`coronet_lib.training.Recipe.described`."""
    seed: int
    """Of the training: first weights, order, augmentation, dropout."""
    classes: int
    folds: int
    fold: int | None
    """The one that was held out, from 1; None for a cross-validation, of all."""
    split: str
    """``patient`` or ``image``."""
    split_seed: int
    precision: str
    data: dict
    """See :func:`describe_data`."""
    base: dict | None
    """The finished run that this one went on from, or took its features from."""


class Card(Experiment, total=False):
    """All that a card holds; what a run does not have is left out."""

    version: int
    status: str
    """``running`` or ``finished``."""
    started: str
    environment: dict
    start: str
    """Where the weights came from, in a word: ``scratch``, ``imagenet``, ``base`` …"""
    scores: str
    """What the scores in ``predictions.csv`` are: ``probabilities`` or ``margins``."""
    images: dict
    """How many were trained, validated and tested on."""
    parameters: int
    features: int
    epochs: int
    """Done."""
    kept_epoch: int
    minutes: float
    images_per_second: float
    predictions_sha256: str
    confusion_matrix: list
    """Of all images that were tested; rows are true."""
    metrics: dict
    """Macro averages, null where undefined; of a cross-validation the mean over its folds."""
    confusion_matrices: dict
    """Of a cross-validation: of each fold."""
    metrics_sd: dict
    """Likewise: standard deviation over the folds."""
    cost: dict
    """See :func:`coronet_lib.systems.measure.cost`."""
    note: str


def describe(data, recipe, *, fold, split, seed, compute):
    """The card of a run that is about to begin; ``fold`` is None for all of them."""
    return Card(
        version=VERSION,
        recipe=json.loads(json.dumps(recipe.described())),  # tuples are lists, as in the file
        seed=seed,
        classes=len(data.classes),
        fold=fold,
        **split.described(),
        precision=compute.precision,
        data=describe_data(data),
        base=None,
        start=recipe.start,
        scores=recipe.scores,
        status="running",
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        # Compilation and devices change the result by no more than another machine would.
        environment=environment() | {"jit": compute.jit, "devices": compute.devices},
    )


def describe_data(data):
    """What a card says of the X-rays of its run."""
    return data.identity() | {"counts": data.counts()}


def write_card(folder, card):
    with atomic(Path(folder) / "card.json") as part:
        part.write_text(json.dumps(card, indent=2) + "\n")


def read_card(folder):
    """The card of a run folder.

    Returns
    -------
    Card

    Raises
    ------
    RunError
        If there is none, or it is no card, or one of another version.
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
    if not isinstance(card, dict) or "recipe" not in card:
        raise RunError(f"{path} is not the card of a run")
    if (found := card.get("version", 1)) != VERSION:
        raise RunError(
            f"{path} is a card of version {found}, and this library reads version {VERSION}; an older one is "
            f"brought up to date in a copy of the book, by `python tools/cards.py {folder}`"
        )
    if missing := [key for key in Experiment.__annotations__ if key not in card]:
        raise RunError(f"{path} lacks {', '.join(missing)}, which the card of a run has")
    return card


def finished_card(folder):
    """The card of a run that is finished; None for one that is not, or has not begun."""
    if not (Path(folder) / "card.json").is_file():
        return None
    card = read_card(folder)
    return card if card.get("status") == "finished" else None


def difference(done, asked, *, but=()):
    """In what a run that was done is another experiment than one that is asked for.

    Parameters
    ----------
    done, asked : Card
    but : sequence of str
        Keys that may differ.

    Returns
    -------
    str
        As the end of a sentence about the card that was done; empty if the two are the same.
    """
    keys = [key for key in Experiment.__annotations__ if key not in but and done[key] != asked[key]]
    if not keys:
        return ""
    other = f" (it was done on {_other_xrays(done['data'], asked['data'])})" if "data" in keys else ""
    return f"differs in {', '.join(keys)}{other}"


def check_data(card, data):
    """Make sure that a run was done on these X-rays.

    Parameters
    ----------
    card : Card
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
