"""Training: it learns, it repeats, it resumes to the same weights, it leaves a whole run folder."""

import errno
import json
import shutil
from dataclasses import asdict

import keras
import numpy as np
import pandas as pd
import pytest
import small
from small import OVERWRITING, QUIET, RESUMING

from coronet_lib import runs, training
from coronet_lib.datasets import phantom
from coronet_lib.files import atomic, data_path
from coronet_lib.runs import Existing, Split, load_coronet, one_fold, split_rows
from coronet_lib.runs.card import describe
from coronet_lib.systems import SYSTEMS
from coronet_lib.training import CORRECTED, PAPER, PROFILES, QUICK, Augmentation, FineTuning, devices, fitting
from coronet_lib.training.checkpoint import Checkpoint
from coronet_lib.training.history import HISTORY

TINY = QUICK.but(
    validation=0.25,
    name="tiny",
    size=72,
    middle_blocks=0,
    hidden=8,
    epochs=3,
    augmentation=Augmentation(shift=0.1),
)

CAREFUL = FineTuning(**{**vars(TINY), "name": "careful", "epochs": 6, "head": "gap"}, warmup=1, patience=2)


@pytest.fixture(scope="module")
def xrays():
    return phantom.generate(24, 72)


@pytest.fixture(scope="module")
def finished(xrays, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "finished"
    return folder, one_fold.run(xrays, TINY, folder, session=QUIET)


def weights_of(model):
    return [keras.ops.convert_to_numpy(w) for w in model.weights]


def test_a_run_leaves_its_four_files(finished, xrays):
    folder, card = finished
    assert {p.name for p in folder.iterdir()} == {
        "card.json",
        "history.csv",
        "predictions.csv",
        "model.keras",
    }
    assert card == runs.read_card(folder)
    assert card["status"] == "finished"
    assert card["data"] == xrays.identity() | {"counts": xrays.counts()}
    history = pd.read_csv(folder / "history.csv")
    assert tuple(history) == HISTORY
    assert history["epoch"].tolist() == [1, 2, 3]


def test_predictions_are_those_of_the_saved_model(finished, xrays):
    folder, card = finished
    table, classes = runs.read_predictions(folder)
    *_, test = split_rows(xrays, TINY, fold=1)
    assert table["file"].tolist() == xrays.files[test].tolist()
    scores = training.predict(load_coronet(folder), xrays.images[test])
    np.testing.assert_allclose(table[list(classes)], scores, atol=1e-5)
    matrix = np.array(card["confusion_matrix"])
    assert matrix.sum() == len(test)
    assert np.trace(matrix) == (table["true"] == table["predicted"]).sum()


def test_a_stopped_run_goes_on_to_the_same_weights(tmp_path, monkeypatch):
    """Stop where history.csv is one line ahead of the checkpoint; tests/test_kill.py has more points."""
    xrays, recipe = small.xrays(), small.RECIPE.but(epochs=3, warmup=0, patience=0)
    whole = one_fold.run(xrays, recipe, tmp_path / "whole", session=QUIET)
    save, folder = keras.Model.save, tmp_path / "stopped"

    def stopping(model, path):
        if int(model.optimizer.iterations) == 2 * small.STEPS:
            raise KeyboardInterrupt
        save(model, path)

    monkeypatch.setattr(keras.Model, "save", stopping)
    with pytest.raises(KeyboardInterrupt):
        one_fold.run(xrays, recipe, folder, session=QUIET)
    monkeypatch.undo()
    assert pd.read_csv(folder / "history.csv")["epoch"].tolist() == [1, 2]
    assert one_fold.run(xrays, recipe, folder, session=RESUMING)["metrics"] == whole["metrics"]
    one, other = (weights_of(load_coronet(run)) for run in (tmp_path / "whole", folder))
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)
    assert pd.read_csv(folder / "history.csv")["epoch"].tolist() == [1, 2, 3]


@pytest.fixture(scope="module")
def fine_tuned(xrays):
    """A model, its history, and its weights by layer before training and after each epoch."""
    recipe = CAREFUL
    train, validation, _ = split_rows(xrays, recipe, fold=1)
    states = []

    def note(model):
        states.append({layer.name: layer.get_weights() for layer in model.layers})

    class Noting(Checkpoint):
        def save(self, model, history):
            note(model)
            super().save(model, history)

    compiled = FineTuning.compile

    def compile(self, model, epoch, steps):
        if epoch == 0:
            note(model)
        compiled(self, model, epoch, steps)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.Model, "run_eagerly", small.EAGER)
        patch.setattr(fitting, "Checkpoint", Noting)
        patch.setattr(FineTuning, "compile", compile)
        losses = iter([4.0, 2.0, 3.0, 2.5, 1.0])
        # Before a phase begins, fit evaluates once for the sake of speed and forgets the result.
        patch.setattr(
            keras.Model, "evaluate", lambda m, *_, **__: int(m.optimizer.iterations) and (next(losses), 0.5)
        )
        model, history = training.fit(xrays, recipe, train=train, validation=validation, progress=False)
    return model, history, states


