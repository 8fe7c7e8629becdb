"""The code of the published solutions runs where the page shows it: after its chapter."""

import contextlib
import io

import matplotlib.pyplot as plt
import pytest
from chapters import CHAPTERS, cells, solution_code

plt.switch_backend("Agg")

# Their solutions train networks for minutes, and the chapter before them does, too.
LONG = {11}


def run(source, where, names):
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(source, where, "exec"), names)


@pytest.mark.slow
@pytest.mark.parametrize("chapter", [n for n in CHAPTERS if solution_code(n) and n not in LONG])
def test_solutions_run_after_their_chapter(chapter, monkeypatch):
    monkeypatch.chdir(CHAPTERS[chapter].parent)
    names = {"__name__": "__main__"}
    for cell in cells(CHAPTERS[chapter]):
        if "colab-install" not in cell.metadata.get("tags", []):
            run(cell.source, f"chapter {chapter}, cell {cell.id}", names)
            plt.close("all")
    for number, blocks in solution_code(chapter).items():
        for block in blocks:
            run(block, f"chapter {chapter}, solution {number}", names)
            plt.close("all")
