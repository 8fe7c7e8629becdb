"""What a learning platform hands out: files in archives, in folders or alone, none of which is trusted.

A file that tries something is refused, with the reason, and the others are read.
"""

import io
import os
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from coronet_lib.datasets.upstream.archive import bursts, strays
from coronet_lib.text import reason

LARGEST_FILE = 25 << 20  # bytes; Colab opens no notebook above 20 MB
LARGEST_TOTAL = 1 << 32  # bytes, of all that is handed over at once
_LARGEST_RATIO = 500  # a notebook of one line printed again and again is below
_BROKEN = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError, zlib.error)
# Of the system or of Jupyter, and of nobody's hand.
_NOISE = ("__MACOSX", ".DS_Store", "._", ".ipynb_checkpoints", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class File:
    """A file that was handed in."""

    path: str
    """In its archive or folder, parted by slashes."""
    source: str
    """Where it was found, for people to read."""
    time: str
    """When it was changed last, as far as archive or folder knows; texts of greater times are greater."""
    batch: str
    """When the last was that what it lay in was changed."""
    data: bytes = b""
    refused: str = ""
    """Why it was not read; empty if it was."""


class Intake:
    """Reads files out of archives and folders, of which it takes so many bytes in all."""

    def __init__(self):
        self._total = 0

    def files(self, given):
        """All files in an archive or a folder, or one that is alone.

        Parameters
        ----------
        given : path-like

        Yields
        ------
        File
        """
        given = Path(given)
        if not given.is_dir():
            yield from self._on_disk(given.resolve(), given.resolve().parent)
            return
        for folder, inside, names in os.walk(given):
            links = [name for name in inside if Path(folder, name).is_symlink()]  # are not followed
            inside[:] = sorted(name for name in inside if not _is_noise(name))
            for name in sorted([*names, *links]):
                yield from self._on_disk(Path(folder, name), given)

    def _on_disk(self, path, top):
        inside, source = (_text(name) for name in (path.relative_to(top).as_posix(), path))
        if _is_noise(inside):
            return
        if path.is_symlink() or not path.is_file():
            yield File(inside, source, "", "", refused="is a link or a device")
        elif path.suffix.lower() == ".zip":
            yield from self._archived(path, source, inside)
        else:
            time = datetime.fromtimestamp(path.stat().st_mtime).isoformat(" ", "seconds")
            yield self._file(inside, source, time, time, path.stat().st_size, path.read_bytes)

    def _archived(self, file, source, path, within=""):
        """Files in an archive, and in archives right in it: some students hand one in."""
        try:
            archive = zipfile.ZipFile(file)
        except _BROKEN as error:
            yield File(path, source, "", "", refused=f"is no whole zip archive ({reason(error)})")
            return
        with archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            batch = max((_time(entry) for entry in entries), default="")
            for entry in entries:
                name = _name(entry)
                where = (f"{within}{name}", f"{source}: {name}", _time(entry), batch)
                if _is_noise(name):
                    continue
                if why := strays(entry) or bursts(entry, LARGEST_FILE, _LARGEST_RATIO):
                    yield File(*where, refused=why)
                    continue
                file = self._file(*where, entry.file_size, partial(archive.read, entry))
                yield file
                if name.lower().endswith(".zip") and not within and not file.refused:
                    yield from self._archived(io.BytesIO(file.data), file.source, file.path, f"{name}/")

    def _file(self, path, source, time, batch, size, read):
        self._total += size
        if size > LARGEST_FILE:
            refused = f"has {size:,} bytes, and no notebook has more than {LARGEST_FILE:,}"
        elif self._total > LARGEST_TOTAL:
            refused = f"brings the whole to {self._total:,} bytes"
        else:
            try:
                return File(path, source, time, batch, read())
            except _BROKEN as error:
                refused = f"cannot be read ({reason(error)})"
        return File(path, source, time, batch, refused=refused)


def _name(entry):
    """The path of an entry; some archivers write UTF-8 and do not say so, some write backslashes."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _text(path):
    """A path as text that a file can hold: of names that are no UTF-8, the rest."""
    return os.fsencode(path).decode("utf-8", "replace")


def _time(entry):
    year, month, day, hour, minute, second = entry.date_time
    return f"{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"


def _is_noise(path):
    return any(part.startswith(_NOISE) for part in path.split("/"))
