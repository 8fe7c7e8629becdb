"""Finished runs that others go on from, or take their features from, and the split that they dictate.

The paper fine-tunes its 4-class model for three classes and does not say where the test images come
from (audit, B10).  A new head does not make the rest of a network forget: images that it was trained
on, with four classes, cannot test it with three.  Whoever goes on from a run holds out what that run
held out.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from coronet_lib.files import RunError
from coronet_lib.models.coronet import ARCHITECTURE, replace_head
from coronet_lib.runs.card import check_model, finished_card, read_card
from coronet_lib.runs.model import load_coronet, model_file
from coronet_lib.runs.predictions import read_predictions
from coronet_lib.runs.same import check_data, difference
from coronet_lib.runs.schema import Card
from coronet_lib.runs.split import Split, split_rows


@dataclass(frozen=True, eq=False, kw_only=True)
class _Base:
    """What a base dictates, whether it is a run of one fold or of all."""

    card: Card
    folder: Path

    @property
    def split(self):
        """Who was held out."""
        return Split.of(self.card)

    @property
    def identity(self):
        """What a card says of the base."""
        return _identity(self.card)

    def compute(self, asked):
        """How to compute: as ``asked``, but in the base's precision."""
        return replace(asked, precision=self.card["precision"])

    @property
    def folders(self):
        """Where its files are."""
        return [self.folder]

    def check(self, data, out):
        """Make sure that a run can go on from the base with these classes, and write there.

        Parameters
        ----------
        data : XrayCollection
            In the classes of the new run.
        out : path
            Where that is to be written.

        Raises
        ------
        RunError
            If ``out`` is the base, or a fold of it, or holds it: the new run would overwrite it.
        ValueError
            If the base has fewer classes: it dealt none of the X-rays that it did not have.
        """
        if any(folder.resolve().is_relative_to(Path(out).resolve()) for folder in self.folders):
            raise RunError(f"{out} has the base {self.folder} in it, or a part of it; choose another --out")
        if len(data.classes) > self.card["classes"]:
            raise ValueError(
                f"the base {self.folder} has {self.card['classes']} classes, and {len(data.classes)} are "
                "asked for; go on with as many or fewer"
            )


@dataclass(frozen=True, eq=False, kw_only=True)
class BaseRun(_Base):
    """What :func:`open_base` finds.

    Parameters
    ----------
    card : Card
    folder : pathlib.Path
    parts : tuple of str arrays
        Names of the files that it was trained, validated and tested on.
    """

    parts: tuple

    def rows(self, data):
        """Rows of ``data`` to train, validate and test on: where the base had its own.

        Parameters
        ----------
        data : XrayCollection
            The base's X-rays, or some of them, in any classes.

        Returns
        -------
        train, validation, test : int arrays
        """
        return tuple(np.flatnonzero(np.isin(data.files, part)) for part in self.parts)

    def model(self, classes):
        """The base's model with a new last layer."""
        return replace_head(load_coronet(self.folder), classes)


@dataclass(frozen=True, eq=False, kw_only=True)
class BaseFolds(_Base):
    """What :func:`open_base_folds` finds.

    Parameters
    ----------
    card : Card
        Of all folds.
    folder : pathlib.Path
    folds : dict of int to BaseRun
    """

    folds: dict

    @property
    def folders(self):
        """Where its files are, and those of the folds."""
        return [self.folder, *(fold.folder for fold in self.folds.values())]


