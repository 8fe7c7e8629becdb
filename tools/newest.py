"""Run the tests with the newest Keras and TensorFlow that there are, which the lock may not have yet.

usage: python tools/newest.py [CHAPTER.ipynb …]

Builds .venv-newest anew, with the newest release of everything: of Keras and TensorFlow without regard to
the bounds in pyproject.toml, so that a failure says why a bound stands and a success that it can be raised.
The lock stays as it is. Then come the library's tests, and the chapters against their stored text.
"""

import subprocess
import sys

from colab import UV, uv
from lock import EXTRAS
from repository import ROOT

VENV = ROOT / ".venv-newest"
PYTHON = VENV / "bin/python"
FRAMEWORKS = ("keras", "tensorflow")
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2", "--dist", "loadfile")


def set_up():
    """Create .venv-newest: first the frameworks are resolved, then what else goes with them."""
    uv("venv", "--quiet", "--clear", "--python", sys.executable, VENV)
    pins = VENV / "frameworks.txt"
    # By themselves: among all packages uv takes the newest h5py first, and settles for an older TensorFlow.
    newest = [UV, "pip", "compile", "--quiet", "--no-header", "--no-annotate", "--no-deps", "-"]
    with pins.open("w") as file:
        subprocess.run(newest, input="\n".join(FRAMEWORKS), text=True, stdout=file, check=True)
    print("Setting up .venv-newest with", *pins.read_text().split(), "...", flush=True)
    library = f"{ROOT}[{','.join(EXTRAS)}]"
    uv("pip", "install", "--quiet", "--python", PYTHON, "--override", pins, "--editable", library)


def main(chapters):
    set_up()
    tests = [PYTHON, *PYTEST, "-m", "not browser", "tests"]
    books = [PYTHON, "tools/machines.py", "--only", "here", "--", *chapters]
    if any([subprocess.run(command, cwd=ROOT).returncode for command in (tests, books)]):
        sys.exit("newest: not everything passes with these versions (see above)")


if __name__ == "__main__":
    main(sys.argv[1:])
