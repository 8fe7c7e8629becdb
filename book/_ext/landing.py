"""Sphinx extension: the parts of the landing page that follow from the chapters, the audit and the library.

````{chapter-cards}```` lists chapters, one ``NAME: what is found there`` a line, each with its first figure.
````{audit-verdicts}```` says how many findings of the audit have which verdict, and how many there are.
````{live-picture}```` is an explorer, for a page that is no notebook.
"""

import json
import re
from collections import Counter
from html import escape
from pathlib import Path

from docutils import nodes
from ipywidgets.embed import dependency_state, embed_data
from PIL import Image
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from coronet_lib import audit
from coronet_lib.datasets.phantom import phantom
from coronet_lib.widgets import ConvolutionExplorer

MINUTES = re.compile(r"\*\*Time\*\* about (\d+) minutes")
THUMBNAIL = (560, 360)  # pixels, at most; shown at half the size


def html(text):
    return nodes.raw("", text, format="html")


def widget_data(kind, data):
    """What ``explorers.js`` reads, as a notebook's page has it."""
    text = json.dumps(data).replace("</", r"<\/")
    return html(f'<script type="application/vnd.jupyter.widget-{kind}+json">{text}</script>')


class AuditVerdicts(SphinxDirective):
    def run(self):
        findings = audit.findings()
        counts = Counter(finding.verdict for finding in findings)
        aside = sum(finding.notebook for finding in findings)
        parts = (
            f'<a class="claim claim-{verdict.replace(" ", "-")}" style="flex-grow: {counts[verdict]}" '
            f'href="audit.html" title="{audit.MEANING[verdict]}">{counts[verdict]} {verdict}</a>'
            for verdict in audit.Verdict
        )
        said = f"{len(findings)} findings, {aside} of them about the authors’ notebook only."
        return [html(f'<div class="verdicts">{"".join(parts)}</div><p>{said}</p>')]


class LivePicture(SphinxDirective):
    def run(self):
        xray = phantom("normal", size=64).image / 255
        explorer = ConvolutionExplorer(xray.round(2), position=(24, 17))
        state = dependency_state([explorer], drop_defaults=False)  # its script is one
        data = embed_data(views=[explorer], state=state)
        return [widget_data("state", data["manager_state"]), widget_data("view", data["view_specs"][0])]


class Cards(nodes.General, nodes.Element):
    """Stands for the cards until all chapters are read."""


class ChapterCards(SphinxDirective):
    has_content = True

    def run(self):
        return [Cards(cards=[line.split(": ", 1) for line in self.content])]


def thumbnail(app, docname, images):
    """The first figure of a chapter, made small: HTML, or nothing where there is none.

    ``images`` is the address of the folder of images, as the page that shows the figure has it.
    """
    figure = next(app.env.get_doctree(docname).findall(nodes.image), None)
    if figure is None:
        return ""
    folder = Path(app.outdir, app.builder.imagedir)
    folder.mkdir(exist_ok=True)
    name = f"card-{Path(docname).name}.png"
    with Image.open(Path(app.srcdir, figure["uri"])) as image:
        image.thumbnail(THUMBNAIL)
        image.save(folder / name, optimize=True)
    return f'<img src="{images}/{name}" alt="{escape(figure["alt"])}">'


def card(app, page, name, found):
    docname = f"book/{name}"
    if docname not in app.env.titles:
        raise ExtensionError(f"{page}: there is no chapter {name!r} to make a card of")
    minutes = MINUTES.search(Path(app.env.doc2path(docname)).read_text(encoding="utf-8"))[1]
    images = app.builder.get_relative_uri(page, "index").removesuffix("index.html") + app.builder.imagedir
    address, title = app.builder.get_relative_uri(page, docname), app.env.titles[docname].astext()
    return (
        f"<li>{thumbnail(app, docname, images)}"
        f'<a href="{address}">{escape(title)}</a><p>{escape(found)}</p><small>{minutes} minutes</small></li>'
    )


def draw_cards(app, doctree, docname):
    for cards in list(doctree.findall(Cards)):
        items = "".join(card(app, docname, name, found) for name, found in cards["cards"])
        cards.replace_self(html(f'<ul class="chapter-cards">{items}</ul>'))


def setup(app):
    app.add_node(Cards)
    app.add_directive("audit-verdicts", AuditVerdicts)
    app.add_directive("live-picture", LivePicture)
    app.add_directive("chapter-cards", ChapterCards)
    app.connect("doctree-resolved", draw_cards)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
