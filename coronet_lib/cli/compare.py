"""The commands ``coronet systems`` and ``coronet compare``: the other systems, and all under one protocol."""

import json
from typing import Annotated

import typer
from rich.table import Table

from coronet_lib.cli.options import (
    WARNING,
    Classes,
    DataFolder,
    Devices,
    Folds,
    Jit,
    Json,
    Overwrite,
    Phantom,
    PhantomSeed,
    Precision,
    PrecisionName,
    Resume,
    RunOut,
    Split,
    SplitBy,
    SplitSeed,
    TrainingSeed,
    check_options,
    compute,
    interruptible,
    out_console,
)


def systems(
    as_json: Json = False,
):
    """List the systems that `coronet compare` knows, and what is reported of them."""
    from coronet_lib.systems import SYSTEMS

    if as_json:
        print(json.dumps({name: _facts(entry) for name, entry in SYSTEMS.items()}))
        return
    table = Table(title="Accuracy is as published, on each work's own images: the column cannot be compared.")
    for title in ("name", "size", "preprocessing", "head", "million parameters", "reported"):
        table.add_column(title, overflow="fold", justify="right" if title in ("size",) else "left")
    for name, entry in SYSTEMS.items():
        counted = f"{max(entry.parameters.values()) / 1e6:.2f}"
        claimed = "" if entry.claimed is None else f" (the paper: {entry.claimed:g})"
        reported = ", ".join(
            f"{r.accuracy:g} % of {r.tested} images in {r.classes} classes" for r in entry.reported
        )
        table.add_row(
            name, str(entry.size), entry.preprocessing, entry.head, counted + claimed, reported or "-"
        )
    out_console.print(table)


def _facts(entry):
    """What JSON can say of a system."""
    return {
        "title": entry.title,
        "citation": entry.citation,
        "classes": list(entry.classes),
        "size": entry.size,
        "preprocessing": entry.preprocessing,
        "head": entry.head,
        "parameters": dict(entry.parameters),
        "claimed_millions": entry.claimed,
        "data": dict(entry.data),
        "folds": entry.folds,
        "reported": [reported._asdict() for reported in entry.reported],
        "note": entry.note,
    }


def compare(
    names: Annotated[
        list[str], typer.Argument(help="Systems, as `coronet systems` lists them.", metavar="SYSTEM...")
    ],
    out: RunOut,
    data: DataFolder = None,
    phantom: Phantom = False,
    phantom_seed: PhantomSeed = 0,
    classes: Classes = Classes.four,
    epochs: Annotated[
        list[str] | None,
        typer.Option(help="Instead of the published: N for all, or SYSTEM=N.", metavar="[SYSTEM=]N"),
    ] = None,
    weights: Annotated[
        list[str] | None,
        typer.Option(
            help="To start from: imagenet, none or a file, for all or as SYSTEM=FILE.",
            metavar="[SYSTEM=]WEIGHTS",
        ),
    ] = None,
    folds: Folds = 4,
    split: SplitBy = Split.patient,
    split_seed: SplitSeed = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Folds trained at a time; each needs its own memory.")] = 1,
    seed: TrainingSeed = 0,
    precision: PrecisionName = Precision.float32,
    jit: Jit = None,
    devices: Devices = 1,
    resume: Resume = False,
    overwrite: Overwrite = False,
    as_json: Json = False,
):
    """Cross-validate several systems on the same folds of the same X-rays, and compare them.

    Leaves a run folder for each system, and systems.csv, classes.csv and pairs.csv: accuracies with
    intervals, costs, and for each pair McNemar's test and the difference when patients are drawn again.
    """
    check_options(data, phantom, resume, overwrite)

    from coronet_lib.datasets import phantom as phantoms
    from coronet_lib.datasets import store

    prepared = None if phantom else store.load(data, progress=not as_json)

    from coronet_lib.systems import compare as protocol
    from coronet_lib.systems import tables

    entries = _entries(names, epochs or [], weights or [])
    largest = max(entry.size for entry in entries)
    if prepared is not None and min(prepared.images.shape[1:3]) < largest:
        hungry = [entry.name for entry in entries if entry.size == largest]
        raise ValueError(
            f"{hungry[0]} wants {largest} x {largest} pixels, and {data} has "
            f"{prepared.images.shape[1]} x {prepared.images.shape[2]}; prepare it with --size {largest}"
        )

    def xrays(size):
        if phantom:
            return phantoms.generate(size=size, seed=phantom_seed, progress=not as_json)
        return prepared.shrunk(size)

    with interruptible("compare"):
        folders = protocol.run(
            entries,
            xrays,
            out,
            classes=int(classes),
            folds=folds,
            split=split.value,
            split_seed=split_seed,
            seed=seed,
            jobs=jobs,
            compute=compute(precision, jit, devices, quiet=as_json),
            resume=resume,
            overwrite=overwrite,
            progress=not as_json,
        )
    if as_json:
        print(tables.overview(folders).to_json(orient="index"))
    else:
        tables.show(out_console, folders)
        out_console.print(WARNING)


def _entries(names, epochs, weights):
    """The systems, with the epochs and weights that the options ask for."""
    from coronet_lib.systems import system

    wanted = {name: system(name) for name in names}
    changes = {name: {} for name in names}
    for name, value, for_all in _settings("epochs", epochs, names):
        if not value.isdecimal() or value == "0":
            raise typer.BadParameter(f"--epochs wants N or SYSTEM=N with N from 1, got {value!r}")
        if not hasattr(wanted[name].recipe, "epochs"):
            if for_all:
                continue
            raise typer.BadParameter(f"--epochs {name}={value}: {name} is not trained in epochs")
        changes[name]["epochs"] = int(value)
    for name, value, for_all in _settings("weights", weights, names):
        if for_all and getattr(wanted[name].recipe, "network", None):
            continue  # its network is trained in the comparison
        changes[name]["weights"] = None if value == "none" else value
    return [wanted[name].but(**changes[name]) for name in names]


def _settings(option, values, names):
    """(system, value, whether it was said for all) for each ``VALUE`` or ``SYSTEM=VALUE``."""
    for value in values:
        name, named, setting = value.partition("=")
        if named and name not in names:
            raise typer.BadParameter(f"--{option} {value}: {name} is none of {', '.join(names)}")
        for target in [name] if named else names:
            yield target, setting if named else value, not named
