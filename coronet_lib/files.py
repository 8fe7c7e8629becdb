"""Files that nobody ever finds half of, run folders that cannot be used, and where the committed data lie.

The data lie beside the library in a checkout, inside it in an installed wheel.
"""

import os
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic(path):
    """A temporary path beside ``path`` that takes its place when the block ends well."""
    path = Path(path)
    # The suffix stays last: Keras tells formats apart by it.
    part = path.with_name(f".part-{path.name}")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


class RunError(ValueError):
    """A run folder that cannot be used as asked; the message says why and what to do."""


_HERE = Path(__file__).resolve().parent


def data_path(*parts):
    """Path of something under ``data/``, such as ``data_path("runs", "quick-phantom")``.

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
