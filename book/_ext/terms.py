"""Sphinx extension: the glossary's words where a chapter first uses them, and the index of where they stand.

In each chapter the first use of a word of ``book/glossary.md`` in running text becomes a link to its entry,
which ``terms.js`` shows on a card. A word that brackets tell apart from another, as in ``margin (of an
SVM)``, is a link only in the chapter that teaches it. First uses and the sections that teach the words enter
the index, each named by its place. An entry that cannot be read, or a section that is not there, ends the
build.
"""

import json
import re
from pathlib import Path
from typing import NamedTuple

from beside import carry
from chapter_links import join_lines, running_text
from docutils import nodes
from inserts import slug
from sphinx.errors import ExtensionError
from sphinx_design.dropdown import dropdown_main

GLOSSARY = "book/glossary"
CHAPTER = re.compile(r"book/(\d\d_\w+|audit)")
ENTRIES = re.compile(r"^```\{glossary\}\n(.*?)^```$", re.M | re.S)
ENTRY = re.compile(
    r"(?P<words>(?:\S.*\n)+)(?P<definition>(?: {4}\S.*\n)+)\n"
    r" {4}(?:Chapter \d+|The audit): \[\]\(\./(?P<page>\w+)\.(?:ipynb|md)#(?P<section>[\w-]+)\)\n*"
)
HERE = Path(__file__).parent
DEFINITIONS = "definitions.js"  # written with the pages: what `terms.js` shows


class Entry(NamedTuple):
    """What the glossary says under one or more words of one meaning."""

    words: tuple[str, ...]
    definition: str
    page: str  # where it is taught,
    section: str  # and the anchor of the section there


def entries(text):
    """The entries of a glossary.

    Parameters
    ----------
    text : str
        The page, in MyST.

    Returns
    -------
    list of Entry

    Raises
    ------
    ExtensionError
        If an entry is not one or more words, a definition and where it is taught.
    """
    found = []
    for block in re.split(r"\n\n(?=\S)", ENTRIES.search(text)[1]):
        if not (match := ENTRY.fullmatch(block)):
            raise ExtensionError(
                f"{GLOSSARY}: under {block.splitlines()[0]!r} wanted are a definition and, as a paragraph of "
                "its own, `Chapter N: [](./PAGE.ipynb#section)`"
            )
        definition = " ".join(match["definition"].split())
        found.append(Entry(tuple(match["words"].splitlines()), definition, match["page"], match["section"]))
    return found


def usable(found, page):
    """{word as it stands in a text: word of the glossary} for the words that are links in a page."""
    return {
        word.partition(" (")[0]: word
        for entry in found
        for word in entry.words
        if " (" not in word or entry.page == page
    }


def finder(words):
    """A function that finds words in a text, the longest first, also in the plural and with a capital.

    It gives pairs of a match and the word as it stands in ``words``.
    """

    def written(word):
        first = f"[{word[0]}{word[0].upper()}]" if word.islower() else re.escape(word[0])
        return first + re.escape(word[1:]).replace("\\ ", r"[-\s]").replace("'", "['’]")

    longest_first = sorted(words, key=len, reverse=True)
    any_word = "|".join(f"({written(word)})" for word in longest_first)
    expression = re.compile(rf"(?<![\w.-])(?:{any_word})(?:e?s)?(?![\w-])")

    def find(text):
        return ((match, longest_first[match.lastindex - 1]) for match in expression.finditer(text))

    return find


def folded(text):
    """Whether a text is in a fold-out, where nobody meets it in reading."""
    parent = text.parent
    while parent and not (isinstance(parent, dropdown_main) or "dropdown" in parent.get("classes", ())):
        parent = parent.parent
    return bool(parent)


def section_of(node):
    """The innermost section around a node."""
    while not isinstance(node, nodes.section):
        node = node.parent
    return node


