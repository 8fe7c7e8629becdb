"""``coronet data``: draw, fetch and prepare the X-rays to train on."""

import json
import shlex
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Literal

import typer

from coronet_lib.classes import TITLES
from coronet_lib.cli.options import (
    WARNING,
    Classes,
    Cluster,
    Folds,
    Json,
    Overwrite,
    Seed,
    err_console,
    fail,
    out_console,
)
from coronet_lib.text import plain

app = typer.Typer(help="Make or prepare the X-rays to train on.", no_args_is_help=True)

Out = Annotated[Path, typer.Option(help="Folder to write.", show_default=False)]


@app.command("phantom", epilog="Example: coronet data phantom --out phantoms --size 150 --workers 2")
def data_phantom(
    out: Out,
    size: Annotated[int, typer.Option(help="Edge in pixels.")] = 150,
    each: Annotated[
        int | None, typer.Option(min=1, help="Images a class; without it the counts of the paper's Table I.")
    ] = None,
    seed: Seed = 0,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    cluster: Cluster = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
):
    """Draw synthetic chest X-rays, with lesion masks, and write them as a prepared folder."""
    from coronet_lib.datasets import phantom, store

    store.check_target(out, overwrite)
    counts = phantom.DATASET_1 if each is None else each
    with _drawing(workers, cluster) as at_a_time:
        collection = phantom.generate(counts, size, seed=seed, workers=at_a_time, progress=not as_json)
    facts = {"dataset": "phantom"}
    card = store.export(collection, out, facts=facts, overwrite=overwrite, progress=not as_json)
    _report_data(card, out, as_json)


def _drawing(workers, cluster):
    """A context in which phantoms are drawn, here or on a cluster, and by how many."""
    if cluster is None:
        return nullcontext(workers)
    from coronet_lib.runs.cluster import drawing

    return drawing(cluster)


@app.command(
    "fetch",
    epilog="Examples: coronet data fetch cohen | coronet data fetch kermany --from archive.zip",
)
def data_fetch(
    collection: Annotated[
        Literal["cohen", "kermany", "ozturk"], typer.Argument(help="Whose X-rays.", show_default=False)
    ],
    root: Annotated[
        Path, typer.Option(help="Folder that is to hold the collections under their upstream names.")
    ] = Path("upstream"),
    given: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="PATH",
            help="A folder or zip archive that you have, or an archive's address; "
            "what it lacks is downloaded.",
        ),
    ] = None,
    mirror: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Another server of the repositories' raw files than GitHub's."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files there that are not upstream's.")
    ] = False,
    as_json: Json = False,
):
    """Download real X-rays from where their owners publish them, and check every file.

    Can be interrupted at any time; the same command fetches what is still missing.
    """
    from coronet_lib.datasets.upstream import fetch, manifests

    about = manifests.COLLECTIONS[collection]
    console = err_console if as_json else out_console
    for line in (about.title, f"Licence: {about.licence}", f"Please cite: {about.citation}", WARNING):
        console.print(plain(line), soft_wrap=True)
    try:
        summary = fetch.fetch(
            collection,
            root,
            given=given,
            mirror=mirror or fetch.GITHUB,
            overwrite=overwrite,
            progress=not as_json,
        )
    except KeyboardInterrupt:
        fail("interrupted; what has arrived is kept, and the same command fetches only the rest")
    if as_json:
        print(json.dumps(summary))
        return
    out_console.print(
        f"{plain(summary['folder'])}: {summary['files']:,} files as upstream has them "
        f"({summary['downloaded']:,} downloaded, {summary['taken']:,} taken from --from, "
        f"{summary['there']:,} already there); {summary['xrays']:,} X-rays for "
        f"`coronet data prepare --source {plain(shlex.quote(str(root)))}`.",
        soft_wrap=True,
        highlight=False,
    )


@app.command("prepare", epilog="Example: coronet data prepare --source upstream --out dataset1 --size 150")
def data_prepare(
    source: Annotated[
        Path,
        typer.Option(help="Holds the collections under their upstream names.", show_default=False),
    ],
    out: Out,
    dataset: Annotated[
        Literal["1", "2"], typer.Option(help="1: Cohen and Kermany, drawn as in Table I. 2: Ozturk, whole.")
    ] = "1",
    classes: Annotated[
        Classes | None,
        typer.Option(help="Join or drop the pneumonias.", show_default="4, or 3 of Dataset-2"),
    ] = None,
    size: Annotated[int, typer.Option(min=1, help="Edge in pixels.")] = 150,
    resample: Annotated[Literal["area", "bilinear", "nearest"], typer.Option(help="How to shrink.")] = "area",
    every: Annotated[
        bool, typer.Option("--all", help="Of Dataset-1 take every image, not the counts of Table I.")
    ] = False,
    split_seed: Annotated[
        int | None, typer.Option(min=0, help="Seed of the draw of Dataset-1.", show_default="2020")
    ] = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
):
    """Make the paper's Dataset-1 or Dataset-2 from the upstream folders (see the data cards)."""
    from coronet_lib.datasets.upstream import prepare
    from coronet_lib.paper import TABLE_I

    settings = {
        "size": size,
        "resample": resample,
        "overwrite": overwrite,
        "progress": not as_json,
    }
    if classes is not None:
        settings["classes"] = int(classes)
    if dataset == "2":
        if every or split_seed is not None:
            raise typer.BadParameter("--all and --split-seed are for Dataset-1; Dataset-2 is taken whole")
        card = prepare.dataset2(source, out, **settings)
    else:
        if split_seed is not None:
            settings["seed"] = split_seed
        card = prepare.dataset1(source, out, counts=None if every else TABLE_I, **settings)
    _report_data(card, out, as_json)


