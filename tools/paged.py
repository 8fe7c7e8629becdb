"""A page of the built site as it stands in a printed book.

What only a screen can do is left out, answers are taken out for an appendix, sections are numbered, figures
are drawings where the build kept them, and links lead to places in the book.  No page number is known before
printing: each is an empty element with the attribute ``data-page-of``, which `tools/pdf.py` fills in.
"""

import json
import re
from hashlib import sha256
from html import escape
from posixpath import normpath
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from bs4 import BeautifulSoup  # it comes with Jupyter Book's theme

CHAPTER = re.compile(r"(\d+) · ")
SOLUTION = re.compile(r"\s*Solution of exercise (\d+)\s*")
SCALE = 0.72  # of a figure: its text of 10 points becomes a little smaller than that of the page
VIEW = "script[type='application/vnd.jupyter.widget-view+json']"
STATE = "script[type='application/vnd.jupyter.widget-state+json']"
LEFT_OUT = (
    "a.headerlink, details.hide, style[scoped], form, output, button, .toctree-wrapper, "
    f".sd-summary-state-marker, p:has(> .sd-btn), section:has(> .chapter-cards), script:not({VIEW}, {STATE})"
)
# Marked up, but black as all else: tags would make a third of the PDF out of it.
PLAIN = re.compile(r'<span(?: class="(?:n|nn|nx|p|pre|w)")?>([^<]*)</span>')
UNANSWERED = "✗ Not yet"  # what the check of an exercise says before there is an answer


class Answer(NamedTuple):
    """An answer for an appendix."""

    number: int
    asked: str  # the place of the question
    place: str  # and of the answer
    html: str


def anchor(page, fragment=""):
    """The name in the book of a place on a page; without a fragment, of the page's beginning."""
    return "-".join(filter(None, [page.replace("/", "."), fragment]))


def page_of(place):
    """Where the number of the page is to stand that a place is on."""
    return f'<span class="page-number" data-page-of="{escape(place)}"></span>'


def parsed(html):
    return BeautifulSoup(html, "html.parser")


def element(html):
    """The one element that some HTML is."""
    return parsed(html).find(True).extract()


def lead(link, page, pages):
    """Have a link lead to its place in the book, or leave only its words; returns whether it leads there.

    Parameters
    ----------
    link : element
        It stands on the page of the name ``page``.
    pages : list of str
        The names of the book's pages.
    """
    target = urlsplit(urljoin(f"{page}.html", link["href"]))
    name = normpath(target.path).removesuffix(".html")
    if name in pages:
        link["href"] = "#" + anchor(name, unquote(target.fragment))
    elif not target.scheme:  # a picture in full size, or a page that is not printed
        link.unwrap()
    return name in pages


def unfolded(hint):
    """A hint and those that are folded up in it, one below the other, as HTML; nothing if there is none."""
    if hint is None:
        return ""
    inner = hint.select_one(".tip.dropdown")
    following = unfolded(inner.extract() if inner else None)
    title = hint.find(class_="admonition-title").extract().get_text()
    return f'<div class="hint"><p class="hint-title">{title}</p>{hint.decode_contents()}</div>{following}'


