"""What the commands share: consoles, options, and how they fail."""

import os
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

# TensorFlow reports its CPU and missing CUDA in a dozen lines unless told not to.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

WARNING = "For learning. Not for diagnosis."

out_console, err_console = Console(), Console(stderr=True, highlight=False)


class Classes(StrEnum):
    four = "4"
    three = "3"
    two = "2"


class Precision(StrEnum):
    float32 = "float32"
    mixed_float16 = "mixed_float16"
    mixed_bfloat16 = "mixed_bfloat16"
    auto = "auto"


class Unit(StrEnum):
    patient = "patient"
    image = "image"


Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of every random draw.")]
TrainingSeed = Annotated[
    int, typer.Option("--seed", min=0, help="Of the training: first weights, order, augmentation, dropout.")
]
SplitSeed = Annotated[int, typer.Option(min=0, help="Of the folds and the validation part.")]
PhantomSeed = Annotated[int, typer.Option(min=0, help="Of the synthetic X-rays: other patients.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what an earlier call wrote there.")]
Folds = Annotated[int, typer.Option(min=2, help="How many folds.")]
PrecisionName = Annotated[
    Precision,
    typer.Option(help="Multiply in 16 bits and keep weights in 32; auto: where the GPU is made for that."),
]
Jit = Annotated[
    bool | None,
    typer.Option(
        "--jit/--no-jit", help="Compile the training step as a whole; by default where the device gains."
    ),
]
ClassCount = Annotated[Classes, typer.Option(help="Join or drop the pneumonias.")]
RunOut = Annotated[Path, typer.Option(help="Run folder to write.", show_default=False)]
DataFolder = Annotated[Path | None, typer.Option(help="A prepared folder (see `coronet data`).")]
Phantom = Annotated[bool, typer.Option("--phantom", help="Train on synthetic X-rays.")]
SplitBy = Annotated[Unit, typer.Option("--split", help="Deal patients or images; the paper dealt images.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run.")]
Devices = Annotated[int, typer.Option(min=1, help="GPUs of this machine that share each batch.")]
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
