"""Chapters are executed once, side by side, and kept where the build and the tests find them."""

import json
from base64 import b64decode, b64encode
from hashlib import sha256
from io import BytesIO

import execute
import nbformat
import numpy as np
import pytest
from jupyter_cache import get_cache
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

# A chapter leaves a line in a file each time that it is executed.
COUNT = "import os, pathlib\nwith pathlib.Path('executed').open('a') as file:\n    file.write('{} ')\n"
SLIDER = "import ipywidgets\nipywidgets.IntSlider(description={!r})"


class Book:
    """A folder of small chapters."""

    def __init__(self, folder):
        self.folder, self.cache = folder, folder / "cache"
        (folder / "solutions").mkdir()

    def chapter(self, name, *sources):
        path = self.folder / f"{name}.ipynb"
        cells = [new_code_cell(source) for source in (COUNT.format(name), *sources)]
        notebook = new_notebook(cells=[new_markdown_cell(f"# {name}"), *cells])
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, path)
        return path

    def solve(self, name, source):
        path = self.folder / "solutions" / f"{name}.md"
        path.write_text(f"# Solutions\n\n## 1\n```python\n{source}\n```\n")

    def execute(self, *paths, **options):
        """What became of the chapters, and the names of those that were executed for it."""
        (self.folder / "executed").write_text("")
        results = execute.execute(list(paths), cache_folder=self.cache, **options)
        return results, sorted(self.executed())

    def executed(self):
        return (self.folder / "executed").read_text().split()

    def kept(self, path):
        return execute.kept(path, self.cache)


@pytest.fixture
def book(tmp_path):
    return Book(tmp_path)


def text(cell):
    """What a cell printed, and the name of the error that ended it."""
    return "".join(output.get("text", output.get("ename", "")) for output in cell.outputs)


def test_each_chapter_is_executed_once(book, capsys):
    first, second = book.chapter("first", "print(6 * 7)"), book.chapter("second", "print('two')")
    results, names = book.execute(first, second)
    assert names == ["first", "second"]
    assert [text(results[path].notebook.cells[-1]) for path in (first, second)] == ["42\n", "two\n"]
    assert results[first].notebook.cells[0].source == "# first"
    announced, *told = capsys.readouterr().out.splitlines()
    assert "2 of 2 chapters" in announced
    assert sorted(line.split()[0] for line in told) == ["first", "second"]

    results, names = book.execute(first, second)
    assert names == []
    assert capsys.readouterr().out == ""
    assert text(results[first].notebook.cells[-1]) == "42\n"

    book.chapter("second", "print('deux')")
    results, names = book.execute(first, second)
    assert names == ["second"]
    assert text(book.kept(second).cells[-1]) == "deux\n"


def test_a_chapter_that_fails_is_told_and_keeps_no_other_from_being_kept(book, capsys):
    wrong, right = book.chapter("wrong", "print('before')", "1 / 0", "2"), book.chapter("right")
    results, _ = book.execute(wrong, right)
    assert "1 / 0" in results[wrong].fault
    assert "ZeroDivisionError: division by zero" in results[wrong].fault
    assert results[right].fault is None
    assert book.kept(wrong) is None
    assert book.kept(right)
    assert "failed" in capsys.readouterr().out
    _, names = book.execute(wrong, right)
    assert names == ["wrong"]


def test_a_kernel_that_dies_and_a_cell_that_hangs_are_faults(book):
    dies, hangs = book.chapter("dies", "os._exit(1)"), book.chapter("hangs", "import time; time.sleep(60)")
    results, _ = book.execute(dies, hangs, timeout=2)
    assert results[dies].fault == "DeadKernelError: Kernel died"
    assert "time.sleep(60)" in results[hangs].fault


def test_a_kernel_that_does_not_start_is_a_fault(book, monkeypatch):
    def too_late(client, **_):
        raise RuntimeError(f"Kernel didn't respond in {client.startup_timeout} seconds")

    monkeypatch.setattr(execute.NotebookClient, "setup_kernel", too_late)
    results, _ = book.execute(path := book.chapter("late", "print(1)"))
    assert results[path].fault == f"RuntimeError: Kernel didn't respond in {execute.START} seconds"


def test_solutions_run_after_the_chapter_and_leave_it_alone(book):
    path = book.chapter("chapter", "six = 6", SLIDER.format("chapter's"))
    book.solve("chapter", "print(six)\n" + SLIDER.format("solution's"))
    results, _ = book.execute(path)
    assert text(book.kept(path).cells[-1]) == "6\n"
    assert len(results[path].notebook.cells) == 4
    widgets = str(results[path].notebook.metadata.widgets)
    assert "chapter's" in widgets
    assert "solution's" not in widgets
    printed = json.loads((book.cache / "printed/chapter.json").read_text())
    assert [shown for source, shown in printed.items() if source.startswith("print(six)")] == ["6"]

    book.solve("chapter", "print(seven)")
    assert book.kept(path) is None
    results, names = book.execute(path)
    assert names == ["chapter"]
    assert results[path].fault is None
    assert text(book.kept(path).cells[-1]) == "NameError"

    _, names = book.execute(path, solutions=False)
    assert names == []


