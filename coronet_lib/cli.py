"""The ``coronet`` command: data in, runs out.  Thin; the work is done by the library.

Each command imports what it needs when it runs, so that help and a wrong option answer at once.

Exit codes: 0 done, 1 failed, 2 wrong usage.
"""

import json
import os
import sys
import warnings
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from coronet_lib.classes import TITLES, class_names

# TensorFlow reports its CPU and missing CUDA in a dozen lines unless told not to.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

WARNING = "For learning. Not for diagnosis."

app = typer.Typer(
    help=f"CoroNet, step by step: prepare X-rays, train, evaluate, predict. {WARNING}",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
data_app = typer.Typer(help="Make or prepare the X-rays to train on.", no_args_is_help=True)
paper_app = typer.Typer(help="What the paper prints.", no_args_is_help=True)
app.add_typer(data_app, name="data")
app.add_typer(paper_app, name="paper")
out_console, err_console = Console(), Console(stderr=True, highlight=False)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of every random draw.")]
Out = Annotated[Path, typer.Option(help="Folder to write.", show_default=False)]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what an earlier call wrote there.")]


class Profile(StrEnum):
    quick = "quick"
    full = "full"
    corrected = "corrected"


class DataSet(StrEnum):
    one = "1"
    two = "2"


class Split(StrEnum):
    patient = "patient"
    image = "image"


class Resample(StrEnum):
    area = "area"
    bilinear = "bilinear"
    nearest = "nearest"


class Upstream(StrEnum):
    cohen = "cohen"
    kermany = "kermany"
    ozturk = "ozturk"


class Classes(StrEnum):
    four = "4"
    three = "3"
    two = "2"


# What `train` and `cv` share.
RunOut = Annotated[Path, typer.Option(help="Run folder to write.", show_default=False)]
DataFolder = Annotated[Path | None, typer.Option(help="A prepared folder (see `coronet data`).")]
Phantom = Annotated[bool, typer.Option("--phantom", help="Train on synthetic X-rays.")]
ProfileName = Annotated[
    Profile,
    typer.Option(
        help="quick: a narrow CoroNet, minutes on a CPU; full: the paper's; "
        "corrected: the paper's network at 224 pixels, trained with care."
    ),
]
ClassCount = Annotated[Classes, typer.Option(help="Join or drop the pneumonias.")]
Epochs = Annotated[int | None, typer.Option(min=1, help="Instead of the profile's.")]
Weights = Annotated[
    str | None,
    typer.Option(help="imagenet, none, or a file of Xception weights; by default the profile's."),
]
Folds = Annotated[int, typer.Option(min=2, help="How many folds.")]
SplitBy = Annotated[Split, typer.Option(help="Deal patients or images; the paper dealt images.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run.")]


def main():
    """Run the command; an expected failure is one line on standard error, and exit code 1."""
    warnings.showwarning = lambda message, *_: err_console.print(
        f"[yellow]Warning:[/] {_plain(message)}", soft_wrap=True
    )
    try:
        app(standalone_mode=True)
    except (ValueError, OSError) as error:
        fail(error)


def fail(reason):
    err_console.print(f"[bold red]Error:[/] {_plain(reason)}", soft_wrap=True)
    raise SystemExit(1)


def _plain(text):
    return str(text).replace("[", r"\[")


@data_app.command("phantom", epilog="Example: coronet data phantom --out phantoms --size 150 --workers 2")
def data_phantom(
    out: Out,
    size: Annotated[int, typer.Option(help="Edge in pixels.")] = 150,
    each: Annotated[
        int | None, typer.Option(min=1, help="Images a class; without it the counts of the paper's Table I.")
    ] = None,
    seed: Seed = 0,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    overwrite: Overwrite = False,
    as_json: Json = False,
):
    """Draw synthetic chest X-rays, with lesion masks, and write them as a prepared folder."""
    from coronet_lib.datasets import phantom, store

    store.check_target(out, overwrite)
    counts = phantom.DATASET_1 if each is None else each
    collection = phantom.generate(counts, size, seed=seed, workers=workers, progress=not as_json)
    facts = {"dataset": "phantom", "seed": seed}
    card = store.export(collection, out, facts=facts, overwrite=overwrite, progress=not as_json)
    _report_data(card, out, as_json)


@data_app.command(
    "fetch",
    epilog="Examples: coronet data fetch cohen | coronet data fetch kermany --from archive.zip",
)
def data_fetch(
    collection: Annotated[Upstream, typer.Argument(help="Whose X-rays.", show_default=False)],
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
    from coronet_lib.datasets import fetch, manifests

    about = manifests.COLLECTIONS[collection]
    console = err_console if as_json else out_console
    for line in (about.title, f"Licence: {about.licence}", f"Please cite: {about.citation}", WARNING):
        console.print(_plain(line), soft_wrap=True)
    try:
        summary = fetch.fetch(
            collection.value,
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
        f"{summary['folder']}: {summary['files']:,} files as upstream has them ({summary['downloaded']:,} "
        f"downloaded, {summary['taken']:,} taken from --from, {summary['there']:,} already there); "
        f"{summary['xrays']:,} X-rays for `coronet data prepare --source {root}`.",
        soft_wrap=True,
        highlight=False,
    )


@data_app.command(
    "prepare", epilog="Example: coronet data prepare --source upstream --out dataset1 --size 150"
)
def data_prepare(
    source: Annotated[
        Path,
        typer.Option(help="Holds the collections under their upstream names.", show_default=False),
    ],
    out: Out,
    dataset: Annotated[
        DataSet, typer.Option(help="1: Cohen and Kermany, drawn as in Table I. 2: Ozturk, whole.")
    ] = DataSet.one,
    classes: Annotated[
        Classes | None,
        typer.Option(help="Join or drop the pneumonias.", show_default="4, or 3 of Dataset-2"),
    ] = None,
    size: Annotated[int, typer.Option(min=1, help="Edge in pixels.")] = 150,
    resample: Annotated[Resample, typer.Option(help="How to shrink.")] = Resample.area,
    every: Annotated[
        bool, typer.Option("--all", help="Of Dataset-1 take every image, not the counts of Table I.")
    ] = False,
    split_seed: Annotated[int, typer.Option(min=0, help="Seed of the draw of Dataset-1.")] = 2020,
    overwrite: Overwrite = False,
    as_json: Json = False,
):
    """Make the paper's Dataset-1 or Dataset-2 from the upstream folders (see the data cards)."""
    from coronet_lib.datasets import prepare
    from coronet_lib.paper import TABLE_I

    settings = {
        "size": size,
        "resample": resample.value,
        "overwrite": overwrite,
        "progress": not as_json,
    }
    if classes is not None:
        settings["classes"] = int(classes)
    if dataset is DataSet.two:
        card = prepare.dataset2(source, out, **settings)
    else:
        card = prepare.dataset1(source, out, seed=split_seed, counts=None if every else TABLE_I, **settings)
    _report_data(card, out, as_json)


def _report_data(card, out, as_json):
    if as_json:
        print(json.dumps(card))
        return
    table = Table(title=f"{sum(card['counts'].values()):,} X-rays of {card['patients']:,} patients")
    table.add_column("class")
    table.add_column("images", justify="right")
    for name, count in card["counts"].items():
        table.add_row(TITLES[name], f"{count:,}")
    out_console.print(table)
    if copies := card.get("near_identical"):
        out_console.print(
            f"{len(copies)} pictures are there more than once; {card['joined_patients']} patients turned out "
            "to be somebody else of the list and were joined. The card names the files."
        )
    out_console.print(f"Wrote {out}. Train on it: coronet train --data {out} --out RUN", soft_wrap=True)


@app.command(
    epilog="Examples: coronet train --phantom --out runs/quick | "
    "coronet train --data dataset1 --profile full --weights xception.weights.h5 --fold 4 --out runs/fold4"
)
def train(
    out: RunOut,
    data: DataFolder = None,
    phantom: Phantom = False,
    profile: ProfileName = Profile.quick,
    classes: ClassCount = Classes.four,
    epochs: Epochs = None,
    weights: Weights = None,
    folds: Folds = 4,
    fold: Annotated[int, typer.Option(min=1, help="Fold to hold out and test on.")] = 1,
    split: SplitBy = Split.patient,
    seed: Seed = 0,
    resume: Resume = False,
    overwrite: Overwrite = False,
    as_json: Json = False,
):
    """Train CoroNet on all folds but one and test it on that one.

    Leaves card.json, history.csv, predictions.csv and model.keras in the run folder.
    """
    xrays, recipe = _request(
        data, phantom, profile, classes, epochs, weights, seed, resume, overwrite, as_json
    )

    from coronet_lib import training

    with _interruptible("train"):
        card = training.run(
            xrays,
            recipe,
            out,
            fold=fold,
            folds=folds,
            split=split.value,
            seed=seed,
            resume=resume,
            overwrite=overwrite,
            progress=not as_json,
        )
    if as_json:
        print(json.dumps(card))
    else:
        _show(out)


@app.command(
    epilog="Examples: coronet cv --phantom --jobs 2 --out runs/quick-cv | "
    "coronet cv --data dataset1 --profile full --split image --out runs/paper-cv"
)
def cv(
    out: RunOut,
    data: DataFolder = None,
    phantom: Phantom = False,
    profile: ProfileName = Profile.quick,
    classes: ClassCount = Classes.four,
    epochs: Epochs = None,
    weights: Weights = None,
    folds: Folds = 4,
    split: SplitBy = Split.patient,
    jobs: Annotated[int, typer.Option(min=1, help="Folds trained at a time; each needs its own memory.")] = 1,
    seed: Seed = 0,
    resume: Resume = False,
    overwrite: Overwrite = False,
    as_json: Json = False,
):
    """Cross-validate: hold out every fold once, and make the paper's Tables III and IV.

    Leaves card.json, predictions.csv, folds.csv and classes.csv of all folds, and a run folder for each.
    """
    xrays, recipe = _request(
        data, phantom, profile, classes, epochs, weights, seed, resume, overwrite, as_json
    )

    from coronet_lib import crossval

    with _interruptible("cv"):
        card = crossval.run(
            xrays,
            recipe,
            out,
            folds=folds,
            split=split.value,
            seed=seed,
            jobs=jobs,
            resume=resume,
            overwrite=overwrite,
            progress=not as_json,
        )
    if as_json:
        print(json.dumps(card))
    else:
        _show(out)


def _request(data, phantom, profile, classes, epochs, weights, seed, resume, overwrite, as_json):
    """The X-rays and the recipe that the options of ``train`` and ``cv`` ask for."""
    if (data is None) == (not phantom):
        raise typer.BadParameter("say either --data DIR or --phantom")
    if resume and overwrite:
        raise typer.BadParameter("--resume and --overwrite exclude each other")

    from coronet_lib.datasets import phantom as phantoms
    from coronet_lib.datasets import store

    # Before TensorFlow is imported, so that a wrong folder is said at once.
    xrays = None if phantom else store.load(data, progress=not as_json)

    from coronet_lib import recipes

    recipe = recipes.PROFILES[profile]
    if epochs is not None:
        recipe = recipe.but(epochs=epochs)
    if weights is not None:
        recipe = recipe.but(weights=None if weights == "none" else weights)
    if phantom:
        xrays = phantoms.generate(size=recipe.size, seed=seed, workers=os.cpu_count(), progress=not as_json)
    return xrays.shrunk(recipe.size).with_classes(int(classes)), recipe


@contextmanager
def _interruptible(command):
    try:
        yield
    except KeyboardInterrupt:
        fail(f"interrupted; finished epochs are kept, `coronet {command} … --resume` goes on from there")


@app.command(epilog="Example: coronet evaluate runs/quick")
def evaluate(
    run: Annotated[Path, typer.Argument(help="A finished run folder.")],
    data: Annotated[
        Path | None, typer.Option(help="Insist that the run was done on the X-rays of this prepared folder.")
    ] = None,
    as_json: Json = False,
):
    """Show how a run did on what it held out: confusion matrix and metrics, class by class."""
    if data is not None:
        from coronet_lib import runs
        from coronet_lib.datasets import store

        runs.check_data(runs.read_card(run), store.load(data, progress=not as_json))
    if as_json:
        from coronet_lib import report

        print(json.dumps(report.summary(run)))
    else:
        _show(run)


def _show(run):
    from coronet_lib import report

    report.show(out_console, run)
    out_console.print(WARNING)


@app.command(epilog="Example: coronet predict runs/quick/model.keras xray1.png xray2.jpeg")
def predict(
    model: Annotated[Path, typer.Argument(help="A model.keras, or the run folder that holds it.")],
    images: Annotated[list[Path], typer.Argument(help="X-ray image files.", metavar="IMAGE...")],
    as_json: Json = False,
):
    """Score X-ray images. A file that cannot be read is reported, and the others are scored."""
    import numpy as np

    from coronet_lib import training
    from coronet_lib.datasets.images import read_xray
    from coronet_lib.models.coronet import load_coronet

    network = load_coronet(model)
    names = class_names(network.output_shape[1])
    size = network.input_shape[1]
    read, refused = {}, {}
    for path in images:
        try:
            read[str(path)] = read_xray(path, size)[..., None]
        except (ValueError, OSError) as error:
            refused[str(path)] = str(error)
            err_console.print(f"[bold red]Error:[/] {_plain(error)}", soft_wrap=True)
    scores = training.predict(network, np.stack(list(read.values()))) if read else []
    if as_json:
        predictions = [
            {
                "file": file,
                "predicted": names[int(row.argmax())],
                "scores": dict(zip(names, row.tolist(), strict=True)),
            }
            for file, row in zip(read, scores, strict=True)
        ]
        print(json.dumps({"predictions": predictions, "refused": refused}))
    elif read:
        table = Table(title=f"Class scores (%). {WARNING}")
        table.add_column("file", overflow="fold")
        for name in names:
            table.add_column(TITLES[name], justify="right")
        for file, row in zip(read, scores, strict=True):
            best = row.argmax()
            table.add_row(
                file,
                *(f"[bold]{100 * s:.1f}[/]" if i == best else f"{100 * s:.1f}" for i, s in enumerate(row)),
            )
        out_console.print(table)
    if refused:
        raise SystemExit(1)


@paper_app.command("audit", epilog="Example: coronet paper audit --fast")
def paper_audit(
    fast: Annotated[bool, typer.Option("--fast", help="Leave out what needs Keras.")] = False,
    as_json: Json = False,
):
    """Recompute what the paper prints, and say which numbers hold; the worst come first."""
    from coronet_lib import audit

    found = audit.findings(fast=fast)
    if as_json:
        print(audit.to_json(sorted(found, key=lambda finding: -finding.verdict.severity)))
    else:
        audit.report(out_console, found)


if __name__ == "__main__":
    sys.exit(main())
