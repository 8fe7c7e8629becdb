"""Every system of the registry is counted; one of each kind is run, trained for a step, saved and loaded."""

from functools import cache, partial

import hand_made
import keras
import numpy as np
import pytest
import small
from conftest import ROOT
from keras.applications.imagenet_utils import preprocess_input

from coronet_lib import paper, runs
from coronet_lib.audit.finding import skeleton
from coronet_lib.files import data_path
from coronet_lib.models import coronet, stock
from coronet_lib.models.counting import macs, parameters
from coronet_lib.models.darkcovidnet import darkcovidnet
from coronet_lib.models.interface import preprocess
from coronet_lib.models.transfer import transfer
from coronet_lib.systems import SYSTEMS, system, tables
from coronet_lib.systems.recipe import PublishedRecipe, freeze

NETWORKS = [name for name, entry in SYSTEMS.items() if "epochs" in entry.recipe.free]
PUBLISHED = {name: entry for name, entry in SYSTEMS.items() if isinstance(entry.recipe, PublishedRecipe)}


@cache
def counted(name):
    """A system's network without memory for its weights; to lay out hundreds of layers takes seconds."""
    return skeleton(SYSTEMS[name].network, SYSTEMS[name].classes[0])


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_system_is_what_the_registry_says(name):
    entry, model = SYSTEMS[name], counted(name)
    assert parameters(model).total == entry.parameters[entry.classes[0]]
    assert macs(model) == entry.macs
    assert model.input_shape == (None, entry.size, entry.size, 3)
    assert model.output_shape == (None, entry.classes[0])


SIZE = 72  # pixels, which every system takes
RUN = (
    "coronet-quick",
    "apostolopoulos-mobilenetv2",
    "hemdan-mobilenetv2",
    "covidnet-stand-in",
    "darkcovidnet",
    "chexnet",
    "chestnet",
    "sethy-resnet50",
    "svm-coronet-quick",
    "logistic-pixels",
)


def kind(entry):
    """What builds a system's network, and what trains it."""
    recipe = entry.recipe
    if entry.name in PUBLISHED:
        return getattr(recipe.network, "func", recipe.network), recipe.optimizer
    return type(recipe).build, recipe.needs is None


def test_one_system_of_each_kind_is_run():
    assert {kind(SYSTEMS[name]) for name in RUN} == {kind(entry) for entry in SYSTEMS.values()}


@pytest.mark.parametrize("name", RUN)
def test_a_system_runs_learns_and_comes_back_from_its_file(name, tmp_path, monkeypatch):
    small.shorten_chestnet(monkeypatch)
    entry = SYSTEMS[name].but(size=SIZE)
    classes = entry.classes[0]
    model = entry.network(classes)
    images = np.random.default_rng(0).uniform(0, 255, (2, *model.input_shape[1:])).astype(np.float32)
    # Called layer by layer: to trace a network of hundreds of layers takes longer than to run it once.
    scores = keras.ops.convert_to_numpy(model(images))
    if classes == 4 and name in NETWORKS:
        np.testing.assert_allclose(scores.sum(axis=1), 1, rtol=1e-5)
    path = tmp_path / "model.keras"
    model.save(path)
    back = keras.saving.load_model(path, compile=False, safe_mode=True)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(back(images)), scores, atol=1e-6)
    path.unlink()  # one of them takes a quarter of a gigabyte
    if name in NETWORKS:
        before = model.trainable_weights[0].numpy().copy()
        if classes == 4:
            entry.recipe.compile(model, epoch=0, steps=2)
            labels = np.array([3, 0])
        else:  # fourteen findings, several at a time
            model.compile("sgd", loss="binary_crossentropy")
            labels = np.eye(2, classes)
        model.run_eagerly = True
        assert np.isfinite(model.train_on_batch(images, labels)).all()
        assert (model.trainable_weights[0].numpy() != before).any()
    keras.backend.clear_session()


def stock_of(name):
    """The network of ``keras.applications`` inside a system; None where there is none."""
    written_out = {"chexnet": "DenseNet121", "chestnet": "ResNet152"}
    network = SYSTEMS[name].recipe.network
    return network.args[0] if isinstance(network, partial) else written_out.get(name)


