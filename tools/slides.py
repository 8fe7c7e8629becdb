"""Make a deck of slides from a chapter, with its figures and explorers, which needs no network.

usage: python tools/slides.py CHAPTER        (a number, as in `make slides CHAPTER=2`)

Each cell of code is a slide: the sentence before it, the code where it teaches, what came out.  The rest of
the text is in the speaker's notes, which the key S opens.
"""

import re
import shutil
import sys

import nbformat
from execute import execute
from nbformat.v4 import new_markdown_cell
from notebooks import CHAPTERS
from repository import ROOT
from sphinx.cmd.build import main as sphinx
from vendor import vendor

STATIC = ROOT / "book/vendor_static"
LEFT_OUT = {"Exercises", "Self-test", "What to read"}  # for the reader at home
FENCED = re.compile(r"^(`{3,}|~{3,}|:{3,}).*?^\1\s*$", re.M | re.S)
DISPLAYED = re.compile(r"^\$\$.*?^\$\$$", re.M | re.S)
ROLE = re.compile(r"\s?\{([\w:]+)\}`([^`]*)`")
LIST = re.compile(r"([-*]|\d+\.) |\|")  # or a table
SENTENCES = re.compile(r"(?<=[.?!:]) (?=[A-Z*`])")
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\([^)]*\)")
HIDDEN = {"hide-input", "remove-input"}
WIDGET = "application/vnd.jupyter.widget-view+json"
DRAWN = {"image/png", "image/svg+xml", WIDGET}
LETTERS = 220  # of a slide's text

CONF = f"""\
import sys
sys.path.insert(0, {str(ROOT / "book/_ext")!r})
project = "CoroNet, step by step"
extensions = ["myst_nb", "sphinx.ext.mathjax", "sphinx_revealjs"]
myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]
nb_execution_mode = "off"
nb_merge_streams = True
nb_ipywidgets_js = {{}}
nb_mime_priority_overrides = [
    ("revealjs", mime, place)
    for place, mime in enumerate(
        ({WIDGET!r}, "text/html", "image/svg+xml", "image/png", "text/plain"), 10
    )
]
mathjax_path = "vendor/mathjax/tex-chtml-full.js"
revealjs_static_path = [{str(STATIC)!r}]
revealjs_style_theme = "white"
revealjs_css_files = ["deck.css"]
revealjs_js_files = [("explorers.js", {{}})]
revealjs_script_conf = {{"hash": True, "slideNumber": True, "width": 1280, "height": 800}}
revealjs_script_plugins = [
    {{"src": "revealjs/plugin/notes/notes.js", "name": "RevealNotes"}},
    {{"src": "revealjs/plugin/highlight/highlight.js", "name": "RevealHighlight"}},
]
html_favicon = {str(STATIC / "logo.svg")!r}
"""


def main(number):
    """Execute a chapter, if its results are not there yet, and build its deck; returns the deck's page."""
    chapter = next((path for path in CHAPTERS if path.stem.startswith(f"{int(number):02d}_")), None)
    if chapter is None:
        sys.exit(f"slides: there is no chapter {number}; there are 1 to {len(CHAPTERS) - 1}")
    vendor()
    executed = execute([chapter])[chapter]
    if executed.fault:
        sys.exit(f"slides: {chapter.name} fails\n{executed.fault}")
    return build(executed.notebook, ROOT / "_build/slides" / chapter.stem)


def build(notebook, folder):
    """Write the deck of an executed chapter into a folder, which is emptied first; returns its page."""
    source = folder / "source"
    shutil.rmtree(folder, ignore_errors=True)
    source.mkdir(parents=True)
    (source / "conf.py").write_text(CONF)
    nbformat.write(deck(notebook), source / "index.ipynb")
    if sphinx(["-q", "-W", "-b", "revealjs", "-d", f"{folder}/doctrees", str(source), f"{folder}/deck"]):
        sys.exit("slides: the deck has the faults listed above")
    return folder / "deck/index.html"


def deck(chapter):
    """An executed chapter as a notebook whose sections are slides.

    Parameters
    ----------
    chapter : notebook

    Returns
    -------
    notebook
        Its cells of code with their outputs, and between them headings, leading sentences and notes.
    """
    slides, said, left_out, first = [], "", False, True
    for cell in chapter.cells:
        if cell.cell_type == "markdown":
            heading = re.match(r"(#{1,3}) (.+)\n?", cell.source)
            if heading:
                left_out = heading[2] in LEFT_OUT
                slides += [] if left_out else [new_markdown_cell(heading[0].strip())]
                first = True
            said += "" if left_out else "\n\n" + cell.source[heading.end() if heading else 0 :]
        elif not left_out and shown(cell):
            lead, notes = spoken(said)
            slides.append(new_markdown_cell("" if first else "```{revealjs-break}\n```"))
            slides += [new_markdown_cell(lead), cell, new_markdown_cell(notes)]
            said, first = "", False
    if said.strip():
        slides += map(new_markdown_cell, spoken(said))
    chapter.metadata.language_info = {"name": "python", "pygments_lexer": "python"}  # as reveal.js calls it
    return nbformat.v4.new_notebook(metadata=chapter.metadata, cells=[cell for cell in slides if cell.source])


def shown(cell):
    """Whether there is something to see in a cell; how it is drawn is not."""
    tags = set(cell.metadata.get("tags", ()))
    if tags & HIDDEN or any(DRAWN & set(output.get("data", {})) for output in cell.outputs):
        cell.metadata.tags = sorted(tags - HIDDEN | {"remove-input"})
        return bool(cell.outputs)
    return "remove-cell" not in tags


def without_roles(text):
    """Text without citations, and with the words of Sphinx's other roles in their places."""
    return ROLE.sub(lambda role: "" if role[1].startswith("cite") else f" {role[2]}", text)


def spoken(text):
    """What is said before a cell: its last sentences and formulas for all to see, and the speaker's notes."""
    formulas = DISPLAYED.findall(text)
    plain = LINK.sub(r"\1", without_roles(FENCED.sub("", text)))
    paragraphs = [part.strip() for part in DISPLAYED.sub("", plain).split("\n\n") if part.strip()]
    running = [" ".join(part.split()) for part in paragraphs if not LIST.match(part)]
    lead = ""
    for sentence in reversed(SENTENCES.split(running[-1]) if running else []):
        if lead and len(sentence) + len(lead) > LETTERS:
            break
        lead = f"{sentence} {lead}"
    notes = "\n\n".join(paragraphs)
    return "\n\n".join([lead, *formulas]), f"``````{{revealjs-notes}}\n{notes}\n``````" if notes else ""


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].isdecimal():
        sys.exit("slides: which chapter? As in: make slides CHAPTER=2")
    print(f"The deck is made. Open {main(sys.argv[1]).relative_to(ROOT)}")
