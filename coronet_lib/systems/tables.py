"""Systems that were tested on the same images: tables shaped like the paper's VII and VIII, and whether
their differences are more than chance.
"""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from coronet_lib import evaluation, runs
from coronet_lib.classes import TITLES
from coronet_lib.evaluation.uncertainty import McNemar, holm, mcnemar
from coronet_lib.files import atomic
from coronet_lib.runs.card import epochs_asked
from coronet_lib.runs.report import rich_table
from coronet_lib.text import plain

COSTS = ("parameters", "trainable", "macs", "latency_ms", "memory_mb")
"""What :func:`coronet_lib.systems.measure.cost` measures."""


def aligned(folders):
    """Predictions of several finished cross-validations, image by image.

    Parameters
    ----------
    folders : sequence of path
        Run folders; a system is called by its folder's name.

    Returns
    -------
    pandas.DataFrame
        Indexed by file: ``patient``, ``fold``, ``true``, and each system's predicted class in a column of
        its name.

    Raises
    ------
    RunError
        If a run is unfinished, or did not test the same images, of the same classes, in the same folds.
    """
    joined, first = None, None
    for folder in map(Path, folders):
        table, _ = runs.read_predictions(folder)
        table = table.set_index("file").sort_index()
        if joined is None:
            joined, first = table[["patient", "fold", "true"]].copy(), folder
        elif not joined.index.equals(table.index):
            other = len(joined.index.symmetric_difference(table.index))
            raise runs.RunError(f"{folder} and {first} were tested on other images: {other} have no partner")
        for column in ("true", "fold"):
            if differing := int((table[column] != joined[column]).sum()):
                raise runs.RunError(
                    f"{folder} and {first} do not belong together: {differing} images differ in {column!r}"
                )
        joined[folder.name] = table["predicted"]
    return joined


def pairs(folders):
    """Each pair of systems, on the same images.

    Parameters
    ----------
    folders : sequence of path
        At least two; see :func:`aligned`.

    Returns
    -------
    pandas.DataFrame
        ``a``, ``b``; ``difference`` of their accuracies, a minus b, and its interval ``low`` to ``high``
        (95 %, patients drawn again); ``only_a``, ``only_b`` and ``p`` of
        :func:`coronet_lib.evaluation.mcnemar`, and ``p_holm``, corrected for the number of pairs.

    Raises
    ------
    ValueError
        If there are fewer than two.
    RunError
        As :func:`aligned`.
    """
    names = [Path(folder).name for folder in folders]
    if len(names) < 2:
        raise ValueError(f"at least two systems are needed to compare, got {len(names)}")
    table = aligned(folders)
    right = {name: (table[name] == table["true"]).to_numpy() for name in names}
    rows = []
    for a, b in combinations(names, 2):
        low, high = evaluation.patient_bootstrap(
            right[a], right[b], table["patient"], lambda one, other: one.mean() - other.mean()
        )
        test = mcnemar(right[a], right[b])
        rows.append((a, b, right[a].mean() - right[b].mean(), low, high, *test))
    found = pd.DataFrame(rows, columns=["a", "b", "difference", "low", "high", *McNemar._fields])
    return found.assign(p_holm=holm(found["p"]))


def overview(folders):
    """One row a system, shaped like the paper's Table VII, with what that leaves out.

    Parameters
    ----------
    folders : sequence of path

    Returns
    -------
    pandas.DataFrame
        Indexed by system: ``classes``, ``images``, ``patients``; ``accuracy`` and its intervals,
        ``wilson_low`` to ``wilson_high`` (images independent) and ``low`` to ``high`` (patients drawn
        again); macro ``precision``, ``recall`` and ``f1``, 0 to 1; ``weights`` that it began with,
        ``epochs``, and :data:`COSTS`, missing where they were not measured.
    """
    return (
        pd.DataFrame({Path(f).name: _system_row(f) for f in folders}).T.rename_axis("system").infer_objects()
    )


