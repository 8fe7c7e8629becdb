"""Going on from a finished run: what it learned is kept, and what it was tested on stays held out."""

import shutil
from dataclasses import replace

import hand_made
import keras
import numpy as np
import pandas as pd
import pytest
import small
from small import QUIET, RESUMING

from coronet_lib import runs, training
from coronet_lib.classes import CLASSES
from coronet_lib.datasets import phantom
from coronet_lib.models.coronet import replace_head
from coronet_lib.runs import (
    Split,
    crossval,
    load_coronet,
    one_fold,
    open_base,
    open_base_folds,
    seeds,
    split_rows,
)

# Phantoms, because some of their patients have several images; the network may be any that has a head.
TINY = small.RECIPE.but(name="tiny", size=72, width=1 / 8, hidden=8, epochs=1, warmup=0, patience=0)
SHORT = small.RECIPE.but(epochs=2)
OTHER = Split(seed=3)


@pytest.fixture(scope="module")
def xrays():
    return phantom.generate(24, 72)


@pytest.fixture(scope="module")
def finished(xrays, tmp_path_factory):
    """A 4-class run with another seed and fold than the runs that go on from it."""
    folder = tmp_path_factory.mktemp("runs") / "four"
    return folder, one_fold.run(xrays, TINY, folder, fold=2, split=OTHER, seed=3, session=QUIET)


@pytest.fixture(scope="module")
def three(xrays, finished, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "three"
    base = open_base(finished[0], xrays, TINY)
    return folder, one_fold.run(xrays.with_classes(3), TINY, folder, base=base, session=QUIET)


@pytest.mark.parametrize("classes", [4, 3, 2])
def test_each_image_stays_in_the_part_that_it_had(xrays, finished, classes):
    data = xrays.with_classes(classes)
    before = split_rows(xrays, TINY, fold=2, split=OTHER)
    after = open_base(finished[0], xrays, TINY).rows(data)
    for rows, kept in zip(before, after, strict=True):
        labels = xrays.labels[rows]
        assert set(data.files[kept]) == set(xrays.files[rows[(classes > 2) | (labels < 2)]])
    patients = [set(data.patients[rows]) for rows in after]
    assert not patients[2] & (patients[0] | patients[1])


def test_folds_dealt_anew_would_test_on_what_the_base_has_learned(xrays, finished):
    """The trap itself, so that the tests above are about something."""
    data = xrays.with_classes(3)
    *_, test = split_rows(data, TINY, fold=2, split=OTHER)
    learned = xrays.files[split_rows(xrays, TINY, fold=2, split=OTHER)[0]]
    assert np.isin(data.files[test], learned).any()


def test_the_card_names_the_base_and_its_split(finished, three):
    folder, card = three
    assert card == runs.read_card(folder)
    sha256 = finished[1]["predictions_sha256"]
    assert card["base"] == {"classes": 4, "seed": 3, "predictions_sha256": sha256}
    assert (card["classes"], card["fold"], card["seed"]) == (3, 2, 0)
    assert set(runs.read_predictions(folder)[0]["file"]) == set(runs.read_predictions(finished[0])[0]["file"])


def test_a_run_that_went_on_needs_fewer_epochs_and_is_whole(three):
    assert three[1]["start"] == "base"
    assert runs.partial(three[1]) is None
    assert runs.partial(three[1] | {"base": None}) == (1, 6)


def test_the_same_base_and_seed_give_the_same_predictions(xrays, finished, three, tmp_path):
    base = open_base(finished[0], xrays, TINY)
    again = one_fold.run(xrays.with_classes(3), TINY, tmp_path, base=base, session=QUIET)
    assert again["predictions_sha256"] == three[1]["predictions_sha256"]


def test_resuming_with_another_base_is_refused(xrays, three):
    with pytest.raises(runs.RunError, match="differs in fold, split_seed, base"):
        one_fold.run(xrays.with_classes(3), TINY, three[0], session=RESUMING)


def test_all_but_the_last_layer_begins_as_it_was(xrays, finished):
    model = open_base(finished[0], xrays, TINY).model(2)
    old = load_coronet(finished[0])
    for layer in old.layers[:-1]:
        for a, b in zip(layer.get_weights(), model.get_layer(layer.name).get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
    assert model.output_shape == (None, 2)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"size": 96}, "size 72.*has 96"),
        ({"width": 1 / 4}, "width 0.125.*has 0.25"),
        ({"hidden": 16}, "hidden 8.*has 16"),
        ({"validation": 0.0}, "validation 0.25.*has 0.0"),
    ],
)
def test_a_recipe_of_another_network_is_refused(xrays, finished, changes, name):
    with pytest.raises(ValueError, match=name):
        open_base(finished[0], xrays, TINY.but(**changes))


