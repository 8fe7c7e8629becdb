"""Plots that several chapters share; the figures of a network's blocks are in ``figures.diagram``."""

from coronet_lib.figures.grids import show_numbers
from coronet_lib.figures.results import (
    accuracy_against,
    class_bars,
    confusion,
    forest,
    learning_curves,
)
from coronet_lib.figures.style import COLOURS, FIRST, MARK, ON_XRAY, QUIET, SECOND, use_style
from coronet_lib.figures.tables import show_table
from coronet_lib.figures.xrays import class_scores, show_xrays

__all__ = [
    "COLOURS",
    "FIRST",
    "MARK",
    "ON_XRAY",
    "QUIET",
    "SECOND",
    "accuracy_against",
    "class_bars",
    "class_scores",
    "confusion",
    "forest",
    "learning_curves",
    "show_numbers",
    "show_table",
    "show_xrays",
    "use_style",
]
