"""The built pages as one document to be printed: what a page of a site becomes on pages of paper.

Answers go into appendices, the code behind figures is left out, sections are numbered, figures are
vectors where the build kept them, and a link leads to its place in this document if it is there.
No page number is known before printing: each stands as an empty ``<span data-page-of="ANCHOR">``,
which `tools/pdf.py` fills in.
"""

import re
from hashlib import sha256
from html import escape
from pathlib import Path
from posixpath import normpath
from urllib.parse import unquote, urljoin, urlsplit

import yaml
from bs4 import BeautifulSoup  # it comes with Jupyter Book's theme

CHAPTER = re.compile(r"(\d+) · ")
SCALE = 0.72  # of a figure: its text of 10 points becomes a little smaller than that of the page
VIEW = "script[type='application/vnd.jupyter.widget-view+json']"
STATE = "script[type='application/vnd.jupyter.widget-state+json']"
LEFT_OUT = (
    "a.headerlink, details.hide, style, button, .toctree-wrapper, .sd-summary-state-marker, p:has(> .sd-btn), "
    f"section:has(> .chapter-cards), form, output, script:not({VIEW}, {STATE})"
)
UNANSWERED = "✗ Not yet"  # what the check of an exercise says before there is an answer
PREFACE = "About this book"
INDEX = "genindex"


def parts(toc):
    """Jupyter Book's table of contents: pairs of a part's title and its pages; the root is a part by itself."""
    listed = yaml.safe_load(Path(toc).read_text(encoding="utf-8"))
    rest = [(part["caption"], list(files(part["chapters"]))) for part in listed["parts"]]
    return [(None, [listed["root"]]), *rest]


def files(entries):
    """The pages of a part, those below others included, without the index, which is made anew."""
    for entry in entries:
        if entry["file"] != INDEX:
            yield entry["file"]
        yield from files(entry.get("sections", ()))


def anchor(page, fragment=""):
    """The name in the whole document of a place on a page; without a fragment, of the page's beginning."""
    return "-".join(filter(None, [page.replace("/", "."), fragment]))


def page_of(place):
    return f'<span class="page-number" data-page-of="{escape(place)}"></span>'


def element(html):
    """The element that some HTML is."""
    return BeautifulSoup(html, "html.parser").find(True).extract()


def slug(title):
    return title.lower().replace(" ", "-")


def unfolded(hint):
    """A hint and those that are folded up in it, one below the other; nothing if there is none."""
    if hint is None:
        return ""
    inner = hint.select_one(".tip.dropdown")
    following = unfolded(inner.extract() if inner else None)
    title = hint.find(class_="admonition-title").extract().get_text()
    return f'<div class="hint"><p class="hint-title">{title}</p>{hint.decode_contents()}</div>{following}'


def emptied(tag):
    """What a tag holds, as HTML, taken out of it."""
    html = tag.decode_contents()
    tag.clear()
    return html


