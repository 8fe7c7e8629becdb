"""The commands ``coronet systems`` and ``coronet compare``: the other systems, and all under one protocol."""

import json
from pathlib import Path
from typing import Annotated

import typer

from coronet_lib.cli.options import (
    WARNING,
    Cluster,
    Jobs,
    Json,
    Seeds,
    interruptible,
    out_console,
    read_seeds,
)
from coronet_lib.cli.request import Request, shared


def list_systems(as_json: Json = False):
    """List the systems that `coronet compare` knows, and what is reported of them."""
    from coronet_lib.runs.report import rich_table
    from coronet_lib.systems import SYSTEMS

    if as_json:
        print(json.dumps({name: _facts(entry) for name, entry in SYSTEMS.items()}))
        return
    rows = []
    for name, entry in SYSTEMS.items():
        counted = f"{max(entry.parameters.values()) / 1e6:.2f}"
        claimed = "" if entry.claimed is None else f" (the paper: {entry.claimed:g})"
        reported = ", ".join(
            f"{r.accuracy:g} % of {r.tested} images in {r.classes} classes" for r in entry.reported
        )
        rows.append((name, entry.size, entry.preprocessing, entry.head, counted + claimed, reported or "-"))
    title = "Accuracy is as published, on each work's own images: the column cannot be compared."
    headings = ("name", "size", "preprocessing", "head", "million parameters", "reported")
    out_console.print(rich_table(title, headings, rows, left={*headings} - {"size"}))


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


@shared
def compare_systems(
    request: Request,
    names: Annotated[
        list[str], typer.Argument(help="Systems, as `coronet systems` lists them.", metavar="SYSTEM...")
    ],
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
    seeds: Seeds = None,
    jobs: Jobs = 1,
    cluster: Cluster = None,
):
    """Cross-validate several systems on the same folds of the same X-rays, and compare them.

    Leaves a run folder for each system, and systems.csv, classes.csv and pairs.csv of all that are finished
    there: accuracies with intervals, costs, and for each pair McNemar's test and the difference when
    patients are drawn again. Of several seeds a folder with all that for each, and seeds.csv.
    """
    several = None if seeds is None else read_seeds(seeds)
    _ = request.shape  # refuses what is no folder of X-rays

    from coronet_lib.systems import compare, tables

    entries = _entries(names, epochs or [], weights or [])
    largest = max(entries, key=lambda entry: entry.size)
    if request.shape and min(request.shape) < largest.size:
        raise ValueError(
            f"{largest.name} wants {largest.size} x {largest.size} pixels, and {request.data} has "
            f"{request.shape[0]} x {request.shape[1]}; prepare it with --size {largest.size}"
        )
    what = entries, request.xrays, request.out
    with interruptible("compare"):
        session = request.session([entry.recipe for entry in entries], jobs, cluster)
        how = {"split": request.split, "session": session, "classes": int(request.classes)}
        if several:
            table = compare.over_seeds(*what, seeds=several, **how)
        else:
            folders = compare.run(*what, seed=request.seed, **how)
    if several:
        _tell_seeds(table, request)
        return
    if request.as_json:
        print(tables.overview(folders).to_json(orient="index"))
    else:
        tables.show(out_console, folders)
        out_console.print(WARNING)


def _tell_seeds(table, request):
    """The tables of several seeds, one a system."""
    parts = {name: table.loc[name] for name in table.index.unique("system")}
    if request.as_json:
        print(json.dumps({name: json.loads(part.to_json(orient="index")) for name, part in parts.items()}))
        return
    from coronet_lib.runs import report

    for name, part in parts.items():
        report.show_seeds(out_console, part, f"{name}: mean")
    out_console.print(WARNING)


def _entries(names, epochs, weights):
    """The systems, with the epochs and weights that the options ask for."""
    from coronet_lib.systems import system

    wanted = {name: system(name) for name in names}
    for option, values in (("epochs", epochs), ("weights", weights)):
        for value in values:
            name, setting = _parted(option, value, names)
            for target in names if name is None else [name]:
                if option in wanted[target].recipe.free:
                    wanted[target] = wanted[target].but(**{option: _READ[option](setting)})
                elif name:
                    raise typer.BadParameter(f"--{option} {value}: {name} has no {option} to choose")
    return [wanted[name] for name in names]


def _parted(option, value, names):
    """SYSTEM and setting of ``SYSTEM=SETTING``; None and the value of one for all, or of a file so called."""
    name, equals, setting = value.partition("=")
    if not equals or (option == "weights" and name not in names and Path(value).is_file()):
        return None, value
    if name not in names:
        raise typer.BadParameter(f"--{option} {value}: {name} is none of {', '.join(names)}")
    return name, setting


def _epochs(setting):
    if not setting.isdecimal() or setting == "0":
        raise typer.BadParameter(f"--epochs wants N or SYSTEM=N with N from 1, got {setting!r}")
    return int(setting)


_READ = {"epochs": _epochs, "weights": lambda setting: None if setting == "none" else setting}
