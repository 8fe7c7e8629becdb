"""COVID-Net's stand-in, CheXNet and ChestNet: published counts, blocks by hand, what is refused."""

import keras
import numpy as np
import pytest
import small

from coronet_lib.audit.finding import skeleton
from coronet_lib.models.chestnet import chestnet
from coronet_lib.models.chexnet import chexnet
from coronet_lib.models.counting import macs
from coronet_lib.models.covidnet import STAGES, Stage, covidnet_stand_in, pepx

NOISE = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype("float32")


def scores(model):
    return np.array(model(NOISE))


@pytest.fixture(scope="module")
def small_chestnet():
    keras.utils.set_random_seed(0)
    with pytest.MonkeyPatch.context() as patch:
        small.shorten_chestnet(patch)
        return chestnet(4, size=32)


def test_the_stand_in_has_covidnets_published_totals():
    model = skeleton(covidnet_stand_in)
    assert model.count_params() == 116_612_636
    assert macs(model) == 2_336_780_736
    # Both versions have the same layers up to Flatten; at 32 pixels it passes on 1 pixel and not 7 x 7.
    least = skeleton(covidnet_stand_in, 3, size=32, second_dense=1024)
    assert least.count_params() + (7 * 7 - 1) * 2048 * 1024 == 117_401_883


def test_the_maps_of_the_stand_in_have_the_published_sizes():
    model = skeleton(covidnet_stand_in, 3, size=64)
    shapes = [
        model.get_layer(f"stage{i}_pepx{stage.blocks}_add").output.shape for i, stage in enumerate(STAGES, 1)
    ]
    # The paper prints them for 224 pixels.
    assert [shape[1] * 224 // 64 for shape in shapes] == [56, 28, 14, 7]
    assert [shape[3] for shape in shapes] == [256, 512, 1024, 2048]
    assert sum(layer.name.endswith("_extension") for layer in model.layers) == 16
    assert model.get_layer("head_dense2").units == 256


def test_a_pepx_block_by_hand():
    x = keras.Input((8, 6, 20))
    model = keras.Model(x, pepx(x, Stage(1, 7, 9, 24), "block"))
    assert model.output_shape == (None, 8, 6, 24)
    kernels = 20 * 7 + 7 * 9 + 9 * 9 + 9 * 7 + 7 * 24
    normalisations = 2 * 4 * 7
    assert model.count_params() == kernels + normalisations + 24
    assert macs(model) == 8 * 6 * kernels


def test_chexnet_has_the_published_head():
    model = chexnet(size=32)
    assert model.count_params() == 7_051_854
    assert model.output_shape == (None, 14)
    each = scores(model)
    assert ((each > 0) & (each < 1)).all()
    assert not np.allclose(each.sum(axis=1), 1)


def test_chexnet_chooses_one_class_of_three():
    model = chexnet(3, size=32)
    assert model.count_params() == 7_051_854 - 11 * 1025
    np.testing.assert_allclose(scores(model).sum(axis=1), 1, rtol=1e-6)


def test_chestnet_layer_by_layer():
    model = skeleton(chestnet)
    parameters = {
        layer.name: layer.count_params()
        for layer in model.layers
        if layer.weights and layer.name.startswith(("head_", "attention_"))
    }
    assert parameters == {
        "head_dense": (2048 + 1) * 14,
        "attention_conv1": (1024 + 1) * 512,
        "attention_conv2": (9 * 512 + 1) * 512,
        "attention_conv3": (512 + 1) * 2048,
        "attention_conv4": (14 + 1) * 14,
        "attention_conv5": (14 + 1) * 512,
        "attention_conv6": (14 * 14 + 1) * 512,
        "attention_scores": (512 + 1) * 14,
    }
    assert model.count_params() == 58_370_944 + sum(parameters.values()) == 62_450_798
    assert model.output_shape == (None, 14)
    assert model.layers[-1].name == "head_average"


def test_chestnets_class_maps_are_the_classifiers_view_of_each_pixel(small_chestnet):
    layer = small_chestnet.get_layer
    parts = keras.Model(
        small_chestnet.input,
        [layer(name).output for name in ("attention_conv3", "attention_maps", "head_gap", "head_scores")],
    )
    attended, maps, pooled, class_scores = (np.array(part) for part in parts(NOISE))
    kernel, bias = layer("head_dense").get_weights()
    np.testing.assert_allclose(maps, attended @ kernel + bias, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(class_scores, pooled @ kernel + bias, rtol=1e-3, atol=1e-4)


def test_chestnets_attention_branch_has_a_say(small_chestnet):
    np.testing.assert_allclose(scores(small_chestnet).sum(axis=1), 1, rtol=1e-6)
    # Before the softmax, which an untrained ResNet drives to 0 and 1.
    fused = keras.Model(small_chestnet.input, small_chestnet.get_layer("head_average").output)
    before = scores(fused)
    attended = small_chestnet.get_layer("attention_conv3")
    weights = attended.get_weights()
    attended.set_weights([np.zeros_like(array) for array in weights])
    after = scores(fused)
    attended.set_weights(weights)
    assert np.abs(after - before).max() > 1e-2


@pytest.mark.parametrize(
    ("build", "options", "message"),
    [
        (covidnet_stand_in, {"classes": 5}, "4-, 3- and 2-class problems, not 5"),
        (covidnet_stand_in, {"size": 31}, "at least 32 pixels, got 31"),
        (covidnet_stand_in, {"weights": "imagenet"}, "no published weights to start from, got 'imagenet'"),
        (chexnet, {"classes": 13}, r"must be 14 \(the findings of ChestX-ray14\) or one of 4, 3, 2, got 13"),
        (chexnet, {"size": 31}, "DenseNet121 needs an input of at least 32 pixels, got 31"),
        (chestnet, {"classes": 1}, r"must be 14 \(the findings of ChestX-ray14\) or one of 4, 3, 2, got 1"),
        (chestnet, {"size": 31}, "ResNet152 needs an input of at least 32 pixels, got 31"),
    ],
)
def test_what_cannot_be_built_is_refused(build, options, message):
    with pytest.raises(ValueError, match=message):
        build(**options)
