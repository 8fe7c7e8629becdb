"""Fit a network to X-rays, one epoch at a time, so that a training can stop and go on anywhere."""

import logging
import time
from functools import partial

import keras
import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from coronet_lib.training import devices
from coronet_lib.training.batches import Batches, as_rgb
from coronet_lib.training.checkpoint import Checkpoint
from coronet_lib.training.history import HISTORY

# Each network of a comparison is traced for itself, and TensorFlow would warn that it traces so many.
logging.getLogger("tensorflow").addFilter(lambda record: "retracing" not in record.getMessage())


def fit(
    data,
    recipe,
    *,
    train,
    validation,
    seed=0,
    model=None,
    compute=None,
    checkpoint=None,
    after_epoch=None,
    progress=True,
):
    """Train a model by a recipe.

    Parameters
    ----------
    data : XrayCollection
        Of the recipe's size.
    recipe : EpochRecipe
    train, validation : int array, shape (m,)
        Rows of ``data``.  Nothing is learned from the validation rows; a recipe that stops early
        chooses its epoch by them.
    seed : int
        Of the initial weights, dropout, order and augmentation.
    model : keras.Model, optional
        To go on from, instead of a new model of the recipe; it is trained in place, in its own precision.
        Several devices can share only one that was made within ``compute.scope()``.
    compute : Compute, optional
        Precision, compilation and devices, from :func:`coronet_lib.training.choose`; by default
        what that gives without arguments.
    checkpoint : path, optional
        A folder that keeps ``checkpoint.keras`` and ``history.csv`` after each epoch, and the
        best weights where the recipe stops early.  Where they exist already, training goes on from them.
    after_epoch : callable, optional
        Called without arguments when an epoch is saved; what it raises ends the training there.
    progress : bool
        Show a progress bar.

    Returns
    -------
    model : keras.Model
    history : pandas.DataFrame
        One row an epoch; see :func:`coronet_lib.training.history.read_table`.

    Raises
    ------
    ValueError
        If the images are not of the recipe's size, a part has no images, ``model`` takes or gives
        something else, or the devices cannot share a batch evenly.
    RunError
        If a checkpoint cannot be written; the one before is kept.
    """
    compute = compute or devices.choose()
    recipe.check(data, compute)
    for name, rows in (("training", train), ("validation", validation)):
        if len(rows) == 0:
            raise ValueError(f"there are no {name} images")
    if model is not None and (model.input_shape[1], model.output_shape[-1]) != (
        recipe.size,
        len(data.classes),
    ):
        raise ValueError(
            f"the model maps {model.input_shape} to {model.output_shape}, but the images are {recipe.size} x "
            f"{recipe.size} pixels and of {len(data.classes)} classes; replace_head fits it to other classes"
        )
    set_seed(seed, compute)
    batches_of = partial(
        Batches,
        data.images[train],
        data.labels[train],
        recipe.batch_size,
        seed=seed,
        augmentation=recipe.augmentation,
        shared_by=compute.devices,
    )
    steps = len(batches_of(epoch=0))
    saved = Checkpoint(checkpoint)
    with compute.scope():
        if (found := saved.load()) is None:
            model = recipe.build(len(data.classes)) if model is None else model
            history = pd.DataFrame(columns=HISTORY, dtype=float)
        else:
            model, history = found
            _save_if_best(saved, recipe, model, history)
    held_out = as_rgb(data.images[validation]), data.labels[validation]
    validated_at_once = compute.even(min(64, len(validation)))

    def judge(model, images, labels):
        """Mean loss and accuracy on the images."""
        return sum(
            count / len(images) * np.array(model.evaluate(*part, batch_size=validated_at_once, verbose=0))
            for count, part in compute.evenly(images, labels)
        )

    class_weights = recipe.class_weights(data.labels[train])
    with tqdm(total=recipe.epochs * steps, initial=len(history) * steps, disable=not progress) as bar:
        while not recipe.finished(history):
            epoch = len(history)
            bar.set_description(f"epoch {epoch + 1}/{recipe.epochs}")
            started = time.perf_counter()
            if recipe.begins_phase(epoch):
                with compute.scope():
                    recipe.compile(model, epoch, steps)
            recipe.adjust(model, history)
            with compute.fitting(model):
                if recipe.begins_phase(epoch):
                    # TensorFlow would trace the training step, which takes it seconds, once more if the
                    # optimizer and the metrics made their variables in the first trace.
                    model.optimizer.build(model.trainable_variables)
                    judge(model, *(part[:validated_at_once] for part in held_out))
                _reseed_dropout(model, seed, epoch)
                learned = model.fit(
                    batches_of(epoch=epoch),
                    shuffle=False,
                    verbose=0,
                    class_weight=class_weights,
                    callbacks=[_Ticks(bar)],
                ).history
            val_loss, val_accuracy = judge(model, *held_out)
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
            saved.save(model, history)
            _save_if_best(saved, recipe, model, history)
            if after_epoch is not None:
                after_epoch()
    if recipe.kept_epoch(history) < len(history):
        saved.restore_best(model)
    return model, history.astype({"epoch": int})


def _save_if_best(saved, recipe, model, history):
    """Done again on the way back from an interruption, which may have come just before it."""
    if recipe.selects and recipe.kept_epoch(history) == len(history):
        saved.save_best(model)


class _Ticks(keras.callbacks.Callback):
    """Moves the progress bar on by one after each batch."""

    def __init__(self, bar):
        super().__init__()
        self.bar = bar

    def on_train_batch_end(self, batch, logs=None):
        self.bar.update()


def set_seed(seed, compute):
    """Fix the initial weights, and TensorFlow's order of summation where that costs nothing.

    That is on a CPU; a compiled step does not know it.
    """
    keras.utils.set_random_seed(seed)
    if keras.backend.backend() == "tensorflow" and devices.device_name() == "cpu" and not compute.jit:
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()


def _reseed_dropout(model, seed, epoch):
    """Start each epoch's dropout from (seed, epoch): a saved model does not keep its generators."""
    state = np.random.default_rng((seed, epoch)).integers(2**31, size=2)
    for layer in model.layers:
        if generator := getattr(layer, "seed_generator", None):
            generator.state.assign(state)


def predict(model, images, batch_size=64, compute=None):
    """Class scores.

    Parameters
    ----------
    model : keras.Model
    images : uint8 array, shape (n, size, size, 1 or 3)
    batch_size : int
    compute : Compute, optional
        What the model was made for, if that is several devices.

    Returns
    -------
    float array, shape (n, classes)
    """
    compute = compute or devices.Compute()
    return np.concatenate(
        [
            model.predict(as_rgb(part), batch_size=compute.even(batch_size), verbose=0)[:count]
            for count, (part,) in compute.evenly(images)
        ]
    )
