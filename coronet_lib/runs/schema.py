"""What the card of a run may hold."""

from typing import Annotated, Literal, NotRequired, Required

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from coronet_lib import cards
from coronet_lib.cards import Count, Measured, Name, Positive, Sha256, Share
from coronet_lib.classes import CLASSES, TITLES
from coronet_lib.datasets.collection import DrawnBy
from coronet_lib.evaluation import METRICS
from coronet_lib.training import devices

VERSION = 3
"""Of cards; ``tools/cards.py`` brings older ones up to date."""

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
    """Which X-rays; see :func:`~coronet_lib.runs.card.describe_data`."""

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
    """Versions and hardware; see :func:`~coronet_lib.runs.card.environment`."""

    python: str
    versions: dict[str, str]
    backend: str
    device: str
    machine: str
    processor: NotRequired[str]
    onednn: NotRequired[bool]
    """Whether TensorFlow was asked for its kernels; not there where it chose by the processor."""
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
    """That it was finished in."""
    environments_before: list[Environment]
    """Others, in which it was begun and interrupted; of a cross-validation, of some folds."""
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
"""What :func:`~coronet_lib.runs.card.read_card` accepts.

``pydantic.TypeAdapter(SCHEMA).json_schema()`` is it as a JSON Schema.
"""
