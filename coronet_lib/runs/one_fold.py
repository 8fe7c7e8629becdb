"""Train on all folds but one, test on that one, and leave a run folder behind."""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime

import numpy as np

from coronet_lib import evaluation
from coronet_lib.datasets import folds as folding
from coronet_lib.files import atomic
from coronet_lib.models.weights import weights_identity
from coronet_lib.runs.card import describe_data, environment, finished_card, open_folder, write_card
from coronet_lib.runs.predictions import write_predictions
from coronet_lib.training import devices
from coronet_lib.training.checkpoint import Checkpoint
from coronet_lib.training.fitting import fit, predict, set_seed


def split_rows(data, recipe, *, fold, folds=4, split="patient", split_seed=0):
    """Rows to train, validate and test on when ``fold`` (from 1) is held out.

    Returns
    -------
    train, validation, test : int arrays
        Validation is a share of the training patients, or the test fold itself where the
        recipe's ``validation`` is 0.

    Raises
    ------
    ValueError
        If there is no such fold, or the folds cannot be made.
    """
    if not 1 <= fold <= folds:
        raise ValueError(f"fold must be from 1 to {folds}, got {fold}")
    fold_of = folding.folds(data, n=folds, by=split, seed=split_seed)
    test = np.flatnonzero(fold_of == fold)
    rest = np.flatnonzero(fold_of != fold)
    if recipe.validation == 0:
        return rest, test, test
    return *folding.inner_split(data, rest, share=recipe.validation, seed=split_seed), test


def describe(data, recipe, *, fold, folds, split, split_seed, seed, compute):
    """The card of a run that is about to begin; ``fold`` is None for all of them."""
    return {
        # Weights by content: the same file somewhere else is the same experiment.
        "recipe": asdict(recipe) | {"weights": weights_identity(recipe.weights)},
        "seed": seed,
        "classes": len(data.classes),
        "folds": folds,
        "fold": fold,
        "split": split,
        "split_seed": split_seed,
        "precision": compute.precision,
        "data": describe_data(data),
        "status": "running",
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        # Compilation and devices change the result by no more than another machine would.
        "environment": environment() | {"jit": compute.jit, "devices": compute.devices},
    }


def run(
    data,
    recipe,
    out,
    *,
    fold=1,
    folds=4,
    split="patient",
    split_seed=0,
    seed=0,
    base=None,
    compute=None,
    resume=False,
    overwrite=False,
    progress=True,
):
    """Train on all folds but one, test on that one, and leave a run folder.

    Parameters
    ----------
    data : XrayCollection
    recipe : Plan
    out : path
        Gets ``card.json``, ``history.csv``, ``predictions.csv`` and ``model.keras``.
    fold : int
        The held-out fold, from 1.
    folds : int
    split : {"patient", "image"}
        Whether folds keep patients together; the paper's did not.
    split_seed : int
        Of the folds and the validation part.
    seed : int
        Of the training: first weights, order, augmentation, dropout.
    base : BaseRun, optional
        A run whose model is fine-tuned, with a new last layer; see :func:`coronet_lib.runs.open_base`.
        Split and precision are then the base's own, whatever else is asked for.
    compute : Compute, optional
        As for :func:`coronet_lib.training.fit`.
    resume, overwrite : bool
        See :func:`coronet_lib.runs.open_folder`.

    Returns
    -------
    dict
        The card, with the metrics on the held-out fold.

    Raises
    ------
    RunError, ValueError
        Before any training, if the request does not fit the data or the folder.
    """
    compute = compute or devices.choose()
    if base is None:
        train, validation, test = split_rows(
            data, recipe, fold=fold, folds=folds, split=split, split_seed=split_seed
        )
    else:
        fold, folds, split, split_seed = (base.card[key] for key in ("fold", "folds", "split", "split_seed"))
        train, validation, test = base.rows(data)
        compute = replace(compute, precision=base.card["precision"])
    compute.check_batch(recipe.batch_size)
    card = describe(
        data, recipe, fold=fold, folds=folds, split=split, split_seed=split_seed, seed=seed, compute=compute
    )
    if base is not None:
        card["base"] = base.identity
    card["images"] = {"train": len(train), "validation": len(validation), "test": len(test)}
    out = open_folder(out, card, resume=resume, overwrite=overwrite)
    if resume and (earlier := finished_card(out)):
        return earlier
    write_card(out, card)
    set_seed(seed, compute)  # before the base gets its new layer
    with compute.scope():
        start = None if base is None else base.model(len(data.classes))
    model, history = fit(
        data,
        recipe,
        train=train,
        validation=validation,
        seed=seed,
        model=start,
        compute=compute,
        checkpoint=out,
        progress=progress,
    )
    scores = predict(model, data.images[test], compute=compute)
    matrix = evaluation.confusion_matrix(data.labels[test], scores.argmax(axis=1), len(data.classes))
    with atomic(out / "model.keras") as part:
        model.save(part)
    seconds = history["seconds"].sum()
    card |= {
        "status": "finished",
        "parameters": model.count_params(),
        "epochs": len(history),
        "kept_epoch": recipe.kept_epoch(history),
        "minutes": round(seconds / 60, 2),
        "images_per_second": round(len(train) * len(history) / seconds, 1),
        "confusion_matrix": matrix.tolist(),
        # JSON has no NaN: an undefined metric is null.
        "metrics": json.loads(evaluation.macro(matrix).round(4).to_json()),
    }
    card["predictions_sha256"] = write_predictions(out, data, test, fold, scores)
    write_card(out, card)
    Checkpoint(out).remove()  # model.keras has the same weights
    return card
