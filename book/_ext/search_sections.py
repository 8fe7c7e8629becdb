"""Sphinx extension: the search finds sections, not only pages.

When the pages are written, each section enters Sphinx's own index under the name ``PAGE#SECTION``;
``search_sections.js`` makes results of these names that lead to the section.
"""

from pathlib import Path

from beside import carry
from docutils import nodes
from sphinx.util.docutils import new_document


def own_part(section):
    """A section as a document of its own, without the sections in it."""
    part = new_document("")
    part += [child.deepcopy() for child in section if not isinstance(child, nodes.section)]
    return part


class Sections:
    """What the index is to be fed with: pages come one by one, and Sphinx drops all that are none."""

    def __init__(self):
        self.parts = []

    def collect(self, app, doctree, docname):
        file = str(app.env.doc2path(docname, base=False))
        for section in doctree.findall(nodes.section):
            if isinstance(section.parent, nodes.section):  # the outermost is the page itself
                name, title = f"{docname}#{section['ids'][0]}", section.next_node(nodes.title).astext()
                self.parts.append((name, file, title, own_part(section)))

    def add(self, app, error):
        builder = app.builder
        if error or getattr(builder, "indexer", None) is None:
            return
        for part in self.parts:
            builder.indexer.feed(*part)
        with open(Path(app.outdir, builder.searchindex_filename), "w", encoding="utf-8") as file:
            builder.indexer.dump(file, builder.indexer_format)


def put_script(app, pagename, templatename, context, doctree):
    if pagename == "search":
        app.add_js_file("search_sections.js", loading_method="defer")  # after Sphinx's own, which it changes


def setup(app):
    sections = Sections()
    carry(app, __file__, ".js")
    app.connect("html-page-context", put_script)
    app.connect("doctree-resolved", sections.collect)
    app.connect("build-finished", sections.add)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
