"""What the commands share: consoles, options, and how they fail."""

import errno
import os
import re
import sys
from contextlib import contextmanager
from typing import Annotated, Literal

import typer
from rich.console import Console

from coronet_lib.text import plain

# TensorFlow reports its CPU and missing CUDA in a dozen lines unless told not to.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

TRACEBACK = "CORONET_TRACEBACK"
"""Environment variable that asks for the traceback of a failure."""

_REMEDIES = {
    errno.ENOSPC: "; make room, or choose another place",
    errno.EDQUOT: "; make room, or choose another place",
    errno.EROFS: "; choose another place",
    errno.EACCES: "; choose another place, or ask its owner for access",
    errno.EPERM: "; choose another place, or ask its owner for access",
}

WARNING = "For learning. Not for diagnosis."

out_console, err_console = Console(), Console(stderr=True, highlight=False)

Classes = Literal["4", "3", "2"]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of every random draw.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what an earlier call wrote there.")]
Folds = Annotated[int, typer.Option(min=2, help="How many folds.")]
Jobs = Annotated[int, typer.Option(min=1, help="Folds trained at a time; each needs its own memory.")]
Seeds = Annotated[
    str | None,
    typer.Option(help="Instead of --seed, several, such as 0..9 or 1,4,7.", metavar="A..B|A,B"),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        envvar="CORONET_CLUSTER",
        metavar="ADDRESS",
        help="Let the workers of this Dask scheduler do it, such as tcp://host:8786.",
    ),
]


def fail(why, code=1):
    """Say why in one line on standard error, and exit; the traceback instead, if :data:`TRACEBACK` is set."""
    if os.environ.get(TRACEBACK) and sys.exc_info()[1] is not None:
        raise
    err_console.print(f"[bold red]Error:[/] {plain(_said(why))}", soft_wrap=True)
    raise SystemExit(code)


def _said(why):
    """The system's errors in the manner of ours: where, what, and what to do."""
    if not isinstance(why, OSError) or why.strerror is None:
        return why
    where = "" if why.filename is None else f"{os.fsdecode(why.filename)}: "
    return f"{where}{why.strerror}{_REMEDIES.get(why.errno, '')}"


@contextmanager
def interruptible(command):
    try:
        yield
    except KeyboardInterrupt:
        fail(f"interrupted; finished epochs are kept, `coronet {command} … --resume` goes on from there")


def read_seeds(text):
    """The seeds that an option names."""
    if span := re.fullmatch(r"(\d+)\.\.(\d+)", text):
        found = list(range(int(span[1]), int(span[2]) + 1))
    else:
        found = [int(seed) for seed in text.split(",") if seed.isdecimal()]
    if not found or (not span and len(found) != text.count(",") + 1) or len(set(found)) < len(found):
        raise typer.BadParameter(f"--seeds wants seeds such as 0..9 or 1,4,7, each once, got {text!r}")
    return found


def read_xrays(paths, size):
    """The X-rays that can be read, each (size, size, 1), and why the others cannot, which is also said."""
    from coronet_lib.datasets.images import SMALLEST_XRAY, read_xray

    read, refused = {}, {}
    for path in paths:
        try:
            read[str(path)] = read_xray(path, size, smallest=SMALLEST_XRAY)[..., None]
        except (ValueError, OSError) as error:
            refused[str(path)] = str(error)
            err_console.print(f"[bold red]Error:[/] {plain(error)}", soft_wrap=True)
    return read, refused