def test_other_x_rays_are_refused(xrays, finished):
    with pytest.raises(runs.RunError, match="done on other phantoms"):
        open_base(finished[0], xrays.take(np.arange(90)), TINY)
    with pytest.raises(ValueError, match="cannot become"):
        open_base(finished[0], xrays.with_classes(3), TINY)


def test_what_is_no_base(xrays, finished, three, tmp_path):
    with pytest.raises(runs.RunError, match="not a run folder"):
        open_base(tmp_path, xrays, TINY)
    with pytest.raises(runs.RunError, match="itself fine-tuned"):
        open_base(three[0], xrays, TINY)
    copy = tmp_path / "copy"
    shutil.copytree(finished[0], copy)
    runs.write_card(copy, finished[1] | {"status": "running"})
    with pytest.raises(runs.RunError, match="unfinished"):
        open_base(copy, xrays, TINY)
    runs.write_card(copy, finished[1] | {"split_seed": 4})  # another split than that of its predictions
    with pytest.raises(runs.RunError, match="tested on other images"):
        open_base(copy, xrays, TINY)


@pytest.fixture(scope="module")
def two_folds(tmp_path_factory):
    """A cross-validation to go on from, in two folds that are not the default's."""
    folder = tmp_path_factory.mktemp("runs") / "cv"
    card = crossval.run(small.xrays(), SHORT, folder, split=Split(folds=2, seed=3), seed=3, session=QUIET)
    return folder, card


def test_a_cross_validation_is_no_base_of_one_run_but_its_folds_say_where_to_look(two_folds, finished):
    with pytest.raises(runs.RunError, match=r"cross-validation.*fold-1"):
        open_base(two_folds[0], small.xrays(), SHORT)
    with pytest.raises(runs.RunError, match="one fold; `coronet train --base`"):
        open_base_folds(finished[0], small.xrays(), SHORT)


def test_every_fold_goes_on_from_its_own(two_folds, tmp_path):
    """Each tests what it held out before, and so all X-rays of the classes asked are tested once."""
    data, three = small.xrays(), small.xrays().with_classes(3)
    base = open_base_folds(two_folds[0], data, SHORT)
    card = crossval.run(three, SHORT, tmp_path / "three", base=base, session=QUIET)
    assert (card["classes"], card["folds"], card["split_seed"], card["start"]) == (3, 2, 3, "base")
    sha256 = two_folds[1]["predictions_sha256"]
    assert card["base"] == {"classes": 4, "seed": 3, "predictions_sha256": sha256}
    assert np.sum(card["confusion_matrix"]) == len(three)
    before, after = (
        runs.read_predictions(folder)[0].set_index("file")["fold"]
        for folder in (two_folds[0], tmp_path / "three")
    )
    assert after.to_dict() == before.to_dict()
    for fold in (1, 2):
        its = runs.read_card(tmp_path / "three" / f"fold-{fold}")["base"]
        assert its["predictions_sha256"] == base.folds[fold].card["predictions_sha256"]


