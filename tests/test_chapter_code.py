"""Tools execute cells of a chapter, whichever address the book has."""

import chapter_code
import pytest
from nbformat import write
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from repository import INSTALL


def test_the_cell_for_colab_is_no_code_of_the_chapter(tmp_path):
    install = new_code_cell(INSTALL.format(address="there"), metadata={"tags": ["colab-install"]})
    cells = [install, new_code_cell("a = 2"), new_markdown_cell("Twice:"), new_code_cell("b = 2 * a")]
    write(new_notebook(cells=cells), tmp_path / "chapter.ipynb")
    assert chapter_code.definitions(chapter_code.code_cells(tmp_path / "chapter.ipynb"))["b"] == 4
    assert chapter_code.code_cells(tmp_path / "chapter.ipynb", up_to="a =") == [cells[1]]


def test_a_traceback_names_the_cell():
    with pytest.raises(ZeroDivisionError) as error:
        chapter_code.definitions([new_code_cell("1 / 0", id="nought")])
    assert error.traceback[-1].path == "cell nought"
