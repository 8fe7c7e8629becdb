"""The glossary: its entries, the links to them, their cards, and the index."""

import re

import pytest
import small_book
from bs4 import BeautifulSoup
from chapters import CHAPTERS, cells
from conftest import ROOT, SITE
from inserts import slug
from sphinx.errors import ExtensionError
from terms import ENTRIES, entries, finder, usable

SMALL = """# Glossary

```{glossary}
convolution
    Sliding. And adding.

    Chapter 2: [](./02_two.md#windows)

margin (of an SVM)
    A lead. Of one.

    Chapter 3: [](./03_three.md#leads)

ReLU
rectified linear unit
    A bend. At zero.

    Chapter 3: [](./03_three.md#leads)

separable convolution
    Two steps. For one.

    Chapter 2: [](./02_two.md#windows)
```
"""
TWO = """# 2 · Convolution

`convolution`, [convolution](03_three), with a margin, deconvolution and relus. *Separable
convolutions*, again separable convolutions and **convolutions**: a convolution more.

```{admonition} ReLU
:class: dropdown
A ReLU that nobody sees.
```

## Windows

Rectified linear units, ReLU.
"""
THREE = "# 3 · Bends\n\n## Leads\n\nA margin, and margins.\n"


def built(folder, **pages):
    pages = {"glossary": SMALL, "02_two": TWO, "03_three": THREE} | pages
    return small_book.build(folder, "terms", pages)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return built(tmp_path_factory.mktemp("terms"))


def parsed(page):
    return BeautifulSoup(page.read_text(), "html.parser")


def test_the_first_use_of_a_word_is_a_link_and_no_other(small):
    links = parsed(small / "book/02_two.html").select("a.term")
    assert [(" ".join(link.text.split()), link["href"]) for link in links] == [
        ("Separable convolutions", "glossary.html#term-separable-convolution"),
        ("convolutions", "glossary.html#term-convolution"),
        ("Rectified linear units", "glossary.html#term-ReLU"),
    ]


def test_a_word_with_two_meanings_is_a_link_where_it_is_taught(small):
    assert [a.text for a in parsed(small / "book/03_three.html").select("a.term")] == ["margin"]


def test_the_index_names_the_places_and_the_one_that_teaches(small):
    index = {
        item.find(string=True).strip(): [(a.text.strip(), bool(a.strong)) for a in item.select("a")]
        for item in parsed(small / "genindex.html").select(".index-words > li")
    }
    assert index["convolution"] == [("2, Windows", True), ("glossary", False), ("2 · Convolution", False)]
    assert ("3, Leads", True) in index["rectified linear unit"]
    assert ("2, Windows", False) in index["ReLU"]


def test_definitions_are_written_once_for_all_pages(small):
    assert '"term-margin-of-an-SVM": "A lead. Of one."' in (small / "_static/definitions.js").read_text()
    assert "definitions.js" in (small / "book/02_two.html").read_text()
    assert "definitions.js" not in (small / "index.html").read_text()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    Chapter 2: [](./02_two.md#windows)\n\nmargin", "margin", "under 'convolution' wanted are"),
        ("#leads", "#lead", "book/03_three has no #lead to teach"),
    ],
)
def test_a_fault_ends_the_build(tmp_path, old, new, message):
    with pytest.raises(ExtensionError, match=re.escape(message)):
        built(tmp_path, glossary=SMALL.replace(old, new))


GLOSSARY = (ROOT / "book/glossary.md").read_text()
FOUND = entries(GLOSSARY)
WORDS = [word for entry in FOUND for word in entry.words]


def test_there_are_enough_and_each_word_stands_once_in_order():
    assert len(FOUND) >= 80
    assert len({word.lower() for word in WORDS}) == len(WORDS)
    heads = [entry.words[0].lower() for entry in FOUND]
    assert heads == sorted(heads)
    assert len(re.findall(r"^ {4}.*\[\]\(", ENTRIES.search(GLOSSARY)[1], re.M)) == len(FOUND)


@pytest.mark.parametrize("entry", FOUND, ids=lambda entry: entry.words[0])
def test_a_definition_is_two_sentences_or_three_in_plain_text(entry):
    sentences = re.findall(r"[.?!](?:\)| |$)", entry.definition)
    assert 2 <= len(sentences) <= 4, entry.definition
    assert len(entry.definition.split()) <= 60
    assert not re.search(r"[*`$\\\[{]", entry.definition), "the card shows it as it is written"


def headings(chapter):
    text = "\n".join(cell.source for cell in cells(chapter, "markdown"))
    return {slug(heading) for heading in re.findall(r"^##+ (.+)$", text, re.M)}


def test_each_word_is_taught_in_a_section_that_is_there():
    taught = {path.stem: headings(path) for path in CHAPTERS.values()}
    assert [entry.words[0] for entry in FOUND if entry.section not in taught[entry.page]] == []
    said = re.findall(r"^ {4}(?:Chapter (\d+)|The audit): \[\]\(\./(?:0?(\d+)_)?", GLOSSARY, re.M)
    assert [numbers for numbers in said if numbers[0] != numbers[1]] == []