def test_warm_up_trains_the_head_and_batch_norm_never_learns(fine_tuned):
    _, _, (start, warm, tuned, *_) = fine_tuned

    def moved(before, after):
        return {name for name in before if not same(before[name], after[name])}

    assert moved(start, warm) == {"head_dense", "head_softmax"}
    convolutions = {name for name in start if "conv" in name and start[name] and not name.endswith("_bn")}
    convolutions |= {name for name in start if name.endswith("_shortcut")}
    assert moved(warm, tuned) == {"head_dense", "head_softmax"} | convolutions


def test_early_stopping_keeps_the_best_epoch(fine_tuned):
    model, history, states = fine_tuned
    assert history["val_loss"].tolist() == [4.0, 2.0, 3.0, 2.5]
    assert all(same(layer.get_weights(), states[2][layer.name]) for layer in model.layers)
    assert not same(states[2]["head_dense"], states[4]["head_dense"])


def same(some, others):
    return all(np.array_equal(a, b) for a, b in zip(some, others, strict=True))


@pytest.mark.parametrize(
    ("losses", "kept", "finished"),
    [
        ([9, 8], 2, False),
        ([9, 8, 8.5, 8.1], 2, False),  # the warm-up of three epochs is not waited for
        ([9, 8, 8.5, 8.1, 8], 2, True),
        ([9, 8, 7, 6, 5, 5.5, 5], 5, True),
        ([9, 8, 7, 6, 5, 5.5, 4], 7, False),
        ([float("nan"), 8, 7, float("nan"), float("nan")], 3, True),
        ([9, 8, 7, 6, 5, 4, 3, 2], 8, True),  # all of the recipe's epochs
    ],
)
def test_when_training_stops(losses, kept, finished):
    recipe = CORRECTED.but(warmup=3, patience=2, epochs=8)
    history = pd.DataFrame({"val_loss": losses})
    assert (recipe.kept_epoch(history), recipe.finished(history)) == (kept, finished)
    assert PAPER.kept_epoch(history) == len(losses)
    assert not PAPER.finished(history)


def test_an_error_on_a_rare_class_costs_more():
    labels = np.repeat([0, 1, 2], [10, 20, 30])
    weights = CORRECTED.class_weights(labels)
    assert weights == pytest.approx({0: 2, 1: 1, 2: 2 / 3})
    assert sum(weights[label] for label in labels) == pytest.approx(len(labels))
    assert PAPER.class_weights(labels) is None
    assert CORRECTED.but(weigh_classes=False).class_weights(labels) is None


