"""Maps of where an answer comes from, held against arithmetic done by hand."""

import importlib.util
import json
import os
from typing import get_args

import keras
import numpy as np
import pytest
from command import coronet
from keras import layers
from PIL import Image
from test_devices import script

from coronet_lib import explain, figures
from coronet_lib.classes import CLASSES
from coronet_lib.cli.explain import Method, _name
from coronet_lib.datasets import phantom
from coronet_lib.explain import METHODS, OpenNetwork, attribution
from coronet_lib.files import data_path
from coronet_lib.runs import load_coronet
from coronet_lib.training.batches import as_rgb
from coronet_lib.training.devices import gradient

pytestmark = pytest.mark.usefixtures("eager")
RNG = np.random.default_rng(15)
IMAGES = RNG.integers(0, 256, (3, 12, 12, 1), np.uint8)
TARGET = np.array([0, 3, 1])


def small(head=layers.Flatten, hidden=0, bend="relu"):
    """A network with a shortcut and a map of 5 × 5; with ``hidden`` units its head is bent."""
    keras.utils.set_random_seed(1)
    pixels = keras.Input((12, 12, 3))
    x = layers.Rescaling(1 / 255)(pixels)
    x = layers.Conv2D(6, 3, strides=2, name="first", activation=bend)(x)
    side = layers.Conv2D(6, 3, padding="same", name="beside")(x)
    x = layers.Add(name="joined")([x, side])
    x = head()(x)
    if hidden:
        x = layers.Dense(hidden, activation=bend, name="hidden", bias_initializer="random_normal")(x)
    scores = layers.Dense(4, activation="softmax", name="last", bias_initializer="random_normal")(x)
    return keras.Model(pixels, scores)


@pytest.fixture(scope="module")
def linear():
    return OpenNetwork(small())


@pytest.fixture(scope="module")
def bent():
    return OpenNetwork(small(hidden=8))


@pytest.fixture(scope="module")
def trained():
    return OpenNetwork(load_coronet(data_path("runs", "quick-phantom")))


def of_target(logits):
    return logits[np.arange(len(TARGET)), TARGET]


class TestOpenNetwork:
    def test_the_softmax_of_its_logits_are_the_scores(self, bent):
        scores = keras.ops.convert_to_numpy(bent.model(as_rgb(IMAGES)))
        np.testing.assert_allclose(keras.ops.softmax(bent.logits(IMAGES)), scores, atol=1e-6)

    def test_a_slope_is_what_a_small_step_changes(self, bent):
        x, step = as_rgb(IMAGES), np.zeros_like(as_rgb(IMAGES))
        step[:, 4, 7, 1] = 0.05
        change = of_target(bent.logits(x + step) - bent.logits(x - step)) / 0.1
        np.testing.assert_allclose(bent.slope(x, TARGET)[:, 4, 7, 1], change, rtol=0.02, atol=2e-5)

    def test_it_opens_where_everything_goes_through(self, linear):
        assert linear.layers == {"first": 5, "joined": 5}

    def test_of_the_narrow_network_it_takes_the_finest_of_the_late_maps(self, trained):
        assert trained.layers["block3_add"] == 12
        assert trained.layers["block14_sepconv2_act"] == 3
        assert "block4_sepconv1" not in trained.layers  # a shortcut goes past it
        features, head = trained.open_at()
        assert features(np.zeros((1, 96, 96, 1))).shape == (1, 12, 12, 32)
        assert head.input_shape == (None, 12, 12, 32)
        assert trained.open_at("block3_add") == (features, head)  # not built again for each batch

    def test_both_parts_together_are_the_network(self, trained):
        images = RNG.integers(0, 256, (2, 96, 96, 1), np.uint8)
        for layer in ("block2_add", "block14_sepconv2_act"):
            features, head = trained.open_at(layer)
            np.testing.assert_allclose(head(features(images)), trained.logits(images), rtol=1e-4, atol=1e-4)

    def test_an_unknown_layer_is_told_those_that_there_are(self, linear):
        with pytest.raises(ValueError, match="cannot be opened at 'beside'; it can at first, joined"):
            linear.open_at("beside")

    def test_without_convolution_there_is_no_map(self):
        pixels = keras.Input((12, 12, 3))
        scores = layers.Dense(4, activation="softmax")(layers.Flatten()(pixels))
        network = OpenNetwork(keras.Model(pixels, scores))
        with pytest.raises(ValueError, match="no convolution, so no map to open it at; saliency"):
            attribution(network, IMAGES)
        assert attribution(network, IMAGES, "saliency").shape == (3, 12, 12)

    def test_refuses_another_end(self):
        pixels = keras.Input((12, 12, 3))
        scores = layers.Dense(4, activation="sigmoid", name="end")(layers.Flatten()(pixels))
        with pytest.raises(ValueError, match="ends in end, wanted a dense layer with a softmax"):
            OpenNetwork(keras.Model(pixels, scores))


