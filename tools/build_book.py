"""Execute the chapters whose results may have changed, and build the book into _build/html.

usage: python tools/build_book.py

Jupyter Book finds the results in the cache that tools/execute.py fills, and executes nothing itself.
"""

import shutil
import sys

from execute import CACHE, STAMP, execute, stamped
from jupyter_book.cli.main import main as jupyter_book
from notebooks import CHAPTERS
from repository import ROOT
from vendor import vendor

BUILD = ROOT / "_build"
DOCTREES = BUILD / ".doctrees"  # Sphinx reads a page anew, and so a chapter's results, when this is gone
INDEX = BUILD / "html/index.html"


def execute_chapters():
    """Bring the cache up to date, or end the program and say which cells fail."""
    faults = {path: done.fault for path, done in execute(CHAPTERS).items() if done.fault}
    for path, fault in faults.items():
        print(f"\n{path.relative_to(ROOT)}\n{fault}", file=sys.stderr)
    if faults:
        sys.exit(f"build_book: the chapters above fail, {len(faults)} of {len(CHAPTERS)}")


def drop_stale_pages():
    """Have Sphinx read all pages anew if all chapters have been executed since it last did."""
    if stamped(DOCTREES) != stamped(CACHE):
        shutil.rmtree(DOCTREES, ignore_errors=True)
        DOCTREES.mkdir(parents=True)
        shutil.copy(CACHE / STAMP, DOCTREES)
    shutil.rmtree(INDEX.parent, ignore_errors=True)  # Sphinx would leave the pages of chapters that are gone


def build():
    """Build the site; a warning fails the build."""
    vendor()
    execute_chapters()
    drop_stale_pages()
    try:
        # In this process, because what both import takes seconds.
        jupyter_book(["build", str(ROOT), "-W", "--keep-going", "-q"], standalone_mode=False)
    except (SystemExit, RuntimeError):
        # Sphinx would not repeat the warnings of pages that it keeps; the next build must say them again.
        shutil.rmtree(DOCTREES, ignore_errors=True)
        sys.exit("build_book: the book has the faults listed above")
    print(f"The book is built. Open {INDEX.relative_to(ROOT)}")


if __name__ == "__main__":
    build()
