"""The networks: the paper's counts, Keras's own outputs, and what is refused."""

import base64
import json
import marshal
import re
import shutil
import zipfile

import fuzz
import h5py
import keras
import numpy as np
import pytest
from originals import learned

from coronet_lib import runs
from coronet_lib.audit.finding import skeleton
from coronet_lib.datasets.phantom import phantom
from coronet_lib.files import data_path
from coronet_lib.models.coronet import coronet, replace_head
from coronet_lib.models.weights import copy_weights
from coronet_lib.models.xception import xception
from coronet_lib.runs import load_coronet
from coronet_lib.training import QUICK, predict


def count(weights):
    return sum(int(np.prod(w.shape)) for w in weights)


@pytest.fixture(scope="module")
def paper_model():
    return coronet()


@pytest.fixture(scope="module")
def stock():
    """Keras's Xception with statistics that a fresh network would not have."""
    model = keras.applications.Xception(weights=None, include_top=False)
    rng = np.random.default_rng(0)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()])
    return model


def test_coronet_has_the_counts_of_table_ii(paper_model):
    assert paper_model.count_params() == 33_969_964
    assert count(paper_model.trainable_weights) == 33_915_436
    assert count(paper_model.non_trainable_weights) == 54_528
    assert paper_model.get_layer("block14_sepconv2_act").output.shape == (None, 5, 5, 2048)
    assert paper_model.get_layer("head_flatten").output.shape == (None, 51_200)
    assert paper_model.get_layer("head_dense").count_params() == 13_107_456
    assert paper_model.get_layer("head_softmax").count_params() == 1_028


@pytest.mark.parametrize(("classes", "parameters"), [(3, 33_969_707), (2, 33_969_450)])
def test_replacing_the_head_keeps_the_rest(paper_model, classes, parameters):
    model = replace_head(paper_model, classes)
    assert model.count_params() == parameters
    assert model.output_shape == (None, classes)
    assert model.get_layer("head_dense") is paper_model.get_layer("head_dense")


def test_global_average_pooling_saves_a_third():
    assert skeleton(coronet, head="gap").count_params() == 21_387_052


@pytest.mark.parametrize("size", [150, 224, 299])
def test_xception_equals_keras(stock, size):
    ours = xception(size)
    copy_weights(stock, ours)
    x = np.random.default_rng(1).uniform(-1, 1, (2, size, size, 3)).astype(np.float32)
    theirs = keras.ops.convert_to_numpy(stock(x, training=False))
    assert np.abs(theirs).max() > 0.01
    np.testing.assert_allclose(keras.ops.convert_to_numpy(ours(x, training=False)), theirs, atol=1e-5, rtol=0)