class TestMaps:
    def test_behind_a_linear_head_the_cells_add_up_to_the_logit_less_its_bias(self, linear):
        maps = attribution(linear, IMAGES, "hirescam", TARGET, layer="joined", cells=True)
        bias = linear.model.layers[-1].get_weights()[1][TARGET]
        np.testing.assert_allclose(maps.sum(axis=(1, 2)) + bias, of_target(linear.logits(IMAGES)), atol=1e-5)

    def test_behind_a_bent_head_what_is_left_is_the_biases_of_the_units_that_are_on(self, bent):
        features, head = bent.open_at("joined")
        maps = attribution(bent, IMAGES, "hirescam", TARGET, layer="joined", cells=True)
        weights, biases = bent.model.get_layer("hidden").get_weights()
        on = features(IMAGES).reshape(3, -1) @ weights + biases > 0
        last, bias = bent.model.get_layer("last").get_weights()
        left = (on * biases * last.T[TARGET]).sum(axis=1) + bias[TARGET]
        logits = of_target(keras.ops.convert_to_numpy(head(features(IMAGES))))
        np.testing.assert_allclose(maps.sum(axis=(1, 2)) + left, logits, atol=1e-5)
        assert np.abs(left - bias[TARGET]).max() > 1e-3  # what the guarantee for one linear layer leaves out

    @pytest.mark.parametrize("hidden", [0, 8])
    def test_behind_a_pooled_head_both_are_one_and_behind_a_flat_one_they_are_not(self, hidden):
        for head, same in ((layers.GlobalAveragePooling2D, True), (layers.Flatten, False)):
            network = OpenNetwork(small(head, hidden))
            options = {"target": TARGET, "layer": "joined", "cells": True}
            both = [attribution(network, IMAGES, way, **options) for way in ("gradcam", "hirescam")]
            assert np.allclose(*both, atol=1e-6) is same

    def test_grad_cam_weighs_a_channel_by_its_mean_slope(self, bent):
        features, head = bent.open_at("joined")
        values = features(IMAGES)
        weights = bent.slope(values, TARGET, head).mean(axis=(1, 2))
        by_hand = np.einsum("nijc,nc->nij", values, weights)
        maps = attribution(bent, IMAGES, "gradcam", TARGET, layer="joined", cells=True)
        np.testing.assert_allclose(maps, by_hand, atol=1e-6)

    def test_integrated_gradients_add_up_to_what_the_logit_gained(self):
        smooth = OpenNetwork(small(hidden=8, bend="silu"))
        gained = of_target(smooth.logits(IMAGES) - smooth.logits(np.full_like(IMAGES, 40)))
        options = {"method": "integrated-gradients", "target": TARGET, "baseline": 40}
        few, many = (attribution(smooth, IMAGES, steps=steps, **options) for steps in (1, 20))
        assert np.abs(many.sum(axis=(1, 2)) - gained).max() < 1e-3
        assert np.abs(few.sum(axis=(1, 2)) - gained).max() > 1e-3

    def test_pixels_like_the_baseline_count_for_nothing(self, bent):
        images = IMAGES.copy()
        images[:, 3:6, 2] = 40
        maps = attribution(bent, images, "integrated-gradients", TARGET, baseline=40, steps=3)
        assert not maps[:, 3:6, 2].any()
        assert maps[:, 0, 2].any()

    def test_occlusion_is_what_the_logit_loses(self, bent):
        maps = attribution(bent, IMAGES, "occlusion", TARGET, window=6, stride=6, fill=0)
        covered = IMAGES.copy()
        covered[:, :6, 6:] = 0
        lost = of_target(bent.logits(IMAGES) - bent.logits(covered))
        np.testing.assert_allclose(maps[:, 2, 8], lost, atol=1e-5)
        np.testing.assert_allclose(maps[:, :6, 6:].std(axis=(1, 2)), 0, atol=1e-5)

    def test_a_window_that_does_not_fit_evenly_covers_the_last_pixels_too(self, bent):
        maps = attribution(bent, IMAGES, "occlusion", TARGET, window=5, stride=4)
        assert np.isfinite(maps).all()
        assert maps[:, -1, -1].any()

    def test_by_default_the_answer_is_explained(self, bent):
        answer = bent.logits(IMAGES).argmax(axis=1)
        for method in ("hirescam", "saliency"):
            np.testing.assert_array_equal(
                attribution(bent, IMAGES, method), attribution(bent, IMAGES, method, answer)
            )

    def test_maps_are_as_large_as_the_pictures(self, bent):
        for method in METHODS:
            assert attribution(bent, IMAGES, method, TARGET, **FAST.get(method, {})).shape == (3, 12, 12)
        assert attribution(bent, IMAGES[:1], cells=True).shape == (1, 5, 5)

    def test_saliency_has_no_sign_and_the_others_have(self, bent):
        assert (attribution(bent, IMAGES, "saliency", TARGET) >= 0).all()
        assert (attribution(bent, IMAGES, "hirescam", TARGET) < 0).any()

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"method": "guess"}, "method wants one of gradcam, hirescam, .*, got 'guess'"),
            ({"method": "saliency", "layer": "joined"}, "saliency has no option 'layer'"),
            ({"features": None}, "hirescam has no option 'features'"),
            ({"layer": "nowhere"}, "it can at first, joined"),
        ],
    )
    def test_refuses_what_it_cannot_explain(self, bent, settings, message):
        with pytest.raises(ValueError, match=message):
            attribution(bent, IMAGES, **settings)


