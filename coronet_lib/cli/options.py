"""What the commands share: consoles, options, and how they fail."""

import os
from contextlib import contextmanager
from typing import Annotated, Literal

import typer
from rich.console import Console

# TensorFlow reports its CPU and missing CUDA in a dozen lines unless told not to.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

WARNING = "For learning. Not for diagnosis."

out_console, err_console = Console(), Console(stderr=True, highlight=False)

Classes = Literal["4", "3", "2"]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of every random draw.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what an earlier call wrote there.")]
Folds = Annotated[int, typer.Option(min=2, help="How many folds.")]
Jobs = Annotated[int, typer.Option(min=1, help="Folds trained at a time; each needs its own memory.")]


def fail(reason):
    """Say ``reason`` on standard error and exit with code 1."""
    err_console.print(f"[bold red]Error:[/] {plain(reason)}", soft_wrap=True)
    raise SystemExit(1)


def plain(text):
    """``text`` with its square brackets kept, which Rich would read as markup."""
    return str(text).replace("[", r"\[")


@contextmanager
def interruptible(command):
    try:
        yield
    except KeyboardInterrupt:
        fail(f"interrupted; finished epochs are kept, `coronet {command} … --resume` goes on from there")
