"""The pages of the built site, bound: one document with title page, contents, appendices and index."""

import json
from html import escape
from pathlib import Path
from typing import NamedTuple

import yaml
from paged import Page, anchor, lead, page_of, parsed

PREFACE = "About this book"
REFERENCE = "book/reference/"  # of the library: 200 pages of what is looked up beside the code
INDEX = "genindex"  # Sphinx's page; what it names by their titles are numbers of pages in a book
DOCUMENT = """\
<!DOCTYPE html>
<html lang="en" data-theme="light">
<head><meta charset="utf-8"><title>{title}</title>{scripts}<style>{style}</style></head>
<body class="bd-content">{body}</body>
</html>
"""


class Chapter(NamedTuple):
    """Pages with a running head of their own."""

    place: str
    title: str
    html: str
    sections: tuple = ()  # pairs of place and HTML, for the contents


def parts(toc):
    """Jupyter Book's table of contents: pairs of a part's title and its pages, the first the root's own."""
    listed = yaml.safe_load(Path(toc).read_text(encoding="utf-8"))
    return [
        ("", [listed["root"]]),
        *((part["caption"], list(files(part["chapters"]))) for part in listed["parts"]),
    ]


def files(entries):
    """The pages of a part and those below others; the index is made anew, and the reference not printed."""
    for entry in entries:
        if entry["file"] != INDEX and not entry["file"].startswith(REFERENCE):
            yield entry["file"]
        yield from files(entry.get("sections", ()))


class Book:
    """A book of the pages of a built site.

    Parameters
    ----------
    site : Path
        The folder of the built pages.
    toc : Path
        Jupyter Book's table of contents.
    drawings : Path
        A folder of drawings, each named by the SHA-256 of the picture that it can stand for.
    live : str
        The address of the built pages, up to their names, to stand below each explorer; it may be empty.
    """

    def __init__(self, site, toc, drawings, live=""):
        self.site, self.parts = site, parts(toc)
        names = [name for _, names in self.parts for name in names]
        self.pages = {name: Page(site, name, names, drawings, live) for name in names}
        self.root = self.pages[names[0]]

    def document(self, style, scripts, edition):
        """The book as HTML.

        Parameters
        ----------
        style : str
            Rules for paper.
        scripts : str
            HTML that brings what draws formulas and explorers.
        edition : str
            HTML for the title page.
        """
        title, front = self.root.title, self.title_page(edition)
        body, contents, heads = [], [], []
        for part, chapters in [*self.chapters(), ("Appendices", self.appendices())]:
            if part:
                place = anchor("part", str(len(contents)))
                contents.append(entry("part", place, escape(part)))
                body.append(f'<h1 class="part" id="{place}">{escape(part)}</h1>')
            for chapter in chapters:
                page = f"chapter-{len(heads)}"
                heads.append(f"@page {page}:right {{ @top-left {{ content: {quoted(chapter.title)} }} }}")
                kind = "chapter" if part else "preface"
                body.append(f'<section class="{kind}" style="page: {page}">{chapter.html}</section>')
                contents.append(entry("title", chapter.place, escape(chapter.title)))
                contents += [entry("section", *section) for section in chapter.sections]
        listed = f'<nav class="contents"><h1>Contents</h1><ul>{"".join(contents)}</ul></nav>'
        states = [state for page in self.pages.values() for state in page.states]
        return DOCUMENT.format(
            title=escape(title),
            scripts=scripts,
            style=style + "".join(heads),
            body="".join([*states, front, listed, *body]),
        )

    def title_page(self, edition):
        """What stands before the contents, taken out of the root page, which becomes the preface."""
        article, title = self.root.article, self.root.title
        article.h1.string = self.root.title = PREFACE
        shown = [article.p, article.find("svg"), article.find(class_="not-for-diagnosis")]
        promise, picture, warning = (found.extract() if found else "" for found in shown)
        return (
            f'<header class="title-page"><p class="title">{escape(title)}</p>{promise}{picture}'
            f'<div class="edition">{edition}{warning}</div></header>'
        )

    def chapters(self):
        """Titles and chapters of the parts."""
        for part, names in self.parts:
            pages = [self.pages[name] for name in names]
            if part:
                for page in pages:
                    page.lower_headings()
            yield part, [Chapter(anchor(p.name), p.title, str(p.article), p.sections) for p in pages]

    def appendices(self):
        """Answers and index, if there are some."""
        pages = self.pages.values()
        found = {
            "Hints and solutions": answers("Exercise", [(page.title, page.solutions) for page in pages]),
            "Answers to the self-tests": answers("Question", [(page.title, page.replies) for page in pages]),
            "Index of terms": self.index(),
        }
        for title, html in found.items():
            if html:
                place = title.lower().replace(" ", "-")
                yield Chapter(place, title, f'<h2 id="{place}">{title}</h2>{html}')

    def index(self):
        """The site's index, each place by the number of its page; what is bold stays bold."""
        file, lines = self.site / f"{INDEX}.html", []
        listed = parsed(file.read_text(encoding="utf-8") if file.is_file() else "")
        for item in listed.select(".index-words > li"):
            word = "".join(item.find_all(string=True, recursive=False)).strip(" ·\n")
            links = [link for link in item.select("a[href]") if lead(link, INDEX, self.pages)]
            pages = "".join(
                f'<a class="{"main" if link.strong else "use"}" href="{link["href"]}">'
                f"{page_of(link['href'].removeprefix('#'))}</a>"
                for link in links
            )
            if links:
                lines.append(f"<li>{escape(word)} {pages}</li>")
        return f'<ul class="index">{"".join(lines)}</ul>' if lines else ""


def answers(what, pages):
    """Answers, page by page, each with the way back to what was asked.

    Parameters
    ----------
    what : str
        What they answer, in a word.
    pages : list of (title, list of Answer)
    """
    html = ""
    for title, given in pages:
        html += f"<h3>{escape(title)}</h3>" if given else ""
        for answer in given:
            back = f'<a href="#{answer.asked}">{what} {answer.number}</a>'
            html += (
                f'<section class="answer"><h4 id="{answer.place}">{back} '
                f"<small>page {page_of(answer.asked)}</small></h4>{answer.html}</section>"
            )
    return html


def entry(kind, place, html):
    """A line of the contents."""
    return f'<li class="{kind}"><a href="#{place}"><span>{html}</span>{page_of(place)}</a></li>'


def quoted(text):
    """A text as CSS writes it."""
    return json.dumps(text, ensure_ascii=False)
