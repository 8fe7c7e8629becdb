"""Sphinx extension: where a page was that has moved, a small one leads on (``book/redirects.yml``)."""

import posixpath
from pathlib import Path

import yaml
from sphinx.errors import ExtensionError

LIST = "book/redirects.yml"
PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>This page has moved</title>
<meta http-equiv="refresh" content="0; url={target}">
<link rel="canonical" href="{target}">
</head>
<body><p>This page has moved <a href="{target}">to {page}</a>.</p></body>
</html>
"""


def moved(folder):
    """{old page: new page}, both without ending, from the list of a book."""
    path = Path(folder, LIST)
    return yaml.safe_load(path.read_text(encoding="utf-8"))["moved"] if path.is_file() else {}


def write(app, error):
    if error or app.builder.format != "html":
        return
    for old, new in moved(app.srcdir).items():
        if new not in app.env.found_docs or old in app.env.found_docs:
            why = f"there is no page {new}" if new not in app.env.found_docs else f"{old} is a page itself"
            raise ExtensionError(f"{LIST}: {old} cannot lead to {new}: {why}")
        target = posixpath.relpath(f"{new}.html", posixpath.dirname(old) or ".")
        file = Path(app.outdir, f"{old}.html")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(PAGE.format(target=target, page=new), encoding="utf-8")


def setup(app):
    app.connect("build-finished", write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