def test_results_are_dropped_when_what_they_follow_from_changes(book, monkeypatch, tmp_path):
    path = book.chapter("chapter", "print(os.environ.get('KERAS_BACKEND'))")
    book.execute(path)
    monkeypatch.setattr(execute, "ROOT", tmp_path)
    monkeypatch.setattr(execute, "CALLED", ("library",))
    (tmp_path / "library/__pycache__").mkdir(parents=True)
    module = tmp_path / "library/module.py"
    module.write_text("1")
    assert book.kept(path) is None
    _, names = book.execute(path)
    assert names == ["chapter"]

    (tmp_path / "library/__pycache__/module.pyc").write_text("2")
    assert book.kept(path)
    module.write_text("2")
    assert book.kept(path) is None

    book.execute(path)
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert book.kept(path) is None
    results, names = book.execute(path, environment={"KERAS_BACKEND": "torch"})
    assert names == ["chapter"]
    assert text(results[path].notebook.cells[-1]) == "torch\n"
    assert book.kept(path) is None


def test_a_heavy_picture_gets_a_palette_and_a_light_one_is_left():
    ramp = np.linspace(0, 255, 300 * 300).reshape(300, 300)
    noise = np.random.default_rng(0).integers(-20, 20, (300, 300, 3))
    heavy = (ramp[..., None] + noise).clip(0, 255).astype(np.uint8)
    encoded = {}
    for name, pixels in {"heavy": heavy, "light": heavy[:30]}.items():
        Image.fromarray(pixels).save(file := BytesIO(), "png")
        encoded[name] = b64encode(file.getvalue()).decode()
    outputs = [new_output("display_data", {"image/png": each}) for each in encoded.values()]
    notebook = new_notebook(cells=[new_code_cell(outputs=outputs)])
    execute.lighten(notebook)
    palette, light = (output.data["image/png"] for output in notebook.cells[0].outputs)
    assert light == encoded["light"]
    assert len(palette) < len(encoded["heavy"]) / 2
    shown = Image.open(BytesIO(b64decode(palette)))
    assert shown.size == (300, 300)
    assert np.abs(np.asarray(shown.convert("L"), float) - heavy.mean(axis=2)).mean() < 8


def test_the_drawing_of_a_figure_is_kept_beside_the_chapter(tmp_path):
    data = {"image/png": "AAAA", "image/svg+xml": "<svg/>", "text/plain": "a figure"}
    notebook = new_notebook(cells=[new_code_cell("draw()", outputs=[new_output("display_data", data)])])
    execute.take_drawings(notebook, tmp_path / "drawings")
    assert sorted(notebook.cells[0].outputs[0].data) == ["image/png", "text/plain"]
    (drawing,) = (tmp_path / "drawings").iterdir()
    assert drawing.name == f"{sha256(bytes(3)).hexdigest()}.svg"
    assert drawing.read_text() == "<svg/>"


def test_only_who_prints_pays_for_drawings(book, monkeypatch):
    drawn = []

    def run(path, environment, *_):
        drawn.append(environment["CORONET_FIGURES"])
        return path, execute.Executed(execute.read(path, solutions=False), 1.0, None), new_notebook()

    monkeypatch.setattr(execute, "run", run)
    path = book.chapter("chapter")
    book.execute(path)
    book.execute(path, drawings=True)
    book.execute(path)
    book.execute(path, drawings=True)
    assert drawn == ["retina", "retina,svg"]
    book.execute(book.chapter("another"))
    assert drawn[2:] == ["retina,svg"], "the book could not be printed"


def test_the_longest_begins_as_measured_before(book, monkeypatch):
    paths = [book.chapter(name) for name in "abc"]
    monkeypatch.setattr(execute, "SECONDS", {"b": 5})
    before = execute.Executed(execute.read(paths[2], solutions=False), 100.0, None)
    execute.keep(execute.opened(book.cache, "of another library"), paths[2], before, new_notebook())
    book.execute(*paths, jobs=1)
    assert book.executed() == ["c", "b", "a"]


def test_the_build_finds_the_results_and_executes_nothing(book):
    path = book.chapter("chapter", "print(6 * 7)", SLIDER.format("chapter's"))
    book.solve("chapter", "print('solved')")
    book.execute(path)
    (book.folder / "conf.py").write_text(
        "extensions = ['myst_nb']\nnb_execution_mode = 'cache'\nroot_doc = 'chapter'\n"
        f"nb_execution_cache_path = {str(book.cache)!r}\nexclude_patterns = ['solutions', 'cache']\n"
    )
    with docutils_namespace():
        folders = [book.folder, book.folder, book.folder / "out", book.folder / "trees"]
        Sphinx(*folders, "html", status=None, warningiserror=True).build()
    page = (book.folder / "out/chapter.html").read_text()
    assert "42" in page
    assert "solved" not in page
    assert "IntSliderModel" in page
    assert book.executed() == ["chapter"]
    assert get_cache(book.cache).list_project_records() == []


def test_the_book_has_been_built_without_executing(built_site):
    assert get_cache(execute.CACHE).list_project_records() == []
