"""The chapters' judge: kept outputs are held against the stored ones as nbval holds those of a kernel."""

import execute
import nbformat
import pytest
import replay
from nbformat.v4 import new_code_cell, new_notebook, new_output


def printed(*texts, to="stdout"):
    return [new_output("stream", name=to, text=text) for text in texts]


def value(text):
    return [new_output("execute_result", data={"text/plain": text}, execution_count=1)]


def figure(picture=None):
    drawn = {"image/png": picture} if picture else {}
    return [new_output("display_data", data={"text/plain": "<Figure size 640x480>"} | drawn)]


def error(name):
    return [new_output("error", ename=name, evalue="no", traceback=[f"{name}: no"])]


def widget(model):
    return [
        new_output("display_data", data={"application/vnd.jupyter.widget-view+json": {"model_id": model}})
    ]


def cell(source, outputs=(), tag=None):
    return new_code_cell(
        source, outputs=list(outputs), execution_count=1, metadata={"tags": [tag] if tag else []}
    )


class Book:
    """A folder with one chapter, what it gave when it was executed, and nbval over both."""

    def __init__(self, folder, run):
        self.path, self.cache, self.run = folder / "chapter.ipynb", folder / "cache", run

    def store(self, *cells):
        nbformat.write(new_notebook(cells=list(cells)), self.path)

    def solve(self, *blocks):
        sections = [f"## {number}\n```python\n{block}\n```\n" for number, block in enumerate(blocks, 1)]
        (self.path.parent / "solutions").mkdir(exist_ok=True)
        (self.path.parent / "solutions/chapter.md").write_text("# Solutions\n\n" + "\n".join(sections))

    def keep(self, *outputs, stamp=None):
        """Act as if the chapter had been executed: these are its cells' outputs and its solutions'."""
        notebook = execute.read(self.path, solutions=False)
        ran = new_notebook(cells=execute.solution_cells(self.path))
        for cell, given in zip(notebook.cells + ran.cells, outputs, strict=True):
            cell.outputs = given
        cache = execute.opened(self.cache, stamp or execute.stamp({}))
        execute.keep(cache, self.path, execute.Executed(notebook, 1.0, None), ran)

    def judge(self, *arguments):
        nbval = ("-p", "nbval", "-p", "replay", "--nbval", "--nbval-current-env", "--color=no")
        return self.run(*nbval, *arguments, self.path)


@pytest.fixture
def book(pytester, monkeypatch):
    book = Book(pytester.path, pytester.runpytest_inprocess)
    monkeypatch.setattr(replay.Chapter, "cache", book.cache)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # each would be imported anew for each run
    return book


# No source of these cells gives such an output: a kernel would fail each of them.
@pytest.mark.parametrize(
    ("stored", "kept"),
    [
        (cell("1", value("one")), value("one")),
        (cell("1", printed("a\nb\nc\n")), printed("a\n", "b\nc", "\n")),
        (cell("1", figure()), figure("aGVsbG8=")),
        (cell("1", widget("of March")), widget("of today")),
        (cell("1", value("one"), "nbval-ignore-output"), value("two")),
        (cell("1", error("KeyError"), "raises-exception"), error("KeyError")),
        (cell("1", [*printed("a"), *value("b")]), [*printed("a"), *value("b")]),
        (cell("1"), []),
    ],
)
def test_what_nbval_takes_for_the_same_passes(book, stored, kept):
    book.store(stored)
    book.keep(kept)
    book.judge().assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("stored", "kept", "said"),
    [
        (cell("1", value("one")), value("two"), "assert reference_output == test_output failed"),
        (cell("1", printed("a\n")), printed("a\n", "b\n"), "mismatch 'stdout'"),
        (cell("1", value("one")), [], "Missing output fields from running code: {'text/plain'}"),
        (cell("1"), printed("a"), "Unexpected output fields from running code: {'stdout'}"),
        (
            cell("1"),
            printed("Warning", to="stderr"),
            "Unexpected output fields from running code: {'stderr'}",
        ),
        (cell("1", figure()), figure() + figure(), 'dissimilar number of outputs for key "text/plain"'),
        (cell("1"), error("KeyError"), "KeyError: no"),
        (cell("1", value("one"), "nbval-ignore-output"), error("KeyError"), "KeyError: no"),
        (cell("1", error("KeyError"), "raises-exception"), error("NameError"), "mismatch 'ename'"),
    ],
)
def test_a_difference_fails_and_is_shown(book, stored, kept, said):
    book.store(stored, cell("2", value("two")))
    book.keep(kept, value("two"))
    judged = book.judge()
    judged.assert_outcomes(passed=1, failed=1)
    assert said in judged.stdout.str()


