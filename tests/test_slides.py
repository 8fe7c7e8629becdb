"""Decks of slides: what a chapter's cells become, and that the page asks for nothing elsewhere."""

import pytest
import slides
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from coronet_lib.widgets import SoftmaxExplorer

CHAPTER = [
    new_markdown_cell("# 99 · Sums"),
    new_markdown_cell(
        "## Two numbers\n\nFirst an old remark.\n\n"
        "As [chapter 2](02.ipynb) says {cite}`x`, *add* them.\n\n$$\na + b\n$$"
    ),
    new_code_cell("1 + 1", outputs=[new_output("execute_result", {"text/plain": "2"}, execution_count=1)]),
    new_markdown_cell("**Predict** what comes.\n\n```{admonition} Aside\nNot for slides.\n```"),
    new_code_cell(
        "draw()", metadata={"tags": ["hide-input"]}, outputs=[new_output("stream", text="a drawing")]
    ),
    new_code_cell("quiet()", metadata={"tags": ["remove-cell"]}),
    new_markdown_cell("## Exercises\n\n1. Add three."),
    new_code_cell("answer = ..."),
]


@pytest.fixture
def chapter():
    return new_notebook(cells=[cell.copy() for cell in CHAPTER])


def test_a_cell_of_code_is_a_slide_with_what_is_said_before_it(chapter):
    sources = [cell.source for cell in slides.deck(chapter).cells]
    assert sources == [
        "# 99 · Sums",
        "## Two numbers",
        "As chapter 2 says, *add* them. \n\n$$\na + b\n$$",
        "1 + 1",
        "``````{revealjs-notes}\nFirst an old remark.\n\nAs chapter 2 says, *add* them.\n``````",
        "```{revealjs-break}\n```",
        "**Predict** what comes. ",
        "draw()",
        "``````{revealjs-notes}\n**Predict** what comes.\n``````",
    ]


def test_how_a_figure_is_drawn_is_not_shown(chapter):
    drawn = next(cell for cell in slides.deck(chapter).cells if cell.source == "draw()")
    assert drawn.metadata.tags == ["remove-input"]


@pytest.mark.browser
def test_a_deck_shows_its_explorer_and_needs_no_network(chapter, browser, tmp_path):
    explorer = SoftmaxExplorer()
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": explorer.model_id, "version_major": 2}}
    chapter.cells[2].outputs = [new_output("display_data", view)]
    state = {key: explorer.get_state()[key] for key in explorer.keys}
    chapter.metadata.widgets = {
        "application/vnd.jupyter.widget-state+json": {
            "version_major": 2,
            "version_minor": 0,
            "state": {
                explorer.model_id: {"model_module": "anywidget", "model_name": "AnyModel", "state": state}
            },
        }
    }
    page = browser.new_page()
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(slides.build(chapter, tmp_path / "99").as_uri())
    page.wait_for_selector(".explorer *", state="attached")
    assert page.evaluate("Reveal.getTotalSlides()") == 3
    assert page.locator("aside.notes").count() == 2
    assert errors == []
    assert {url.partition(":")[0] for url in asked} <= {"file", "blob", "data"}
    page.close()


def test_a_chapter_that_there_is_not_is_said():
    with pytest.raises(SystemExit, match="there is no chapter 77; there are 1 to"):
        slides.main("77")