def test_a_full_disk_keeps_the_last_good_checkpoint(tmp_path, monkeypatch):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    history = pd.DataFrame([[1.0] * len(HISTORY)], columns=HISTORY)
    saved = Checkpoint(tmp_path)
    saved.save(model, history)
    saved.save_best(model)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(before) == {"checkpoint.keras", "history.csv", "best.weights.h5"}

    def fill_the_disk(model, path):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(keras.Model, "save", fill_the_disk)
    monkeypatch.setattr(keras.Model, "save_weights", fill_the_disk)
    with pytest.raises(runs.RunError, match=r"epoch 1 cannot be written .*No space left.*--resume"):
        saved.save(model, history)
    with pytest.raises(runs.RunError, match="best weights cannot be written"):
        saved.save_best(model)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_with_another_run_is_refused(finished, xrays, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(finished[0], folder)
    with pytest.raises(runs.RunError, match="say --resume or --overwrite"):
        one_fold.run(xrays, TINY, folder, session=QUIET)
    with pytest.raises(runs.RunError, match="differs in seed, fold"):
        one_fold.run(xrays, TINY, folder, seed=1, fold=2, session=RESUMING)
    with pytest.raises(runs.RunError, match="differs in data"):
        one_fold.run(xrays.take(np.arange(90)), TINY, folder, session=RESUMING)
    before = (folder / "model.keras").stat().st_mtime_ns
    assert one_fold.run(xrays, TINY, folder, session=RESUMING)["status"] == "finished"
    assert (folder / "model.keras").stat().st_mtime_ns == before


def test_a_card_names_weights_by_what_they_are_not_where(xrays, tmp_path):
    def card(weights):
        recipe = TINY.but(weights=weights)
        return describe(xrays, recipe, fold=1, split=Split(), seed=0, compute=devices.choose())

    for place, content in (("here", b"abc"), ("there", b"abc"), ("other", b"abd")):
        (tmp_path / place).write_bytes(content)
    here, there, other = (card(tmp_path / place) for place in ("here", "there", "other"))
    sha256_of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert here["recipe"]["weights"] == there["recipe"]["weights"] == f"sha256:{sha256_of_abc}"
    assert str(tmp_path) not in json.dumps(here)
    assert [card(name)["recipe"]["weights"] for name in (None, "imagenet")] == [None, "imagenet"]

    with runs.open_folder(tmp_path / "run", here) as folder:
        runs.write_card(folder, here)
    with runs.open_folder(folder, there, Existing.RESUME) as again:
        assert again == folder
    with (
        pytest.raises(runs.RunError, match="differs in recipe"),
        runs.open_folder(folder, other, Existing.RESUME),
    ):
        pass
    with pytest.raises(FileNotFoundError, match=r"no weights file at .*nowhere"):
        one_fold.run(xrays, TINY.but(weights=tmp_path / "nowhere"), tmp_path / "unborn", session=QUIET)
    assert not (tmp_path / "unborn").exists()


def test_overwriting_spares_what_no_run_wrote(finished, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(finished[0], folder)
    (folder / "notes.txt").write_text("mine")
    other = small.RECIPE.but(epochs=1, warmup=0, patience=0)
    one_fold.run(small.xrays(), other, folder, session=OVERWRITING)
    assert (folder / "notes.txt").read_text() == "mine"
    assert len(pd.read_csv(folder / "history.csv")) == 1


def test_predictions_that_were_edited_are_refused(finished, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(finished[0], folder)
    path = folder / "predictions.csv"
    path.write_text(path.read_text().replace(",covid19,", ",normal,"))
    with pytest.raises(runs.RunError, match=r"not the file that card\.json describes"):
        runs.read_predictions(folder)
    path.unlink()
    with pytest.raises(runs.RunError, match=r"predictions\.csv is missing; restore it"):
        runs.read_predictions(folder)
    (folder / "card.json").write_text("{")
    with pytest.raises(runs.RunError, match="not valid JSON"):
        runs.read_card(folder)
    with pytest.raises(runs.RunError, match="not a run folder"):
        runs.read_card(tmp_path / "nowhere")


def test_a_run_with_fewer_epochs_than_its_recipe_is_partial(finished):
    card = finished[1]
    assert runs.partial(card) == (3, 18)
    assert runs.partial(runs.read_card(data_path("runs", "quick-phantom"))) is None
    for recipe in PROFILES.values():
        for epochs in (recipe.epochs, recipe.epochs + 1):
            assert runs.partial(card | {"recipe": asdict(recipe.but(epochs=epochs))}) is None
    for recipe, whole in ((PAPER, 80), (SYSTEMS["chexnet"].recipe, 20)):
        assert runs.partial(card | {"recipe": recipe.but(epochs=12).described()}) == (12, whole)


def test_a_failed_write_keeps_the_old_file(tmp_path):
    path = tmp_path / "checkpoint.keras"
    path.write_text("good")

    def write():
        with atomic(path) as part:
            part.write_text("half")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write()
    assert path.read_text() == "good"
    assert list(tmp_path.iterdir()) == [path]


def test_batches_hold_every_image_once_and_repeat_by_epoch(xrays):
    def epoch(number, **options):
        batches = training.Batches(xrays.images, xrays.labels, 10, epoch=number, **options)
        parts = [batches[i] for i in range(len(batches))]
        return np.concatenate([x for x, _ in parts]), np.concatenate([y for _, y in parts])

    images, labels = epoch(0)
    assert images.shape == (96, 72, 72, 3)
    assert images.dtype == np.float32
    np.testing.assert_array_equal(
        np.sort(images.sum(axis=(1, 2, 3))), np.sort(training.as_rgb(xrays.images).sum(axis=(1, 2, 3)))
    )
    assert not np.array_equal(labels, epoch(1)[1])
    np.testing.assert_array_equal(
        epoch(1, augmentation=TINY.augmentation)[0], epoch(1, augmentation=TINY.augmentation)[0]
    )


def test_no_patient_is_on_two_sides(xrays):
    parts = split_rows(xrays, TINY, fold=3)
    assert sorted(np.concatenate(parts)) == list(range(len(xrays)))
    patients = [set(xrays.patients[rows]) for rows in parts]
    assert not patients[0] & (patients[1] | patients[2])
    assert not patients[1] & patients[2]
    train, validation, test = split_rows(xrays, TINY.but(validation=0.0), fold=3)
    np.testing.assert_array_equal(validation, test)
    assert len(train) + len(test) == len(xrays)


def test_what_is_refused_before_training(xrays, tmp_path):
    with pytest.raises(ValueError, match="fold must be from 1 to 4, got 5"):
        one_fold.run(xrays, TINY, tmp_path / "run", fold=5)
    with pytest.raises(ValueError, match="wants 96 x 96 images, got 72 x 72"):
        training.fit(xrays, QUICK, train=[0], validation=[1])
    with pytest.raises(ValueError, match="no validation images"):
        training.fit(xrays, TINY, train=[0], validation=[])
    with pytest.raises(ValueError, match="decay must be"):
        QUICK.but(decay="linear")
    with pytest.raises(ValueError, match="warmup must be from 0 to 2 of 3 epochs, got 3"):
        CORRECTED.but(epochs=3)
    with pytest.raises(ValueError, match="the test fold must not choose"):
        CORRECTED.but(validation=0.0)
    assert not (tmp_path / "run").exists()
