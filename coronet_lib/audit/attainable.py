"""Tools for auditing a printed table: which whole numbers can stand behind these percentages?

They are not about this paper. Give them the numbers of any classification paper, as text (``"89.6"``),
so that the decimals are known. Percentages are the default; pass ``scale=1`` for fractions. Half-way
cases may be rounded either way, and ``how`` says whether a number may have been cut off instead of rounded.

Every search is bounded, so none of them can hang.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from coronet_lib.paper import Printed

EPSILON = 1e-9  # far below any printed digit, far above float64 error
MAX_FOLD_CANDIDATES = 1_000_000


class SearchTooLargeError(ValueError):
    """The question leaves more candidates than the stated bound; add a metric or a decimal."""


@dataclass(frozen=True)
class Solutions(Sequence):
    """What a bounded search found: a sequence that knows whether it is the whole answer.

    Attributes
    ----------
    found : tuple
    complete : bool
        False if the search stopped at its ``limit``: there are more solutions.
    """

    found: tuple
    complete: bool = True

    def __len__(self):
        return len(self.found)

    def __getitem__(self, index):
        return self.found[index]


def printed_interval(printed, how="either", scale=100):
    """The values that a printed number may stand for.

    Parameters
    ----------
    printed : str or coronet_lib.paper.Printed
        Which both know how many decimals were printed.
    how : {"either", "rounded", "truncated"}
        What the authors may have done with the digits they left out.
    scale : number
        The largest possible value: 100 for percentages, 1 for fractions.

    Returns
    -------
    low, high : float
        Inclusive; the upper end of a truncated number is just below the next printed one.

    Raises
    ------
    ValueError
        If the number is no proportion, is not text, or ``how`` is unknown.

    Examples
    --------
    >>> printed_interval("89.6", how="rounded")
    (89.55, 89.65)
    """
    if how not in ("either", "rounded", "truncated"):
        raise ValueError(f"how wants 'either', 'rounded' or 'truncated', got {how!r}")
    if not isinstance(printed, str | Printed):
        raise ValueError(f"a printed number wants to be text, which tells its decimals; got {printed!r}")
    decimals = len(str(printed).partition(".")[2])
    if decimals > 6:
        raise ValueError(f"a printed number has at most 6 decimals, got {printed}")
    value = float(printed)
    if not 0 <= value <= scale:
        raise ValueError(f"{printed} is impossible: a proportion lies between 0 and {scale}")
    unit = 10.0**-decimals
    low = value if how == "truncated" else value - unit / 2
    high = value + unit / 2 if how == "rounded" else value + unit - 2 * EPSILON
    return round(low, 12), round(high, 12)


def could_print(value, printed, how="either", scale=100):
    """Whether a value may be printed as a number is.

    Parameters
    ----------
    value : number or array
    printed : str or coronet_lib.paper.Printed
    how : {"either", "rounded", "truncated"}
    scale : number
        As :func:`printed_interval` takes them.

    Returns
    -------
    bool or bool array
    """
    low, high = printed_interval(printed, how, scale)
    value = np.asarray(value, dtype=float)
    answer = (value >= low - EPSILON) & (value <= high + EPSILON)
    return bool(answer) if answer.ndim == 0 else answer


def attainable_fractions(n, printed, how="either", scale=100):
    """The counts k for which k of n is printed as ``printed``; none means: impossible.

    This is the GRIM idea (Brown & Heathers 2017) for a proportion: means of whole numbers take few values.

    Parameters
    ----------
    n : int
        Number of images (or patients, or answers), at least 1.
    printed : str or coronet_lib.paper.Printed
    how : {"either", "rounded", "truncated"}
    scale : number
        As :func:`printed_interval` takes them.

    Returns
    -------
    list of int

    Raises
    ------
    ValueError
        If ``n`` is no positive whole number, or the printed number no proportion.

    Examples
    --------
    >>> attainable_fractions(221, "94.59"), attainable_fractions(222, "94.59")
    ([], [210])
    """
    n = whole_number(n, "n", at_least=1)
    low, high = printed_interval(printed, how, scale)
    first = max(0, int(np.floor(low * n / scale)))
    counts = np.arange(first, min(n, int(np.ceil(high * n / scale))) + 1)
    values = counts * (scale / n)
    return counts[(values >= low - EPSILON) & (values <= high + EPSILON)].tolist()


def fold_sizes_that_allow(total, printed, spread=1, how="either", scale=100, limit=1000):
    """Sizes of cross-validation folds for which every printed fold accuracy is attainable.

    Parameters
    ----------
    total : int
        Images in all folds together.
    printed : sequence
        One accuracy a fold, in fold order.
    spread : int
        Largest allowed difference between two folds; 1 is what "equal" can mean.
    how : {"either", "rounded", "truncated"}
    scale : number
        As :func:`printed_interval` takes them.
    limit : int
        Most solutions to list.

    Returns
    -------
    Solutions of tuple of int
        Sizes in fold order.

    Raises
    ------
    ValueError
        If an input is impossible.
    SearchTooLargeError
        If more than a million combinations would have to be tried.

    Examples
    --------
    >>> fold_sizes_that_allow(20, ["80", "70"], spread=0).found
    ((10, 10),)
    """
    total = whole_number(total, "total", at_least=1)
    spread = whole_number(spread, "spread", at_least=0)
    limit = whole_number(limit, "limit", at_least=1)
    folds = len(printed)
    if not 1 <= folds <= total:
        raise ValueError(f"{total} images do not make {folds} folds")
    smallest, largest = max(1, -(-total // folds) - spread), total // folds + spread
    allowed = [
        [size for size in range(smallest, largest + 1) if attainable_fractions(size, p, how, scale)]
        for p in printed
    ]
    candidates = np.prod([float(len(sizes)) for sizes in allowed[:-1]])
    if candidates > MAX_FOLD_CANDIDATES:
        raise SearchTooLargeError(
            f"{candidates:.1e} combinations of fold sizes; narrow the spread of {spread}"
        )

    def extend(sizes, left):
        if len(sizes) == folds:
            yield sizes
            return
        last = len(sizes) == folds - 1
        for size in [left] if last else allowed[len(sizes)]:
            if (
                size <= left
                and size in allowed[len(sizes)]
                and max(*sizes, size, size) - min(*sizes, size, size) <= spread
            ):
                yield from extend((*sizes, size), left - size)

    found = tuple(islice(extend((), total), limit + 1))
    return Solutions(found[:limit], complete=len(found) <= limit)


def whole_number(value, name, at_least):
    """``value`` as an int, or a ValueError that says what ``name`` wants."""
    if isinstance(value, bool) or int(value) != value or value < at_least:
        raise ValueError(f"{name} wants a whole number of at least {at_least}, got {value!r}")
    return int(value)