def test_folds_that_cannot_be_gone_on_from_are_refused_before_the_first_training(two_folds, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(two_folds[0], copy)
    runs.write_card(copy / "fold-2", runs.read_card(copy / "fold-2") | {"seed": 4})
    with pytest.raises(runs.RunError, match=r"fold-2 is no part of .*copy: its card differs in seed"):
        open_base_folds(copy, small.xrays(), SHORT)
    with open(copy / "fold-1" / "model.keras", "ab") as file:
        file.write(b"X")
    with pytest.raises(runs.RunError, match=r"fold-1.model\.keras is not the file that card\.json describes"):
        open_base_folds(copy, small.xrays(), SHORT)
    (copy / "fold-1" / "model.keras").unlink()
    with pytest.raises(runs.RunError, match=r"fold-1 has no model\.keras any more"):
        open_base_folds(copy, small.xrays(), SHORT)
    shutil.rmtree(copy / "fold-2")
    with pytest.raises(runs.RunError, match=r"fold-2 is gone; restore it"):
        open_base_folds(copy, small.xrays(), SHORT)


@pytest.mark.parametrize("out", [".", "..", "fold-1"])
def test_a_base_is_not_overwritten(two_folds, tmp_path, out):
    shutil.copytree(two_folds[0], folder := tmp_path / "here/base")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    data, three = small.xrays(), small.xrays().with_classes(3)
    anew = replace(QUIET, existing=runs.Existing.OVERWRITE)
    with pytest.raises(runs.RunError, match=r"has the base .* choose another --out"):
        crossval.run(three, SHORT, folder / out, base=open_base_folds(folder, data, SHORT), session=anew)
    with pytest.raises(runs.RunError, match=r"has the base .* choose another --out"):
        one_fold.run(three, SHORT, folder / out, base=open_base(folder / "fold-1", data, SHORT), session=anew)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_base_among_the_seeds_is_refused_before_the_first(two_folds, tmp_path):
    shutil.copytree(two_folds[0], tmp_path / "seed-1")
    base = open_base_folds(tmp_path / "seed-1", small.xrays(), SHORT)
    with pytest.raises(runs.RunError, match="seed-1 has the base"):
        seeds.run(small.xrays().with_classes(3), SHORT, tmp_path, seeds=(0, 1), base=base, session=QUIET)
    assert not (tmp_path / "seed-0").exists()


def test_a_base_of_fewer_classes_is_refused(two_folds, tmp_path):
    """It has dealt the X-rays of its own classes only: the others would be left out."""
    data, two = small.xrays(), small.xrays().with_classes(2)
    folder = tmp_path / "two"
    crossval.run(two, SHORT, folder, split=Split(folds=2), session=QUIET)
    base = open_base_folds(folder, data, SHORT)
    with pytest.raises(ValueError, match="two has 2 classes, and 3 are asked for"):
        crossval.run(data.with_classes(3), SHORT, tmp_path / "three", base=base, session=QUIET)
    with pytest.raises(ValueError, match="fold-2 has 2 classes, and 4 are asked for"):
        one_fold.run(data, SHORT, tmp_path / "four", base=base.folds[2], session=QUIET)
    assert [path.name for path in tmp_path.iterdir()] == ["two"]


def test_a_model_of_another_shape_is_not_trained(xrays, finished):
    model = load_coronet(finished[0])
    with pytest.raises(ValueError, match=r"to \(None, 4\), but the images are 72 x 72 pixels and of 3"):
        training.fit(xrays.with_classes(3), TINY, train=[0], validation=[1], model=model)
    larger = replace(xrays, images=np.zeros((len(xrays), 96, 96, 1), np.uint8), masks=None)
    with pytest.raises(ValueError, match="images are 96 x 96"):
        training.fit(larger, TINY.but(size=96), train=[0], validation=[1], model=model)


def test_a_given_model_is_trained_in_place(xrays, finished):
    model = replace_head(load_coronet(finished[0]), 4)
    before = keras.ops.convert_to_numpy(model.get_layer("head_dense").kernel)
    rows = np.arange(0, len(xrays), 3)
    trained, history = training.fit(xrays, TINY, train=rows, validation=rows, model=model, progress=False)
    assert trained is model
    assert len(history) == 1
    assert not np.array_equal(before, keras.ops.convert_to_numpy(model.get_layer("head_dense").kernel))


@pytest.mark.parametrize("base", [None, {"classes": 4, "seed": 0, "predictions_sha256": hand_made.DIGEST}])
def test_a_run_of_another_system_is_no_base(tmp_path, base):
    table = pd.DataFrame({"file": ["a"], "patient": ["b"], "fold": [1], "true": ["normal"]})
    table[list(CLASSES[4])] = 0.25
    hand_made.leave(tmp_path / "svm", table, fold=1, base=base)  # base: where an SVM's features are from
    with pytest.raises(runs.RunError, match="trained no CoroNet but 'hand-made'"):
        open_base(tmp_path / "svm", None, TINY)
