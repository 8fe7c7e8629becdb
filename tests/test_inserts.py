"""Solutions and self-tests: in the page, not in the notebook."""

import json
import re

import nbformat
import pytest
import yaml
from chapters import CHAPTERS, cells
from conftest import ROOT
from inserts import MARK, PRINTED, hints_and_answer, inserted_text, questions, slug, solutions
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import docutils_namespace

NOTEBOOK = """# Chapter
## What to know: p − y
Text.
## Self-test
<!-- self-test --> *In the built page.*
## Exercises
**1.** Add.

<!-- solution 1 --> *In the built page.*
"""
SOLUTIONS = """# Solutions

## 1
Hint: Which *sign*
stands there?

Hint: Count `1` up.

Add *both*.
```python
1 + 1
```
```python
one = 1
```

## 2
Nothing.
"""
WRONG = {"text": "3", "misconception": "off by one", "why": "Count again.", "see": "What to know: p − y"}
QUESTION = {"question": "What is 1 + 1?", "options": [WRONG, {"text": "`2`", "why": "So it is."}, WRONG]}


def build(folder, text=NOTEBOOK, asked=(QUESTION,), printed=None):
    """HTML of a small book with one chapter, its solutions and its self-test; a warning is an error."""
    for name in ("book/solutions", "book/self_tests"):
        (folder / name).mkdir(parents=True)
    (folder / "conf.py").write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT / 'book/_ext')!r})\n"
        "extensions = ['myst_nb', 'sphinx_design', 'inserts']\n"
        "nb_execution_mode = 'off'\nmyst_heading_anchors = 3\nexclude_patterns = ['book/solutions']\n"
    )
    (folder / "index.md").write_text("# Start\n\n```{toctree}\nbook/chapter\n```\n")
    (folder / "book/solutions/chapter.md").write_text(SOLUTIONS)
    (folder / "book/self_tests/chapter.yml").write_text(yaml.safe_dump(list(asked), allow_unicode=True))
    if printed is not None:
        (folder / PRINTED).mkdir(parents=True)
        (folder / PRINTED / "chapter.json").write_text(json.dumps(printed))
    cell = nbformat.v4.new_markdown_cell(text)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder / "book/chapter.ipynb")
    with docutils_namespace():
        app = Sphinx(
            folder, folder, folder / "out", folder / "trees", "html", status=None, warningiserror=True
        )
        app.build()
    return (folder / "out/book/chapter.html").read_text(), app


def test_the_page_has_solutions_and_replies_and_not_the_notebooks_words(tmp_path):
    page, app = build(tmp_path)
    assert "Solution of exercise 1" in page
    assert "<p>Add <em>both</em>.</p>" in page
    assert "Nothing." not in page
    assert "In the built page" not in page
    assert page.count("<details") == 3
    assert '<span class="pre">2</span>' in page
    assert page.count("Not quite: off by one.") == 2
    links = re.findall(r'href="#([^"]+)"[^>]*>(?:<span[^>]*>)?What to know: p − y', page)
    assert len(links) >= 2
    assert all(f'id="{anchor}"' in page for anchor in links)
    assert (tmp_path / "out/_static/inserts.css").exists()
    depends = {str(path) for path in app.env.dependencies["book/chapter"]}
    assert any(path.endswith("solutions/chapter.md") for path in depends)
    assert any(path.endswith("self_tests/chapter.yml") for path in depends)


def test_the_second_hint_lies_in_the_first_and_the_solution_in_neither(tmp_path):
    page, _ = build(tmp_path)
    first, second, answer = (page.index(words) for words in ("Hint 1", "Hint 2", "Solution of exercise 1"))
    assert first < second < answer
    opened = re.findall(r"<div class=\"[^\"]*dropdown[^\"]*\"|<div|</div", page[first:answer])
    depth = [1]
    for tag in opened:
        depth.append(depth[-1] - 1 if tag == "</div" else depth[-1] + 1)
    assert max(depth) >= 2
    assert depth[-2] == 0, "the solution is folded up in a hint"
    assert "Which <em>sign</em>" in page
    assert hints_and_answer("No Hint: here.\n\nNone.") == ([], "No Hint: here.\n\nNone.")


def test_a_block_of_python_is_followed_by_what_it_printed(tmp_path):
    page, app = build(tmp_path, printed={"1 + 1\n": "the sum is 2\n", "one = 1\n": ""})
    assert page.count("the sum is 2") == 1
    assert len(re.findall(r'class="printed ', page)) == 1
    assert any(str(path).endswith("printed/chapter.json") for path in app.env.dependencies["book/chapter"])


def test_without_an_execution_no_output_is_claimed(tmp_path):
    page, _ = build(tmp_path)
    assert 'class="printed' not in page


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"text": NOTEBOOK.replace("solution 1", "solution 7")}, "chapter.md has no section `## 7`"),
        ({"text": NOTEBOOK.replace("## What to know: p − y", "")}, "points to 'What to know: p − y'"),
        ({"asked": [{**QUESTION, "options": [WRONG, WRONG]}]}, "question 1 wants one right option"),
        (
            {"asked": [{**QUESTION, "options": [*QUESTION["options"], {"text": "4"}]}]},
            "a wrong one wants text",
        ),
        ({"asked": [{"question": "?"}]}, "question 1 wants `question` and `options` only"),
    ],
)
def test_a_fault_ends_the_build(tmp_path, change, message):
    with pytest.raises(ExtensionError, match=re.escape(message)):
        build(tmp_path, **change)


def test_a_missing_file_is_named(tmp_path):
    (tmp_path / "book").mkdir()
    path = tmp_path / "book/chapter.ipynb"
    path.write_text("")
    with pytest.raises(ExtensionError, match=r"chapter\.ipynb wants a solution, but .*chapter\.md"):
        inserted_text(path, MARK.search("<!-- solution 1 -->"), set(), note=print, printed={})


@pytest.mark.parametrize("path", CHAPTERS.values(), ids=lambda path: path.stem)
class TestChapter:
    def marks(self, path):
        text = "\n".join(cell.source for cell in cells(path, "markdown"))
        return text, [mark.groups() for mark in MARK.finditer(text)]

    def test_gives_away_no_solution(self, path):
        text, _ = self.marks(path)
        assert "{admonition} Solution" not in text

    def test_shows_every_solution_once_and_in_order(self, path):
        _, marks = self.marks(path)
        source = path.parent / "solutions" / f"{path.stem}.md"
        shown = [int(number) for kind, number in marks if kind == "solution"]
        assert shown == sorted(solutions(source))
        assert 3 <= len(shown) <= 6

    def test_has_up_to_three_hints_for_every_exercise_or_none_at_all(self, path):
        texts = solutions(path.parent / "solutions" / f"{path.stem}.md").values()
        counts = [len(hints_and_answer(text)[0]) for text in texts]
        assert all(1 <= count <= 3 for count in counts) or not any(counts), counts

    def test_has_a_self_test_of_five_questions(self, path):
        _, marks = self.marks(path)
        assert marks.count(("self-test", "")) == 1
        asked = questions(path.parent / "self_tests" / f"{path.stem}.yml")
        assert len(asked) == 5
        right = {next(i for i, option in enumerate(item["options"]) if "see" not in option) for item in asked}
        assert len(right) > 1, "the right option always stands in the same place"


def test_slugs_are_those_of_myst():
    assert slug("From scores to probabilities: equation (3)") == "from-scores-to-probabilities-equation-3"
