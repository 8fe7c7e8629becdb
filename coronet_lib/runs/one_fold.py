"""Learn from all folds but one, test on that one, and leave a run folder: the same for every recipe."""

import time

from coronet_lib.runs.base import check_needed
from coronet_lib.runs.card import describe, finished_card, went_on, write_card
from coronet_lib.runs.predictions import results, write_predictions
from coronet_lib.runs.session import Session, open_folder
from coronet_lib.runs.split import Split, split_rows
from coronet_lib.training import devices
from coronet_lib.training.checkpoint import Checkpoint
from coronet_lib.training.recipe import Task


def run(data, recipe, out, *, fold=1, split=Split(), seed=0, base=None, needed=None, session=Session()):
    """Learn from all folds but one, test on that one, and leave a run folder.

    Parameters
    ----------
    data : XrayCollection
    recipe : Recipe
    out : path
        Gets ``card.json``, ``predictions.csv`` and what the recipe saves: of a network ``history.csv`` and
        ``model.keras``.
    fold : int
        The held-out fold, from 1.
    split : Split
    seed : int
        Of the training: first weights, order, augmentation, dropout.
    base : BaseRun, optional
        A run whose model is fine-tuned, with a new last layer; see :func:`coronet_lib.runs.open_base`.
        Split and precision are then the base's own, whatever else is asked for.
    needed : pathlib.Path, optional
        The same fold of the system that the recipe needs.
    session : Session

    Returns
    -------
    Card
        With the metrics on the held-out fold.

    Raises
    ------
    RunError, ValueError
        Before any training, if the request does not fit the data or the folder.
    """
    compute = session.compute or devices.choose()
    if base is None:
        train, validation, test = split_rows(data, recipe, fold=fold, split=split)
    else:
        base.check(data, out)
        fold, split, compute = base.card["fold"], base.split, base.compute(compute)
        train, validation, test = base.rows(data)
    recipe.check(data, compute)
    card = describe(data, recipe, fold=fold, split=split, seed=seed, compute=compute, base=base)
    if base is None and recipe.needs is not None:
        card["base"] = check_needed(needed, recipe.needs, card, data.files[test])
    card["images"] = {"train": len(train), "validation": len(validation), "test": len(test)}
    with open_folder(out, card, session.existing) as out:
        if earlier := finished_card(out):
            return earlier
        card |= went_on(out, card)
        write_card(out, card)
        started = time.perf_counter()
        learned = recipe.learn(
            Task(
                data=data,
                train=train,
                validation=validation,
                test=test,
                seed=seed,
                compute=compute,
                folder=out,
                model_for=base and base.model,
                needed=needed,
                after_epoch=session.after_epoch,
                progress=session.progress,
            )
        )
        learned.save(out)
        write_predictions(out, data, test, fold, learned.scores)
        card |= {"status": "finished", "minutes": round((time.perf_counter() - started) / 60, 2)}
        card |= learned.facts | results(out, card["classes"])
        write_card(out, card)
        Checkpoint(out).remove()  # what was saved has the same weights
        return card
