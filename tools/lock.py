"""Derive requirements.lock and environment.yml from pyproject.toml.

usage: python tools/lock.py [--upgrade]

The lock carries pins and hashes for every platform and Python that the project
supports, and no index address: the reader's own pip settings decide where
packages come from.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXTRAS = ("tensorflow", "dicom", "cluster", "book", "instructor", "test")  # that `make` installs

ENVIRONMENT = """\
# Written by `make lock` from pyproject.toml: conda env create -f environment.yml
name: coronet
channels:
  - conda-forge
dependencies:
  - python=3.12
  - pip
  - pip:
{requirements}
    - --editable .
"""


def lock(*options):
    subprocess.run(
        ["uv", "pip", "compile", "pyproject.toml", "--quiet", "--universal", "--python-version", "3.11",
         *(f"--extra={extra}" for extra in EXTRAS), "--generate-hashes", "--no-annotate", "--no-header",
         "--no-emit-index-url", "--output-file", "requirements.lock", *options],
        cwd=ROOT, check=True,
    )  # fmt: skip


def requirements(*extras):
    """What pyproject.toml asks for, base and ``extras``, as a list of requirement strings."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return project["dependencies"] + [r for extra in extras for r in project["optional-dependencies"][extra]]


def environment():
    """The text of environment.yml: each requirement at the version that the lock pins for Python 3.12."""
    pinned = (ROOT / "requirements.lock").read_text()
    lines = []
    for requirement in requirements(*EXTRAS):
        name = re.match(r"[\w-]+", requirement).group()
        pin = next(
            version
            for version, marker in re.findall(rf"^{name}==(\S+)(?: ; (.*))? \\$", pinned, re.M)
            if "< '3.12'" not in marker
        )
        lines.append(f"    - {name}=={pin}")
    return ENVIRONMENT.format(requirements="\n".join(lines))


if __name__ == "__main__":
    lock(*sys.argv[1:])
    (ROOT / "environment.yml").write_text(environment())
