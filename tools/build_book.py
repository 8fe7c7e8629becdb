"""Execute the chapters whose results may have changed, and build the book into _build/html.

usage: python tools/build_book.py [--drawings]

Jupyter Book finds the results in the cache that tools/execute.py fills, and executes nothing itself. Where
nothing has changed since the last build, its pages stay. With ``--drawings`` figures are kept for print, too.
"""

import argparse
import shutil
import sys

from execute import CACHE, STAMP, execute, fingerprint, stamp
from notebooks import CHAPTERS
from report_links import commit
from repository import ROOT, address
from vendor import vendor

BUILD = ROOT / "_build"
DOCTREES = BUILD / ".doctrees"  # Sphinx reads a page anew, and so a chapter's results, when this is gone
INDEX = BUILD / "html/index.html"  # is written last
BUILT_FROM = DOCTREES / "built-from"  # says what the pages follow from; gone with what Sphinx has read

# What pages are made of and by, beside what the chapters' results follow from.
READ = ("_config.yml", "_toc.yml", "genindex.md", "pyproject.toml", "book", "tools/build_book.py")


def execute_chapters(drawings):
    """Bring the cache up to date, or end the program and say which cells fail.

    Returns
    -------
    bool
        Whether any chapter had to be executed.
    """
    executed = execute(CHAPTERS, drawings=drawings)
    faults = {path: done.fault for path, done in executed.items() if done.fault}
    for path, fault in faults.items():
        print(f"\n{path.relative_to(ROOT)}\n{fault}", file=sys.stderr)
    if faults:
        sys.exit(f"build_book: the chapters above fail, {len(faults)} of {len(CHAPTERS)}")
    return any(done.seconds for done in executed.values())


def origin():
    """Everything that the pages follow from, as text: files, settings, and the commit where pages name it."""
    return f"{stamp({})}{fingerprint(READ)}\n{commit(ROOT) if address() else ''}\n"


def drop_stale_pages():
    """Have Sphinx read all pages anew if all chapters have been executed since it last did."""
    there, known = CACHE / STAMP, DOCTREES / STAMP  # the cache's is written anew when that is emptied
    if not known.exists() or known.stat().st_mtime_ns != there.stat().st_mtime_ns:
        shutil.rmtree(DOCTREES, ignore_errors=True)
        DOCTREES.mkdir(parents=True)
        shutil.copy2(there, known)
    shutil.rmtree(INDEX.parent, ignore_errors=True)  # Sphinx would leave the pages of chapters that are gone


def write_pages():
    """Have Jupyter Book write the pages; a warning ends the program."""
    from jupyter_book.cli.main import main as jupyter_book

    try:
        # In this process, because what both import takes seconds.
        jupyter_book(["build", str(ROOT), "-W", "--keep-going", "-q"], standalone_mode=False)
    except (SystemExit, RuntimeError):
        # Sphinx would not repeat the warnings of pages that it keeps; the next build must say them again.
        shutil.rmtree(DOCTREES, ignore_errors=True)
        sys.exit("build_book: the book has the faults listed above")


def build(drawings=False):
    """Build the site, unless it is that of today's sources; keep the figures as drawings, too, if wanted."""
    vendor()
    executed, wanted = execute_chapters(drawings), origin()
    if executed or not INDEX.exists() or not BUILT_FROM.exists() or BUILT_FROM.read_text() != wanted:
        drop_stale_pages()
        write_pages()
        BUILT_FROM.write_text(wanted)
    print(f"The book is built. Open {INDEX.relative_to(ROOT)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="build_book")
    parser.add_argument(
        "--drawings", action="store_true", help="keep the figures as drawings, too, for print"
    )
    build(parser.parse_args().drawings)
