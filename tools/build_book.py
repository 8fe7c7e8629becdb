"""Build the book into _build/html, executing the chapters whose results may have changed.

usage: python tools/build_book.py

Jupyter Book caches what a chapter printed and drew by the chapter's own code.
What the chapters call can change too, so the cache is dropped whenever the
library, the committed data or the locked packages differ from last time.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from vendor import vendor

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"
CACHE = BUILD / ".jupyter_cache"
DOCTREES = BUILD / ".doctrees"  # Sphinx re-reads a page, and so executes a chapter, when this is gone
STAMP = BUILD / "executed-with"
INDEX = BUILD / "html/index.html"

EXECUTED_WITH = ("coronet_lib", "data", "requirements.lock")


def fingerprint():
    """SHA-256 over the names and contents of everything that the chapters call or read."""
    digest = hashlib.sha256(sys.version.encode())
    for name in EXECUTED_WITH:
        path = ROOT / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{file.relative_to(ROOT)}\0{file.stat().st_size}\0".encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()


def drop_stale_results():
    """Forget executed chapters if what they call has changed since."""
    wanted = fingerprint()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    if CACHE.exists():
        print("The library, the data or the packages have changed: all chapters run again.", flush=True)
    shutil.rmtree(CACHE, ignore_errors=True)
    shutil.rmtree(DOCTREES, ignore_errors=True)
    BUILD.mkdir(exist_ok=True)
    STAMP.write_text(wanted)


def build():
    """Build the site; a warning, a failed cell included, fails the build."""
    vendor()
    drop_stale_results()
    shutil.rmtree(INDEX.parent, ignore_errors=True)  # Sphinx would leave the pages of chapters that are gone
    command = [Path(sys.executable).with_name("jupyter-book"), "build", ".", "-W", "--keep-going", "-q"]
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3"} | dict(os.environ)  # what a chapter writes to stderr is a fault
    if subprocess.run(command, cwd=ROOT, env=quiet).returncode:
        # Sphinx would not repeat the warnings of pages that it keeps; the next build must say them again.
        shutil.rmtree(DOCTREES, ignore_errors=True)
        sys.exit("build_book: the book has the faults listed above; tracebacks are in _build/html/reports")
    print(f"The book is built. Open {INDEX.relative_to(ROOT)}")


if __name__ == "__main__":
    build()
