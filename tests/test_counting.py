"""Multiplications and parameters of whole networks: by hand, as published, and as TensorFlow counts."""

import keras
import pytest
from keras import layers

from coronet_lib.audit.finding import skeleton
from coronet_lib.models.coronet import coronet
from coronet_lib.models.counting import macs, parameters


def through(*stack, shape=(8, 6, 4)):
    pixels = x = keras.Input(shape)
    for layer in stack:
        x = layer(x)
    return keras.Model(pixels, x)


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (layers.Conv2D(10, 3), 9 * 4 * 10 * 6 * 4),
        (layers.Conv2D(10, (3, 1), strides=2, padding="same"), 3 * 4 * 10 * 4 * 3),
        (layers.Conv2D(10, 3, groups=2), 9 * 2 * 10 * 6 * 4),
        (layers.Conv2D(10, 3, dilation_rate=2), 9 * 4 * 10 * 4 * 2),
        (layers.DepthwiseConv2D(3, strides=2, padding="same"), 9 * 4 * 4 * 3),
        (layers.DepthwiseConv2D(3, depth_multiplier=2), 9 * 8 * 6 * 4),
        (layers.SeparableConv2D(10, 3), (9 * 4 + 4 * 10) * 6 * 4),
        (layers.SeparableConv2D(10, 3, depth_multiplier=2), (9 * 8 + 8 * 10) * 6 * 4),
        (layers.Dense(10), 4 * 10 * 8 * 6),
        (layers.BatchNormalization(), 0),
        (layers.MaxPooling2D(), 0),
        (layers.ZeroPadding2D(), 0),
        (layers.Rescaling(2.0), 0),
    ],
    ids=lambda value: value.name if isinstance(value, layers.Layer) else "",
)
def test_one_layer_by_hand(layer, expected):
    assert macs(through(layer)) == expected


def test_a_layer_counts_as_often_as_it_is_used():
    pixels = keras.Input((8, 6, 4))
    shared = layers.Conv2D(4, 3)
    once = shared(pixels)
    twice = shared(once)
    assert macs(keras.Model(pixels, twice)) == 9 * 4 * 4 * (6 * 4 + 4 * 2)
    assert macs(keras.Model(pixels, once)) == 9 * 4 * 4 * 6 * 4  # its second use is in another model


def test_branches_and_sums():
    pixels = keras.Input((8, 6, 4))
    left, right = layers.Conv2D(5, 1)(pixels), layers.Conv2D(5, 3, padding="same")(pixels)
    head = layers.Dense(2)(layers.Flatten()(layers.Add()([left, right])))
    assert macs(keras.Model(pixels, head)) == (4 * 5 + 9 * 4 * 5) * 48 + 48 * 5 * 2


def test_sequential():
    model = keras.Sequential(
        [keras.Input((8, 6, 4)), layers.Conv2D(10, 3), layers.Flatten(), layers.Dense(2)]
    )
    assert macs(model) == 9 * 4 * 10 * 24 + 240 * 2


@pytest.mark.parametrize(
    "layer",
    [
        layers.Conv2DTranspose(3, 3, name="culprit"),
        layers.EinsumDense("bhwc,cd->bhwd", (None, None, 3), name="culprit"),
        layers.TimeDistributed(layers.Dense(3), name="culprit"),
        keras.Sequential([keras.Input((8, 6, 4)), layers.Conv2D(3, 3)], name="culprit"),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_what_cannot_be_counted_is_named(layer):
    with pytest.raises(ValueError, match=f"'culprit' is a {type(layer).__name__}"):
        macs(through(layers.Conv2D(4, 1), layer))


def test_products_without_weights_are_named():
    pixels = keras.Input((6, 4))
    with pytest.raises(ValueError, match="'culprit' is a Dot"):
        macs(keras.Model(pixels, layers.Dot(axes=2, name="culprit")([pixels, pixels])))
    with pytest.raises(ValueError, match="is a Matmul"):
        macs(keras.Model(pixels, keras.ops.matmul(pixels, keras.ops.transpose(pixels, (0, 2, 1)))))


def test_no_size_no_count():
    with pytest.raises(ValueError, match="'conv' sees no fixed size"):
        macs(through(layers.Conv2D(3, 3, name="conv"), shape=(None, None, 3)))


def test_no_graph_no_count():
    with pytest.raises(ValueError, match="functional or sequential model that is built"):
        macs(keras.Sequential([layers.Dense(3)]))


@pytest.mark.parametrize(
    ("architecture", "size", "billions", "total"),
    [
        ("VGG19", 224, "19.51", 20_024_384),
        ("MobileNetV2", 224, "0.30", 2_257_984),
        ("Xception", 224, "4.55", 20_861_480),
        ("Xception", 150, "1.92", 20_861_480),
    ],
)
def test_published_networks(architecture, size, billions, total):
    build = getattr(keras.applications, architecture)
    model = skeleton(build, weights=None, include_top=False, input_shape=(size, size, 3))
    assert f"{macs(model) / 1e9:.2f}" == billions
    assert parameters(model).total == total


def test_parameters_of_the_papers_network():
    model = skeleton(coronet)
    assert parameters(model) == (33_969_964, 33_915_436)
    model.trainable = False
    assert parameters(model) == (33_969_964, 0)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the profiler is TensorFlow's")
def test_as_tensorflow_counts():
    """Its profiler counts two operations for a multiply-accumulate, and some for what is left out here."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    model = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(96, 96, 3))
    concrete = tf.function(lambda x: model(x, training=False)).get_concrete_function(
        tf.TensorSpec((1, *model.input_shape[1:]))
    )
    options = tf.compat.v1.profiler.ProfileOptionBuilder(
        tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    )
    profile = tf.compat.v1.profiler.profile(
        convert_variables_to_constants_v2(concrete).graph,
        cmd="op",
        options=options.with_empty_output().build(),
    )
    found, level = {}, profile
    while level.children:  # each kind of operation stands below the one before it
        (level,) = level.children
        found[level.name] = level.float_ops
    assert found["Conv2D"] + found["DepthwiseConv2dNative"] == 2 * macs(model)
    others = sum(found.values()) - 2 * macs(model)
    assert 0 < others < 0.05 * 2 * macs(model)  # what is not counted
