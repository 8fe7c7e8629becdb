"""Sphinx extension: in running text, "chapter 7" and each number of "chapters 7 and 9" are links."""

import re
from itertools import groupby

from docutils import nodes

CHAPTER = re.compile(r"book/(\d\d)_")
NUMBERS = r"\d+(?:(?:\s*,|,?\s+(?:and|or|to))\s+\d+)*"
NAMED = re.compile(rf"\bchapters\s+{NUMBERS}|\bchapter\s+\d+", re.I)
LINK = re.compile(r"\bchapter\s+\d+|\d+", re.I)
APART = (nodes.reference, nodes.title, nodes.rubric, nodes.literal, nodes.literal_block, nodes.raw)


def join_lines(doctree):
    """Make one text of the lines of a paragraph, which MyST keeps apart."""
    for paragraph in doctree.findall(nodes.TextElement):
        children = []
        for is_text, group in groupby(paragraph.children, lambda child: isinstance(child, nodes.Text)):
            lines = list(group)
            children += [nodes.Text("".join(lines))] if is_text else lines
        paragraph[:] = children


def running_text(doctree):
    """The texts of a page outside of headings, code and links."""
    for text in doctree.findall(nodes.Text):
        parent = text.parent
        while parent and not isinstance(parent, APART):
            parent = parent.parent
        if not parent:
            yield text


def pieces(text, link):
    """A text cut into plain text and what ``link(words, number)`` makes of each chapter that it names."""
    done = 0
    for named in NAMED.finditer(text):
        for match in LINK.finditer(text, *named.span()):
            yield nodes.Text(text[done : match.start()])
            yield link(match[0], int(re.search(r"\d+", match[0])[0]))
            done = match.end()
    yield nodes.Text(text[done:])


def link_chapters(app, doctree, docname):
    chapters = {int(match[1]): name for name in app.env.found_docs if (match := CHAPTER.match(name))}

    def link(words, number):
        target = chapters.get(number, docname)
        if target == docname:  # this very chapter, or one that is still to be written
            return nodes.Text(words)
        return nodes.reference("", words, refuri=app.builder.get_relative_uri(docname, target), internal=True)

    join_lines(doctree)
    for text in list(running_text(doctree)):
        if NAMED.search(text):
            text.parent.replace(text, list(pieces(text, link)))


def setup(app):
    app.connect("doctree-resolved", link_chapters)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
