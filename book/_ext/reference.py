"""Sphinx extension: the library's reference, from its docstrings.

``.. room:: layers`` shows all public names of ``coronet_lib.layers``: a table of them, then each with its
docstring; ``.. room:: runs systems`` those of two rooms. Which names are public says ``public_names.py``.

Below a name stands where the book uses it. The first chapter whose cells use it and whose text names it is
the one that teaches it. Which cells use a name finds sphinx-codeautolink, which also makes links of them.
"""

import inspect
import json
import re
from copy import copy
from importlib import import_module
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from beside import carry
from docutils import nodes
from public_names import LIBRARY, explanation, kind, place, public
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective
from sphinx.util.parsing import nested_parse_to_nodes
from sphinx_codeautolink.extension.block import CodeExample, Name, SourceTransform
from sphinx_codeautolink.extension.cache import DataCache

NEEDED = ("sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc", "sphinx_codeautolink")
SETTINGS = {
    "autodoc_preserve_defaults": True,
    "autosummary_generate": False,  # a page a room, not one a name
    "codeautolink_concat_default": True,  # a cell goes on from those above it
    "codeautolink_inventory_map": {},  # filled when all pages have been read
    "numpydoc_show_class_members": False,  # autodoc shows them
    "toc_object_entries_show_parents": "hide",
}
REFERENCE = "book/reference/"
CHAPTER = re.compile(r"book/(\d\d)_")
NAMED = re.compile(r"((?:\w+\.)*\w+)(?:\(.*\))?", re.S)
NO_DOCSTRING = "Alias for field number"  # what Python itself says of a field of a named tuple


class Room(SphinxDirective):
    """The directive; its arguments are the short names of one room or of several."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        rooms = self.arguments[0].split()
        lines = [] if len(rooms) > 1 else about(f"{LIBRARY}.{rooms[0]}")
        found = [public(room) for room in rooms]
        names = [name for modules in found for own in modules.values() for name in own]
        lines += ["", ".. autosummary::", "   :nosignatures:", "", *(f"   ~{name}" for name in names), ""]
        for modules in found:
            for module, own in modules.items():
                if [module] != [f"{LIBRARY}.{room}" for room in rooms]:
                    lines += ["", module, "-" * len(module), "", *about(module), ""]
                for name, one in own.items():
                    lines += described(name, one)
                    self.note(name, one)
        shown = nested_parse_to_nodes(self.state, "\n".join(lines), allow_section_headings=True)
        for node in shown:
            node["support_smartquotes"] = False  # 'max' is to be typed as it stands
        return shown

    def note(self, name, one):
        """Have the page follow a name's source, and remember where that is: chapters may import it there."""
        written = place(one) or name
        self.env.note_dependency(import_module(written.rpartition(".")[0]).__file__)
        self.env.__dict__.setdefault("reference_places", {})[written] = name


def about(module):
    """The lines in which a module says what it is for, without the sections that NumPy's style knows."""
    text = inspect.getdoc(import_module(module)) or ""
    return re.split(r"\n\w+\n---", text)[0].splitlines()


def described(name, one):
    """The directive that shows a name."""
    options = {"class": ["   :members:"], "data": ["   :no-value:"], "function": []}[kind(one)]
    return ["", f".. auto{kind(one)}:: {name}", *options, ""]


def say_what_it_is(app, what, name, obj, options, lines):
    """Put in what stands below a constant, and leave out what Python says by itself."""
    if what == "data":
        lines[:] = explanation(name).splitlines()
    elif lines and lines[0].startswith(NO_DOCSTRING):
        lines.clear()


def note_names_in_text(app, doctree):
    """Keep which names a page's text has, as in ``relu`` or ``layers.relu()``, and in which section."""
    found = app.env.__dict__.setdefault("reference_texts", {})
    literals = doctree.findall(nodes.literal)
    named = [(match[1], one) for one in literals if (match := NAMED.fullmatch(one.astext()))]
    found[app.env.docname] = [(name, section_of(one)) for name, one in named]