@app.command("relabel", epilog="Example: coronet data relabel dataset1 corrections.csv")
def data_relabel(
    data: Annotated[Path, typer.Argument(help="A prepared folder.", show_default=False)],
    changes: Annotated[
        Path,
        typer.Argument(help="CSV with the columns file, and label, patient or both.", show_default=False),
    ],
    as_json: Json = False,
):
    """Give X-rays of a prepared folder another label or patient; an empty cell changes nothing.

    The folder's card keeps what was changed. By hand its table cannot be edited: it would be refused.
    """
    import pandas as pd

    from coronet_lib.datasets.relabel import relabel

    try:
        table = pd.read_csv(changes, dtype=str, keep_default_na=False)
    except ValueError as error:
        raise ValueError(f"{changes} cannot be read as a table: {error}") from None
    card = relabel(data, table, progress=not as_json)
    if not as_json:
        out_console.print(f"Changed {len(card['relabelled'][-1]['changes']):,} of them:")
    _report_data(card, data, as_json)


@app.command("folds", epilog="Example: coronet data folds dataset1 --out folds.csv")
def data_folds(
    data: Annotated[Path, typer.Argument(help="A prepared folder.", show_default=False)],
    out: Annotated[Path, typer.Option(help="CSV file to write.", show_default=False)],
    folds: Folds = 4,
    split: Annotated[
        Literal["image", "patient", "both"],
        typer.Option(help="Deal images, as the paper most likely did, or patients."),
    ] = "both",
    seed: Seed = 0,
    overwrite: Overwrite = False,
    as_json: Json = False,
):
    """List which image is tested in which fold, and count who leaks: patients in more than one fold.

    `coronet train`, `cv` and `compare` deal alike, given the same folder, classes, folds, split and, as
    --split-seed, this seed.
    """
    from coronet_lib.datasets import folds as dealing
    from coronet_lib.datasets import store
    from coronet_lib.files import atomic
    from coronet_lib.runs.report import rich_table

    if out.exists() and not overwrite:
        raise FileExistsError(f"{out} exists; choose another --out, or say --overwrite")
    ways = ("image", "patient") if split == "both" else (split,)
    manifest = dealing.fold_manifest(store.load(data, progress=not as_json), folds, ways, seed)
    out.parent.mkdir(parents=True, exist_ok=True)
    with atomic(out) as part:
        manifest.to_csv(part, index=False, lineterminator="\n")
    report = dealing.fold_report(manifest)
    if as_json:
        print(json.dumps({"n": folds, "seed": seed} | report))
        return
    patients = manifest["patient"].nunique()
    for way, said in report.items():
        title = (
            f"By {way}: {said['leaked_patients']:,} of {patients:,} patients leak, "
            f"with {sum(said['leaked_images'].values()):,} images"
        )
        headings = ["class", *(f"fold {fold + 1}" for fold in range(folds)), "leaked"]
        rows = (
            [TITLES[name], *images, said["leaked_images"][name]] for name, images in said["images"].items()
        )
        out_console.print(rich_table(title, headings, rows, left=("class",)))
    out_console.print(f"Wrote {plain(out)}.", soft_wrap=True)


def _report_data(card, out, as_json):
    if as_json:
        print(json.dumps(card))
        return
    from coronet_lib.runs.report import rich_table

    title = f"{sum(card['counts'].values()):,} X-rays of {card['patients']:,} patients"
    rows = ([TITLES[name], f"{count:,}"] for name, count in card["counts"].items())
    out_console.print(rich_table(title, ["class", "images"], rows, left=("class",)))
    if copies := card.get("near_identical"):
        out_console.print(
            f"{len(copies)} pictures are there more than once; {card['joined_patients']} patient numbers "
            "turned out to be another's and were joined. The card names the files."
        )
    out_console.print(
        f"Wrote {plain(out)}. Train on it: coronet train --data {plain(shlex.quote(str(out)))} --out RUN",
        soft_wrap=True,
    )
