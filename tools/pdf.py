"""Print the built pages as one PDF, _build/pdf/coronet-step-by-step.pdf, and look it over.

usage: python tools/pdf.py

Chromium sets the pages, twice: the first print shows on which page everything stands, the second says so.
"""

import shutil
import subprocess
import sys
from importlib.metadata import version
from os.path import relpath

import pdfplumber
import pypdfium2  # it comes with pdfplumber
from bound import Book
from execute import CACHE, VECTORS
from pdfminer.pdftypes import resolve1
from playwright.sync_api import sync_playwright
from repository import ROOT, address

from coronet_lib.cli.probes import chromium_path

SITE = ROOT / "_build/html"
TOC = ROOT / "_toc.yml"
DRAWINGS = CACHE / VECTORS
PDF = ROOT / "_build/pdf/coronet-step-by-step.pdf"
STYLE, SCRIPT = ROOT / "tools/paged.css", ROOT / "tools/paged.js"

LEAST = 131  # the first version of Chromium that prints running heads
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
WIDTH = 555  # CSS pixels between the margins: 147 mm
DOTS = 3  # of an explorer's painting, to a CSS pixel
ROUNDS = 4  # prints, at most; a third is needed where a number breaks a line
SECONDS = 900  # for one of them

SQUEEZE = ("--object-streams=generate", "--recompress-flate", "--compression-level=9")
MARGIN = 14  # points at the page's edge, 5 mm, that stay empty
MEGABYTES = 15  # that the PDF may have

SCRIPTS = """
<link rel="stylesheet" href="{static}/pygments.css">
<link rel="stylesheet" href="{static}/claims.css">
<link rel="stylesheet" href="{static}/custom.css">
<script>window.MathJax = {{ options: {{ processHtmlClass: "math", enableAssistiveMml: false }} }}</script>
<script defer src="{static}/vendor/mathjax/tex-chtml-full.js"></script>
<script defer src="{static}/explorers.js"></script>
"""
EDITION = "<p>Version {version}</p><p>The code is under the MIT licence, the text under CC BY 4.0.</p>{link}"


def programs():
    """The paths of Chromium and qpdf; where one is missing the program ends and says what to install."""
    chromium, qpdf = chromium_path(), shutil.which("qpdf")
    if not (chromium and qpdf):
        sys.exit(f"pdf: needs Chromium {LEAST} or newer, and qpdf; on Debian: apt install chromium qpdf")
    return chromium, qpdf


def live_pages(repository):
    """Where GitHub shows the pages of a repository; empty where there is none."""
    if repository is None:
        return ""
    owner, name = repository.split("/")[-2:]
    return f"https://{owner.lower()}.github.io/{name}/"


def bind(site, target):
    """Write the pages as one document beside the PDF to be; returns its path."""
    repository = address()
    edition = EDITION.format(
        version=version("coronet-lib"),
        link=f'<p><a href="{repository}">{repository}</a></p>' if repository else "",
    )
    book = Book(site, TOC, DRAWINGS, live_pages(repository))
    target.parent.mkdir(parents=True, exist_ok=True)
    scripts = SCRIPTS.format(static=relpath(site / "_static", target.parent))
    path = target.with_suffix(".html")
    path.write_text(book.document(STYLE.read_text(encoding="utf-8"), scripts, edition), encoding="utf-8")
    return path


def places(pdf):
    """The number of the page on which each place stands that a link leads to."""
    numbers = {page.page_obj.pageid: page.page_number for page in pdf.pages}
    named = resolve1(pdf.doc.catalog.get("Dests", {}))
    return {name: numbers[resolve1(place)[0].objid] for name, place in named.items()}


def print_pages(browser, path, target):
    """Print a document until the page numbers in it are those of its places.

    Parameters
    ----------
    browser : playwright's Browser
    path : Path
        The document.
    target : Path
        The PDF.

    Returns
    -------
    list of str
        What is wrong with the document.
    """
    page = browser.new_page(
        viewport={"width": WIDTH, "height": 900}, device_scale_factor=DOTS, color_scheme="light"
    )
    page.set_default_timeout(1000 * SECONDS)
    page.goto(path.as_uri(), wait_until="load")
    page.add_script_tag(path=SCRIPT)
    wrong = page.evaluate("drawn()")
    for _ in range(ROUNDS):
        page.pdf(path=target, prefer_css_page_size=True, print_background=True, outline=True, tagged=True)
        with pdfplumber.open(target) as pdf:
            if not page.evaluate("places => numberPages(places)", places(pdf)):
                break
    page.close()
    return wrong


def faults(path):
    """What a publisher would send a PDF back for.

    Parameters
    ----------
    path : Path

    Returns
    -------
    list of str
        Empty if the PDF is as it should be.
    """
    found, loose = [], set()
    if path.stat().st_size > MEGABYTES * 1e6:
        found.append(f"it has {path.stat().st_size / 1e6:.1f} MB, more than {MEGABYTES}")
    with pdfplumber.open(path) as pdf:
        catalog = pdf.doc.catalog
        if not resolve1(catalog.get("Outlines")):
            found.append("it has no outline")
        if not resolve1(catalog.get("MarkInfo", {})).get("Marked"):
            found.append("it is not tagged")
        for page in pdf.pages:
            loose |= set(not_embedded(resolve1(page.page_obj.resources.get("Font", {}))))
    for number, page in enumerate(pypdfium2.PdfDocument(path), 1):  # a minute sooner than pdfplumber
        if cut := next(beyond(page), None):
            found.append(f"page {number}: text at or beyond the edge: {cut.strip()[:60]!r}")
    return found + [f"the font {name} is not embedded" for name in sorted(loose)]


def beyond(page):
    """The pieces of text that stand at a page's edge, or beyond it."""
    text, (width, height) = page.get_textpage(), page.get_size()
    for piece in range(text.count_rects()):
        left, bottom, right, top = text.get_rect(piece)
        if min(left, bottom, width - right, height - top) < MARGIN:
            yield text.get_text_bounded(left, bottom, right, top)


def not_embedded(fonts):
    """The names of those fonts of a page that a reader's machine would have to have."""
    for font in map(resolve1, fonts.values()):
        for part in map(resolve1, resolve1(font.get("DescendantFonts")) or [font]):
            descriptor = resolve1(part.get("FontDescriptor", {}))
            if part["Subtype"].name != "Type3" and not any(key.startswith("FontFile") for key in descriptor):
                yield str(part["BaseFont"].name)


def main(site=SITE, target=PDF):
    """Make the PDF, or end the program and say what is missing or wrong."""
    if not (site / "index.html").is_file():
        sys.exit("pdf: the book is not built; run `make book` first")
    chromium, qpdf = programs()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        if int(browser.version.partition(".")[0]) < LEAST:
            sys.exit(f"pdf: needs Chromium {LEAST} or newer, and {chromium} is {browser.version}")
        wrong = print_pages(browser, bind(site, target), target)
    # Half of what Chromium writes are tags, uncompressed.
    subprocess.run([qpdf, *SQUEEZE, target, "--replace-input"], check=True)
    if wrong := wrong + faults(target):
        sys.exit("\n".join(["pdf: the book is printed, but", *wrong]))
    print(f"The book is printed. Open {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