def _system_row(folder):
    card, (table, classes) = runs.read_card(folder), runs.read_predictions(folder)
    matrix = sum(evaluation.confusion_matrices(table, classes).values())
    macro = evaluation.macro(matrix)
    wilson = evaluation.wilson_interval(matrix.trace(), matrix.sum())
    low, high = evaluation.accuracy_interval(table)
    return {
        "classes": len(classes),
        "images": len(table),
        "patients": table["patient"].nunique(),
        "accuracy": macro["accuracy"],
        "wilson_low": wilson[0],
        "wilson_high": wilson[1],
        "low": low,
        "high": high,
        **macro[["precision", "recall", "f1"]],
        "weights": card["start"],
        "epochs": epochs_asked(card),
        **{name: card.get("cost", {}).get(name, np.nan) for name in COSTS},
    }


def by_class(folders):
    """Precision, recall and F1 of each class by each system, shaped like the paper's Table VIII.

    Parameters
    ----------
    folders : sequence of path

    Returns
    -------
    pandas.DataFrame
        Indexed by system and class: ``precision``, ``recall``, ``f1`` of all folds together, 0 to 1, the
        Wilson intervals (95 %) ``precision_low`` … ``recall_high``, and ``images`` of the class.
    """
    rows = {}
    for folder in folders:
        table, classes = runs.read_predictions(folder)
        matrix = sum(evaluation.confusion_matrices(table, classes).values())
        scores = evaluation.per_class(matrix, classes)
        for i, name in enumerate(classes):
            rows[Path(folder).name, name] = {
                **scores.loc[name, ["precision", "recall", "f1"]],
                **_interval("precision", matrix[i, i], matrix[:, i].sum()),
                **_interval("recall", matrix[i, i], matrix[i].sum()),
                "images": int(matrix[i].sum()),
            }
    return pd.DataFrame(rows).T.rename_axis(["system", "class"]).astype({"images": int})


def _interval(metric, right, total):
    low, high = evaluation.wilson_interval(right, total) if total else (np.nan, np.nan)
    return {f"{metric}_low": low, f"{metric}_high": high}


def write(folders, out):
    """Write ``systems.csv``, ``classes.csv`` and, of two systems or more, ``pairs.csv`` into a folder.

    They hold :func:`overview`, :func:`by_class` and :func:`pairs`.
    """
    made = {"systems": overview(folders), "classes": by_class(folders)}
    if len(folders) > 1:
        made["pairs"] = pairs(folders).set_index("a")
    for name, table in made.items():
        with atomic(Path(out) / f"{name}.csv") as part:
            table.round(4).to_csv(part)
    if "pairs" not in made:
        (Path(out) / "pairs.csv").unlink(missing_ok=True)  # of systems that are no longer there


def show(console, folders):
    """Print the tables on a rich console."""
    shown = []
    for name, row in overview(folders).iterrows():
        costs = zip(("parameters", "macs", "latency_ms", "memory_mb"), (1e6, 1e9, 1, 1), strict=True)
        costs = ["-" if pd.isna(row[cost]) else f"{row[cost] / unit:.3g}" for cost, unit in costs]
        accuracy, low, high, f1 = (f"{100 * row[part]:.1f}" for part in ("accuracy", "low", "high", "f1"))
        shown.append([name, accuracy, f"{low} to {high}", f1, plain(row["weights"]), row["epochs"], *costs])
    headings = ["system", "accuracy", "patients drawn", "F1", "start", "epochs"]
    headings += ["M params", "GMAC", "ms", "MB"]
    title = "Accuracy (%) on the same images, and what it costs"
    console.print(rich_table(title, headings, shown, left=("system", "start")))
    found = by_class(folders)
    cells = (100 * found[["precision", "recall", "f1"]]).map("{:.1f}".format).agg(" ".join, axis=1)
    names = found.index.unique("class")
    rows = ([system, *cells[system][names]] for system in found.index.unique("system"))
    headings = ["system", *(TITLES[name] for name in names)]
    console.print(rich_table("Precision, recall and F1 (%) of each class", headings, rows, left=("system",)))
    if len(folders) < 2:
        return
    shown = []
    for row in pairs(folders).itertuples():
        points, low, high = (f"{100 * value:+.1f}" for value in (row.difference, row.low, row.high))
        tests = (row.only_a, row.only_b, f"{row.p:.2g}", f"{row.p_holm:.2g}")
        shown.append([f"{row.a}\n- {row.b}", points, f"{low} to {high}", *tests])
    headings = ["pair", "difference", "patients drawn", "only first", "only second", "p", "p (Holm)"]
    title = "Each pair: difference in accuracy (points), and McNemar's test"
    console.print(rich_table(title, headings, shown, left=("pair",)))
