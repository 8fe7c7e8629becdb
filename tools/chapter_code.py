"""The cells of a chapter, for tools that call its functions with many seeds and settings."""

import nbformat


def code_cells(path):
    """The code cells of a chapter, without the one for Colab, which is no Python if it installs."""
    cells = nbformat.read(path, as_version=4).cells
    return [
        cell
        for cell in cells
        if cell.cell_type == "code" and "colab-install" not in cell.metadata.get("tags", [])
    ]


def definitions(cells):
    """What cells define, executed one after the other, by name; a traceback names the cell."""
    names = {}
    for cell in cells:
        exec(compile(cell.source, f"cell {cell.id}", "exec"), names)
    return names
