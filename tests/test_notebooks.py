"""The form of the chapters, which git, Colab and the reader rely on; nbval checks what they print."""

import functools
import itertools
import re

import execute
import nbformat
import notebooks
import pytest
import yaml
from conftest import ROOT
from markdown_it import MarkdownIt
from mdit_py_plugins.myst_blocks import myst_block_plugin
from repository import install_source

LONGEST_CELL = 15  # lines; more do not fit beside their explanation
WIDEST = 88  # columns; a page shows a few more
IN_TOC = {
    chapter["file"]
    for part in yaml.safe_load((ROOT / "_toc.yml").read_text())["parts"]
    for chapter in part["chapters"]
    if (ROOT / f"{chapter['file']}.ipynb").exists()
}

PAGES = [*ROOT.glob("*.md"), *sorted((ROOT / "book").rglob("*.md"))]


def read(path):
    return nbformat.read(path, as_version=4)


def cells(path, kind="code"):
    return [cell for cell in read(path).cells if cell.cell_type == kind]


def swallowed(text):
    """Lines that the page lacks, because MyST takes what begins with a percent sign for a comment."""
    for token in MarkdownIt().use(myst_block_plugin).parse(text):
        if token.type == "myst_line_comment":
            yield token.content.strip()
        elif token.type == "fence" and token.info.startswith("{"):
            yield from swallowed(token.content)


def title_and_minutes(path):
    """What a chapter's head says of itself."""
    head = "\n".join(cell.source for cell in cells(path, "markdown")[:3])
    title, minutes = (
        re.search(r"^# (?:\d+ · )?(.+)", head),
        re.search(r"\*\*Time\*\* about (\d+) minutes", head),
    )
    assert title, f"{path.name} does not begin with a title"
    assert minutes, f"{path.name} does not say its time as '**Time** about N minutes'"
    return title[1], minutes[1]


@pytest.fixture(params=notebooks.CHAPTERS, ids=lambda path: path.stem)
def chapter(request):
    return request.param


def test_every_chapter_is_in_the_table_of_contents():
    assert {f"book/{path.stem}" for path in notebooks.CHAPTERS} == IN_TOC


def test_every_chapter_has_a_card_on_the_landing_page():
    cards = re.search(r"\{chapter-cards\}\n(.*?)\n```", (ROOT / "book/index.md").read_text(), re.S)[1]
    assert [card.split(": ")[0] for card in cards.splitlines()] == [path.stem for path in notebooks.CHAPTERS]


def test_readme_says_what_the_chapters_say():
    row = re.compile(r"^\|[^|]*\| \[([^\]]+)\]\(book/(\w+)\.ipynb\) \|.*?\| *(\d+) *\|", re.M)
    listed = {
        stem: (title, minutes) for title, stem, minutes in row.findall((ROOT / "README.md").read_text())
    }
    assert listed == {path.stem: title_and_minutes(path) for path in notebooks.CHAPTERS}


def test_the_teaching_pages_say_what_the_chapters_say():
    row = re.compile(r"^\| (?:(\d+) · [^|]*|The audit) \| \d+ min \| (\d+) min \|", re.M)
    pages = [(ROOT / f"book/teaching_part_{part}.md").read_text() for part in (1, 2, 3)]
    listed = {number: minutes for page in pages for number, minutes in row.findall(page)}
    by_number = {path.stem[:2].lstrip("0"): title_and_minutes(path)[1] for path in notebooks.CHAPTERS}
    by_number[""] = by_number.pop("au")
    assert listed == by_number


def test_a_line_that_begins_with_a_percent_sign_is_found():
    inside = "```{note}\n- at ten,\n  % a tenth\n```"
    assert list(swallowed(f"at 90\n% nine of ten\n\n{inside}")) == ["nine of ten", "a tenth"]
    assert list(swallowed("at 90 %\nof ten\n```python\n%pip list\n```")) == []


