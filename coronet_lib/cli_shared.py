"""What the commands of ``cli`` and ``cli_data`` share: consoles, options, and how they fail."""

import os
from enum import StrEnum
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


Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of every random draw.")]
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
Devices = Annotated[int, typer.Option(min=1, help="GPUs of this machine that share each batch.")]


def fail(reason):
    """Say ``reason`` on standard error and exit with code 1."""
    err_console.print(f"[bold red]Error:[/] {plain(reason)}", soft_wrap=True)
    raise SystemExit(1)


def plain(text):
    """``text`` with its square brackets kept, which Rich would read as markup."""
    return str(text).replace("[", r"\[")
