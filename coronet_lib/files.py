"""Writing files so that nobody ever finds half of one."""

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
