"""Fit a CoroNet to X-rays, one epoch at a time, so that a run can stop and go on anywhere."""

import contextlib
import json
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from coronet_lib import evaluation, runs
from coronet_lib.augmentation import UNCHANGED
from coronet_lib.datasets import folds as folding

HISTORY = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds")


class Batches(keras.utils.PyDataset):
    """One epoch of training batches, in an order and with changes that (seed, epoch) decide.

    Parameters
    ----------
    images : uint8 array, shape (n, size, size, 1 or 3)
    labels : int array, shape (n,)
    batch_size : int
    seed, epoch : int
        Together they fix the shuffle and the augmentation; an epoch can be repeated exactly.
    augmentation : Augmentation
    shuffle : bool
    """

    def __init__(self, images, labels, batch_size, *, seed=0, epoch=0, augmentation=UNCHANGED, shuffle=True):
        super().__init__()
        self.images, self.labels, self.batch_size = images, labels, batch_size
        self.seed, self.epoch, self.augmentation = seed, epoch, augmentation
        self.order = np.arange(len(labels))
        if shuffle:
            np.random.default_rng((seed, epoch)).shuffle(self.order)

    def __len__(self):
        return -(-len(self.order) // self.batch_size)

    def __getitem__(self, batch):
        rows = self.order[batch * self.batch_size : (batch + 1) * self.batch_size]
        rng = np.random.default_rng((self.seed, self.epoch, batch))
        return self.augmentation(as_rgb(self.images[rows]), rng), self.labels[rows]


def as_rgb(images):
    """uint8 (n, h, w, 1 or 3) to float32 (n, h, w, 3), still 0 to 255: what the models take."""
    return np.broadcast_to(images, (*images.shape[:3], 3)).astype(np.float32)


def fit(data, recipe, *, train, validation, seed=0, checkpoint=None, progress=True):
    """Train a model by a recipe.

    Parameters
    ----------
    data : XrayCollection
        Of the recipe's size.
    recipe : Recipe
    train, validation : int array
        Rows of ``data``; nothing is learned from or selected on the validation rows.
    seed : int
        Of the initial weights, dropout, order and augmentation.
    checkpoint : path, optional
        A folder that keeps ``checkpoint.keras`` and ``history.csv`` after each epoch.
        Where they exist already, training goes on from them.
    progress : bool
        Show a progress bar.

    Returns
    -------
    model : keras.Model
    history : pandas.DataFrame
        One row an epoch, columns :data:`HISTORY`.

    Raises
    ------
    ValueError
        If the images are not of the recipe's size, or a part has no images.
    """
    if data.images.shape[1:3] != (recipe.size, recipe.size):
        raise ValueError(
            f"recipe {recipe.name!r} wants {recipe.size} x {recipe.size} images, got "
            f"{data.images.shape[1]} x {data.images.shape[2]}; prepare them with --size {recipe.size}"
        )
    for name, rows in (("training", train), ("validation", validation)):
        if len(rows) == 0:
            raise ValueError(f"there are no {name} images")
    _seed(seed)
    steps = -(-len(train) // recipe.batch_size)
    model, history = _start(data, recipe, checkpoint, steps)
    held_out = as_rgb(data.images[validation])
    with tqdm(total=recipe.epochs * steps, initial=len(history) * steps, disable=not progress) as bar:
        for epoch in range(len(history), recipe.epochs):
            bar.set_description(f"epoch {epoch + 1}/{recipe.epochs}")
            started = time.perf_counter()
            _reseed_dropout(model, seed, epoch)
            batches = Batches(
                data.images[train],
                data.labels[train],
                recipe.batch_size,
                seed=seed,
                epoch=epoch,
                augmentation=recipe.augmentation,
            )
            learned = model.fit(batches, shuffle=False, verbose=0, callbacks=[_Ticks(bar)]).history
            val_loss, val_accuracy = model.evaluate(
                held_out, data.labels[validation], batch_size=64, verbose=0
            )
            line = (
                epoch + 1,
                learned["loss"][0],
                learned["accuracy"][0],
                val_loss,
                val_accuracy,
                time.perf_counter() - started,
            )
            history.loc[epoch] = line
            bar.set_postfix(loss=f"{line[1]:.3f}", acc=f"{line[2]:.3f}", val_acc=f"{val_accuracy:.3f}")
            if checkpoint is not None:
                _save_checkpoint(model, history, Path(checkpoint))
    return model, history.astype({"epoch": int})


class _Ticks(keras.callbacks.Callback):
    """Moves the progress bar on by one after each batch."""

    def __init__(self, bar):
        super().__init__()
        self.bar = bar

    def on_train_batch_end(self, batch, logs=None):
        self.bar.update()


def _seed(seed):
    """Fix the initial weights, and TensorFlow's order of summation where that is free: on a CPU."""
    keras.utils.set_random_seed(seed)
    if keras.backend.backend() == "tensorflow" and runs.device_name() == "cpu":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()


def _reseed_dropout(model, seed, epoch):
    """Start each epoch's dropout from (seed, epoch): a saved model does not keep its generators."""
    state = np.random.default_rng((seed, epoch)).integers(2**31, size=2)
    for layer in model.layers:
        if generator := getattr(layer, "seed_generator", None):
            generator.state.assign(state)


def _start(data, recipe, checkpoint, steps):
    """A fresh model with an empty history, or both as the checkpoint left them."""
    saved = Path(checkpoint) / "checkpoint.keras" if checkpoint is not None else None
    if saved is None or not saved.is_file():
        model = recipe.build(len(data.classes))
        model.compile(
            keras.optimizers.Adam(recipe.rate(steps)),
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy"],
        )
        return model, pd.DataFrame(columns=HISTORY, dtype=float)
    model = keras.saving.load_model(saved, safe_mode=True)
    # The optimizer counts its own steps, so the checkpoint says which epoch it is; a
    # kill between writing the two files may have left one line too many.
    epochs = int(model.optimizer.iterations) // steps
    return model, pd.read_csv(saved.with_name("history.csv"), dtype=float).iloc[:epochs]


def _save_checkpoint(model, history, folder):
    """History first: a line too many is harmless, one too few would not be."""
    with runs.atomic(folder / "history.csv") as part:
        history.astype({"epoch": int}).to_csv(part, index=False)
    with runs.atomic(folder / "checkpoint.keras") as part:
        model.save(part)


def predict(model, images, batch_size=64):
    """Class scores.

    Parameters
    ----------
    model : keras.Model
    images : uint8 array, shape (n, size, size, 1 or 3)

    Returns
    -------
    float array, shape (n, classes)
    """
    return model.predict(as_rgb(images), batch_size=batch_size, verbose=0)


def split_rows(data, recipe, *, fold, folds=4, split="patient", seed=0):
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
    fold_of = folding.folds(data, n=folds, by=split, seed=seed) + 1
    test = np.flatnonzero(fold_of == fold)
    rest = np.flatnonzero(fold_of != fold)
    if recipe.validation == 0:
        return rest, test, test
    return *folding.inner_split(data, rest, share=recipe.validation, seed=seed), test


def run(
    data,
    recipe,
    out,
    *,
    fold=1,
    folds=4,
    split="patient",
    seed=0,
    resume=False,
    overwrite=False,
    progress=True,
):
    """Train on all folds but one, test on that one, and leave a run folder.

    Parameters
    ----------
    data : XrayCollection
    recipe : Recipe
    out : path
        Gets ``card.json``, ``history.csv``, ``predictions.csv`` and ``model.keras``.
    fold : int
        The held-out fold, from 1.
    folds : int
    split : {"patient", "image"}
        Whether folds keep patients together; the paper's did not.
    seed : int
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
    train, validation, test = split_rows(data, recipe, fold=fold, folds=folds, split=split, seed=seed)
    card = {
        "recipe": asdict(recipe),
        "seed": seed,
        "classes": len(data.classes),
        "folds": folds,
        "fold": fold,
        "split": split,
        "data": {"fingerprint": data.fingerprint(), "counts": data.counts()},
        "images": {"train": len(train), "validation": len(validation), "test": len(test)},
        "status": "running",
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "environment": runs.environment(),
    }
    out = runs.open_folder(out, card, resume=resume, overwrite=overwrite)
    if resume and (out / "predictions.csv").is_file():
        return runs.read_card(out)  # finished before
    runs.write_card(out, card)
    model, history = fit(
        data, recipe, train=train, validation=validation, seed=seed, checkpoint=out, progress=progress
    )
    scores = predict(model, data.images[test])
    matrix = evaluation.confusion_matrix(data.labels[test], scores.argmax(axis=1), len(data.classes))
    with runs.atomic(out / "model.keras") as part:
        model.save(part)
    seconds = history["seconds"].sum()
    card |= {
        "status": "finished",
        "parameters": model.count_params(),
        "minutes": round(seconds / 60, 2),
        "images_per_second": round(len(train) * len(history) / seconds, 1),
        "confusion_matrix": matrix.tolist(),
        # JSON has no NaN: an undefined metric is null.
        "metrics": json.loads(evaluation.macro(matrix).round(4).to_json()),
    }
    card["predictions_sha256"] = runs.write_predictions(out, data, test, fold, scores)
    runs.write_card(out, card)
    with contextlib.suppress(FileNotFoundError):
        (out / "checkpoint.keras").unlink()  # model.keras has the same weights
    return card