# Of each stock network that none of those above is as a whole, one system.
RUN_STOCK = {stock_of(name) for name in RUN if name in PUBLISHED and name != "chestnet"}
OTHER_STOCK = {stock_of(name): name for name in PUBLISHED if stock_of(name) not in RUN_STOCK}


@pytest.mark.parametrize("name", OTHER_STOCK.values(), ids=OTHER_STOCK)
def test_the_layers_of_a_stock_network_can_be_loaded_again(name):
    model = counted(name)
    back = skeleton(keras.saving.deserialize_keras_object, keras.saving.serialize_keras_object(model))
    assert parameters(back) == parameters(model)


@pytest.mark.parametrize(
    ("name", "classes", "total", "trainable"),
    [  # counted in the authors' code, or from the published layers
        ("darkcovidnet", 3, 1_170_808, 1_167_586),
        ("darkcovidnet", 2, 1_167_654, 1_164_434),
        ("narin-resnet50", 2, 25_687_938, None),
        ("hemdan-mobilenetv2", 2, 2_260_546, None),
    ],
)
def test_published_counts(name, classes, total, trainable):
    counted = parameters(skeleton(SYSTEMS[name].network, classes))
    assert counted.total == SYSTEMS[name].parameters[classes] == total
    assert trainable in (None, counted.trainable)


def test_darkcovidnet_has_the_published_maps():
    model = skeleton(darkcovidnet, 3)
    sizes = {layer.name: layer.output.shape[1] for layer in model.layers}
    published = {"conv1": 256, "conv2": 128, "triple1_conv1": 64, "triple1_conv3": 66, "triple2_conv3": 35}
    published |= {"triple3_conv3": 19, "triple4_conv3": 11, "conv15": 13, "conv17": 13, "head_flatten": 507}
    assert {name: sizes[name] for name in published} == published
    assert sum(isinstance(layer, keras.layers.Conv2D) for layer in model.layers) == 17
    order = [layer.name for layer in model.layers]
    assert order.index("conv17_act") < order.index("conv17_bn")  # only there the activation comes first
    assert order.index("conv16_bn") < order.index("conv16_act")


@pytest.mark.parametrize(
    ("kind", "mode"), [("symmetric", "tf"), ("caffe", "caffe"), ("torch", "torch"), ("unit", None)]
)
def test_preprocessing_is_that_of_keras(kind, mode):
    pixels = np.random.default_rng(0).uniform(0, 255, (2, 5, 7, 3)).astype(np.float32)
    x = keras.Input((5, 7, 3))
    ours = keras.Model(x, preprocess(x, kind)).predict_on_batch(pixels)
    theirs = pixels / 255 if mode is None else preprocess_input(pixels.copy(), mode=mode)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


KERAS_MODULES = {
    "VGG19": "vgg19",
    "ResNet50": "resnet50",
    "ResNet152": "resnet",
    "ResNet50V2": "resnet_v2",
    "InceptionV3": "inception_v3",
    "InceptionResNetV2": "inception_resnet_v2",
    "Xception": "xception",
    "DenseNet121": "densenet",
    "DenseNet201": "densenet",
    "MobileNetV2": "mobilenet_v2",
}


# Narin's code divides by 255, and so, for want of better knowledge, does Apostolopoulos's here.
LIKE_KERAS = [
    name for name in PUBLISHED if stock_of(name) and not name.startswith(("narin", "apostolopoulos"))
]


@pytest.mark.parametrize("name", LIKE_KERAS)
def test_each_stock_network_gets_what_keras_gives_it(name):
    pixels = np.random.default_rng(0).uniform(0, 255, (1, 4, 4, 3)).astype(np.float32)
    x = keras.Input((4, 4, 3))
    ours = keras.Model(x, preprocess(x, SYSTEMS[name].preprocessing)).predict_on_batch(pixels)
    theirs = getattr(keras.applications, KERAS_MODULES[stock_of(name)]).preprocess_input(pixels.copy())
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_a_square_image_is_widened_with_black():
    model = transfer("MobileNetV2", 2, 64, preprocessing="symmetric", widened_to=86)
    white = np.full((1, 64, 64, 3), 255, np.float32)
    seen = keras.Model(model.input, model.get_layer("scaling").output).predict_on_batch(white)
    assert seen.shape == (1, 64, 86, 3)
    assert (seen[:, :, :11] == -1).all()
    assert (seen[:, :, -11:] == -1).all()
    assert (seen[:, :, 11:-11] == 1).all()