class Book:
    """A book of the pages of a built site.

    Parameters
    ----------
    site : Path
        The folder of the built pages.
    toc : Path
        Jupyter Book's table of contents.
    vectors : Path
        A folder of drawings, each named by the SHA-256 of the picture that it can stand for.
    live : str, optional
        The public address of the pages, to stand below each explorer; without it, their names do.
    """

    def __init__(self, site, toc, vectors, live=None):
        self.site, self.vectors, self.live = site, vectors, live
        self.parts = parts(toc)
        self.names = [name for _, names in self.parts for name in names]
        self.states = []  # of all explorers
        self.pages = {name: self.read(name) for name in self.names}
        self.root = self.pages[self.names[0]]
        self.title = self.root.h1.get_text()
        self.titles = {name: page.h1.get_text() for name, page in self.pages.items()}
        self.solutions = {name: list(self.take_solutions(name)) for name in self.names}
        self.replies = {name: list(self.take_replies(name)) for name in self.names}
        self.sections = {name: list(self.number_sections(name)) for name in self.names}

    def read(self, name):
        """A page's article, with the places' names in the whole document, without what only a screen can do."""
        whole = BeautifulSoup((self.site / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
        self.states += [str(state.extract()) for state in whole.select(STATE)]
        article = whole.find("article", class_="bd-article")
        for useless in article.select(LEFT_OUT):
            useless.decompose()
        for output in article.select(".cell_output"):
            if output.get_text().strip().startswith(UNANSWERED):
                output.decompose()
        for place in article.select("[id]"):
            place["id"] = anchor(name, place["id"])
        article["id"] = anchor(name)
        for link in article.select("a[href]"):
            self.lead(link, name)
        for picture in article.select("img[src]"):
            self.draw(picture, name)
        for view in article.select(VIEW):
            view.insert_after(self.where_it_moves(name))
        return article

    def lead(self, link, name):
        """Have a link lead to its place in this document, or leave only its words; whether it still leads."""
        target = urlsplit(urljoin(f"{name}.html", link["href"]))
        page = normpath(target.path).removesuffix(".html")
        if page in self.names:
            link["href"] = "#" + anchor(page, unquote(target.fragment))
        elif not target.scheme:  # a picture in full size, or a page that is not printed
            link.unwrap()
        return page in self.names

    def draw(self, picture, name):
        """Show a drawing of a figure if there is one, in the size that suits its text."""
        file = self.site / normpath(urljoin(f"{name}.html", picture["src"]))
        drawing = self.vectors / f"{sha256(file.read_bytes()).hexdigest()}.svg"
        picture["src"] = (drawing if drawing.is_file() else file).as_uri()
        if width := re.search(r"width: (\d+)px", picture.get("style", "")):
            picture["style"] = f"width: {int(width[1]) * SCALE:.0f}px"

    def where_it_moves(self, name):
        page = f"{name}.html"
        where = f'<a href="{self.live}{page}">{self.live}{page}</a>' if self.live else f"<code>{page}</code>"
        return element(f'<p class="live">A still picture; it moves on the page {where}.</p>')

    def take_solutions(self, name):
        """Take solutions and hints out of a page: triples of number, HTML and the place that they leave."""
        for box in self.pages[name].select(".dropdown.admonition"):
            title = box.find(class_="admonition-title").extract()
            number = re.fullmatch(r"Solution of exercise (\d+)", title.get_text().strip())
            if not number:
                box.insert(0, title)
                continue
            before = box.find_previous_sibling()
            hints = before.extract() if before and "tip" in before.get("class", ()) else None
            exercise, solution = (anchor(name, f"{what}-{number[1]}") for what in ("exercise", "solution"))
            words = "Hints and solution" if hints else "Solution"
            link = f'<a href="#{solution}">{words}: page {page_of(solution)}</a>'
            box.replace_with(element(f'<p class="answered" id="{exercise}">{link}</p>'))
            yield number[1], solution, exercise, f"{unfolded(hints)}{box.decode_contents()}"

    def take_replies(self, name):
        """Make the options of each question a list: triples of number, places and the replies as HTML."""
        for number, question in enumerate(self.pages[name].select(".self-test"), 1):
            options = question.find_all("details")
            choices = "".join(
                f"<li>{emptied(option.find(class_='sd-summary-text'))}</li>" for option in options
            )
            replies = "".join(
                f'<li class="{"right" if "self-test-right" in option["class"] else "wrong"}">'
                f"{emptied(option.find(class_='sd-summary-content'))}</li>"
                for option in options
            )
            options[0].replace_with(element(f'<ol class="options">{choices}</ol>'))
            for option in options[1:]:
                option.decompose()
            question["id"], reply = (anchor(name, f"{what}-{number}") for what in ("question", "reply"))
            yield number, reply, question["id"], f'<ol class="replies">{replies}</ol>'

    def number_sections(self, name):
        """Number the sections of a chapter, and put all headings below those of parts: the sections' places."""
        page, chapter = self.pages[name], CHAPTER.match(self.titles[name])
        for number, heading in enumerate(page.find_all("h2"), 1):
            if chapter:
                heading.insert(0, element(f'<span class="number">{chapter[1]}.{number} </span>'))
                yield heading.parent["id"], heading.decode_contents()
        for level in (4, 3, 2, 1) if page is not self.root else ():
            for heading in page.find_all(f"h{level}"):
                heading.name = f"h{level + 1}"

    def html(self, style, scripts, edition):
        """The whole document.

        Parameters
        ----------
        style : str
            Rules for paper.
        scripts : str
            HTML that brings what draws formulas and explorers.
        edition : str
            For the title page.
        """
        front, heads, entries, body = self.title_page(edition), [], [], []
        for number, (part, chapters) in enumerate([*self.chapters(), ("Appendices", self.appendices())]):
            if part:
                entries.append(entry("part", f"part-{number}", part))
                body.append(f'<h1 class="part" id="part-{number}">{part}</h1>')
            for place, title, html, sections in chapters:
                heads.append(f'@page chapter-{len(heads)}:right {{ @top-left {{ content: "{title}" }} }}')
                kind = "chapter" if part else "preface"
                body.append(
                    f'<section class="{kind}" style="page: chapter-{len(heads) - 1}">{html}</section>'
                )
                entries += [
                    entry("title", place, title),
                    *(entry("section", *section) for section in sections),
                ]
        contents = f'<nav class="contents"><h1>Contents</h1><ul>{"".join(entries)}</ul></nav>'
        return (
            f'<!DOCTYPE html><html lang="en" data-theme="light"><head><meta charset="utf-8">'
            f"<title>{self.title}</title>{scripts}<style>{style}{''.join(heads)}</style></head>"
            f'<body class="bd-content">{"".join(self.states)}{front}{contents}{"".join(body)}</body></html>'
        )

    def chapters(self):
        """Parts and their chapters: place, title, HTML, and place and title of each section that is numbered."""
        for part, names in self.parts:
            yield (
                part,
                [
                    (anchor(name), self.titles[name], str(self.pages[name]), self.sections[name])
                    for name in names
                ],
            )

    def title_page(self, edition):
        """What stands before the contents; it is taken out of the root page, which becomes the preface."""
        heading, promise, hero = self.root.h1, self.root.p, self.root.select_one("svg")
        heading.string = self.titles[self.names[0]] = PREFACE
        return (
            f'<header class="title-page"><p class="title">{self.title}</p>{promise.extract()}'
            f"{hero.extract() if hero else ''}<p>{edition}</p>{self.root.select_one('.not-for-diagnosis').extract()}</header>"
        )

    def appendices(self):
        """Answers and the index: as chapters are, those that hold something."""
        found = {
            "Hints and solutions": self.answers("Exercise", self.solutions),
            "Answers to the self-tests": self.answers("Question", self.replies),
            "Index of terms": self.index(),
        }
        for title, html in found.items():
            place = slug(title)
            if html:
                yield place, title, f'<h2 id="{place}">{title}</h2>{html}', []

    def answers(self, what, taken):
        """Answers, chapter by chapter, each with the way back to what was asked."""
        return "".join(
            f"<h3>{self.titles[name]}</h3>"
            + "".join(
                f'<section class="answer"><h4 id="{answer}"><a href="#{asked}">{what} {number}</a> '
                f"<small>page {page_of(asked)}</small></h4>{html}</section>"
                for number, answer, asked, html in answers
            )
            for name, answers in taken.items()
            if answers
        )

    def index(self):
        """The site's index, each place by its page instead of its name; bold stays bold."""
        file, lines = self.site / f"{INDEX}.html", []
        listed = BeautifulSoup(file.read_text(encoding="utf-8") if file.is_file() else "", "html.parser")
        for item in listed.select(".index-words > li"):
            word = "".join(item.find_all(string=True, recursive=False)).strip(" ·\n")
            links = [link for link in item.select("a[href]") if self.lead(link, INDEX)]
            pages = "".join(
                f'<a href="{link["href"]}" class="{"main" if link.strong else ""}">{page_of(link["href"][1:])}</a>'
                for link in links
            )
            lines.append(f"<li>{escape(word)} {pages}</li>")
        return f'<ul class="index">{"".join(lines)}</ul>' if lines else ""


def entry(kind, place, title):
    """A line of the contents."""
    return f'<li class="{kind}"><a href="#{place}"><span>{title}</span>{page_of(place)}</a></li>'