def section_of(node):
    while not isinstance(node, nodes.section):
        node = node.parent
    return node["ids"][0]


def tell_places(app, env):
    """Have codeautolink know every name by the place where it is written, too."""
    documented = env.domaindata["py"]["objects"]
    places = app.config.codeautolink_inventory_map
    for written, name in env.__dict__.get("reference_places", {}).items():
        places |= {
            written + member.removeprefix(name): member
            for member in documented
            if member == name or member.startswith(f"{name}.")
        }


def remember(app):
    """Give codeautolink back the cells of pages that are not read anew: it looks for .rst files alone."""
    file = Path(app.doctreedir, DataCache.cache_filename)
    known = getattr(app.env, "sphinx_codeautolink_transforms", None)  # in HTML only
    if known is None or not file.exists():
        return
    for docname, blocks in json.loads(file.read_text("utf-8")).items():
        if docname in app.env.all_docs:
            for block in blocks:
                block["example"] = CodeExample(**block["example"])
                block["names"] = [Name(**name) for name in block["names"]]
            known[docname] = [SourceTransform(**block) for block in blocks]


def uses(env, name):
    """The chapters that use a name in a cell, or with its room in their text; each with the section."""
    found = []
    for docname, blocks in getattr(env, "sphinx_codeautolink_transforms", {}).items():  # in HTML only
        for block in blocks:
            if any(f"{used.resolved_location}.".startswith(f"{name}.") for used in block.names):
                found.append((docname, block.example.ref_id))
    for docname, texts in env.reference_texts.items():
        found += [
            (docname, section) for text, section in texts if "." in text and f".{name}".endswith(f".{text}")
        ]
    chapters = sorted((use for use in found if CHAPTER.match(use[0])), key=itemgetter(0))
    return {docname: next(of_page)[1] for docname, of_page in groupby(chapters, key=itemgetter(0))}


def teaches(env, docname, name):
    """Whether a chapter's text names what its cells use."""
    return any(text.rpartition(".")[2] == name.rpartition(".")[2] for text, _ in env.reference_texts[docname])


def say_where_used(app, doctree, docname):
    """Put below each name the chapter that teaches it, and those that use it."""
    if not docname.startswith(REFERENCE):
        return
    for shown in doctree.findall(addnodes.desc):
        if isinstance(shown.parent, nodes.section):  # no member of a class
            name = f"{shown[0]['module']}.{shown[0]['fullname']}"
            used = uses(app.env, name)
            taught = next((page for page in used if teaches(app.env, page, name)), None)
            links = {page: link(app, docname, page, section) for page, section in used.items()}
            text = [nodes.Text("Taught in "), links.pop(taught)] if taught else []
            for number, one in enumerate(links.values()):
                text += [nodes.Text(", " if number else "; used in " if taught else "Used in "), one]
            if text:
                shown[-1].insert(0, nodes.paragraph("", "", *text, nodes.Text("."), classes=["taught"]))


def link(app, docname, page, section):
    address = f"{app.builder.get_relative_uri(docname, page)}#{section}"
    chapter = int(CHAPTER.match(page)[1])
    return nodes.reference("", f"chapter {chapter}", refuri=address, internal=True)


def settle(app, config):
    for name, value in SETTINGS.items():
        config[name] = copy(value)  # the map is filled anew


def setup(app):
    for needed in NEEDED:
        app.setup_extension(needed)
    app.add_directive("room", Room)
    app.connect("config-inited", settle)
    carry(app, __file__, ".css")
    app.add_css_file("reference.css", priority=600)  # after codeautolink's own
    app.connect("autodoc-process-docstring", say_what_it_is)
    app.connect("builder-inited", remember, priority=900)  # after codeautolink
    app.connect("doctree-read", note_names_in_text)
    app.connect("env-updated", tell_places, priority=400)  # before codeautolink
    app.connect("doctree-resolved", say_where_used)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