# What a chapter's text has in capitals and what is no word to be learned: numerals of tables, kinds of files,
# parts of names.
KNOWN = {"README", "JSON", "CC", "BY", "AISTATS", "COVID", "COVID-19", "CUDA"}
NAMES = {"VGG", "VGG19", "PEPX", "GAN", "NIH", "COVID-NET"}
NUMERAL = re.compile(r"[IVX]+")
# A word in italics that a sentence gives as the name of something: "is called *x*", or begins with, "*X*: …".
CALLED = re.compile(
    r"\b(?:call(?:ed|s)?|named|This is|is its|keeps)\s+(?:it\s+)?(?:an?\s+|the\s+)?\*([^*]+)\*(?!\*)"
)
DEFINED = re.compile(r"(?:^|[.:]\s+|^[-*] )\*{1,2}([A-Z][a-z][\w -]*)\*{1,2}(?=: [a-z]|,? or [a-z]+: )", re.M)
FENCED = re.compile(r"^(`{3,})(.*?)\n(.*?)^\1$", re.M | re.S)
# What else looks like a definition: prompts to the reader, and a word of everyday use.
ORDINARY = {"predict", "guess first", "look at the top rows", "paediatric"}


def prose(chapter):
    """The running text of a chapter, without code, formulas, comments and what is to be read elsewhere."""
    text = "\n\n".join(cell.source for cell in cells(chapter, "markdown")).partition("\n## What to read")[0]
    text = FENCED.sub(lambda block: block[3] * block[2].startswith("{"), text)
    text = re.sub(r"\$\$.*?\$\$|\$[^$\n]+\$|`[^`\n]+`|\]\([^)]*\)|<!--.*?-->", "", text, flags=re.S)
    return re.sub(r"(?<=\S)\n(?=\S)", " ", text)


def undefined(text):
    """Words that a text uses as if they were defined, and that the glossary does not have."""
    find = finder([word.partition(" (")[0] for word in WORDS])
    capitals = set(re.findall(r"(?<![\w-])[A-Z][A-Z0-9]*-?[A-Z0-9]*[A-Z](?:-[A-Z]+)?(?![\w-])", text))
    named = set(CALLED.findall(text)) | set(DEFINED.findall(text))
    spelled = {name[0].lower() + name[1:] for name in named} - ORDINARY
    asked = {name for name in capitals - KNOWN - NAMES if not NUMERAL.fullmatch(name)} | spelled
    return sorted(name for name in asked if not any(find(name)))


@pytest.mark.parametrize("chapter", CHAPTERS.values(), ids=lambda path: path.stem)
def test_a_chapter_uses_no_word_that_the_glossary_lacks(chapter):
    assert undefined(prose(chapter)) == []


def test_a_word_that_is_not_defined_is_found():
    text = "It is called *wobbling*. An LSTM forgets. *Kerning*: how wide. A *kernel*, Table VII, not *that*."
    assert undefined(text) == ["LSTM", "kerning", "wobbling"]


def test_every_word_is_used_and_a_link_somewhere():
    """A glossary is of this book, not of the field."""
    texts = {path.stem: prose(path) for path in CHAPTERS.values()}
    unused = set(WORDS)
    for page, text in texts.items():
        here = usable(FOUND, page)
        unused -= {here[word] for _, word in finder(here)(text)}
    lonely = [entry.words[0] for entry in FOUND if unused >= set(entry.words)]
    assert lonely == []


@pytest.mark.browser
class TestCard:
    """In chapter 2, the card of its first word."""

    @pytest.fixture
    def page(self, browser, built_site, request):
        context = browser.new_context(has_touch=True, viewport={"width": 390, "height": 844})
        page = context.new_page()
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(f"{built_site}/book/02_convolution.html")
        yield page
        assert page.errors == []
        context.close()

    def test_opens_by_focus_and_closes_by_escape(self, page):
        word, card = page.locator("a.term").first, page.get_by_role("tooltip")
        assert not card.is_visible()
        word.focus()
        assert len(card.inner_text()) > 40
        assert word.get_attribute("aria-describedby") == card.get_attribute("id")
        box = card.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        page.keyboard.press("Escape")
        assert not card.is_visible()
        assert word.get_attribute("aria-describedby") is None
        assert word.evaluate("(word) => document.activeElement === word")

    def test_stays_while_the_pointer_rests_on_it(self, page):
        word, card = page.locator("a.term").first, page.get_by_role("tooltip")
        word.hover()
        card.hover()
        page.wait_for_timeout(400)
        assert card.is_visible()
        page.mouse.move(1, 1)
        card.wait_for(state="hidden")

    def test_opens_at_the_first_tap_and_leads_to_the_glossary_at_the_second(self, page):
        word, card = page.locator("a.term").first, page.get_by_role("tooltip")
        word.tap()
        assert card.is_visible()
        assert "02_convolution" in page.url
        word.tap()
        page.wait_for_url("**/glossary.html#term-*")


@pytest.mark.skipif(not SITE.exists(), reason="the book is not built; run `make book` first")
def test_chapters_link_to_the_glossary_and_the_index_is_in_the_contents():
    for chapter in CHAPTERS.values():
        page = (SITE / f"book/{chapter.stem}.html").read_text()
        links = re.findall(r'<a class="term [^"]*" href="(glossary\.html#term-[^"]+)"', page)
        assert len(links) == len(set(links)) >= 8, chapter.stem
    assert parsed(SITE / "book/index.html").select('nav a[href="../genindex.html"]')
