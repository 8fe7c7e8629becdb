"""The repository's public address: pyproject.toml gives it, or has none yet, and the rest follows.

usage: python tools/repository.py [https://github.com/OWNER/NAME | none]

Writes the address into pyproject.toml and into every file of ``FOLLOWERS``. Without an argument it
takes the address of git's remote ``origin``; ``none`` takes the address out again.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ADDRESS = r"https://github\.com/[\w.-]+/[\w.-]+"  # Colab's launch links open notebooks from GitHub only
# How git writes it: by https, with or without a name or token before the host, or by ssh.
REMOTE = r"(?:https://(?:[^@/]+@)?github\.com/|(?:ssh://)?git@github\.com[:/])([\w.-]+/[\w.-]+?)(?:\.git)?/?"

# The first code cell of every chapter, while there is no address and when there is one.
STOP = """\
# On Google Colab this says how to get the book's library; elsewhere, nothing.
import sys
from importlib.util import find_spec

if "google.colab" in sys.modules and not find_spec("coronet_lib"):
    raise SystemExit(
        "This copy of the book has no public address yet, from which Colab could "
        "install its library. Run the chapter on your own machine, or upload the wheel "
        "that `pip wheel --no-deps .` makes there and `%pip install` it here. "
        "If you publish the book: `make set-repository`, once it is on GitHub."
    )"""
INSTALL = """\
# On Google Colab this installs the book's library; anywhere else it does nothing.
import sys

if "google.colab" in sys.modules:
    !pip install -q "coronet-lib @ git+{address}\""""


def as_stored(source):
    """A cell's source as the notebook's file holds it."""
    return ",\n    ".join(json.dumps(line) for line in source.splitlines(keepends=True))


# Pattern of files → pairs of what stands in each of them without an address and with one.
FOLLOWERS = {
    "pyproject.toml": [("# Repository = none yet", 'Repository = "{address}"')],
    "_config.yml": [
        (
            # An empty one, because Jupyter Book would otherwise put its own repository there.
            'repository:\n  url: ""',
            "launch_buttons:\n  notebook_interface: jupyterlab\n  binderhub_url: https://mybinder.org\n"
            "  colab_url: https://colab.research.google.com\n\nrepository:\n  url: {address}",
        ),
        *((f"  use_{kind}_button: false", f"  use_{kind}_button: true") for kind in ("repository", "issues")),
    ],
    "CITATION.cff": [("\nreferences:", '\nrepository-code: "{address}"\nreferences:')],
    "README.md": [
        ("git clone ADDRESS coronet", "git clone {address} coronet"),
        (
            "`ADDRESS` is the repository that your copy comes from. It has no public address yet, and so "
            "no page opens on\nGoogle Colab or Binder; whoever puts it on GitHub calls `make set-repository` "
            "there, once.",
            "No installation at all: open a chapter on Google Colab or Binder with the rocket at the top "
            "of its page.",
        ),
    ],
    "CONTRIBUTING.md": [("git clone ADDRESS coronet", "git clone {address} coronet")],
    "CODE_OF_CONDUCT.md": [
        (
            "This copy has no public address yet: tell those from whom you have it, in private.",
            "Tell the owners of {address}, in private: their profiles say how to write to them.",
        )
    ],
    "SECURITY.md": [
        (
            "This copy has no public address yet: tell those from whom you have it, and nobody else.",
            "Open a private report: {address}/security/advisories/new",
        )
    ],
    ".github/ISSUE_TEMPLATE/config.yml": [
        (
            "# contact_links: none yet",
            "contact_links:\n  - name: A way past the sandbox, or a file that does harm\n"
            "    url: {address}/security/advisories/new\n    about: In private, please.",
        )
    ],
    "book/index.md": [
        ("git clone ADDRESS coronet", "git clone {address} coronet"),
        (
            "Not yet: Colab fetches the chapters and the book's library from a public address, and this "
            "copy of the book has none. Until it has one, run it on your machine; `ADDRESS` below is the "
            "repository that your copy comes from.",
            "On any chapter, open the rocket menu at the top and choose *Colab*. The first cell installs "
            "the book's library; a free CPU runtime is enough. *Binder* in the same menu needs no account, "
            "but starts more slowly.",
        ),
        (
            "If a number is wrong, tell those from whom you have the book.",
            "If a number is wrong, the issue button at the top of each page is the place to say so.",
        ),
    ],
    "book/*.ipynb": [(as_stored(STOP), as_stored(INSTALL))],
}


def address():
    """The address that pyproject.toml gives, or None."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"].get("Repository")


def install_source():
    """Source of the first code cell of every chapter."""
    return written(address(), STOP, INSTALL)


def written(url, without, naming):
    """What stands in a place: ``naming`` with the address ``url``, or ``without`` if it is None."""
    return without if url is None else naming.replace("{address}", url)


def either(without, naming):
    """Pattern that finds a place, whatever its address, or without one."""
    return f"{re.escape(naming).replace(re.escape('{address}'), ADDRESS)}|{re.escape(without)}"


def disagreements():
    """One sentence for each place that does not say what follows from pyproject.toml.

    Returns
    -------
    list of str
        Empty if all agree.
    """
    url, faults = address(), []
    for pattern, pairs in FOLLOWERS.items():
        files = sorted(ROOT.glob(pattern))
        if not files:
            faults.append(f"{pattern} is missing")
        faults += [
            f"{file.relative_to(ROOT)} should say once: {written(url, *pair)}"
            for file in files
            for pair in pairs
            if re.findall(either(*pair), file.read_text()) != [written(url, *pair)]
        ]
    return faults


def set_address(url):
    """Write ``url`` into pyproject.toml and its followers, or take the address out if it is None."""
    for pattern, pairs in FOLLOWERS.items():
        for file in sorted(ROOT.glob(pattern)):
            old = new = file.read_text()
            for pair in pairs:
                wanted = written(url, *pair).replace("\\", r"\\")  # a backslash stands for itself
                new = re.sub(either(*pair), wanted, new)
            if new != old:
                file.write_text(new)
                print(f"{file.relative_to(ROOT)} is brought up to date")


def public_address(remote):
    """The address https://github.com/OWNER/NAME of a remote as git writes it.

    Raises
    ------
    ValueError
        If it is not on GitHub.
    """
    if not (found := re.fullmatch(REMOTE, remote)):
        raise ValueError(f"Colab opens https://github.com/OWNER/NAME only, got {remote!r}")
    return f"https://github.com/{found[1]}"


def origin():
    """Git's remote ``origin``.

    Raises
    ------
    ValueError
        If there is none.
    """
    asked = subprocess.run(["git", "remote", "get-url", "origin"], cwd=ROOT, capture_output=True, text=True)
    if asked.returncode:
        raise ValueError(
            "git knows no remote `origin`; name the address: make set-repository URL=https://github.com/OWNER/NAME"
        )
    return asked.stdout.strip()


def main(arguments):
    try:
        url = None if arguments == ["none"] else public_address(*(arguments or [origin()]))
    except ValueError as error:
        sys.exit(f"set-repository: {error}")
    set_address(url)
    if faults := disagreements():
        sys.exit("\n".join(faults))
    print(f"The book's public address: {url or 'none'}")


if __name__ == "__main__":
    main(sys.argv[1:])
