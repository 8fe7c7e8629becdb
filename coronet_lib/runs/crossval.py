"""Cross-validation: every fold is held out once, and the paper's Tables III and IV are made of them."""

from contextlib import contextmanager
from pathlib import Path

from coronet_lib.evaluation import by_class, by_fold
from coronet_lib.files import atomic
from coronet_lib.runs import side_by_side
from coronet_lib.runs.card import computed_on, describe, finished_card, write_card
from coronet_lib.runs.predictions import pool_predictions, read_predictions, results
from coronet_lib.runs.session import Existing, Session, clear, open_folder
from coronet_lib.runs.side_by_side import Fold
from coronet_lib.runs.split import Split, split_rows
from coronet_lib.training import devices


def run(data, recipe, out, *, split=Split(), seed=0, base=None, needed=None, session=Session()):
    """Learn and test once for each held-out fold, and leave one run folder for all of them.

    Parameters
    ----------
    data : XrayCollection
    recipe : Recipe
    out : path
        Gets a run folder ``fold-1``, ``fold-2`` … for each fold, as :func:`coronet_lib.runs.one_fold.run`
        writes it, and of all folds together ``card.json``, ``predictions.csv``, ``folds.csv``
        (see :func:`coronet_lib.evaluation.by_fold`) and ``classes.csv``
        (see :func:`coronet_lib.evaluation.by_class`).
    split, seed
        As for a single run; every fold starts from the same seed.
    base : BaseFolds, optional
        A cross-validation whose models are fine-tuned, fold by fold, with a new last layer; see
        :func:`coronet_lib.runs.open_base_folds`.  Split and precision are then its own.
    needed : pathlib.Path, optional
        The cross-validation of the system that the recipe needs.
    session : Session
        A fold that is finished is left alone, one that was interrupted goes on.

    Returns
    -------
    Card
        ``confusion_matrix`` is of all folds pooled, ``confusion_matrices`` of each, ``metrics`` and
        ``metrics_sd`` are mean and standard deviation over the folds.

    Raises
    ------
    RunError, ValueError
        If the request does not fit the data or the folder.
    """
    asked = {"split": split, "seed": seed, "base": base, "needed": needed, "session": session}
    with _opened(data, recipe, out, **asked) as (card, folds):
        if not folds:
            return card
        cards = side_by_side.learn(folds, session)
        out = Path(out)
        pool_predictions(out, [fold.out for fold in folds])
        card |= results(out, card["classes"]) | {"minutes": round(sum(fold["minutes"] for fold in cards), 2)}
        card |= computed_on(cards)  # workers, where a cluster learned
        write_card(out, card)
        table, classes = read_predictions(out)
        for name, result in (("folds", by_fold(table, classes)), ("classes", by_class(table, classes))):
            with atomic(out / f"{name}.csv") as part:
                result.round(4).to_csv(part)
        card["status"] = "finished"
        write_card(out, card)
        return card


def folds(data, recipe, out, *, split=Split(), seed=0, base=None, needed=None, session=Session()):
    """The folds of a cross-validation whose folder is ready for them, to be learned along with others'.

    :func:`run`, called alike but to resume, then finds them finished and does the rest.

    Parameters
    ----------
    data, recipe, out, split, seed, base, needed, session
        As for :func:`run`.

    Returns
    -------
    list of Fold
        None of a cross-validation that is finished.

    Raises
    ------
    RunError, ValueError
        As :func:`run`.
    """
    asked = {"split": split, "seed": seed, "base": base, "needed": needed, "session": session}
    with _opened(data, recipe, out, **asked) as (_, found):
        return found


@contextmanager
def _opened(data, recipe, out, *, split, seed, base, needed, session):
    """The card and the folds of a cross-validation, whose folder nobody else writes meanwhile."""
    compute = session.compute or devices.choose()
    if base is not None:
        base.check(data, out)
        split, compute = base.split, base.compute(compute)
    numbers = range(1, split.folds + 1)
    for fold in numbers if base is None else ():  # refuse before the first training what the last would
        split_rows(data, recipe, fold=fold, split=split)
    recipe.check(data, compute)
    side_by_side.check([recipe], split.folds, session)
    card = describe(data, recipe, fold=None, split=split, seed=seed, compute=compute, base=base)
    with open_folder(out, card, session.existing) as out:
        if earlier := finished_card(out):
            yield earlier, []
            return
        if session.existing is Existing.OVERWRITE:
            for folder in out.glob("fold-[0-9]*"):
                clear(folder)
        write_card(out, card)
        parts = {fold: out / f"fold-{fold}" for fold in numbers}
        asked = {"data": data, "recipe": recipe, "split": split, "seed": seed}
        yield (
            card,
            [
                Fold(
                    out=part,
                    fold=fold,
                    base=base and base.folds[fold],
                    needed=needed and needed / part.name,
                    **asked,
                )
                for fold, part in parts.items()
            ],
        )
