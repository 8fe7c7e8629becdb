"""The published solutions run where the page shows them: after the chapter's cells, in its kernel."""

from collections import defaultdict

from chapters import CHAPTERS, solution_code
from nbformat.v4 import new_code_cell
from nbval.plugin import IPyNbCell

# Their solutions train networks for minutes.
LONG = {11}


class SolutionCell(IPyNbCell):
    """A block of a solution: it must run; what it prints is compared with nothing."""

    def reportinfo(self):
        return self.path, 0, f"{self.path.name}::{self.name}"


def solution_cells(file):
    """The blocks of the solutions that belong to a notebook, as nbval's items of that notebook."""
    chapter = next((number for number, path in CHAPTERS.items() if path == file.path), None)
    if chapter is None or chapter in LONG:
        return []
    return [
        SolutionCell.from_parent(
            file,
            name=f"Solution {number}, block {block}",
            cell_num=number,
            cell=new_code_cell(source),
            options=defaultdict(bool),
        )
        for number, blocks in solution_code(chapter).items()
        for block, source in enumerate(blocks, 1)
    ]
