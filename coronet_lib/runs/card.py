"""The card of a run: what was done, on which X-rays, and what came of it, as ``card.json`` holds it."""

import json
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, NotRequired, Required

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from coronet_lib import cards
from coronet_lib.cards import Count, Measured, Name, Positive, Sha256, Share
from coronet_lib.classes import CLASSES, TITLES
from coronet_lib.datasets.collection import DrawnBy
from coronet_lib.evaluation import METRICS
from coronet_lib.files import RunError, atomic, sha256
from coronet_lib.training import devices

VERSION = 3
"""Of cards; ``tools/cards.py`` brings older ones up to date."""

REMEDY = "restore it from a copy, or train again with --overwrite"
"""What to do about a file of a run that is not as it was written."""

# The last of several models is the one that is read.
_VOUCHED = ("predictions.csv", "history.csv", "model.weights.h5", "model.npz", "model.keras")

Matrix = list[list[Count]]


class Recipe(TypedDict):
    """What every recipe says (:meth:`coronet_lib.training.Recipe.described`); other choices are its own."""

    __pydantic_config__ = cards.CLOSED | {"extra": "allow"}

    name: Name
    size: Positive
    epochs: Positive | None
    """None for what is not trained in epochs."""
    published_epochs: Positive | None
    """Of the whole training, of which fewer are a part."""
    weights: Annotated[str, Field(pattern="^(imagenet|sha256:[0-9a-f]{64})$")] | None


class Data(TypedDict):
    """Which X-rays; see :func:`describe_data`."""

    fingerprint: NotRequired[Sha256]
    drawn_by: NotRequired[DrawnBy]
    listed: NotRequired[Sha256]
    counts: dict[Literal[*TITLES], Count]


class Base(TypedDict):
    """Another run, whose network this one began with or takes its features from."""

    classes: Literal[*CLASSES]
    seed: Count
    predictions_sha256: Sha256


class Environment(TypedDict):
    """Versions and hardware; see :func:`environment`."""

    python: str
    versions: dict[str, str]
    backend: str
    device: str
    machine: str
    jit: NotRequired[bool]
    devices: NotRequired[Positive]


class Images(TypedDict):
    """How many were trained, validated and tested on."""

    train: Positive
    validation: Count
    test: Positive


class Cost(TypedDict):
    """See :func:`coronet_lib.systems.measure.cost`."""

    parameters: Count
    trainable: Count
    macs: Count
    latency_ms: Measured
    memory_mb: Measured


class Experiment(TypedDict):
    """What makes two runs the same experiment; whoever resumes a run must ask for the same."""

    __pydantic_config__ = cards.CLOSED

    recipe: Recipe
    seed: Count
    """Of the training: first weights, order, augmentation, dropout."""
    classes: Literal[*CLASSES]
    folds: Annotated[Positive, Field(ge=2)]
    fold: Positive | None
    """The one that was held out, from 1; None for a cross-validation, of all."""
    split: Literal["patient", "image"]
    split_seed: Count
    precision: Literal[*devices.PRECISIONS]
    data: Data
    base: Base | None


class Card(Experiment, total=False):
    """All that a card holds; what a run does not have is left out."""

    version: Required[int]
    status: Required[Literal["running", "finished"]]
    started: str
    environment: Environment
    start: Required[Name]
    """Where the weights came from, in a word: ``scratch``, ``imagenet``, ``base`` …"""
    scores: Required[Literal["probabilities", "margins"]]
    """What the scores in ``predictions.csv`` are."""
    images: Images
    parameters: Positive
    features: Positive
    epochs: Positive
    """Done."""
    kept_epoch: Positive
    minutes: Measured
    images_per_second: Measured
    predictions_sha256: Sha256
    history_sha256: Sha256
    model_sha256: Sha256
    """Of ``model.keras``, ``model.npz`` or, in a run that is committed, ``model.weights.h5``."""
    confusion_matrix: Matrix
    """Of all images that were tested; rows are true."""
    metrics: dict[Literal[*METRICS], Share | None]
    """Macro averages, null where undefined; of a cross-validation the mean over its folds."""
    confusion_matrices: dict[str, Matrix]
    """Of a cross-validation: of each fold."""
    metrics_sd: dict[Literal[*METRICS], Share | None]
    """Likewise: standard deviation over the folds."""
    cost: Cost
    note: str


def _fitting(card):
    """The card again, if its parts fit each other."""
    classes, fold, data = card["classes"], card["fold"], card["data"]
    results = {"predictions_sha256", "confusion_matrix", "metrics"}
    results |= {"images"} if fold else {"confusion_matrices", "metrics_sd"}
    epochs, matrix = card.get("epochs", 0), card.get("confusion_matrix")
    matrices = card.get("confusion_matrices")
    each = [matrix, *(matrices or {}).values()]
    tested = card["images"]["test"] if "images" in card else sum(data["counts"].values())
    misfits = {
        f"has no {', '.join(sorted(results - set(card)))}, and should, as the run is finished": (
            card["status"] == "finished" and not results <= set(card)
        ),
        "'fold' should be one of the folds": fold and fold > card["folds"],
        "'data' should have a fingerprint, or what drew the X-rays and how they are listed": (
            data.keys() - {"counts"} not in ({"fingerprint"}, {"drawn_by", "listed"})
        ),
        "'data.counts' should count the classes": set(data["counts"]) != set(CLASSES[classes]),
        "'epochs' should be no more than the recipe's": epochs > (card["recipe"]["epochs"] or 0),
        "'kept_epoch' should be one of the epochs": card.get("kept_epoch", 0) > epochs,
        "a confusion matrix should have a row and a column for each class": any(
            rows is not None and [len(row) for row in rows] != [classes] * classes for rows in each
        ),
        "'confusion_matrix' should count the tested images": (
            matrix is not None and sum(map(sum, matrix)) != tested
        ),
        "'confusion_matrices' should be of the folds": (
            matrices is not None and set(matrices) != {str(1 + one) for one in range(card["folds"])}
        ),
    }
    if wrong := [misfit for misfit, found in misfits.items() if found]:
        raise ValueError(wrong[0])
    return card


SCHEMA = Annotated[Card, AfterValidator(_fitting)]
"""What :func:`read_card` accepts; ``pydantic.TypeAdapter(SCHEMA).json_schema()`` is it as a JSON Schema."""


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
    """Write the card of a run; a ValueError says if nobody could read it."""
    text = cards.dumps(card, SCHEMA)
    with atomic(Path(folder) / "card.json") as part:
        part.write_text(text)


def read_card(folder):
    """The card of a run folder.

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
    """The card of a run that is finished; None for one that is not, or has not begun."""
    if not (Path(folder) / "card.json").is_file():
        return None
    card = read_card(folder)
    return card if card["status"] == "finished" else None


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
