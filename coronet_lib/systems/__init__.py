"""The registry: every system that the paper compares itself with, and what its authors report of it.

Numbers that the paper quotes stand in :mod:`coronet_lib.paper` and are read from there; others come from
the work that ``citation`` names, or from the code that its authors published.
"""

import difflib
from types import MappingProxyType

from coronet_lib.systems.registry import ENTRIES
from coronet_lib.systems.system import Reported, System

__all__ = ["SYSTEMS", "Reported", "System", "system"]

SYSTEMS = MappingProxyType({entry.name: entry for entry in ENTRIES})
"""Name to system, the paper's own first, then in the order of its Table VII."""


def system(name):
    """Look a system up.

    Parameters
    ----------
    name : str
        A key of :data:`SYSTEMS`.

    Returns
    -------
    System

    Raises
    ------
    ValueError
        If there is none of that name; the message names the closest, and lists all.
    """
    if name in SYSTEMS:
        return SYSTEMS[name]
    close = difflib.get_close_matches(name.lower(), SYSTEMS, n=1, cutoff=0.4)
    hint = f", did you mean {close[0]!r}?" if close else "."
    raise ValueError(f"there is no system {name!r}{hint} There are {', '.join(SYSTEMS)}")