FAST = {"integrated-gradients": {"steps": 2}, "occlusion": {"window": 6, "stride": 6}}


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends_differentiate_alike(backend):
    if not importlib.util.find_spec(backend):
        pytest.skip(f"{backend} is not installed")
    x = np.linspace(-1, 1, 6, dtype=np.float32)
    here = gradient(lambda x: keras.ops.sin(x) ** 2, x)
    np.testing.assert_allclose(script("one_gradient.py", backend), here, atol=1e-5)


def test_what_does_not_matter_has_no_slope():
    assert gradient(lambda x: keras.ops.ones(2), np.ones(3)).tolist() == [0, 0, 0]


MASK = np.zeros((1, 4, 4), bool)
MASK[0, 1, 1:3] = True


class TestLocalisation:
    def scores(self, values):
        return explain.localisation(np.reshape(values, (1, 4, 4)), MASK).iloc[0]

    def test_by_hand(self):
        found = self.scores([0, 0, 0, -9, 0, 3, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0])
        assert found["area"] == 2 / 16
        assert found["mass"] == pytest.approx(4 / 6)
        assert found["pointing"] == 1
        assert found["iou"] == pytest.approx(1 / 3)  # of 3 and 2, one is inside; three places in all

    def test_a_map_without_differences_is_a_guess(self):
        for values in (np.zeros(16), np.full(16, -2.0)):
            found = self.scores(values)
            assert found["mass"] == found["pointing"] == found["area"] == 0.125
            assert found["iou"] == pytest.approx(0.125 / (2 - 0.125))

    def test_the_mask_itself_is_perfect_and_its_opposite_worthless(self):
        assert self.scores(MASK * 2.0)[["mass", "pointing", "iou"]].tolist() == [1, 1, 1]
        assert self.scores(~MASK * 2.0)[["mass", "pointing", "iou"]].tolist() == [0, 0, 0]

    def test_the_scale_makes_no_difference(self):
        values = RNG.normal(size=16)
        assert self.scores(values).tolist() == pytest.approx(self.scores(7 * values).tolist())

    def test_refuses_what_cannot_be_found(self):
        with pytest.raises(ValueError, match="a mask is empty"):
            explain.localisation(np.zeros((1, 4, 4)), np.zeros((1, 4, 4), bool))
        with pytest.raises(ValueError, match=r"one shape \(n, height, width\), got \(4, 4\)"):
            explain.localisation(np.zeros((4, 4)), MASK)

    @pytest.mark.skipif(not importlib.util.find_spec("quantus"), reason="quantus is not installed")
    def test_quantus_says_the_same(self):
        import quantus

        maps = RNG.random((6, 1, 12, 12)) - 0.3
        masks = np.zeros((6, 1, 12, 12), bool)
        for i, mask in enumerate(masks):
            mask[0, i : i + 4, 2:9] = True
        settings = {"abs": False, "normalise": False, "disable_warnings": True}
        given = {
            "model": None,
            "x_batch": maps,
            "y_batch": np.zeros(6),
            "a_batch": np.maximum(maps, 0),
            "s_batch": masks,
        }
        ours = explain.localisation(maps[:, 0], masks[:, 0])
        mass = quantus.AttributionLocalisation(**settings)(**given)
        np.testing.assert_allclose(ours["mass"], mass, rtol=1e-6)
        np.testing.assert_array_equal(ours["pointing"], quantus.PointingGame(**settings)(**given))
        found = np.array(quantus.RelevanceRankAccuracy(**settings)(**given))  # of the mask, not of the union
        np.testing.assert_allclose(ours["iou"], found / (2 - found), rtol=1e-6)


