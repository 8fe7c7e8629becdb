"""Install the library among Google Colab's versions, and run the chapters there.

usage: python tools/colab.py [CHAPTER.ipynb …]

Builds .venv-colab from tests/colab.txt (once), installs coronet-lib from the
working tree as Colab's first cell would from the repository, checks that this
changed no version, and executes the chapters from a folder with no checkout
around it.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from notebooks import CHAPTERS
from repository import ROOT

PINNED = ROOT / "tests/colab.txt"
VENV = ROOT / ".venv-colab"
PYTHON = VENV / "bin/python"
STAMP = VENV / "set-up-from"
UV = Path(sys.executable).with_name("uv")
COLAB_PYTHON = "3.13"
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}  # for the kernels


def pinned():
    """Colab's versions, as a dict from package to version."""
    lines = (line.strip() for line in PINNED.read_text().splitlines())
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def interpreter(version):
    """A Python such as ``"3.12"`` that this machine has, on the path or with pyenv; None if it has none."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [shutil.which(f"python{version}"), *sorted(pyenv.glob(f"{version}.*/bin/python"))]
    for candidate in filter(None, candidates):
        # pyenv puts a python3.13 on the path that only says that none is chosen
        if subprocess.run([candidate, "--version"], capture_output=True).returncode == 0:
            return candidate
    return None


def set_up():
    """Create .venv-colab, unless it was made from the same versions and the same Python."""
    python = interpreter(COLAB_PYTHON) or sys.executable
    version = subprocess.check_output([python, "-c", "import sys; print(sys.version)"], text=True)
    stamp = hashlib.sha256(version.encode() + PINNED.read_bytes()).hexdigest()
    if STAMP.exists() and STAMP.read_text() == stamp:
        return
    print(f"Setting up .venv-colab with Colab's versions and Python {version.split()[0]} ...", flush=True)
    if not version.startswith(COLAB_PYTHON + "."):
        print(f"(Colab has Python {COLAB_PYTHON}, which this machine lacks)")
    uv("venv", "--quiet", "--clear", "--python", python, VENV)
    uv("pip", "install", "--quiet", "--python", PYTHON, "--requirement", PINNED)
    STAMP.write_text(stamp)


def uv(*command):
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    if subprocess.run([UV, *command], env=environment).returncode:
        sys.exit(f"uv {' '.join(map(str, command[:2]))} failed (see above); is the package index reachable?")


def changed_versions():
    """What installing the library changed, as sentences; empty if nothing."""
    freeze = subprocess.check_output([UV, "pip", "freeze", "--quiet", "--python", PYTHON], text=True)
    installed = dict(line.lower().split("==") for line in freeze.splitlines() if "==" in line)
    return [
        f"{name} {version} became {installed.get(name.lower())}"
        for name, version in pinned().items()
        if installed.get(name.lower()) != version.lower()
    ]


def run(chapters):
    """Execute the chapters in .venv-colab; those with a cell that raises are named at the end."""
    failed = []
    with tempfile.TemporaryDirectory() as content:
        for chapter in chapters:
            print(f"{chapter.name} with Colab's versions ...", flush=True)
            shutil.copy(chapter, content)
            execute = [PYTHON, "-m", "jupyter", "execute", "--timeout=600", chapter.name]
            if subprocess.run(execute, cwd=content, env=os.environ | QUIET).returncode:
                failed.append(chapter.name)
    if failed:
        sys.exit(f"colab: with Colab's versions fail (see above): {', '.join(failed)}")
    print(f"{len(chapters)} passed, 0 failed")


def main(chapters):
    set_up()
    uv("pip", "install", "--quiet", "--python", PYTHON, "--reinstall-package", "coronet-lib", ROOT)
    if changes := changed_versions():
        sys.exit("colab: installing coronet-lib changes what Colab has: " + "; ".join(changes))
    run(chapters)


if __name__ == "__main__":
    main([Path(name).resolve() for name in sys.argv[1:]] or CHAPTERS)