def test_addresses_are_sanitized(book):
    pattern = book.path.with_name("sanitize.cfg")
    pattern.write_text("[addresses]\nregex: 0x[0-9a-f]+\nreplace: ADDRESS\n")
    book.store(cell("1", value("<object at 0x1f>")))
    book.keep(value("<object at 0x2e>"))
    book.judge().assert_outcomes(failed=1)
    book.judge("--nbval-sanitize-with", pattern).assert_outcomes(passed=1)


def test_cells_are_found_whichever_of_them_are_judged(book):
    book.store(cell("1", value("one")), cell("1", value("uno"), "nbval-skip"), cell("2", value("two")))
    book.keep(value("one"), value("eins"), value("two"))
    book.judge().assert_outcomes(passed=2, skipped=1)
    book.judge("-k", "2").assert_outcomes(passed=1, deselected=2)


def test_solutions_follow_the_cells_and_must_run(book):
    book.store(cell("1", value("one")))
    book.solve("print(1)", "2 +", "three = 3")
    book.keep(value("one"), printed("uno"), error("SyntaxError"), [])
    judged = book.judge("-v")
    judged.assert_outcomes(passed=3, failed=1)
    judged.stdout.fnmatch_lines(["*::Cell 0 PASSED*", "*Solution 1, block 1 PASSED*", "*Solution 2*FAILED*"])
    assert "SyntaxError: no" in judged.stdout.str()


def test_results_of_other_settings_are_judged_where_they_are_named(book):
    book.store(cell("1", value("one")))
    book.keep(value("two"), stamp=execute.stamp({"OMP_NUM_THREADS": "1"}))
    judged = book.judge("--executed-in", book.cache)
    judged.assert_outcomes(failed=1)
    assert "assert reference_output == test_output failed" in judged.stdout.str()

    book.keep(value("one"), stamp="another library\n{}\n")
    judged = book.judge("--executed-in", book.cache)
    judged.assert_outcomes(errors=1)
    assert "no results of chapter.ipynb" in judged.stdout.str()


class TestAKernelRuns:
    """What is kept here is wrong, so that only a kernel gives what is stored."""

    right = cell("six = 6\nprint(6 * 7)", printed("42\n"))

    @pytest.fixture(autouse=True)
    def _chapter(self, book):
        book.store(self.right)
        book.solve("assert six == 6", "assert six == 7")

    def test_if_nothing_is_kept(self, book):
        judged = book.judge()
        judged.assert_outcomes(passed=2, failed=1)
        assert "AssertionError" in judged.stdout.str()
        assert not book.cache.exists()

    def test_if_the_library_the_data_or_the_packages_are_others(self, book):
        book.keep(printed("wrong"), [], [], stamp="another")
        book.judge().assert_outcomes(passed=2, failed=1)

    @pytest.mark.parametrize(
        "change",
        [
            lambda book: book.store(cell("six = 6\nprint(7 * 6)", printed("42\n"))),
            lambda book: book.solve("assert six == 6", "assert six == 8"),
        ],
        ids=["chapter", "solution"],
    )
    def test_if_the_source_is_another(self, book, change):
        book.keep(printed("wrong"), [], [])
        book.judge().assert_outcomes(passed=2, failed=1)  # the first cell fails; the solutions do not run
        change(book)
        judged = book.judge()
        judged.assert_outcomes(passed=2, failed=1)
        assert "AssertionError" in judged.stdout.str()