def open_base(folder, data, recipe):
    """Make sure that a run can be gone on from with these X-rays and this recipe.

    Parameters
    ----------
    folder : path
        A finished run of one fold, with its model.
    data : XrayCollection
        The X-rays of that run, before classes are joined or left out for the new one.
    recipe : CoroNetRecipe
        Of the new run.

    Returns
    -------
    BaseRun

    Raises
    ------
    RunError
        If the run is unfinished, a cross-validation, of no CoroNet or itself fine-tuned, was done on other
        X-rays, or tested on others than its card's split gives; if its network is gone or another.
    ValueError
        If the recipe describes another network, or validates on another part.
    """
    card = _finished(folder)
    if card["fold"] is None:
        raise RunError(f"{folder} is a cross-validation; name one of its folds, such as {folder}/fold-1")
    if not card["recipe"].keys() >= set(ARCHITECTURE):
        raise RunError(
            f"{folder} trained no CoroNet but {card['recipe']['name']!r}, whose head cannot be changed"
        )
    if card["base"] is not None:
        raise RunError(f"{folder} was itself fine-tuned; go on from the run that it went on from")
    choices = recipe.described()
    for name in (*ARCHITECTURE, "validation"):
        has, wants = card["recipe"].get(name), choices[name]
        if has != wants:
            raise ValueError(
                f"the base {folder} has {name} {has}, recipe {recipe.name!r} has {wants}; "
                f"go on from it with its own recipe, {card['recipe']['name']!r}"
            )
    check_data(card, data)
    data = data.with_classes(card["classes"])
    rows = split_rows(data, recipe, fold=card["fold"], split=Split.of(card))
    tested, _ = read_predictions(folder)
    if set(tested["file"]) != set(data.files[rows[2]]):
        raise RunError(
            f"{folder} was tested on other images than its split gives here, so what it was trained on "
            "is unknown; train it again with this version of the library"
        )
    folder = Path(folder)
    if (file := model_file(folder)) is None:
        raise RunError(f"{folder} has no model.keras any more; train it again, or restore it from a copy")
    check_model(file)
    return BaseRun(card=card, folder=folder, parts=tuple(data.files[part] for part in rows))


def open_base_folds(folder, data, recipe):
    """Make sure that every fold of a cross-validation can be gone on from, as :func:`open_base` for one.

    Parameters
    ----------
    folder : path
        A finished cross-validation whose folds have their models.
    data : XrayCollection
    recipe : CoroNetRecipe
        Both as for :func:`open_base`.

    Returns
    -------
    BaseFolds

    Raises
    ------
    RunError, ValueError
        As :func:`open_base`; also if it is a run of one fold.
    """
    card = _finished(folder)
    if card["fold"] is not None:
        raise RunError(f"{folder} is a run of one fold; `coronet train --base` goes on from it")
    parts = {number: Path(folder) / f"fold-{number}" for number in range(1, card["folds"] + 1)}
    if gone := [str(part) for part in parts.values() if not part.is_dir()]:
        raise RunError(
            f"{gone[0]} is gone; restore it from a copy, or cross-validate again into another --out"
        )
    found = {number: open_base(part, data, recipe) for number, part in parts.items()}
    for number, fold in found.items():
        if other := difference(fold.card, card | {"fold": number}):
            raise RunError(f"{fold.folder} is no part of {folder}: its card {other}")
    return BaseFolds(card=card, folder=Path(folder), folds=found)


def _finished(folder):
    """The card of a finished run, or an error that says what the folder is."""
    card = finished_card(folder)
    if card is None:
        read_card(folder)  # says so if it is no run at all
        raise RunError(f"{folder} is unfinished; call the command that began it again, with --resume")
    return card


def check_needed(folder, name, card, tested):
    """Make sure that a run may take its features from the network of another, which saw no test patient.

    Parameters
    ----------
    folder : pathlib.Path or None
        The other run, of the same fold.
    name : str
        Of its system.
    card : Card
        Of the run that is about to begin.
    tested : str array
        The files that it will be tested on.

    Returns
    -------
    dict
        What a card says of the other run.

    Raises
    ------
    RunError
        If the other run is not finished, has no network, or held out something else.
    """
    done = folder and finished_card(folder)
    if not done or not (folder / "model.keras").is_file():
        raise RunError(f"there is no finished run with its model.keras in {folder}; run {name} first")
    if other := difference(done, card, but=("recipe", "base")):
        raise RunError(f"{folder}: its card {other}; run {name} again, as the run that wants its features")
    if set(read_predictions(folder)[0]["file"]) != set(tested):
        raise RunError(
            f"{folder} was tested on other images, so its network may have learned from those that are to "
            f"be tested now; run {name} again"
        )
    return _identity(done)


def outdated(folder, needed):
    """Whether a fold took its features from another network than the folder ``needed`` holds now."""
    done = finished_card(needed)
    return not done or read_card(folder)["base"] != _identity(done)


def _identity(card):
    return {key: card[key] for key in ("classes", "seed", "predictions_sha256")}
