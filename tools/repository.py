"""The repository's public address: it stands in pyproject.toml, and everything else follows from it.

usage: python tools/repository.py https://github.com/OWNER/NAME

Writes the address into pyproject.toml and into every file of ``FOLLOWERS``.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOST = "https://github.com/"  # Colab's launch links open notebooks from there only
SLUG = r"([\w.-]+/[\w.-]+)"  # OWNER/NAME

# Where the address is written, as a pattern of files and of the text around OWNER/NAME.
FOLLOWERS = {
    "pyproject.toml": rf'^Repository = "{HOST}{SLUG}"',
    "_config.yml": rf"^  url: {HOST}{SLUG}",
    "CITATION.cff": rf'^(?:repository-code|url): "?{HOST}{SLUG}',
    "README.md": rf"(?:git clone {HOST}|/github/|/v2/gh/){SLUG}",
    "book/index.md": rf"(?:git clone {HOST}|/github/|/v2/gh/){SLUG}",
    "book/*.ipynb": rf"git\+{HOST}{SLUG}",
}

INSTALL = """\
# On Google Colab this installs the book's library; anywhere else it does nothing.
import sys

if "google.colab" in sys.modules:
    !pip install -q "coronet-lib @ git+{address}"
"""


def address():
    """The address that pyproject.toml gives."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Repository"]


def install_source():
    """Source of the first code cell of every chapter."""
    return INSTALL.format(address=address()).rstrip()


def disagreements():
    """One sentence for each file that should name the repository, and does not or names another.

    Returns
    -------
    list of str
        Empty if all agree.
    """
    wanted = address().removeprefix(HOST)
    faults = []
    for pattern, around in FOLLOWERS.items():
        files = sorted(ROOT.glob(pattern))
        if not files:
            faults.append(f"{pattern} is missing")
        for file in files:
            name, named = file.relative_to(ROOT), re.findall(around, file.read_text(), re.M)
            if not named:
                faults.append(f"{name} does not name the repository")
            faults += [f"{name} names {slug}, pyproject.toml {wanted}" for slug in named if slug != wanted]
    return faults


def set_address(url):
    """Write ``url`` into pyproject.toml and its followers.

    Raises
    ------
    ValueError
        If it is not an address like https://github.com/OWNER/NAME.
    """
    if not re.fullmatch(HOST + SLUG, url) or url.endswith(".git"):
        raise ValueError(f"the repository's address wants the form {HOST}OWNER/NAME, got {url!r}")
    slug = url.removeprefix(HOST)
    for pattern, around in FOLLOWERS.items():
        for file in sorted(ROOT.glob(pattern)):
            old = file.read_text()
            new = re.sub(around, lambda found: found[0].replace(found[1], slug), old, flags=re.M)
            if new != old:
                file.write_text(new)
                print(f"wrote {url} into {file.relative_to(ROOT)}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: make set-repository URL=https://github.com/OWNER/NAME")
    try:
        set_address(sys.argv[1])
    except ValueError as error:
        sys.exit(f"set-repository: {error}")
