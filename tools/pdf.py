"""Print the built pages as one PDF: _build/pdf/coronet-step-by-step.pdf.

usage: python tools/pdf.py

Chromium sets the pages, twice: the first print shows on which page everything is, and the second says so.
"""

import shutil
import sys
from importlib.metadata import version
from os.path import relpath

import pdfplumber
from execute import CACHE, VECTORS
from paged import Book
from pdfminer.pdftypes import resolve1
from playwright.sync_api import sync_playwright
from repository import ROOT, address

SITE = ROOT / "_build/html"
TOC = ROOT / "_toc.yml"
DRAWINGS = CACHE / VECTORS
FOLDER = ROOT / "_build/pdf"
PDF = FOLDER / "coronet-step-by-step.pdf"
STYLE = ROOT / "tools/paged.css"
SCRIPT = ROOT / "tools/paged.js"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
LEAST = 131  # Chromium's first version with page numbers and running heads
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
CONTENT = 555  # CSS pixels between the margins of a page: 147 mm
DOTS = 3  # device pixels to one of CSS, for what explorers paint
MEGABYTES = 15
ROUNDS = 4  # two are enough unless numbers change where lines break
SECONDS = 600  # for one print
SCRIPTS = """\
<link rel="stylesheet" href="{static}/pygments.css"><link rel="stylesheet" href="{static}/claims.css">
<link rel="stylesheet" href="{static}/custom.css">
<script>window.MathJax = {{options: {{processHtmlClass: "math"}}}}</script>
<script defer src="{static}/vendor/mathjax/tex-chtml-full.js"></script>
<script defer src="{static}/explorers.js"></script>"""


def chromium():
    """Chromium's path, or the end of the program in a line that says what to install."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    return found or sys.exit("pdf: needs Chromium 131 or newer; on Debian: apt install chromium")


def places(pdf):
    """The page, from 1 on, of each place that a link of the PDF leads to."""
    numbers = {page.page_obj.pageid: number for number, page in enumerate(pdf.pages, 1)}
    named = resolve1(pdf.doc.catalog.get("Dests", {}))
    return {name: numbers[resolve1(place)[0].objid] for name, place in named.items()}


def document():
    """Write the pages as one, beside the PDF to be, and return its path."""
    book = Book(SITE, TOC, DRAWINGS)
    edition = f"Version {version('coronet-lib')}" + (f" · {address()}" if address() else "")
    static = relpath(SITE / "_static", FOLDER)
    scripts = SCRIPTS.format(static=static)
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / "book.html"
    path.write_text(book.html(STYLE.read_text(encoding="utf-8"), scripts, edition), encoding="utf-8")
    return path


def print_pages(path, target):
    """Print a document until the page numbers that stand in it are those of its places.

    Parameters
    ----------
    path : Path
        The document.
    target : Path
        The PDF.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        if int(browser.version.split(".")[0]) < LEAST:
            sys.exit(f"pdf: needs Chromium {LEAST} or newer, and this is {browser.version}")
        view = {"width": CONTENT, "height": 900}
        page = browser.new_page(viewport=view, device_scale_factor=DOTS, color_scheme="light")
        page.set_default_timeout(SECONDS * 1000)
        page.goto(path.as_uri(), wait_until="load")
        page.add_script_tag(path=SCRIPT)
        if lost := page.evaluate("drawn()"):
            sys.exit(f"pdf: links that lead nowhere: {', '.join(lost)}")
        for _ in range(ROUNDS):
            page.pdf(path=target, prefer_css_page_size=True, print_background=True, outline=True, tagged=True)
            with pdfplumber.open(target) as pdf:
                moved = page.evaluate("places => numberPages(places)", places(pdf))
            if not moved:
                break
        browser.close()


if __name__ == "__main__":
    from time import perf_counter

    t = perf_counter()
    p = document()
    print(perf_counter() - t)
    print_pages(p, PDF)
    print(perf_counter() - t)
