"""How readers get about: links between chapters, and the search."""

import json
import re

import pytest
import small_book
from bs4 import BeautifulSoup
from conftest import SITE

TWO = "# 2 · Convolution\n\nOf windows.\n\n## Strides\n\nIn chapter 2 the kangaroo jumps.\n"
SEVEN = """# 7 · Plus, as in chapter 2

After chapter
2, and before chapters 3, 2 and 9. [As chapter 2](02_two) has it, `chapter 2`, chapter 7, chapter 15.
"""


def parsed(page):
    return BeautifulSoup(page.read_text(), "html.parser")


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    def build(extension):
        folder = tmp_path_factory.mktemp(extension)
        return small_book.build(folder, extension, {"02_two": TWO, "07_seven": SEVEN})

    return build


def test_chapters_named_in_running_text_are_links(pages):
    page = parsed(pages("chapter_links") / "book/07_seven.html")
    links = [(" ".join(link.text.split()), link["href"]) for link in page.select("p a.internal")]
    two = "02_two.html"
    assert [link for link in links if two in link] == [("chapter 2", two), ("2", two), ("As chapter 2", two)]


def test_sections_are_in_the_index_of_the_search(pages):
    script = (pages("search_sections") / "searchindex.js").read_text()
    index = json.loads(re.search(r"\{.*\}", script, re.S)[0])
    found = index["terms"]["kangaroo"]
    names = [index["docnames"][number] for number in ([found] if isinstance(found, int) else found)]
    assert names == ["book/02_two", "book/02_two#strides"]


@pytest.mark.parametrize("page", sorted(SITE.glob("book/*.html")), ids=lambda page: page.stem)
def test_no_chapter_is_named_without_a_link(page):
    article = parsed(page).article
    for apart in article.select("a, code, pre, script, h1, h2, h3, summary, .admonition-title, .cell_output"):
        apart.decompose()
    own = re.match(r"0?(\d+)_|", page.stem)[1]
    text = article.get_text("|")  # so that what ends one cell of a table is apart from what begins the next
    named = re.findall(r"\bchapters?\s+(\d+)", text, re.I)
    written = {str(int(other.stem[:2])) for other in SITE.glob("book/[0-9][0-9]_*.html")}
    assert [number for number in named if number != own and number in written] == []
