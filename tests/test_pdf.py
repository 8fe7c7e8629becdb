"""The printed book: what becomes of a page, and of a small site on paper; the whole one where it was made."""

import base64
import hashlib
import json

import bound
import paged
import pdf
import pdfplumber
import pytest

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
TOC = """\
format: jb-book
root: book/index
parts:
  - caption: Part I · Sums
    chapters:
      - file: book/01_sums
      - file: book/other
        sections: [{file: book/below}, {file: book/reference/name}, {file: genindex}]
"""
VIEW = '<script type="application/vnd.jupyter.widget-view+json">{"model_id": "m"}</script>'
SAVED = {"state": {"m": {"state": {"_anywidget_id": "room.Mover", "_css": ".here { color: red }"}}}}
STATE = f'<script type="application/vnd.jupyter.widget-state+json">{json.dumps(SAVED)}</script>'
NO_FORMULAS = "<script>MathJax = { startup: { document: { math: [] } } }</script>"
CHAPTER = f"""
<section id="sums"><h1>1 · Sums<a class="headerlink" href="#sums">#</a></h1>
<p>See <a id="there" href="other.html#end">the end</a>, <a id="out" href="https://example.org/">out</a> and
<a id="gone" href="../search.html">a search</a>.</p>
<section id="two"><h2>Two &amp; two</h2>
<figure><img src="../_images/one.png" alt="one" style="width: 100px; height: 50px"></figure>
<details class="hide">how it is drawn</details>
<pre><span></span><span class="n">x</span> <span class="o">=</span> <span class="mi">1</span></pre>
{VIEW}
</section>
<section id="self-test"><h2>Self-test</h2>
<div class="self-test"><p>Which?</p>
<details class="self-test-wrong"><summary><span class="sd-summary-text">three</span></summary>
<div class="sd-summary-content">No.</div></details>
<details class="self-test-right"><summary><span class="sd-summary-text">four</span></summary>
<div class="sd-summary-content">Yes.</div></details></div></section>
<section id="exercises"><h2>Exercises</h2><p>Add.</p>
<div class="cell_output">✗ Not yet: there is no answer here.</div>
<div class="tip dropdown admonition"><p class="admonition-title">Hint 1</p><p>Count.</p>
<div class="tip dropdown admonition"><p class="admonition-title">Hint 2</p><p>On fingers.</p></div></div>
<div class="dropdown admonition"><p class="admonition-title">Solution of exercise 1</p><p>It is 4.</p></div>
</section></section>
"""
PAGES = {
    "book/index": '<section id="start"><h1>A book</h1><p><b>Promised.</b></p><p>Said.</p></section>',
    "book/01_sums": CHAPTER,
    "book/other": '<section id="other"><h1>Other</h1><section id="end"><h2>End</h2></section></section>',
    "book/below": '<section id="below"><h1>Below</h1><p>Deep.</p></section>',
}
GENINDEX = """<ul class="index-words"><li>sum <a href="book/other.html#end">3, End</a> ·
<a href="book/01_sums.html#two"><strong>1, Two</strong></a> · <a href="book/gone.html#x">gone</a></li>
<li>name <a href="book/reference/name.html#name">Reference</a></li></ul>"""


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "html"
    for name, article in PAGES.items():
        file = folder / f"{name}.html"
        file.parent.mkdir(parents=True, exist_ok=True)
        states = STATE if VIEW in article else ""
        file.write_text(f'<html>{states}<article class="bd-article">{article}</article></html>')
    (folder / "genindex.html").write_text(GENINDEX)
    (folder / "_images").mkdir()
    (folder / "_images/one.png").write_bytes(PIXEL)
    (tmp_path / "toc.yml").write_text(TOC)
    (tmp_path / "drawings").mkdir()
    return folder


@pytest.fixture
def page(site):
    return paged.Page(site, "book/01_sums", list(PAGES), site.parent / "drawings", "")


@pytest.fixture
def book(site):
    return bound.Book(site, site.parent / "toc.yml", site.parent / "drawings")


def test_the_contents_go_down_and_leave_the_index_out(site):
    assert bound.parts(site.parent / "toc.yml") == [
        ("", ["book/index"]),
        ("Part I · Sums", ["book/01_sums", "book/other", "book/below"]),
    ]


def test_links_lead_into_the_book_or_out_or_are_words(page):
    assert page.article.find(id="book.01_sums-there")["href"] == "#book.other-end"
    assert page.article.find(id="book.01_sums-out")["href"] == "https://example.org/"
    assert page.article.find(id="book.01_sums-gone") is None
    assert "a search" in page.article.get_text()


def test_what_only_a_screen_can_do_is_gone(page):
    text = page.article.get_text()
    assert "how it is drawn" not in text
    assert "Not yet" not in text
    assert page.title == "1 · Sums"
    assert page.article.pre.decode_contents() == 'x <span class="o">=</span> <span class="mi">1</span>'


