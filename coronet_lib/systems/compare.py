"""Put several systems under one protocol: the same folds of the same X-rays, one system after another.

Each system sees the X-rays at its own size and through its own preprocessing, and is trained by its own
recipe; what it is tested on, and how that is judged, is the same for all.
"""

import warnings
from dataclasses import replace
from functools import partial
from pathlib import Path

import keras
import pandas as pd

from coronet_lib import runs
from coronet_lib.classes import class_names
from coronet_lib.files import atomic, locked
from coronet_lib.models.weights import weights_identity
from coronet_lib.runs import crossval, side_by_side
from coronet_lib.runs.base import outdated
from coronet_lib.runs.seeds import FILE, refuse_table, tabulated
from coronet_lib.runs.session import Existing, Session
from coronet_lib.runs.split import Split
from coronet_lib.systems import measure, tables
from coronet_lib.systems.registry import ENTRIES


def run(entries, xrays, out, *, classes=4, split=Split(), seed=0, session=Session()):
    """Cross-validate every system on the same folds, measure what it costs, and tabulate all in the folder.

    Parameters
    ----------
    entries : sequence of System
        From :data:`coronet_lib.systems.SYSTEMS`, with their recipes changed as need be.
    xrays : callable
        From a size in pixels to the XrayCollection at that size.
    out : path
        Gets a cross-validation in a folder of each system's name (see :func:`coronet_lib.runs.crossval.run`),
        with ``cost`` (see :func:`coronet_lib.systems.measure.cost`) in its card, and the tables of
        :func:`coronet_lib.systems.tables.write`, which hold the systems that were finished there before, too;
        but not one whose features came from a network that has been trained anew since.  Named again, to be
        gone on with, that one is done again.
    classes : {4, 3, 2}
    split, seed, session
        As for :func:`coronet_lib.runs.crossval.run`.

    Returns
    -------
    list of pathlib.Path
        The folders of all systems that are finished in ``out``, for
        :func:`coronet_lib.systems.tables.overview` and the like.

    Raises
    ------
    RunError, ValueError, FileNotFoundError
        Before the first training, if a system cannot take the classes, its weights are not there, or it
        takes the features of a network that is neither named before it nor finished; or if the folder
        holds systems that were tested otherwise; or if another process writes it.
    """
    out = Path(out)
    how = {"classes": classes, "split": split, "seed": seed}
    _check_folder(entries, xrays, out, **how, session=session)
    with locked(out):
        if session.cluster:
            session = side_by_side.on_cluster(_folds(entries, xrays, out, **how, session=session), session)
        return _one_by_one(entries, xrays, out, {}, **how, session=session)


def over_seeds(entries, xrays, out, *, seeds, classes=4, split=Split(), session=Session()):
    """Compare once for each seed, on the same folds: how much of a difference is the luck of one training.

    Parameters
    ----------
    entries, xrays
        As for :func:`run`.
    out : path
        Gets a comparison ``seed-0``, ``seed-1`` … for each seed, as :func:`run` writes it, and the table as
        ``seeds.csv``.
    seeds : sequence of int
    classes, split, session
        As for :func:`run`.  On a cluster the folds of all systems and seeds are learned side by side.

    Returns
    -------
    pandas.DataFrame
        For each of the systems, by ``system`` and ``seed``, the rows of
        :func:`coronet_lib.runs.seeds.tabulated`.

    Raises
    ------
    RunError, ValueError, FileNotFoundError
        As :func:`run`, before the first training with any seed.
    """
    out = Path(out)
    same = {"classes": classes, "split": split}
    asked = {seed: {"out": out / f"seed-{seed}", "seed": seed} | same for seed in seeds}
    refuse_table(out, session)
    for how in asked.values():
        _check_folder(entries, xrays, **how, session=session)
    with locked(out):
        if session.cluster:
            ready = (_folds(entries, xrays, **how, session=session) for how in asked.values())
            session = side_by_side.on_cluster([fold for folds in ready for fold in folds], session)
        costs = {}
        for how in asked.values():
            with locked(how["out"]):
                _one_by_one(entries, xrays, costs=costs, **how, session=session)
        found = {
            entry.name: tabulated({seed: runs.read_card(asked[seed]["out"] / entry.name) for seed in seeds})
            for entry in entries
        }
        table = pd.concat(found, names=["system"])
        with atomic(out / FILE) as part:
            table.to_csv(part)
        return table