def test_weights_travel_both_ways_and_into_coronet(stock, paper_model):
    ours = xception(150)
    copy_weights(stock, ours)
    back = keras.applications.Xception(weights=None, include_top=False)
    copy_weights(ours, back)
    for a, b in zip(stock.get_weights(), back.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    head = paper_model.get_layer("head_dense").get_weights()[0].copy()
    copy_weights(stock, paper_model)
    np.testing.assert_array_equal(
        paper_model.get_layer("block14_sepconv2").get_weights()[0],
        stock.get_layer("block14_sepconv2").get_weights()[0],
    )
    np.testing.assert_array_equal(paper_model.get_layer("head_dense").get_weights()[0], head)


def test_layer_names_are_those_of_keras(stock):
    ours = {layer.name for layer in skeleton(xception, 150).layers}
    theirs = {layer.name for layer in stock.layers}
    assert {name for name in ours - theirs if "shortcut" not in name and "add" not in name} == {"pixels"}
    assert len([name for name in theirs - ours if name.startswith("block")]) == 0


def test_a_weights_file_is_read(stock, tmp_path):
    path = tmp_path / "xception.weights.h5"
    stock.save_weights(path)
    ours = xception(150, weights=path)
    np.testing.assert_array_equal(
        ours.get_layer("block1_conv1").get_weights()[0], stock.get_layer("block1_conv1").get_weights()[0]
    )
    with pytest.raises(FileNotFoundError, match=r"nowhere\.weights\.h5"):
        coronet(weights=tmp_path / "nowhere.weights.h5")
    path.write_bytes(b"not HDF5")
    with pytest.raises(ValueError, match="does not hold the weights of Xception"):
        coronet(weights=path)


def test_copying_to_another_width_is_refused_and_changes_nothing(stock):
    narrow = xception(96, width=1 / 8)
    before = narrow.get_weights()
    with pytest.raises(ValueError, match="wants"):
        copy_weights(stock, narrow)
    for a, b in zip(before, narrow.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(ValueError, match="only one of the models"):
        copy_weights(stock, xception(150, middle_blocks=2))


def test_the_narrow_model_keeps_the_topology():
    model = QUICK.build(4)
    assert 0.4e6 < model.count_params() < 0.5e6
    names = [layer.name for layer in model.layers]
    assert {"block5_sepconv3_bn", "block6_add", "block13_shortcut", "block14_sepconv2_act"} <= set(names)
    assert "block7_add" not in names


def test_scores_are_probabilities_of_scaled_pixels():
    model = coronet(size=96, width=1 / 8, middle_blocks=0)
    black_and_white = np.stack([np.zeros((96, 96, 3)), np.full((96, 96, 3), 255)]).astype(np.float32)
    scores = keras.ops.convert_to_numpy(model(black_and_white))
    np.testing.assert_allclose(scores.sum(axis=1), 1, rtol=1e-5)
    for scaling, (low, high) in {"unit": (0, 1), "symmetric": (-1, 1)}.items():
        layer = coronet(size=96, width=1 / 8, middle_blocks=0, scaling=scaling).get_layer("scaling")
        scaled = keras.ops.convert_to_numpy(layer(black_and_white))
        np.testing.assert_allclose([scaled.min(), scaled.max()], [low, high], atol=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"classes": 5}, "not 5 classes"),
        ({"size": 70}, "at least 71 pixels, got 70"),
        ({"head": "attention"}, "got 'attention'"),
        ({"scaling": "caffe"}, "got 'caffe'"),
        ({"width": 0.5, "weights": "imagenet"}, "fit only width=1"),
    ],
)
def test_options_that_cannot_be(options, message):
    with pytest.raises(ValueError, match=message):
        coronet(**options)


def test_only_a_coronet_is_loaded(tmp_path):
    (fold := tmp_path / "cv/fold-1").mkdir(parents=True)
    (fold / "model.keras").touch()
    with pytest.raises(FileNotFoundError, match=r"is a cross-validation, .* name one, such as .*fold-1"):
        load_coronet(fold.parent)
    (fold.parent / "model.keras").touch()  # a run of one fold that was written over it
    with pytest.raises(ValueError, match=r"cv.model\.keras cannot be loaded"):
        load_coronet(fold.parent)
    with pytest.raises(FileNotFoundError, match="no model at"):
        load_coronet(tmp_path)
    broken = tmp_path / "broken.keras"
    broken.write_bytes(b"PK\x03\x04 no zip")
    with pytest.raises(ValueError, match="cannot be loaded as a Keras model"):
        load_coronet(broken)
    other = tmp_path / "other.keras"
    keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)]).save(other)
    with pytest.raises(
        ValueError, match=r"\(None, 28, 28, 1\) to \(None, 10\), wanted \(None, size, size, 3\)"
    ):
        load_coronet(other)


