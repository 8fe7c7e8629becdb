"""A collection that somebody has already: as a folder, or as a zip archive, which is not trusted.

Nothing is ever written to a path that an archive names. Files are looked up by the paths of the manifest
and written to those, so a hostile archive has little to gain; what is refused here is refused because an
archive that tries is not the one that it pretends to be.
"""

import re
import stat
import zipfile
from pathlib import Path

# X-rays are compressed already, so no honest archive gets near these.
LARGEST_FILE = 1 << 26  # bytes
LARGEST_COLLECTION = 1 << 33  # bytes
LARGEST_RATIO = 100
DEEPEST = 50  # folders; looking through a path of 30,000 takes a gigabyte

_DAMAGED = (zipfile.BadZipFile, NotImplementedError, EOFError)


class GivenError(ValueError):
    """A folder or an archive that is not what it should be; the message says what to do."""


def look_into(given, stack):
    """A folder or the inside of a zip archive, as a path.

    Parameters
    ----------
    given : path-like
    stack : contextlib.ExitStack
        Closes the archive.

    Returns
    -------
    pathlib.Path or zipfile.Path

    Raises
    ------
    GivenError
        If there is nothing of the kind, or an entry of the archive leads out of it.
    """
    given = Path(given)
    if given.is_dir():
        return given
    if not given.exists():
        raise GivenError(f"there is no {given}; a folder or a zip archive is wanted")
    try:
        archive = stack.enter_context(zipfile.ZipFile(given))
    except _DAMAGED as error:
        raise GivenError(f"{given} is no whole zip archive ({error}); download it again") from None
    for entry in archive.infolist():
        if why := strays(entry):
            _distrust(given, entry, why)
    return zipfile.Path(archive)


def strays(entry):
    """Why the path of an archive's entry is none to follow; None if it is one."""
    if re.match(r"[/\\]|\w:", entry.filename) or ".." in re.split(r"[/\\]", entry.filename):
        return "leads out of the archive's folder"
    if entry.filename.count("/") > DEEPEST:
        return f"lies {entry.filename.count('/'):,} folders deep"
    return None


def bursts(entry, largest, ratio):
    """Why an entry of an archive is not to be unpacked, by what the archive says of it; None if it may be.

    Parameters
    ----------
    entry : zipfile.ZipInfo
    largest : int
        In bytes.
    ratio : float
        How many times it may grow.
    """
    growth = entry.file_size / max(entry.compress_size, 1)
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        return "is a link or a device"
    if entry.file_size > largest:
        return f"would unpack to {entry.file_size:,} bytes"
    if growth > ratio:
        return f"would grow {growth:,.0f}-fold"
    return None


def find(top, collection):
    """The folder that holds a collection: ``top``, or one at most two levels down.

    Parameters
    ----------
    top : pathlib.Path or zipfile.Path
    collection : coronet_lib.datasets.upstream.manifests.Collection

    Returns
    -------
    pathlib.Path or zipfile.Path

    Raises
    ------
    GivenError
        If there is none.
    """
    level = [top]
    for _ in range(3):
        for folder in level:
            if all((folder / mark).exists() for mark in collection.marks):
                return folder
        level = [child for folder in level for child in folder.iterdir() if child.is_dir()]
    raise GivenError(
        f"{top} does not hold {collection.title}: no folder in it has {' and '.join(collection.marks)}. "
        f"It comes from {collection.page}"
    )


def refuse_bombs(files):
    """Refuse entries of an archive that are no plain files, or would unpack to more than X-rays can.

    What an archive says of its entries is enough to go by: no more than that is ever unpacked of one.

    Parameters
    ----------
    files : list of pathlib.Path or zipfile.Path
        Those that are to be copied. What else an archive holds is never read.

    Raises
    ------
    GivenError
        At the first such entry.
    """
    total = 0
    for file in files:
        if not isinstance(file, zipfile.Path):
            continue
        entry = file.root.getinfo(file.at)
        total += entry.file_size
        if why := bursts(entry, LARGEST_FILE, LARGEST_RATIO):
            _distrust(file.root.filename, entry, why)
        if total > LARGEST_COLLECTION:
            _distrust(file.root.filename, entry, f"brings the whole to {total:,} bytes")


def size_of(file):
    """Bytes of a file in a folder or, unpacked, in an archive."""
    return file.root.getinfo(file.at).file_size if isinstance(file, zipfile.Path) else file.stat().st_size


def _distrust(archive, entry, why):
    raise GivenError(
        f"{archive} is not to be trusted: its entry {entry.filename[:200]!r} {why}. "
        "Nothing was taken from it; download it again from upstream"
    )
