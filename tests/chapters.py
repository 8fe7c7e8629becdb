"""Chapters and their solutions as the tests read them."""

import re

import nbformat
import numpy as np
from conftest import ROOT
from inserts import solutions

CHAPTERS = {int(path.stem[:2]): path for path in sorted((ROOT / "book").glob("[0-9][0-9]_*.ipynb"))}


def cells(path, kind="code"):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def solution_code(chapter):
    """The Python blocks of a chapter's solutions: {exercise: [source, …]}."""
    path = ROOT / "book/solutions" / f"{CHAPTERS[chapter].stem}.md"
    sections = solutions(path) if path.exists() else {}
    return {
        number: re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S) for number, text in sections.items()
    }


def published(chapter, exercise):
    """What the first Python block of a solution defines: it stands by itself, but for NumPy."""
    names = {"np": np}
    exec(solution_code(chapter)[exercise][0], names)
    return names