class Terms:
    """The glossary while pages are written, and what the index will say of its places."""

    def __init__(self):
        self.entries = []
        self.places = {}

    def read(self, app):
        path = Path(app.srcdir, f"{GLOSSARY}.md")
        self.entries = entries(path.read_text(encoding="utf-8")) if path.is_file() else []

    def resolve(self, app, doctree, docname):
        if not CHAPTER.fullmatch(docname) or not self.entries:
            return
        self.index_taught(app, doctree, docname)
        self.link_first_uses(app, doctree, docname)

    def index_taught(self, app, doctree, docname):
        sections = {
            slug(part.next_node(nodes.title).astext()): part for part in doctree.findall(nodes.section)
        }
        for entry in self.entries:
            if entry.page == Path(docname).name:
                if entry.section not in sections:
                    raise ExtensionError(
                        f"{GLOSSARY}: {docname} has no #{entry.section} to teach {entry.words[0]!r}"
                    )
                self.index(app, docname, sections[entry.section], entry.words, main="main")

    def link_first_uses(self, app, doctree, docname):
        words = usable(self.entries, Path(docname).name)
        find, met = finder(words), set()
        entry_of = {word: entry.words for entry in self.entries for word in entry.words}
        join_lines(doctree)
        for text in list(running_text(doctree)):
            if folded(text):
                continue
            pieces, done = [], 0
            for match, word in find(text):
                entry = entry_of[words[word]]
                if entry not in met:
                    met.add(entry)
                    pieces += [
                        nodes.Text(text[done : match.start()]),
                        self.link(app, docname, match[0], entry[0]),
                    ]
                    self.index(app, docname, section_of(text), entry)
                    done = match.end()
            if pieces:
                text.parent.replace(text, [*pieces, nodes.Text(text[done:])])

    def link(self, app, docname, words, word):
        page, anchor = app.env.domaindata["std"]["objects"]["term", word][:2]
        address = f"{app.builder.get_relative_uri(docname, page)}#{anchor}"
        return nodes.reference("", words, refuri=address, internal=True, classes=["term"])

    def index(self, app, docname, section, words, main=""):
        """Enter a section under the words, once."""
        anchor = section["ids"][0]
        listed = app.env.domaindata["index"]["entries"].setdefault(docname, [])
        for word in words:
            if not any(entry[1:3] == (word, anchor) for entry in listed):
                listed.append(("single", word, anchor, main, None))
        page, title = app.env.titles[docname].astext(), section.next_node(nodes.title).astext()
        address = f"{app.builder.get_relative_uri('genindex', docname)}#{anchor}"
        self.places[address] = page if title == page else f"{page.partition(' · ')[0]}, {title}"

    def add_to_page(self, app, pagename, templatename, context, doctree):
        if pagename == "genindex":
            context["place"] = lambda address: self.place(app, address)
        if 'class="term ' in context.get("body", ""):
            app.add_js_file(DEFINITIONS, loading_method="defer")
            app.add_js_file("terms.js", loading_method="defer")

    def place(self, app, address):
        """How the index calls what stands at an address."""
        page = address.partition("#")[0].removesuffix(".html")
        if page == GLOSSARY:
            return "glossary"
        return self.places.get(address) or app.env.titles[page].astext()

    def write_definitions(self, app, error):
        if error or app.builder.format != "html" or not self.entries:
            return
        anchors = app.env.domaindata["std"]["objects"]
        said = {anchors["term", entry.words[0]][1]: entry.definition for entry in self.entries}
        script = f"const DEFINITIONS = {json.dumps(said, ensure_ascii=False)};\n"
        Path(app.outdir, "_static", DEFINITIONS).write_text(script, encoding="utf-8")


def add_templates(app, config):
    # Anew, as what stands there may be Sphinx's own default, which the next book in this process gets, too.
    config.templates_path = [*config.templates_path, str(HERE / "templates")]


def setup(app):
    terms = Terms()
    app.connect("config-inited", add_templates)
    app.connect("builder-inited", terms.read)
    app.connect("doctree-resolved", terms.resolve)
    app.connect("html-page-context", terms.add_to_page)
    app.connect("build-finished", terms.write_definitions)
    carry(app, __file__, ".css", ".js")
    app.add_css_file("terms.css")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