class TestDoubts:
    def test_weights_are_drawn_anew_from_the_end_down_to_a_layer(self):
        model = small(hidden=8)
        other = explain.randomised(model, "hidden", seed=2)
        for layer in model.layers:
            if layer.weights:
                same = np.array_equal(layer.get_weights()[0], other.get_layer(layer.name).get_weights()[0])
                assert same is (layer.name in ("first", "beside"))
        again = explain.randomised(model, "hidden", seed=2)
        np.testing.assert_array_equal(
            again.get_layer("last").get_weights()[0], other.layers[-1].get_weights()[0]
        )

    def test_similarity_is_one_of_order(self):
        maps = RNG.normal(size=(2, 5, 5))
        assert explain.similarity(maps, np.exp(maps)).tolist() == pytest.approx([1, 1])
        assert explain.similarity(maps, -maps).tolist() == pytest.approx([-1, -1])

    def test_a_flat_map_has_no_order(self):
        maps = RNG.normal(size=(2, 5, 5))
        with np.errstate(invalid="raise"):
            alike = explain.similarity(maps, maps * [[[0]], [[1]]])
        assert np.isnan(alike).tolist() == [True, False]


class TestFigure:
    def test_a_map_lies_over_its_x_ray_with_zero_clear(self):
        maps = np.zeros((2, 12, 12))
        maps[:, 3, 4], maps[1, 5, 6] = 2, -8
        figure = figures.show_xrays(IMAGES[:2], maps=maps)
        over = [axis.images[1] for axis in figure.axes]
        assert [picture.get_array()[3, 4] for picture in over] == [1, 0.25]
        assert over[1].get_array()[5, 6] == -1
        assert over[0].get_alpha()[0, 0] == 0
        one_scale = figures.show_xrays(IMAGES[:2], maps=maps, limit=8)
        assert one_scale.axes[0].images[1].get_array()[3, 4] == 0.25