def _one_by_one(entries, xrays, out, costs, *, classes, split, seed, session):
    """What :func:`run` does in a folder that is checked and locked.

    ``costs`` has what was measured of systems by name, and gets what is measured now: no seed changes it.
    """
    for entry in entries:
        keras.backend.clear_session()  # or the networks before this one would stay in memory
        card = crossval.run(
            **_asked(entry, xrays, out, classes=classes, split=split, seed=seed, session=session)
        )
        known = card.get("cost") or costs.get(entry.name)
        costs[entry.name] = known or measure.cost(partial(entry.network, classes))
        if "cost" not in card:
            runs.write_card(out / entry.name, card | {"cost": costs[entry.name]})
    for entry in ENTRIES:
        if _stale(out, entry):
            warnings.warn(
                f"{entry.name} is left out of the tables: the {entry.recipe.needs} that it took its "
                "features from is no longer there; name both, with --resume, to do it again",
                stacklevel=3,
            )
    folders = finished(out)
    tables.write(folders, out)
    return folders


def _check_folder(entries, xrays, out, *, classes, split, seed, session):
    """Refuse what would fail before the first training, or does not belong into the folder."""
    asked = {"seed": seed, "classes": classes} | split.described()
    renewed = {entry.name for entry in entries if session.existing is Existing.OVERWRITE}
    there = [folder for folder in finished(out) if folder.name not in renewed]
    check(entries, classes, {folder.name for folder in there})
    side_by_side.check([entry.recipe for entry in entries], split.folds, session)
    for folder in there:
        card = runs.read_card(folder)
        differing = [key for key, value in asked.items() if card[key] != value]
        if not differing and _others(folder, card, xrays(entries[0].size)):
            differing = ["data"]
        if differing:
            raise runs.RunError(
                f"{folder} was tested otherwise: its card differs in {', '.join(differing)}; "
                "choose another --out"
            )


def _asked(entry, xrays, out, *, classes, split, seed, session):
    """What crossval is asked for one system."""
    again = session.existing is Existing.RESUME and _stale(out, entry)
    return {
        "data": xrays(entry.size).with_classes(classes),
        "recipe": entry.recipe,
        "out": out / entry.name,
        "split": split,
        "seed": seed,
        "needed": entry.recipe.needs and out / entry.recipe.needs,
        "session": replace(session, existing=Existing.OVERWRITE) if again else session,
    }


def _folds(entries, xrays, out, **how):
    """The folds of all systems, to be learned side by side."""
    return [fold for entry in entries for fold in crossval.folds(**_asked(entry, xrays, out, **how))]


def finished(out):
    """Folders of the systems that were tested to the end in the folder of a comparison, as registered."""
    entries = [entry for entry in ENTRIES if not _stale(out, entry)]
    return [folder for entry in entries if runs.finished_card(folder := Path(out) / entry.name)]


def _others(folder, card, data):
    """Whether a system was tested on other X-rays, whatever their size; phantoms share names."""
    done, now = (
        {choice: value for choice, value in (by or {}).items() if choice not in ("size", "shrunk_to")}
        for by in (card["data"].get("drawn_by"), data.drawn_by)
    )
    files = data.with_classes(card["classes"]).files
    return done != now or set(runs.read_predictions(folder)[0]["file"]) != set(files)


def _stale(out, entry):
    """Whether some fold of a system took its features from another network than is there now."""
    folds = (card.parent for card in (Path(out) / entry.name).glob("fold-*/card.json"))
    needs = entry.recipe.needs
    return needs is not None and any(outdated(fold, Path(out) / needs / fold.name) for fold in folds)


def check(entries, classes, there=()):
    """Refuse what a system cannot do before the first of them is trained.

    Parameters
    ----------
    entries : sequence of System
    classes : {4, 3, 2}
    there : set of str
        Names of the systems that are finished.

    Raises
    ------
    ValueError
        If a system is named twice, cannot take the classes, or takes the features of a network that is
        neither named before it nor finished.
    FileNotFoundError
        If a file of weights does not exist.
    """
    names = [entry.name for entry in entries]
    class_names(classes)
    for place, entry in enumerate(entries):
        if entry.name in names[:place]:
            raise ValueError(f"{entry.name} is named twice")
        entry.check(classes)
        needs = entry.recipe.needs
        if needs is not None and needs not in {*names[:place], *there}:
            raise ValueError(f"{entry.name} takes the features of {needs}: name {needs} before it")
        weights_identity(entry.recipe.weights)
