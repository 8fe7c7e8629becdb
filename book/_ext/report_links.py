"""Sphinx extension: at the end of each section a link to an issue form that knows page, section and commit.

The form is ``.github/ISSUE_TEMPLATE/text.yml``, with fields of these names. As long as pyproject.toml
gives no public address (``make set-repository``), there is nowhere to send a reader, and no link is shown.
"""

import subprocess
import tomllib
from html import escape
from pathlib import Path
from urllib.parse import urlencode

from beside import carry
from docutils import nodes

FORM = "text.yml"


class Report(nodes.General, nodes.Element):
    """The link. Its words are no text of the page, so the search does not find them."""


def write(writer, node):
    address, section = escape(node["address"]), escape(node["section"], quote=True)
    writer.body.append(
        f'<p class="report"><a href="{address}" aria-label="Wrong or unclear here? Section {section}">'
        "Wrong or unclear here?</a></p>"
    )
    raise nodes.SkipNode


def leave_out(writer, node):
    raise nodes.SkipNode


def public_address(folder):
    """The address that the pyproject.toml of a folder gives, or None."""
    project = tomllib.loads(Path(folder, "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project.get("urls", {}).get("Repository")


def commit(folder):
    """The commit that a folder is at, or "unknown" outside of a repository."""
    asked = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=folder, capture_output=True, text=True
    )
    return asked.stdout.strip() if asked.returncode == 0 else "unknown"


class Links:
    def read(self, app):
        self.form = public_address(app.srcdir)
        self.commit = commit(app.srcdir) if self.form else None

    def add(self, app, doctree, docname):
        if not self.form:
            return
        for section in list(doctree.findall(nodes.section)):
            inner = section.first_child_matching_class(nodes.section)
            section.insert(len(section) if inner is None else inner, self.link(docname, section))

    def link(self, docname, section):
        title = section.next_node(nodes.title).astext()
        filled = {
            "template": FORM,
            "title": f"{title}: ",
            "page": f"{docname} at commit {self.commit}",
            "section": title,
        }
        return Report(address=f"{self.form}/issues/new?{urlencode(filled)}", section=title)


def setup(app):
    links = Links()
    others = {name: (leave_out, None) for name in ("latex", "text", "man", "texinfo")}
    app.add_node(Report, html=(write, None), **others)
    app.connect("builder-inited", links.read)
    app.connect("doctree-resolved", links.add, priority=900)  # after what reads or changes the text
    carry(app, __file__, ".css")
    app.add_css_file("report_links.css")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