def test_code_in_a_model_file_is_not_run(tmp_path):
    path, sign = tmp_path / "lambda.keras", tmp_path / "sign"
    keras.Sequential([keras.Input((96, 96, 3)), keras.layers.Identity()]).save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    # As Keras writes a Lambda layer; to make one would run the code here.
    code = marshal.dumps(compile(f"open({str(sign)!r}, 'w')", "code", "eval"))
    config = json.loads(parts["config.json"])
    layer = config["config"]["layers"][1]
    layer["class_name"] = "Lambda"
    layer["config"]["function"] = {
        "class_name": "__lambda__",
        "config": {"code": base64.b64encode(code).decode(), "defaults": None, "closure": None},
    }
    parts["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(ValueError, match=r"cannot be loaded .*[Ll]ambda"):
        load_coronet(path)
    assert not sign.exists()


COMMITTED = data_path("runs", "quick-phantom")


def test_the_committed_weights_give_the_committed_scores():
    table, classes = runs.read_predictions(COMMITTED)
    table = table.groupby("true").head(2)
    drawn = [re.fullmatch(r"phantom-(\w+)-(\d+)-(\d+)\.png", file).groups() for file in table["file"]]
    images = [phantom(label, patient=int(p), image=int(i), size=96).image for label, p, i in drawn]
    model = load_coronet(COMMITTED)
    assert model.count_params() == runs.read_card(COMMITTED)["parameters"]
    scores = predict(model, np.stack(images)[..., None])
    np.testing.assert_allclose(scores, table[list(classes)], atol=1e-3)


def test_weights_that_do_not_fit_their_card_are_refused(tmp_path):
    shutil.copytree(COMMITTED, tmp_path / "run")
    card = runs.read_card(COMMITTED)
    runs.write_card(tmp_path / "run", card | {"recipe": card["recipe"] | {"hidden": 64}})
    with pytest.raises(ValueError, match=r"model\.weights\.h5 does not fit the network of card\.json"):
        load_coronet(tmp_path / "run")
    runs.write_card(tmp_path / "run", card)
    (tmp_path / "run/model.weights.h5").write_bytes((COMMITTED / "model.weights.h5").read_bytes()[:9000])
    with pytest.raises(runs.RunError, match=r"model\.weights\.h5 is not the file that card\.json describes"):
        load_coronet(tmp_path / "run")


def save(path, weight=0.5):
    """A network that is small, and a CoroNet by what it takes and gives."""
    pixels = keras.Input((80, 80, 3))
    scores = keras.layers.Dense(4, name="scores")(keras.layers.GlobalAveragePooling2D()(pixels))
    model = keras.Model(pixels, scores)
    model.set_weights([np.full(w.shape, weight) for w in model.get_weights()])
    model.save(path)


def test_numbers_that_are_none_are_no_weights(tmp_path):
    save(tmp_path / "model.keras", np.nan)
    with pytest.raises(
        ValueError, match=r"model\.keras cannot be .* scores/kernel is not everywhere a finite"
    ):
        load_coronet(tmp_path / "model.keras")


def test_another_format_is_never_read_without_safe_mode(tmp_path):
    model = keras.Sequential([keras.Input((96, 96, 3)), keras.layers.Lambda(lambda x: x[:, 0, 0])])
    model.save(tmp_path / "model.h5")
    with pytest.raises(ValueError, match=r"its name should end in \.keras"):
        load_coronet(tmp_path / "model.h5")


def test_a_model_larger_than_its_file_can_hold_is_not_unpacked(tmp_path):
    save(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("more", bytes(10**7))
    with pytest.raises(ValueError, match=r"would unpack to 10,\d+,\d+ bytes"):
        load_coronet(tmp_path / "model.keras")


@pytest.mark.parametrize("what", ["link", "terabytes"])
def test_weights_lie_in_their_own_file(tmp_path, what):
    save(tmp_path / "sound.keras")
    with zipfile.ZipFile(tmp_path / "sound.keras") as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    (tmp_path / "weights.h5").write_bytes(inside["model.weights.h5"])
    with h5py.File(tmp_path / "weights.h5", "r+") as file:
        kernel = "layers/dense/vars/0"
        assert kernel in file
        del file[kernel]
        if what == "link":
            file[kernel] = h5py.ExternalLink(str(tmp_path / "elsewhere.h5"), "/x")
        else:
            file.create_dataset(kernel, (1 << 42,), "f4", chunks=(1 << 20,))
    with h5py.File(tmp_path / "elsewhere.h5", "w") as file:
        file["x"] = np.ones((3, 4), np.float32)
    inside["model.weights.h5"] = (tmp_path / "weights.h5").read_bytes()
    with zipfile.ZipFile(tmp_path / "model.keras", "w") as archive:
        for name, content in inside.items():
            archive.writestr(name, content)
    with pytest.raises(ValueError, match="cannot be loaded as a Keras model"):
        load_coronet(tmp_path / "model.keras")


def test_no_change_of_what_was_learned_gets_past_without_a_word_or_ends_in_a_traceback(tmp_path):
    """A few of what ``make fuzz`` tries; see tests/test_fuzz.py."""
    outcomes = [
        (title, *outcome)
        for title, original in learned(tmp_path).items()
        for outcome in fuzz.fuzz(original, title, range(3 if original.file.suffix == ".h5" else 15))
    ]
    assert [each for each in outcomes if each[1] in fuzz.FAULTS] == []