def test_no_line_of_a_chapter_is_swallowed(chapter):
    assert [line for cell in cells(chapter, "markdown") for line in swallowed(cell.source)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_line_of_a_page_is_swallowed(page):
    assert list(swallowed(page.read_text())) == []


def test_time_is_that_of_reading_and_of_each_exercise(chapter):
    text = "\n".join(cell.source for cell in cells(chapter, "markdown"))
    exercises = re.findall(r"^\*\*\d+\. [^*]+\*\* (.*)", text, re.M)
    told = [re.match(r"\*\((\d+)\sminutes, (?:easy|medium|hard); \w", exercise) for exercise in exercises]
    assert all(told), [exercise for exercise, found in zip(exercises, told, strict=True) if not found]
    head = re.search(r"about (\d+) minutes: (\d+) to read,[^.]*?(\d+) for the exercises", text)
    total, reading, doing = map(int, head.groups())
    assert doing == sum(int(found[1]) for found in told)
    assert total == reading + doing


def test_title_begins_with_the_number_of_the_chapter(chapter):
    number = re.match(r"(\d\d)_|", chapter.stem)[1]
    assert re.match(r"# (?:(\d+) · )?", cells(chapter, "markdown")[0].source)[1] == (
        str(int(number)) if number else None
    )


def test_chapter_is_as_make_notebooks_leaves_it(chapter):
    tidied = read(chapter)
    notebooks.put_install_cell(tidied)
    notebooks.tidy(tidied)
    assert chapter.read_text() == notebooks.as_text(tidied), "run `make notebooks`"


def test_an_exercise_stores_what_its_check_says_of_no_answer(chapter):
    """Else the cell was never executed, and nbval, which finds nothing stored, compares nothing."""
    asked = [cell for cell in cells(chapter) if re.search(r"^checks\.(\w+)\(\1\)$", cell.source, re.M)]
    said = [
        "".join(output.get("data", {}).get("text/plain", "") for output in cell.outputs) for cell in asked
    ]
    assert [cell.source for cell, text in zip(asked, said, strict=True) if "✗ Not yet" not in text] == []


def test_first_code_cell_installs_the_library_on_colab(chapter):
    first = cells(chapter)[0]
    assert first.source == install_source()
    assert first.metadata.tags == notebooks.INSTALL_TAGS


def test_stored_outputs_are_text_and_no_error(chapter):
    outputs = [output for cell in cells(chapter) for output in cell.outputs]
    kinds = {kind for output in outputs for kind in output.get("data", {})}
    assert not [kind for kind in kinds if kind.startswith(notebooks.DRAWN)]
    assert not [
        output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"
    ]
    addresses = re.compile(r"<[\w.]+ (?:object )?at 0x[0-9a-f]+>")
    assert not [output for output in outputs if addresses.search(str(output))]


def test_cells_are_short(chapter):
    long = [cell.source.splitlines()[0] for cell in cells(chapter) if cell.source.count("\n") >= LONGEST_CELL]
    assert long == []


def test_code_is_as_wide_as_a_page(chapter):
    blocks = itertools.chain(*execute.solution_blocks(chapter).values())
    sources = [*(cell.source for cell in cells(chapter)), *blocks]
    assert [line for source in sources for line in source.splitlines() if len(line) > WIDEST] == []


def test_no_table_is_unstacked_unsorted(chapter):
    """With ``unstack(…, sort=False)`` pandas 2.2, which Colab has, puts values under other names."""
    sources = [cell.source for cell in cells(chapter)]
    sources += itertools.chain(*execute.solution_blocks(chapter).values())
    assert [source for source in sources if re.search(r"unstack\([^)]*sort=False", source)] == []


def test_figures_say_their_message_in_words(chapter):
    figures = [cell for cell in cells(chapter) if any("<Figure" in str(output) for output in cell.outputs)]
    described = [cell.metadata.get("mystnb", {}).get("image", {}).get("alt") for cell in figures]
    silent = [cell.source for cell, alt in zip(figures, described, strict=True) if not alt]
    assert silent == [], "code cells with a figure and no alt text"


def test_make_notebooks_writes_back_what_it_keeps(tmp_path, monkeypatch, capsys):
    cache, was = tmp_path / "cache", [nbformat.v4.new_output("stream", text="as it was")]
    monkeypatch.setattr(notebooks, "execute", functools.partial(execute.execute, cache_folder=cache))
    sources = {"right": "print(6 * 7)", "loud": "import sys; print('oh', file=sys.stderr)", "wrong": "1 / 0"}
    for name, source in sources.items():
        saved = {"collapsed": True, "tags": ["remove-input"]}  # as an editor leaves it
        cell = nbformat.v4.new_code_cell(source, metadata=saved, outputs=was)
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / f"{name}.ipynb")
    right, _, wrong = paths = [tmp_path / f"{name}.ipynb" for name in sources]

    assert notebooks.main(paths)
    said = capsys.readouterr().err
    assert "loud.ipynb: cell" in said
    assert "writes to stderr: oh" in said
    assert "ZeroDivisionError" in said
    assert "right.ipynb" not in said

    install, cell = cells(right)
    assert install.metadata.tags == notebooks.INSTALL_TAGS
    assert cell.metadata == {"tags": ["remove-input"]}
    assert cell.outputs[0].text == "42\n"
    assert cells(wrong)[1].outputs == was
    assert execute.kept(right, cache).cells[1].outputs == cell.outputs
    assert execute.kept(wrong, cache) is None
    capsys.readouterr()
    assert not notebooks.main([right])
    assert capsys.readouterr().out == ""  # it was not executed again
