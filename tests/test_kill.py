"""Kill -9 at six moments of a training; resumed, it ends with the same weights to the last bit."""

import multiprocessing
import os
import signal

import keras
import numpy as np
import pandas as pd
import pytest
from small import QUIET, RECIPE, RESUMING, xrays

from coronet_lib import runs
from coronet_lib.runs import load_coronet, one_fold
from coronet_lib.training import Batches, fitting
from coronet_lib.training.checkpoint import Checkpoint

STEPS = 3  # batches an epoch
# Prescribed, so that on every machine the best epoch is the second and the last is the fourth.
VALIDATION_LOSSES = {1: 4.0, 2: 2.0, 3: 3.0, 4: 2.5}
LAST = 3  # epoch, from 0


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


def after(owner, name, due):
    """Make ``owner.name`` kill the process once it has done its work, if ``due(*arguments)``."""
    work = getattr(owner, name)

    def dying(*arguments, **options):
        result = work(*arguments, **options)
        if due(*arguments):
            kill()
        return result

    setattr(owner, name, dying)


def half_written(model, path):
    """In the first epoch of fine-tuning, leave half of the file that was to become the checkpoint."""
    due = model.get_layer("block1_conv1").trainable
    if due:
        os.truncate(path, path.stat().st_size // 2)
    return due


MOMENTS = {
    "in the first epoch": lambda: after(Batches, "__getitem__", lambda self, i: (self.epoch, i) == (0, 1)),
    "after the first checkpoint": lambda: after(Checkpoint, "save", lambda self, model, history: True),
    "while a checkpoint is written": lambda: after(keras.Model, "save", half_written),
    "between epochs": lambda: after(fitting, "_reseed_dropout", lambda model, seed, epoch: epoch == LAST),
    "in the last epoch": lambda: after(Batches, "__getitem__", lambda self, i: (self.epoch, i) == (LAST, 1)),
    "before the card is finished": lambda: after(one_fold, "write_predictions", lambda *_: True),
}


def evaluate(model, *_, **__):
    """The loss prescribed for this epoch, which the optimizer's count of steps tells; it starts anew after
    the epoch of warm-up."""
    steps = int(model.optimizer.iterations)
    epoch = steps // STEPS + model.get_layer("block1_conv1").trainable
    return steps and (VALIDATION_LOSSES[epoch], 0.5)  # without a step behind it the result is not used


def train_and_die(moment, folder):
    keras.Model.evaluate = evaluate
    MOMENTS[moment]()
    one_fold.run(xrays(), RECIPE, folder, session=QUIET)


@pytest.fixture(autouse=True, scope="module")
def prescribed_losses():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.Model, "evaluate", evaluate)
        yield


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """Folders of the six, killed side by side."""
    folders = {moment: tmp_path_factory.mktemp("killed") for moment in MOMENTS}
    server = multiprocessing.get_context("forkserver")  # TensorFlow is imported once for all of them
    server.set_forkserver_preload(["coronet_lib.runs.one_fold"])
    processes = [server.Process(target=train_and_die, args=item) for item in folders.items()]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == -signal.SIGKILL
    return folders


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A folder whose training was left in peace."""
    folder = tmp_path_factory.mktemp("whole")
    card = one_fold.run(xrays(), RECIPE, folder, session=QUIET)
    assert (card["epochs"], card["kept_epoch"]) == (LAST + 1, 2)
    return folder


def read_history(folder):
    return pd.read_csv(folder / "history.csv").drop(columns="seconds")


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_training_goes_on_to_the_same_weights(moment, killed, whole):
    folder = killed[moment]
    assert runs.read_card(folder)["status"] == "running"
    assert (folder / ".part-checkpoint.keras").exists() == (moment == "while a checkpoint is written")
    card = one_fold.run(xrays(), RECIPE, folder, session=RESUMING)
    assert card["status"] == "finished"
    models = load_coronet(folder), load_coronet(whole)
    for ours, theirs in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    pd.testing.assert_frame_equal(read_history(folder), read_history(whole), check_exact=True)
    assert (folder / "predictions.csv").read_bytes() == (whole / "predictions.csv").read_bytes()
    assert sorted(os.listdir(folder)) == sorted(os.listdir(whole))
