"""Chapters and their solutions as the tests read them."""

import re

import nbformat
import numpy as np
from conftest import ROOT
from docutils.nodes import make_id
from execute import solution_blocks

CHAPTERS = {int(path.stem[:2]): path for path in sorted((ROOT / "book").glob("[0-9][0-9]_*.ipynb"))}
CHAPTERS["audit"] = ROOT / "book/audit.ipynb"


def cells(path, kind="code"):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def anchors(path):
    """The anchors of a page's headings, as Sphinx names them."""
    text = "\n".join(cell.source for cell in cells(ROOT / path, "markdown"))
    return {make_id(heading) for heading in re.findall(r"^#+ (.+)$", text, re.M)}


def published(chapter, exercise):
    """What the first Python block of a solution defines: it stands by itself, but for NumPy."""
    names = {"np": np}
    exec(solution_blocks(CHAPTERS[chapter])[exercise][0], names)
    return names
