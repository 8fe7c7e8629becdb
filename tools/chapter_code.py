"""The cells of a chapter, for tools that call its functions with many seeds and settings."""

import nbformat


def code_cells(path, up_to=None):
    """The code cells of a chapter, all or up to the first in which a text stands.

    Without the one for Colab, which is no Python if it installs.
    """
    cells = [
        cell
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code" and "colab-install" not in cell.metadata.get("tags", [])
    ]
    if up_to is None:
        return cells
    return cells[: next(number for number, cell in enumerate(cells, 1) if up_to in cell.source)]


def definitions(cells):
    """What cells define, executed one after the other, by name; a traceback names the cell."""
    names = {}
    for cell in cells:
        exec(compile(cell.source, f"cell {cell.id}", "exec"), names)
    return names