class Page:
    """A page of a book.

    Parameters
    ----------
    site : Path
        The folder of the built pages.
    name : str
        The page's name, as in the table of contents.
    pages : list of str
        The names of all pages of the book.
    drawings : Path
        A folder of drawings, each named by the SHA-256 of the picture that it can stand for.
    live : str
        The address of the built pages, up to their names; it may be empty.

    Attributes
    ----------
    article : element
        What is printed.
    title : str
    states : list of str
        What its explorers are drawn from, as HTML.
    solutions, replies : list of Answer
        Of its exercises and of its self-test.
    sections : list of (place, HTML)
        Headings for the table of contents; none if the page is no chapter.
    """

    def __init__(self, site, name, pages, drawings, live):
        whole = parsed(PLAIN.sub(r"\1", (site / f"{name}.html").read_text(encoding="utf-8")))
        self.name, self.article = name, whole.find("article", class_="bd-article")
        self.states = list(self.take_states(whole))
        self.clear()
        for picture in self.article.select("img[src]"):
            self.draw(picture, site, drawings)
        for view in self.article.select(VIEW):
            view.parent.insert_after(self.where_it_moves(live))
        for place in self.article.select("[id]"):
            place["id"] = anchor(name, place["id"])
        self.article["id"] = anchor(name)
        for link in self.article.select("a[href]"):
            lead(link, name, pages)
        self.title = self.article.h1.get_text()
        self.solutions = list(self.take_solutions())
        self.replies = list(self.take_replies())
        self.sections = list(self.number_sections())

    def clear(self):
        """Leave out what does not work on paper."""
        for useless in self.article.select(LEFT_OUT):
            useless.decompose()
        for output in self.article.select(".cell_output"):
            if output.get_text().strip().startswith(UNANSWERED):
                output.decompose()

    def take_states(self, whole):
        """What the explorers are drawn from; on one page with others, each keeps its style for itself."""
        kinds = {}
        for script in whole.select(STATE):
            saved = json.loads(script.extract().string)
            for id, model in saved["state"].items():
                if style := model["state"].get("_css"):
                    kinds[id] = model["state"]["_anywidget_id"].rpartition(".")[2]
                    model["state"]["_css"] = f"@scope (.{kinds[id]}) {{ {style} }}"
            script.string = json.dumps(saved).replace("</", r"<\/")
            yield str(script)
        for view in whole.select(VIEW):
            view.wrap(element(f'<div class="{kinds.get(json.loads(view.string)["model_id"], "")}"></div>'))

    def draw(self, picture, site, drawings):
        """Show a figure as a drawing if there is one, in the size that suits its text."""
        file = site / normpath(urljoin(f"{self.name}.html", picture["src"]))
        drawing = drawings / f"{sha256(file.read_bytes()).hexdigest()}.svg"
        picture["src"] = (drawing if drawing.is_file() else file).as_uri()
        if width := re.search(r"width: (\d+)px", picture.get("style", "")):
            picture["style"] = f"width: {int(width[1]) * SCALE:.0f}px"

    def where_it_moves(self, live):
        address = f"{live}{self.name}.html"
        words = f'<a href="{address}">{address}</a>' if live else f"<code>{address}</code>"
        return element(f'<p class="live">A still picture; it moves on the page {words}.</p>')

    def take_solutions(self):
        """Take solutions and the hints before them out of the page, and leave links."""
        for box in self.article.select(".dropdown.admonition"):
            title = box.find(class_="admonition-title")
            if not (solution := SOLUTION.fullmatch(title.get_text())):
                continue
            title.decompose()
            before = box.find_previous_sibling()
            hints = before.extract() if before and "tip" in before.get("class", ()) else None
            asked, place = (anchor(self.name, f"{what}-{solution[1]}") for what in ("exercise", "solution"))
            words = "Hints and solution" if hints else "Solution"
            link = f'<a href="#{place}">{words}: page {page_of(place)}</a>'
            box.replace_with(element(f'<p class="answered" id="{asked}">{link}</p>'))
            yield Answer(int(solution[1]), asked, place, unfolded(hints) + box.decode_contents())

    def take_replies(self):
        """Make a list of the options of each question, and take out what they answer."""
        for number, question in enumerate(self.article.select(".self-test"), 1):
            choices, replies = "", ""
            for option in question.find_all("details"):
                kind = "right" if "self-test-right" in option["class"] else "wrong"
                choices += f"<li>{option.find(class_='sd-summary-text').decode_contents()}</li>"
                reply = option.find(class_="sd-summary-content").decode_contents()
                replies += f'<li class="{kind}">{reply}</li>'
                option.decompose()
            question.append(element(f'<ol class="options">{choices}</ol>'))
            question["id"], place = (anchor(self.name, f"{what}-{number}") for what in ("question", "reply"))
            yield Answer(number, question["id"], place, f'<ol class="replies">{replies}</ol>')

    def number_sections(self):
        """Number the sections of a chapter."""
        if chapter := CHAPTER.match(self.title):
            for number, heading in enumerate(self.article.find_all("h2"), 1):
                heading.insert(0, element(f'<span class="number">{chapter[1]}.{number} </span>'))
                yield heading.parent["id"], heading.decode_contents()

    def lower_headings(self):
        """Make each heading one of the level below, because parts stand above chapters."""
        for level in (4, 3, 2, 1):
            for heading in self.article.find_all(f"h{level}"):
                heading.name = f"h{level + 1}"