def test_weights_of_a_file_arrive_and_the_first_layers_can_be_frozen(tmp_path):
    given = keras.applications.MobileNetV2(weights=None, include_top=False)
    path = tmp_path / "mobilenet.weights.h5"
    given.save_weights(path)
    recipe = SYSTEMS["apostolopoulos-mobilenetv2"].recipe.but(weights=path, size=64)
    model = recipe.build(3)
    for layer in given.layers:
        for ours, theirs in zip(
            model.get_layer(layer.name).get_weights() if layer.weights else [],
            layer.get_weights(),
            strict=True,
        ):
            np.testing.assert_array_equal(ours, theirs)
    frozen = [layer.name for layer in model.layers if layer.weights and not layer.trainable]
    expected = [layer.name for layer in given.layers[: recipe.frozen] if layer.weights]
    assert frozen == expected
    untouched = recipe.but(weights=None).build(3)
    assert all(layer.trainable for layer in untouched.layers)
    freeze(untouched, 0)
    assert all(layer.trainable for layer in untouched.layers)


def test_weights_that_cannot_be_had_say_which_file_and_where(monkeypatch, tmp_path):
    asked = []

    def offline(*arguments, **options):
        asked.append(arguments[0])
        raise OSError("no route to host")

    # Each module of keras.applications has its own reference to the same module of file utilities.
    monkeypatch.setattr(keras.src.utils.file_utils, "get_file", offline)
    for architecture, known in stock.STOCK.items():
        with pytest.raises(OSError, match=r"~/\.keras/models.*--weights") as error:
            skeleton(stock.load_stock, architecture, "imagenet")
        assert asked.pop() == f"{known.imagenet}.h5"
        assert f"{known.imagenet}.h5" in str(error.value)
    with pytest.raises(FileNotFoundError, match="no weights file at"):
        SYSTEMS["narin-resnet50"].network(2, weights=tmp_path / "nowhere.h5")
    (tmp_path / "other.weights.h5").write_bytes(b"not HDF5")
    with pytest.raises(ValueError, match="does not hold the weights of ResNet50"):
        SYSTEMS["narin-resnet50"].network(2, weights=tmp_path / "other.weights.h5")


@pytest.mark.parametrize(
    ("name", "changes", "classes", "message"),
    [
        ("narin-resnet50", {}, 5, "narin-resnet50 takes 4 or 3 or 2 classes, not 5"),
        ("chexnet", {}, 15, "takes 14 or 4 or 3 or 2 classes, not 15"),
        ("narin-inceptionv3", {"size": 64}, 2, "InceptionV3 needs an input of at least 75 pixels, got 64"),
        ("hemdan-xception", {"size": 70}, 2, "at least 71 pixels, got 70"),
        ("darkcovidnet", {"size": 3}, 2, "at least 4 pixels, got 3"),
        ("sethy-resnet50", {"size": 31}, 4, "at least 32 pixels, got 31"),
    ],
)
def test_what_a_system_cannot_take_is_said_before_anything_is_downloaded(
    name, changes, classes, message, monkeypatch
):
    monkeypatch.setattr(stock, "load_stock", lambda *_: pytest.fail("this would download"))
    with pytest.raises(ValueError, match=message):
        SYSTEMS[name].but(**changes).network(classes, weights="imagenet")


def test_a_recipe_says_whose_imagenet_weights_it_starts_from(monkeypatch):
    class Asked(Exception):
        pass

    def load_stock(architecture, weights):
        raise Asked(architecture)

    for module in (stock, coronet):
        monkeypatch.setattr(module, "load_stock", load_stock)
    for name, entry in SYSTEMS.items():
        if "weights" not in entry.recipe.free or name == "coronet-quick":  # too narrow for any
            continue
        with pytest.raises((Asked, ValueError)) as error:
            entry.network(entry.classes[-1], weights="imagenet")
        assert (str(error.value) if error.type is Asked else None) == entry.recipe.stock, name


def test_the_readme_counts_the_entries():
    assert f"{len(SYSTEMS)} entries" in (ROOT / "README.md").read_text()


