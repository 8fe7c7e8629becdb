"""How readers get about: links between chapters, and the search."""

import functools
import json
import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest
import small_book
from bs4 import BeautifulSoup
from conftest import SITE

TWO = "# 2 · Convolution\n\nOf windows.\n\n## Strides\n\nIn chapter 2 the kangaroo jumps.\n"
SEVEN = """# 7 · Plus, as in chapter 2

After chapter
2, and before chapters 3, 2 and 9. [As chapter 2](02_two) has it, `chapter 2`, chapter 7, chapter 15.
"""

CALLS = """# 3 · Plain

It is `inert` that counts.

```python
from coronet_lib.text import inert
```

## Called

```python
inert("=1")
```
"""
REFERENCE = "# Text\n\n```{eval-rst}\n.. room:: text\n```\n"


def parsed(page):
    return BeautifulSoup(page.read_text(), "html.parser")


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    def build(extension, texts):
        return small_book.build(tmp_path_factory.mktemp(extension), extension, texts)

    return build


def test_chapters_named_in_running_text_are_links(pages):
    page = parsed(pages("chapter_links", {"02_two": TWO, "07_seven": SEVEN}) / "book/07_seven.html")
    links = [(" ".join(link.text.split()), link["href"]) for link in page.select("p a.internal")]
    two = "02_two.html"
    assert [link for link in links if two in link] == [("chapter 2", two), ("2", two), ("As chapter 2", two)]


def test_sections_are_in_the_index_of_the_search(pages):
    script = (pages("search_sections", {"02_two": TWO}) / "searchindex.js").read_text()
    index = json.loads(re.search(r"\{.*\}", script, re.S)[0])
    found = index["terms"]["kangaroo"]
    names = [index["docnames"][number] for number in ([found] if isinstance(found, int) else found)]
    assert names == ["book/02_two", "book/02_two#strides"]


def test_names_in_cells_lead_to_the_reference_and_it_to_their_chapters(pages):
    out = pages("reference", {"02_two": TWO, "03_three": CALLS, "reference/text": REFERENCE})
    cells = parsed(out / "book/03_three.html").select("pre")
    there = "../book/reference/text.html#coronet_lib.text.inert"
    assert [cell.a["href"] for cell in cells] == [there, there]
    (out / "book/03_three.html").unlink()  # so that it is written anew, and not read
    small_book.build(out.parent, "reference", {"02_two": TWO})
    cells = parsed(out / "book/03_three.html").select("pre")
    assert [cell.a["href"] for cell in cells] == [there, there]
    page = parsed(out / "book/reference/text.html")
    names = [name["id"] for name in page.select("dt.sig")]
    assert names == [f"coronet_lib.text.{name}" for name in ("plain", "reason", "FORMULA", "inert")]
    assert "for a formula and runs" in page.find(id="coronet_lib.text.FORMULA").parent.text
    used = page.select("p.taught")
    assert [(line.text, line.a["href"]) for line in used] == [
        ("Taught in chapter 3.", "../03_three.html#plain")
    ]
    assert used[0].find_previous("dt")["id"] == "coronet_lib.text.inert"


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


class Anchors(HTMLParser):
    """What a page links to and loads, and the places in it that can be linked to."""

    def __init__(self, text):
        super().__init__()
        self.links, self.ids = set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        said = dict(attributes)
        self.links |= {said[name] for name in ("href", "src") if said.get(name)}
        self.ids |= {said[name] for name in ("id", "name") if said.get(name)}


@functools.cache
def anchors(page):
    return Anchors(page.read_text())


def leads(page, link):
    """Whether a link of a page that stays within the book leads to a file, and to a place in it."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return True
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not target.exists():
        return False
    return target.suffix != ".html" or unquote(parts.fragment) in {"", *anchors(target).ids}


@pytest.mark.parametrize(
    "page",
    sorted(page for page in SITE.rglob("*.html") if "_static" not in page.parts),
    ids=lambda page: str(page.relative_to(SITE)),
)
def test_every_link_within_the_book_leads_somewhere(page):
    assert sorted(link for link in anchors(page).links if not leads(page, link)) == []


def test_a_link_to_nowhere_is_found(tmp_path):
    one, two = tmp_path / "one.html", tmp_path / "two.html"
    one.write_text('<a href="two.html#here"></a><a href="two.html#there"></a><a href="three.html"></a>')
    two.write_text('<p id="here">')
    assert [link for link in sorted(anchors(one).links) if not leads(one, link)] == [
        "three.html",
        "two.html#there",
    ]
