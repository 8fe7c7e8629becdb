"""Files that nobody ever finds half of, folders that cannot be used, and where the committed data lie.

The data lie beside the library in a checkout, inside it in an installed wheel.
"""

import errno
import hashlib
import os
import platform
import warnings
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from coronet_lib.text import reason


@contextmanager
def atomic(path):
    """A temporary path that takes a file's place when the block ends well, and is gone when it does not.

    Parameters
    ----------
    path : path

    Yields
    ------
    pathlib.Path
        Beside it, with the same suffix.

    Raises
    ------
    OSError
        If the disk is full or the folder cannot be written; it names ``path``.
    """
    path = Path(path)
    # The suffix stays last: Keras tells formats apart by it.
    part = path.with_name(f".part-{path.name}")
    try:
        with naming(path, part):
            yield part
            os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def naming(path, part):
    """Let the system's errors name a file: of a full disk they name nothing, and else its temporary path.

    Parameters
    ----------
    path, part : path
        The file, and what stands for it meanwhile.

    Yields
    ------
    None
    """
    try:
        yield
    except OSError as error:
        unnamed = error.filename is None or str(error.filename).startswith(str(part))
        if error.errno is not None and unnamed:
            error.filename = str(path)
        raise


def put(path, data):
    """Write bytes to a file, whole or not at all; its folder is made if it is not there.

    Parameters
    ----------
    path : pathlib.Path
    data : bytes
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic(path) as part:
        part.write_bytes(data)


def sha256(path):
    """SHA-256 of a file.

    Parameters
    ----------
    path : path

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keras_models():
    """Where Keras keeps the weights that it has downloaded.

    Returns
    -------
    pathlib.Path
        With ``~`` as it is: an error that shows it fits every user.
    """
    return Path(os.environ.get("KERAS_HOME", "~/.keras")) / "models"


class RunError(ValueError):
    """A folder that cannot be used as asked; the message says why and what to do."""


_UNWRITABLE = {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EDQUOT}


@contextmanager
def locked(folder):
    """Keep every other process from writing a folder while the block lasts.

    The system holds the lock, on a file beside the folder, and lets go of it with the process, however that
    ends: what a killed one leaves behind is in nobody's way.  On a network drive it reaches other machines
    if the drive's server passes locks on, as those of NFS and Windows do by default.

    Parameters
    ----------
    folder : path
        Need not be there.  Folders inside it have locks of their own.

    Yields
    ------
    None

    Raises
    ------
    RunError
        If another process writes the folder; says which one, where, and since when.
    OSError
        If the folder is not there and cannot be made.

    Warns
    -----
    UserWarning
        If no lock can be had: the drive knows none, or only the folder itself can be written to, not what
        lies beside it, as where it is a volume of a container.  The block is executed all the same.
    """
    from filelock import FileLock, Timeout  # takes a while, and most commands write nothing

    folder = Path(folder).resolve()  # one lock, whatever name or link leads there
    folder.parent.mkdir(parents=True, exist_ok=True)
    file, note = (folder.parent / f".{folder.name}.{what}" for what in ("lock", "writer"))
    lock = FileLock(file)
    try:
        with naming(folder, file):
            lock.acquire(blocking=False)
    except Timeout:
        raise RunError(
            f"{folder} is being written by {_writer(note)}; wait until it is done, or choose another folder"
        ) from None
    except (OSError, NotImplementedError) as error:
        if getattr(error, "errno", None) in _UNWRITABLE and not folder.exists():
            raise
        warnings.warn(
            f"no lock can be had in {folder.parent} ({reason(error)}): "
            f"see to it that nobody else writes {folder}",
            stacklevel=4,
        )
    try:
        since = datetime.now().astimezone().isoformat(" ", "seconds")
        with suppress(OSError):  # the lock holds without
            note.write_text(f"process {os.getpid()} on {platform.node()}, since {since}", encoding="utf-8")
        yield
    finally:
        # While it is still ours: whoever comes next makes files of its own.
        for path in (note, file):
            with suppress(OSError):  # Windows deletes no file that is open
                path.unlink()
        lock.release()


def _writer(note):
    try:
        return note.read_text(encoding="utf-8") or "another process"
    except (OSError, ValueError):
        return "another process"


_HERE = Path(__file__).resolve().parent


def data_path(*parts):
    """Path of something under ``data/``, such as ``data_path("runs", "quick-phantom")``.

    Parameters
    ----------
    *parts : str
        Names of folders, and of a file.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    FileNotFoundError
        If there is no such file or folder.
    """
    for root in (_HERE.parent / "data", _HERE / "data"):
        if (path := root.joinpath(*parts)).exists():
            return path
    raise FileNotFoundError(
        f"the committed data hold no {'/'.join(parts)}; this belongs to {_HERE.parent / 'data'}"
    )