def test_unknown_names():
    with pytest.raises(ValueError, match=r"no system 'darknet', did you mean 'darkcovidnet'.*hemdan-vgg19"):
        system("darknet")
    with pytest.raises(ValueError, match="optimizer must be one of adam, amsgrad, adamw, sgd, got 'lion'"):
        SYSTEMS["darkcovidnet"].but(optimizer="lion")
    with pytest.raises(ValueError, match="the test fold must not decide"):
        SYSTEMS["chexnet"].but(validation=0.0)
    with pytest.raises(ValueError, match="preprocessing must be one of"):
        preprocess(keras.Input((4, 4, 3)), "vgg")


def test_every_row_of_table_vii_has_its_system():
    assert {entry.row for entry in SYSTEMS.values()} - {None} == set(paper.TABLE_VII)
    for entry in SYSTEMS.values():
        for reported in entry.reported:
            assert 0 < reported.covid_tested < reported.tested
            assert 50 < reported.accuracy <= 100


@pytest.mark.parametrize("name", NETWORKS)
def test_each_recipe_is_marked_as_partial_when_cut_short(name):
    recipe = SYSTEMS[name].recipe
    card = hand_made.card(recipe=recipe.but(epochs=2).described())
    assert runs.partial(card) == (2, recipe.epochs)


def test_one_cycle_climbs_and_falls():
    rate = SYSTEMS["darkcovidnet"].recipe.rate(100)
    rates = [float(rate(step)) for step in range(101)]
    assert rates[0] == pytest.approx(3e-3 / 25)
    assert np.argmax(rates) == 30
    assert max(rates) == pytest.approx(3e-3)
    assert rates[-1] == pytest.approx(0, abs=1e-9)


def test_the_rate_falls_when_the_validation_loss_stands_still():
    import pandas as pd

    recipe = SYSTEMS["covidnet-stand-in"].recipe
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4, activation="softmax")])
    recipe.compile(model, 0, 10)

    def rate(losses):
        recipe.adjust(model, pd.DataFrame({"val_loss": losses}))
        return float(model.optimizer.learning_rate)

    assert rate([]) == pytest.approx(2e-5)
    assert rate([1.0, 0.9, 0.95, 0.95, 0.95, 0.95]) == pytest.approx(2e-5)
    assert rate([1.0, 0.9] + 5 * [0.95]) == pytest.approx(0.7 * 2e-5)
    assert rate([1.0] + 10 * [1.0]) == pytest.approx(0.49 * 2e-5)
    assert rate([1.0] + 4 * [1.0] + [0.5]) == pytest.approx(2e-5)
    assert rate([1.0] + 5 * [float("nan")]) == pytest.approx(0.7 * 2e-5)


COMMITTED = sorted(path.parent for path in data_path("comparisons", "dataset1").glob("*/card.json"))
SEEDS = sorted(path.parent for path in data_path("comparisons", "dataset1-seeds").glob("*/*/card.json"))


def place(folder):
    return f"{folder.parent.name}-{folder.name}"


@pytest.mark.parametrize("folder", COMMITTED + SEEDS, ids=place)
def test_a_committed_run_is_that_system_on_dataset_1(folder):
    card, entry = runs.finished_card(folder), SYSTEMS[folder.name]
    # Cut short, and from the weights that could be had; otherwise as the registry says.
    free = ("epochs", "weights")
    assert {k: v for k, v in card["recipe"].items() if k not in free} == {
        k: v for k, v in entry.recipe.described().items() if k not in free
    }
    seed = int(folder.parent.name.removeprefix("seed-")) if folder in SEEDS else 0
    assert (card["folds"], card["split"], card["split_seed"], card["seed"]) == (4, "patient", 0, seed)
    assert card["data"]["counts"] == dict(paper.TABLE_I)
    assert card["cost"]["parameters"] == entry.parameters[4]
    assert card["cost"]["macs"] == entry.macs


@pytest.mark.parametrize("folder", SEEDS, ids=place)
def test_a_committed_run_with_another_seed_was_asked_for_nothing_else(folder):
    (first,) = [runs.read_card(each) for each in COMMITTED if each.name == folder.name]
    other = runs.read_card(folder)
    for fact in ("recipe", "classes", "folds", "split", "split_seed", "precision"):
        assert other[fact] == first[fact]
    assert other["data"]["fingerprint"] == first["data"]["fingerprint"]


def test_the_committed_runs_were_tested_on_the_same_images():
    table = tables.aligned(COMMITTED)
    assert len(table) == 1251
    assert {"darkcovidnet", "coronet-quick", "svm-xception"} <= set(table)