class TestCommand:
    @pytest.fixture(scope="class")
    def xray(self, tmp_path_factory):
        path = tmp_path_factory.mktemp("xrays") / "chest.png"
        Image.fromarray(phantom.phantom("covid19", size=96).image).save(path)
        return path

    def test_leaves_pictures_and_numbers(self, xray, tmp_path, trained):
        run, out = data_path("runs", "quick-phantom"), tmp_path / "maps"
        done = coronet(
            "explain", run, xray, tmp_path / "none.png", "--out", out, "--class", "normal", "--json"
        )
        assert done.returncode == 1
        found = json.loads(done.stdout)
        assert found == json.loads((out / "maps.json").read_text())
        assert {path.name for path in out.iterdir()} == {"1-chest.png", "scores.png", "maps.json"}
        assert "there is no such file" in found["refused"][str(tmp_path / "none.png")]
        pixels = np.array(Image.open(xray))[None, ..., None]
        (one,) = found["maps"]
        np.testing.assert_allclose(one["map"], attribution(trained, pixels, target=1)[0], atol=1e-4)
        assert one["logit"] == pytest.approx(trained.logits(pixels)[0, 1], abs=1e-3)
        assert list(one["scores"]) == list(CLASSES[4])
        for picture in ("1-chest.png", "scores.png"):
            shown = np.array(Image.open(out / picture).convert("RGB")).astype(int)
            assert (np.ptp(shown, axis=-1) > 90).mean() < 0.05  # the X-ray under it is grey
        again = coronet("explain", run, xray, "--out", out)
        assert "is not empty; choose another --out, or say --overwrite" in again.stderr
        other = xray.with_name("other.png")
        other.write_bytes(xray.read_bytes())
        (out / "notes.txt").write_text("mine")
        assert coronet("explain", run, other, "--out", out, "--overwrite").returncode == 0
        left = {"1-other.png", "scores.png", "maps.json", "notes.txt"}
        assert {path.name for path in out.iterdir()} == left, "a picture of the other X-rays stayed"
        for under in (xray, xray / "deeper"):
            onto = coronet("explain", run, xray, "--out", under, "--overwrite")
            assert f"{xray} is a file; --out wants a folder" in onto.stderr

    def test_a_picture_has_a_name_that_a_file_may_have(self):
        name = "ü" * 125 + ".png"  # 254 bytes, which is all that a file's name may have
        assert len(os.fsencode(f".part-{_name(998, name)}")) < 255
        assert _name(0, "folder/chest.old.png") == "1-chest.old.png"

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["--layer", "block99"], "cannot be opened at 'block99'; it can at block1_conv1"),
            (["--method", "saliency", "--layer", "block3_add"], "saliency has no option 'layer'"),
            (["--class", "flu"], "knows no class 'flu'; there are covid19, normal"),
        ],
    )
    def test_one_line_says_what_is_wrong(self, xray, tmp_path, monkeypatch, trained, options, message):
        monkeypatch.setattr("coronet_lib.runs.load_coronet", lambda run: trained.model, raising=False)
        done = coronet("explain", tmp_path, xray, "--out", tmp_path / "maps", *options)
        assert done.returncode == 1
        (said,) = (line for line in done.stderr.splitlines() if line.startswith("Error: "))
        assert message in said
        assert not (tmp_path / "maps").exists()

    @pytest.mark.parametrize("system", ["svm-xception", "logistic-pixels"])
    def test_of_a_linear_model_it_says_what_can_be_explained(self, xray, tmp_path, system):
        run = data_path("comparisons", "dataset1", system)
        done = coronet("explain", run, xray, "--out", tmp_path / "maps")
        assert (
            "holds a linear model and no network: what can be explained there are the coefficients"
            in done.stderr
        )


def test_the_command_knows_the_methods():
    assert get_args(Method) == tuple(METHODS)
