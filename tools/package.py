"""Build the library as a package, look into it, and use it where nothing else is installed.

usage: python tools/package.py [--python 3.12 …] [--frontends]

For each Python the newest versions that the ranges in pyproject.toml allow, and the lowest.  With
``--frontends``, an explorer of the installed wheel is moved in JupyterLab, Notebook 7, and what Colab has.
"""

import argparse
import email
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from pathlib import Path

from colab import UV, interpreter
from lock import requirements
from packaging.requirements import Requirement
from packaging.version import Version
from repository import ROOT

PYTHONS = ("3.11", "3.12", "3.13")
EXTRAS = ("tensorflow", "dicom")
BANK = "coronet_lib/course/bank/"
_OURS = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")  # no business of another environment
CLEAN = {name: value for name, value in os.environ.items() if name not in _OURS}


def build(folder):
    """The source archive of the working tree, and the wheel that is built from it.

    Returns
    -------
    wheel, archive : pathlib.Path
    """
    options = ("--quiet", "--no-build-isolation", "--python", sys.executable, "--out-dir", folder)
    subprocess.run([UV, "build", *options, ROOT], check=True, env=CLEAN)
    (wheel,), (archive,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, archive


def faults(wheel, archive):
    """What is wrong with a wheel and a source archive, as sentences; none if they are what they should be."""
    with zipfile.ZipFile(wheel) as opened:
        in_wheel = set(opened.namelist())
        about = next(name for name in in_wheel if name.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(opened.read(about))
        starts = opened.read(about.replace("METADATA", "entry_points.txt")).decode()
    with tarfile.open(archive) as opened:
        in_archive = {name.partition("/")[2] for name in opened.getnames()}

    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "coronet_lib", "data"]
    tracked = subprocess.check_output(listed, cwd=ROOT, text=True).splitlines()
    library = {name for name in tracked if name.startswith("coronet_lib/") and not name.startswith(BANK)}
    data = {name for name in tracked if name.startswith("data/")}
    info = about.removesuffix("METADATA")
    licences = {f"{info}licenses/{name}" for name in ("LICENSE", "LICENSE-text")}
    by_hatch = {f"{info}{name}" for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt")}
    wanted = library | {f"coronet_lib/{name}" for name in data} | licences | by_hatch
    sources = library | data | {"LICENSE", "LICENSE-text", "README.md", "pyproject.toml", "PKG-INFO"}
    sources.add(".gitignore")  # hatchling's own
    found = [
        f"{file.name} {what} {name}"
        for file, held, due in ((wheel, in_wheel, wanted), (archive, in_archive, sources))
        for what, names in (("lacks", due - held), ("has, and should not:", held - due))
        for name in sorted(names)
    ]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    said = {
        "Name": project["name"],
        "Requires-Python": project["requires-python"],
        "License-Expression": project["license"],
        "Description-Content-Type": "text/markdown",
    }
    found += [
        f"METADATA says {key}: {metadata[key]}"
        for key, value in said.items()
        if _sorted(metadata[key]) != _sorted(value)
    ]
    if "coronet = coronet_lib.cli:main" not in starts:
        found.append("entry_points.txt starts no coronet")
    return found


def _sorted(specifiers):
    return sorted((specifiers or "").split(","))


def environment(folder, python, *wanted):
    """A fresh environment.

    Parameters
    ----------
    folder : pathlib.Path
    python : str
        Such as ``"3.12"``; where this machine has none, uv fetches it.
    wanted : str or path
        Requirements, wheels, and options of ``uv pip install``.

    Returns
    -------
    pathlib.Path
        Its Python.

    Raises
    ------
    subprocess.CalledProcessError
        If there is no such Python, or something cannot be installed.
    """
    made_of = interpreter(python) or python
    subprocess.run([UV, "venv", "--quiet", "--python", made_of, folder], check=True, env=CLEAN)
    path = folder / "bin/python"
    install = [UV, "pip", "install", "--quiet", "--no-build", "--python", path]
    subprocess.run([*install, *wanted], check=True, env=CLEAN)
    return path


def with_wheel(folder, python, wheel, *, lowest):
    """A fresh environment with the wheel and the newest or lowest versions that pyproject.toml allows.

    Parameters and results are those of :func:`environment`.

    Raises
    ------
    ValueError
        If a lower bound names a version that this Python has no wheel of, or other packages refuse.
    """
    asked = requirements(*EXTRAS)
    if not lowest:
        return environment(folder, python, *asked, wheel)
    # Of a wheel's own requirements uv would take the newest: they are not direct.
    path = environment(folder, python, *asked, "--resolution", "lowest-direct")
    subprocess.run(
        [UV, "pip", "install", "--quiet", "--no-deps", "--python", path, wheel], check=True, env=CLEAN
    )
    if higher := _higher(asked, path):
        raise ValueError(f"raise lower bounds, which Python {python} cannot have: {', '.join(higher)}")
    return path


def _higher(asked, python):
    """Requirements of which a higher version is installed than the lowest that they allow."""
    freeze = [UV, "pip", "freeze", "--quiet", "--python", python]
    listed = subprocess.check_output(freeze, text=True, env=CLEAN)
    there = dict(re.findall(r"^(\S+)==(\S+)$", listed, re.M))
    return [
        f"{each} ({there[each.name]})"
        for each in map(Requirement, asked)
        for bound in each.specifier
        if bound.operator == ">=" and Version(there[each.name]) != Version(bound.version)
    ]


def use(python):
    """Do with an environment what a newcomer does first, in an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        command = [python, ROOT / "tools/newcomer.py", ROOT]
        subprocess.run(command, cwd=folder, check=True, env=CLEAN | {"TF_CPP_MIN_LOG_LEVEL": "3"})


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--python", nargs="*", default=PYTHONS)
    parser.add_argument("--frontends", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        wheel, archive = build(folder / "dist")
        if found := faults(wheel, archive):
            sys.exit("package: " + "\npackage: ".join(found))
        print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB, and nothing in it that should not be")
        for python in asked.python:
            for lowest in (False, True):
                print(f"Python {python}, {'lowest' if lowest else 'newest'} versions:", flush=True)
                use(with_wheel(folder / f"{python}-{lowest}", python, wheel, lowest=lowest))
        if asked.frontends:
            import frontends

            frontends.main(wheel, folder)


if __name__ == "__main__":
    main()
