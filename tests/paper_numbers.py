"""Walk over every number that ``coronet_lib.paper`` holds, and change one of them."""

from collections.abc import Mapping

import numpy as np

from coronet_lib import paper
from coronet_lib.paper import Printed


def constants():
    """The public constants of the paper module, by name."""
    return {name: value for name, value in vars(paper).items() if name.isupper()}


def numbers(value, path=()):
    """Every printed number in ``value`` with its path of keys, in printed order."""
    if isinstance(value, (Printed, int, np.integer)):
        yield path, value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from numbers(part, (*path, key))
    elif isinstance(value, (tuple, np.ndarray)):
        for index, part in enumerate(value):
            yield from numbers(part, (*path, index))


def changed(value, path, number):
    """A copy of ``value`` with ``number`` at ``path``."""
    if not path:
        return number
    key, *rest = path
    part = changed(value[key], rest, number)
    if isinstance(value, Mapping):
        return {**value, key: part}
    if isinstance(value, np.ndarray):
        copy = value.copy()
        copy[key] = part
        return copy
    parts = [*value[:key], part, *value[key + 1 :]]
    return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)


def neighbours(number, steps=1):
    """The number, ``steps`` units of its last printed digit lower and higher."""
    if isinstance(number, Printed):
        unit = 10.0**-number.decimals
        moved = (f"{number + sign * steps * unit:.{number.decimals}f}" for sign in (-1, 1))
        return [Printed(text) for text in moved if float(text) >= 0]
    return [int(number) + sign * steps for sign in (-1, 1) if number + sign * steps >= 0]
