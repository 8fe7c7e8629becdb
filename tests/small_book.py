"""A small book, built by Sphinx with one of the book's own extensions."""

from conftest import ROOT
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace


def build(folder, extension, pages):
    """Build pages, MyST text by name, in a folder, where a warning is an error; the folder of the HTML."""
    (folder / "conf.py").write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT / 'book/_ext')!r})\n"
        f"extensions = ['myst_parser', {extension!r}]\n"
        # Said outright, because Sphinx writes an extension's suffixes into a default that all builds share.
        "source_suffix = {'.md': 'markdown'}\n"
        "myst_heading_anchors = 3\n"
    )
    (folder / "index.md").write_text("# Start\n\n```{toctree}\n:glob:\n\nbook/**\n```\n")
    for name, text in pages.items():
        page = folder / f"book/{name}.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text)
    with docutils_namespace():  # each build registers its own nodes and roles
        Sphinx(
            folder, folder, folder / "out", folder / "trees", "html", status=None, warningiserror=True
        ).build()
    return folder / "out"
