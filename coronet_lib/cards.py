"""Cards: JSON files that say what a folder holds, and are checked as a whole whenever they are read.

What a card may hold is written once, as a ``TypedDict`` whose types pydantic enforces.  Each card ends with a
seal, ``sha256``, over all else in it: no edit and no flipped bit goes unseen.  It keeps out accidents, not
forgers.
"""

import hashlib
import json
import re
from functools import cache
from math import isfinite
from reprlib import Repr
from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

CLOSED = ConfigDict(extra="forbid", strict=True)
"""Of the schema of a card: these keys and no others, of these very types, also in its parts."""

# What cards are made of.
Count = Annotated[int, Field(ge=0, lt=2**63)]
Positive = Annotated[int, Field(ge=1, lt=2**63)]
Measured = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(pattern=r"^[\w.+ -]+$", max_length=100)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]

_SAID = {"missing": "is missing", "extra_forbidden": "is nothing that such a card has"}
_SHORT = Repr()
_SHORT.maxstring = 80


def dumps(card, schema):
    """The text of a card, sealed.

    Parameters
    ----------
    card : dict
    schema : TypedDict
        What it may hold; annotated with what else must be true of it, as pydantic takes it.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If the card is not one that :func:`read` would accept.
    """
    if wrong := _wrong(card, schema):
        raise ValueError(f"the card cannot be written: {wrong}")
    return json.dumps(card | {"sha256": _seal(card)}, indent=2) + "\n"


def read(path, schema, *, version, of, mark, older, remedy):
    """A card from its file.

    Parameters
    ----------
    path : pathlib.Path
        Of a file that is there.
    schema : TypedDict
        As for :func:`dumps`.
    version : int
        That the card must have.
    of, mark : str
        What it is the card of, and a key that tells such cards from others.
    older, remedy : str
        What to do about a card of another version, and about a broken one; the end of a message.

    Returns
    -------
    dict
        Without the seal.

    Raises
    ------
    ValueError
        One line that names file, place in it, what was found there and what to do.
    """
    try:
        card = json.loads(path.read_bytes(), parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not valid JSON ({error}); {remedy}") from None
    if not isinstance(card, dict) or mark not in card:
        raise ValueError(f"{path} is not the card of {of}: it has no {mark!r}; {remedy}")
    if (found := card.get("version", 1)) != version:
        raise ValueError(
            f"{path} is a card of version {_SHORT.repr(found)}, and this library reads version {version}; "
            f"{older}"
        )
    seal = card.pop("sha256", None)
    if wrong := _wrong(card, schema):
        raise ValueError(f"{path}: {wrong}; {remedy}")
    if seal != _seal(card):
        raise ValueError(f"{path} was changed after it was written, so none of it can be relied on; {remedy}")
    return card


def _finite(text):
    if not isfinite(number := float(text)):
        raise ValueError(f"{text:.20} is no number that a card can have")
    return number


def _seal(card):
    return hashlib.sha256(json.dumps(card, sort_keys=True, allow_nan=False).encode()).hexdigest()


@cache
def _adapter(schema):
    return TypeAdapter(schema)


def _wrong(card, schema):
    """The first thing that is wrong with a card: where, what, and what was found; None if nothing is."""
    try:
        _adapter(schema).validate_python(card)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        what = _SAID.get(first["type"]) or re.sub(r"^(Value error, |\w+ (?=should))", "", first["msg"])
        if not first["loc"]:
            return what
        found = "" if first["type"] in _SAID else f", found {_SHORT.repr(first['input'])}"
        return f"{_SHORT.repr('.'.join(map(str, first['loc'])))} {what}{found}"
