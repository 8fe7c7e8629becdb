"""How a run did, as a dict for programs and as tables for people."""

from pathlib import Path

import pandas as pd
from rich.table import Table

from coronet_lib import evaluation
from coronet_lib.classes import TITLES
from coronet_lib.evaluation import as_json, by_fold, confusion_matrices
from coronet_lib.runs import card as cards
from coronet_lib.runs.predictions import read_predictions
from coronet_lib.text import plain

OVERVIEW = ("recipe", "xrays", "classes", "split", "fold", "epochs", "images", "accuracy", "low", "high")


def summary(run):
    """How a run did on what it held out.

    Parameters
    ----------
    run : path
        A finished run folder, of one fold or of a cross-validation.

    Returns
    -------
    dict
        Fit for JSON: ``confusion_matrix``, ``per_class`` and ``macro`` metrics (0 to 1, null where
        undefined), ``accuracy_interval`` (Wilson, 95 %), ``partial`` (see
        :func:`coronet_lib.runs.partial`) and ``folds`` (see :func:`coronet_lib.evaluation.by_fold`;
        null for a single fold).

    Raises
    ------
    RunError
        If the run is unfinished or its files do not belong together.
    """
    card = cards.read_card(run)
    partial = cards.partial(card)
    predictions, names = read_predictions(run)
    matrix = sum(confusion_matrices(predictions, names).values())
    low, high = evaluation.wilson_interval(matrix.trace(), matrix.sum())
    return {
        "classes": list(names),
        "images": len(predictions),
        "patients": int(predictions["patient"].nunique()),
        "confusion_matrix": matrix.tolist(),
        "per_class": as_json(evaluation.per_class(matrix, names)),
        "macro": as_json(evaluation.macro(matrix)),
        "accuracy_interval": [low, high],
        "partial": partial and partial._asdict(),
        "folds": None if card["fold"] else as_json(by_fold(predictions, names)),
    }


def overview(folder):
    """What the finished runs in a folder did, one row each.

    Parameters
    ----------
    folder : path
        Holds run folders, of one fold or of a cross-validation; anything else in it is passed over.

    Returns
    -------
    pandas.DataFrame
        Indexed by the name of the run folder, in alphabetical order.  Columns :data:`OVERVIEW`: ``xrays``
        is "phantoms" or "real"; ``fold`` "1 of 4" or "all 4"; ``epochs`` what was asked for, "18", or
        "12 of 80" for a partial run (see :func:`coronet_lib.runs.partial`); ``images`` how many were
        tested, in all folds; ``accuracy`` their share that is right, and ``low`` and ``high`` its 95 %
        interval with whole patients drawn again (:func:`coronet_lib.evaluation.accuracy_interval`), 0 to 1.

    Raises
    ------
    RunError
        If a card is broken, or predictions are not those that it describes.
    """
    rows = {path.parent.name: _row(path.parent) for path in sorted(Path(folder).glob("*/card.json"))}
    found = {name: row for name, row in rows.items() if row is not None}
    return pd.DataFrame.from_dict(found, orient="index", columns=OVERVIEW).rename_axis("run")


def _row(run):
    """One row of :func:`overview`; None for a run that is not finished."""
    card = cards.finished_card(run)
    if card is None:
        return None
    table, _ = read_predictions(run)
    drawn = table["file"].str.startswith("phantom-").all()
    return (
        card["recipe"]["name"],
        "phantoms" if drawn else "real",
        card["classes"],
        card["split"],
        f"{card['fold']} of {card['folds']}" if card["fold"] else f"all {card['folds']}",
        cards.epochs_asked(card),
        len(table),
        (table["true"] == table["predicted"]).mean(),
        *evaluation.accuracy_interval(table),
    )


def show_seeds(console, table, means="Mean"):
    """Print :func:`coronet_lib.runs.seeds.tabulated` on a rich console, below a title that so begins."""
    rows = table.mul(100).map("{:.1f}".format).replace("nan", "-").itertuples()
    title = f"{means} over the folds, with each seed; mean and standard deviation over the seeds (%)"
    console.print(rich_table(title, ["seed", *table], rows, left=("seed",)))


def show(console, run):
    """Print :func:`summary` as tables on a rich console."""
    result = summary(run)
    names = [TITLES[name] for name in result["classes"]]
    held_out = "All folds" if result["folds"] else "Held-out fold"
    counts = zip(names, result["confusion_matrix"], strict=True)
    title = f"{held_out} of {plain(run)}: rows are true, columns predicted"
    console.print(rich_table(title, ["", *names], ([name, *row] for name, row in counts)))
    classes = dict(zip(names, result["per_class"].values(), strict=True)) | {"macro average": result["macro"]}
    scores = {"Each class against the rest, and their mean (%)": classes}
    if result["folds"]:
        scores["Macro average of each fold, mean and standard deviation (%)"] = result["folds"]
    for title, rows in scores.items():
        shown = ([name, *map(_percent, map(row.get, evaluation.METRICS))] for name, row in rows.items())
        console.print(rich_table(title, ["", *evaluation.METRICS], shown))
    low, high = result["accuracy_interval"]
    console.print(
        f"Accuracy {_percent(result['macro']['accuracy'])} % of {result['images']} images "
        f"of {result['patients']} patients (95 % Wilson interval, which takes images as independent: "
        f"{_percent(low)} to {_percent(high)})."
    )
    if partial := result["partial"]:
        console.print(f"[yellow]Partial run:[/] {partial['epochs']} of the recipe's {partial['of']} epochs.")


def rich_table(title, headings, rows, *, left=("",)):
    """A table for a rich console: all to the right but what stands under the headings ``left``."""
    made = Table(title=title)
    for heading in headings:
        made.add_column(heading, justify="left" if heading in left else "right", overflow="fold")
    for row in rows:
        made.add_row(*map(str, row))
    return made


def _percent(value):
    return "-" if value is None else f"{100 * value:.1f}"