def test_sections_of_a_chapter_are_numbered(page, book):
    assert [place for place, _ in page.sections] == [
        f"book.01_sums-{x}" for x in ("two", "self-test", "exercises")
    ]
    assert page.sections[0][1] == '<span class="number">1.1 </span>Two &amp; two'
    assert book.pages["book/other"].sections == []


def test_answers_leave_the_page_and_can_be_found(page):
    (solution,) = page.solutions
    assert "It is 4" not in str(page.article)
    assert [x in solution.html for x in ("Count.", "On fingers.", "It is 4.")] == [True] * 3
    assert solution.html.index("Hint 1") < solution.html.index("Hint 2") < solution.html.index("It is 4")
    left = page.article.find(id=solution.asked)
    assert left.a["href"] == f"#{solution.place}"
    assert left.get_text() == "Hints and solution: page "

    (reply,) = page.replies
    assert [choice.get_text() for choice in page.article.select(".options li")] == ["three", "four"]
    assert reply.html == '<ol class="replies"><li class="wrong">No.</li><li class="right">Yes.</li></ol>'
    assert "Yes." not in page.article.get_text()


def test_a_figure_is_a_drawing_where_there_is_one(site, page):
    assert page.article.img["src"].endswith("_images/one.png")
    drawing = site.parent / "drawings" / f"{hashlib.sha256(PIXEL).hexdigest()}.svg"
    drawing.write_text("<svg/>")
    again = paged.Page(site, "book/01_sums", list(PAGES), drawing.parent, "")
    assert again.article.img["src"] == drawing.as_uri()
    assert again.article.img["style"] == "width: 72px"


def test_an_explorer_keeps_its_style_to_itself_and_says_where_it_moves(site, page):
    (state,) = page.states
    assert "@scope (.Mover) { .here { color: red } }" in state
    assert page.article.select_one(".Mover > script") is not None
    assert page.article.find(class_="live").code.get_text() == "book/01_sums.html"
    live = pdf.live_pages("https://github.com/Owner/name")
    again = paged.Page(site, "book/01_sums", list(PAGES), site, live)
    assert again.article.select_one(".live a")["href"] == "https://owner.github.io/name/book/01_sums.html"


def test_the_index_has_pages_for_places_and_none_for_what_is_not_printed(book):
    index = paged.parsed(book.index())
    assert [word.get_text().split()[0] for word in index.select("li")] == ["sum"]
    links = index.select("a")
    assert [link["href"] for link in links] == ["#book.other-end", "#book.01_sums-two"]
    assert [link["class"] for link in links] == [["use"], ["main"]]


def test_missing_programs_are_named(monkeypatch, site, tmp_path):
    monkeypatch.setattr(pdf.shutil, "which", lambda name: None)
    (site / "index.html").touch()
    with pytest.raises(SystemExit, match="apt install chromium qpdf"):
        pdf.main(site, tmp_path / "book.pdf")
    with pytest.raises(SystemExit, match="run `make book` first"):
        pdf.main(tmp_path, tmp_path / "book.pdf")


@pytest.fixture
def printed(book, browser, tmp_path):
    """A function that prints the small book; what is wrong with its links, and the PDF."""

    def show(style=""):
        path, target = tmp_path / "book.html", tmp_path / "book.pdf"
        path.write_text(book.document(pdf.STYLE.read_text() + style, NO_FORMULAS, "Version 0"))
        return pdf.print_pages(browser, path, target), target

    return show


@pytest.mark.browser
def test_pages_have_their_numbers_heads_and_tags(printed):
    wrong, target = printed(style=".explorer { display: none }")
    assert wrong == []
    assert pdf.faults(target) == []
    with pdfplumber.open(target) as made:
        texts = [page.extract_text() for page in made.pages]
        where = pdf.places(made)
    contents, sums = texts[1], texts[where["book.01_sums-two"] - 1]
    assert f"1.1 Two & two {where['book.01_sums-two']}" in contents
    assert sums.splitlines()[0] in ("1 · Sums 5", "4 CoroNet, step by step")
    assert f"Hints and solution: page {where['book.01_sums-solution-1']}" in sums
    assert f"sum {where['book.01_sums-two']}, {where['book.other-end']}" in texts[-1]


@pytest.mark.browser
def test_what_is_wrong_with_a_pdf_is_said(printed, book):
    book.pages["book/below"].article.p.append(paged.element('<a href="#nowhere">lost</a>'))
    wrong, target = printed(style="pre { width: 200mm } @page { margin: 3mm }")
    assert wrong == ["a link leads nowhere: #nowhere", "wider than a page: x = 1"]
    assert "text at or beyond the edge: '" in " ".join(pdf.faults(target))


def test_the_printed_book_is_fit_for_a_publisher():
    if not pdf.PDF.is_file():
        pytest.skip("the book is not printed; run `make pdf` first")
    assert pdf.faults(pdf.PDF) == []
