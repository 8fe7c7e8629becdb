"""What the card of a prepared folder may hold."""

from typing import Annotated, Literal, NotRequired

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from coronet_lib import cards
from coronet_lib.cards import Count, Name, Positive, Sha256
from coronet_lib.classes import CLASSES, TITLES
from coronet_lib.datasets.collection import DrawnBy

VERSION = 2
"""Of the cards of prepared folders."""

Counts = dict[Literal[*TITLES], Count]


class Relabelling(TypedDict):
    """One call of :func:`~coronet_lib.datasets.relabel.relabel`."""

    on: str
    """Date and time."""
    fingerprint: Sha256
    """Of the collection before."""
    changes: dict[str, dict[Literal["label", "patient"], list[str]]]
    """File to what was changed: the old and the new."""


class Card(TypedDict):
    """All that the card of a prepared folder holds; its maker may leave out, or not know, the last of it."""

    __pydantic_config__ = cards.CLOSED

    version: int
    classes: list[Literal[*TITLES]]
    counts: Counts
    patients: Positive
    identical_images: Count
    shape: Annotated[list[Positive], Field(min_length=3, max_length=3)]
    """Height, width and channels."""
    masks: bool
    fingerprint: Sha256
    drawn_by: DrawnBy | None
    versions: dict[str, str]
    manifest_sha256: Sha256
    dataset: NotRequired[Name]
    seed: NotRequired[Count]
    """Of the draw."""
    resample: NotRequired[Literal["area", "bilinear", "nearest"]]
    candidates: NotRequired[Counts]
    """Images that there were to draw from."""
    left_out: NotRequired[dict[str, Count]]
    metadata_sha256: NotRequired[Sha256]
    near_identical: NotRequired[list[list[str]]]
    joined_patients: NotRequired[Count]
    relabelled: NotRequired[list[Relabelling]]


def _fitting(card):
    """The card again, if its parts fit each other."""
    if tuple(card["classes"]) not in CLASSES.values() or set(card["counts"]) != set(card["classes"]):
        raise ValueError("'classes' should be those of one problem, and 'counts' of these")
    return card


SCHEMA = Annotated[Card, AfterValidator(_fitting)]
"""What :func:`~coronet_lib.datasets.store.read_card` accepts."""
