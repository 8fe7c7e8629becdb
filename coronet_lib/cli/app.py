"""The ``coronet`` command: data in, runs out.  Thin; the work is done by the library.

Each command imports what it needs when it runs, so that help and a wrong option answer at once.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a fault of the library's own.
"""

import io
import json
import sys
import warnings
from pathlib import Path
from typing import Annotated, Literal

import typer

from coronet_lib import __version__
from coronet_lib.classes import TITLES, class_names
from coronet_lib.cli import compare
from coronet_lib.cli import course as cli_course
from coronet_lib.cli import data as cli_data
from coronet_lib.cli.calibrate import calibrate
from coronet_lib.cli.doctor import doctor
from coronet_lib.cli.explain import explain
from coronet_lib.cli.options import (
    TRACEBACK,
    WARNING,
    Cluster,
    Jobs,
    Json,
    Seeds,
    err_console,
    fail,
    interruptible,
    out_console,
    read_seeds,
    read_xrays,
)
from coronet_lib.cli.plan import plan
from coronet_lib.cli.request import Request, shared
from coronet_lib.text import plain, reason

app = typer.Typer(
    help=f"CoroNet, step by step: prepare X-rays, train, evaluate, predict. {WARNING}",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
paper_app = typer.Typer(help="What the paper prints.", no_args_is_help=True)
app.add_typer(cli_data.app, name="data")
app.add_typer(cli_course.app, name="course")
app.add_typer(paper_app, name="paper")
app.command("doctor", epilog="Example, for the report of a fault: coronet doctor --json")(doctor)
app.command("calibrate", epilog="Example: coronet calibrate runs/quick --sensitivity 0.9")(calibrate)
app.command(
    "plan",
    epilog="Examples: coronet plan full:40 --devices 8 --price 0.5 | "
    "coronet plan full:4 corrected:4 --devices 8 --together 2 --gigabits 25 --rate 400 --json",
)(plan)
app.command("systems", epilog="Example: coronet systems --json")(compare.list_systems)
app.command(
    "explain", epilog="Example: coronet explain runs/quick xray1.png xray2.jpeg --out maps --method occlusion"
)(explain)
app.command(
    "compare",
    epilog="Examples: coronet compare coronet-quick darkcovidnet --phantom --out runs/compare | "
    "coronet compare darkcovidnet svm-xception --data dataset1 --weights svm-xception=xception.weights.h5 "
    "--epochs darkcovidnet=10 --out runs/compare",
)(compare.compare_systems)

# What only `train` and `cv` take.
Profile = Annotated[
    Literal["quick", "sprint", "full", "corrected"],
    typer.Option(
        help="quick: a narrow CoroNet, minutes on a CPU; full: the paper's; sprint: the paper's network, "
        "trained with care in a few epochs; "
        "corrected: the paper's network at 224 pixels, trained with care."
    ),
]
Epochs = Annotated[int | None, typer.Option(min=1, help="Instead of the profile's.")]
Weights = Annotated[
    str | None,
    typer.Option(help="imagenet, none, or a file of Xception weights; by default the profile's."),
]


def _base(runs):
    return Annotated[
        Path | None,
        typer.Option(
            help=f"Fine-tune the model of {runs}, with a new last layer; what was held out is held out again."
        ),
    ]


def main():
    """Run the command; a failure is one line on standard error.

    Exit code 1 is for what the library refuses, and 3 for what nobody thought of.  Typer itself ends wrong
    usage, an interruption by the keyboard and an output that is closed early, as by ``| head``.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # spell out what a terminal has no letter for
            stream.reconfigure(errors="backslashreplace")
    warnings.showwarning = lambda message, *_: err_console.print(
        f"[yellow]Warning:[/] {plain(message)}", soft_wrap=True
    )
    try:
        app(standalone_mode=True)
    except (ValueError, OSError) as error:
        fail(error)
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and error.name in ("tensorflow", "jax", "torch"):
            fail(
                f"Keras is to compute with {error.name}, which is not installed; install it, or set "
                "KERAS_BACKEND to another: tensorflow, jax or torch"
            )
        fail(
            f"{type(error).__name__}: {reason(error)}. This is a fault of coronet's own: please report it, "
            f"with what the same command prints where {TRACEBACK}=1 is set in the environment",
            code=3,
        )


def _version(asked: bool):
    if asked:
        print(f"coronet {__version__}")
        raise typer.Exit


@app.callback()
def _every_command(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
):
    pass  # what Typer's own help says is said above


@app.command(
    epilog="Examples: coronet train --phantom --out runs/quick | "
    "coronet train --data dataset1 --profile full --weights xception.weights.h5 --fold 4 --out runs/fold4 | "
    "coronet train --phantom --base runs/quick --classes 3 --epochs 4 --out runs/three"
)
@shared
def train(
    context: typer.Context,
    request: Request,
    profile: Profile = "quick",
    epochs: Epochs = None,
    weights: Weights = None,
    base: _base("this run") = None,
    fold: Annotated[int, typer.Option(min=1, help="Fold to hold out and test on.")] = 1,
):
    """Train CoroNet on all folds but one and test it on that one.

    Leaves card.json, history.csv, predictions.csv and model.keras in the run folder.
    """
    if base is not None:
        _refuse_beside_base(context)
    xrays, recipe = _xrays_and_recipe(request, profile, epochs, weights)

    from coronet_lib.runs import one_fold, open_base

    if base is not None:
        base = open_base(base, xrays, recipe)
        request = request.going_on_from(base)
    with interruptible("train"):
        session = request.session([recipe])
        request.expect(recipe, len(xrays), session)
        card = one_fold.run(
            xrays.with_classes(int(request.classes)),
            recipe,
            request.out,
            fold=fold,
            split=request.split,
            seed=request.seed,
            base=base,
            session=session,
        )
    _tell(card, request)


@app.command(
    epilog="Examples: coronet cv --phantom --jobs 2 --out runs/quick-cv | "
    "coronet cv --data dataset1 --profile full --split image --out runs/paper-cv | "
    "coronet cv --data dataset1 --profile full --base runs/paper-cv --classes 3 --epochs 8 --out runs/3 | "
    "coronet cv --data dataset1 --seeds 0..9 --cluster tcp://host:8786 --out runs/ten-seeds"
)
@shared
def cv(
    context: typer.Context,
    request: Request,
    profile: Profile = "quick",
    epochs: Epochs = None,
    weights: Weights = None,
    base: _base("each fold of this cross-validation") = None,
    seeds: Seeds = None,
    jobs: Jobs = 1,
    cluster: Cluster = None,
):
    """Cross-validate: hold out every fold once, and make the paper's Tables III and IV.

    Leaves card.json, predictions.csv, folds.csv and classes.csv of all folds, and a run folder for each; of
    several seeds a folder with all that for each, and seeds.csv.
    """
    several = None if seeds is None else read_seeds(seeds)
    if base is not None:
        _refuse_beside_base(context)
    xrays, recipe = _xrays_and_recipe(request, profile, epochs, weights)

    from coronet_lib.runs import crossval, open_base_folds
    from coronet_lib.runs import seeds as over_seeds

    if base is not None:
        base = open_base_folds(base, xrays, recipe)
        request = request.going_on_from(base)
    xrays = xrays.with_classes(int(request.classes))
    with interruptible("cv"):
        session = request.session([recipe], jobs, cluster)
        request.expect(recipe, len(xrays), session, request.folds * len(several or [None]))
        how = {"split": request.split, "base": base, "session": session}
        if several:
            table = over_seeds.run(xrays, recipe, request.out, seeds=several, **how)
        else:
            card = crossval.run(xrays, recipe, request.out, seed=request.seed, **how)
    if several:
        _tell_seeds(table, request)
    else:
        _tell(card, request)


def _refuse_beside_base(context):
    """Refuse the options that a base decides."""
    for option in context.command.params:
        given = context.get_parameter_source(option.name).name == "COMMANDLINE"
        if given and option.name in ("weights", "folds", "fold", "by", "split_seed", "precision"):
            raise typer.BadParameter(
                f"--base brings its own weights, split and precision; leave out {option.opts[0]}"
            )


def _tell_seeds(table, request):
    if request.as_json:
        print(table.to_json(orient="index"))
        return
    from coronet_lib.runs import report

    report.show_seeds(out_console, table)
    out_console.print(WARNING)


def _xrays_and_recipe(request, profile, epochs, weights):
    """The recipe that the options ask for, and the X-rays at its size, in the classes that they have."""
    _ = request.shape  # refuses what is no folder of X-rays

    from coronet_lib.training import PROFILES

    recipe = PROFILES[profile]
    if epochs is not None:
        recipe = recipe.but(epochs=epochs)
    if weights is not None:
        recipe = recipe.but(weights=None if weights == "none" else weights)
    return request.xrays(recipe.size), recipe


def _tell(card, request):
    if request.as_json:
        print(json.dumps(card))
    else:
        _show(request.out)


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
        from coronet_lib.runs import report

        print(json.dumps(report.summary(run)))
    else:
        _show(run)


def _show(run):
    from coronet_lib.runs import report

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
    from coronet_lib.runs import load_coronet
    from coronet_lib.runs.report import rich_table

    network = load_coronet(model)
    names = class_names(network.output_shape[1])
    size = network.input_shape[1]
    read, refused = read_xrays(images, size)
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
        rows = (
            [plain(file), *(f"[bold]{100 * s:.1f}[/]" if s == row.max() else f"{100 * s:.1f}" for s in row)]
            for file, row in zip(read, scores, strict=True)
        )
        headings = ["file", *(TITLES[name] for name in names)]
        out_console.print(rich_table(f"Class scores (%). {WARNING}", headings, rows, left=("file",)))
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
