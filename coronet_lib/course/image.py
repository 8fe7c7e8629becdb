"""What Podman and Docker start a student's process from: Python and the library, without the bank."""

import functools
import hashlib
import io
import subprocess
import sys
import tarfile
from pathlib import Path

_CLONE = Path(__file__).resolve().parents[2]
_PARTS = ("LICENSE", "LICENSE-text", "README.md", "coronet_lib", "data", "pyproject.toml")
_RECIPE = """\
FROM python:{version}-slim
COPY . /source
RUN pip install --no-cache-dir --constraint /source/versions.txt '/source[tensorflow]' && rm -r /source
"""


def name():
    """The image's, which follows from what goes into it."""
    return f"coronet-sandbox:{hashlib.sha256(context()).hexdigest()[:16]}"


def build(engine):
    """Build the image with ``engine`` unless it is there; raises ``CalledProcessError`` if that fails.

    The first time it takes minutes, and fetches Python and some hundred packages.
    """
    if subprocess.run([engine, "image", "inspect", name()], capture_output=True).returncode:
        build = [engine, "build", "--tag", name(), "-"]
        subprocess.run(build, input=context(), capture_output=True, check=True)


@functools.cache
def context():
    """What the image is built from: an archive, alike on every machine."""
    python = "{}.{}".format(*sys.version_info)
    made = {"Dockerfile": _RECIPE.format(version=python), "versions.txt": _versions()}
    files = {name: text.encode() for name, text in made.items()}
    for part in _PARTS:
        whole = _CLONE / part
        for path in sorted(whole.rglob("*")) if whole.is_dir() else [whole]:
            place = path.relative_to(_CLONE)
            if path.is_file() and "__pycache__" not in place.parts and "bank" not in place.parts:
                files[place.as_posix()] = path.read_bytes()
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for place, contents in files.items():
            entry = tarfile.TarInfo(place)
            entry.size = len(contents)
            archive.addfile(entry, io.BytesIO(contents))
    return stream.getvalue()


def _versions():
    """The lock's versions without the hashes, which would be asked of the library, too."""
    lines = (_CLONE / "requirements.lock").read_text().splitlines()
    return "".join(line.removesuffix("\\").rstrip() + "\n" for line in lines if line[:1].isalnum())
