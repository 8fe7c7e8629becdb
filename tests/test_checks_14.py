"""Wrong answers to the exercises of chapter 14, and what the checks say of each."""

from math import comb, erfc, sqrt

import keras
from chapters import published
from refused import refuses

from coronet_lib import checks
from coronet_lib.evaluation import wilson_interval


def test_the_fewest_xrays_by_the_library_itself():
    fewest = next(n for n in range(1, 1000) if wilson_interval(n, n)[0] >= 0.95)
    assert checks.enough(fewest)
    assert checks.enough(float(fewest))


test_enough = refuses(
    checks.enough,
    [
        (72, "rounded down"),
        (72.99, "whole numbers"),
        (59, "one side only"),
        (60, "rule of three"),
        (95, "percentage"),
        (19, "times z²"),
        (385, "fewer X-rays are enough"),
        (10**9, "fewer X-rays are enough"),
        (8, "stays below 95 %"),
        (0, "say little"),
        (-73, "say little"),
        ("73", "one number"),
    ],
)


def split(right_a, right_b):
    return int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())


def one_sided(right_a, right_b):
    a, b = split(right_a, right_b)
    return sum(comb(a + b, k) for k in range(max(a, b), a + b + 1)) / 2 ** (a + b)


def chi_square(correction):
    def p(right_a, right_b):
        a, b = split(right_a, right_b)
        return erfc(sqrt(max(abs(a - b) - correction, 0) ** 2 / (a + b) / 2)) if a + b else 1.0

    return p


def of_all_images(right_a, right_b):
    a, n = int(right_a.sum()), len(right_a)
    return min(1.0, 2 * sum(comb(n, k) for k in range(min(a, n - a) + 1)) / 2**n)


def this_split_alone(right_a, right_b):
    a, b = split(right_a, right_b)
    return 2 * comb(a + b, a) / 2 ** (a + b)


def turned_round(right_a, right_b):
    return 1 - published(14, 2)["mcnemar_p"](right_a, right_b)


test_mcnemar_p = refuses(
    checks.mcnemar_p,
    [
        (one_sided, "one tail"),
        (lambda a, b: 2 * one_sided(a, b), "never above 1"),
        (chi_square(0), "chi-square approximation"),
        (chi_square(1), "corrected chi-square"),
        (of_all_images, "exactly one is right, and for no other"),
        (this_split_alone, "this very split alone"),
        (turned_round, "one minus it"),
        (lambda a, b: 0.0, "is not the p value"),
        (lambda a, b: split(a, b), "one number"),
        (
            lambda a, b: 1 / (split(a, b)[0] - split(a, b)[1]),
            "stops with ZeroDivisionError|is not the p value",
        ),
    ],
)


def network(*layers, classes=True, scaled=True, last="softmax"):
    """An answer to exercise 3 that is right but for what is asked otherwise."""

    def eighth(units, size=96):
        x = pixels = keras.Input((size, size, 3))
        if scaled:
            x = keras.layers.Rescaling(1 / 255)(x)
        for layer in layers or (lambda: keras.layers.Conv2D(4, 3, 4),):
            x = layer()(x)
        x = keras.layers.GlobalAveragePooling2D()(x)
        return keras.Model(pixels, keras.layers.Dense(units if classes else 4, activation=last)(x))

    return eighth


def test_other_ways_to_be_right():
    assert checks.eighth(network())
    assert checks.eighth(
        network(keras.layers.BatchNormalization, lambda: keras.layers.Conv2D(2, 5), scaled=False)
    )

    def sequential(classes, size=96):
        layers = keras.layers
        scale, conv = layers.Rescaling(1 / 127.5, -1), layers.SeparableConv2D(4, 3, 2)
        scores = layers.Dense(classes, activation="softmax")
        return keras.Sequential([keras.Input((size, size, 3)), scale, conv, layers.Flatten(), scores])

    assert checks.eighth(sequential)


test_eighth = refuses(
    checks.eighth,
    [
        (network(scaled=False), "gets pixels up to 255"),
        (network(classes=False), r"gives \(None, 4\); wanted is \(None, 2\)"),
        (network(last=None), "sum to one"),
        (network(last="sigmoid"), "sum to one"),
        (network(lambda: keras.layers.AveragePooling2D(8)), "no convolution"),
        (network(lambda: keras.layers.Conv2D(8000, 5, 8)), "too many"),
        (network(lambda: keras.layers.Lambda(lambda x: x), lambda: keras.layers.Conv2D(2, 3)), "is a Lambda"),
        (
            network(lambda: keras.Sequential([keras.layers.Conv2D(2, 3)]), lambda: keras.layers.Conv2D(2, 3)),
            "model inside the model",
        ),
        (lambda classes, size=96: network()(classes, 96), r"takes \(None, 96, 96, 3\); wanted is \(None, 64"),
        (lambda classes, size=96: "model", "wanted is a Keras model"),
        (lambda classes: network()(classes), "TypeError"),
    ],
)
