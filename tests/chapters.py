"""Chapters and their solutions as the tests read them."""

import nbformat
import numpy as np
from conftest import ROOT
from execute import solution_blocks

CHAPTERS = {int(path.stem[:2]): path for path in sorted((ROOT / "book").glob("[0-9][0-9]_*.ipynb"))}
CHAPTERS["audit"] = ROOT / "book/audit.ipynb"


def cells(path, kind="code"):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def published(chapter, exercise):
    """What the first Python block of a solution defines: it stands by itself, but for NumPy."""
    names = {"np": np}
    exec(solution_blocks(CHAPTERS[chapter])[exercise][0], names)
    return names
