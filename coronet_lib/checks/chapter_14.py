"""Checks of chapter 14: how much a test of few X-rays says, McNemar's test, one more system."""

import tempfile
from itertools import count
from math import comb, erfc, sqrt
from pathlib import Path

import numpy as np

from coronet_lib.checks.answer import call, describe, given, match, match_calls, number
from coronet_lib.checks.verdict import Wrong, exercise

_LOWER = 0.95  # of the interval that exercise 1 asks for
_MOST_PARAMETERS = 500_000


@exercise(14, 1)
def enough(answer):
    """X-rays of COVID-19, all found, for a recall of at least 95 % with 95 % confidence.

    Parameters
    ----------
    answer : int
    """
    from coronet_lib.evaluation.uncertainty import wilson_interval

    def lower_end(images):
        return wilson_interval(images, images)[0]

    value = number(answer)
    if value != round(value):
        raise Wrong("X-rays come in whole numbers; which way do you have to round?")
    if value < 1:
        raise Wrong("so few X-rays say little; how many does the inequality ask for?")
    wanted = next(n for n in count(1) if lower_end(n) >= _LOWER)
    match(
        value,
        wanted,
        "fewer X-rays are enough; solve n / (n + z²) ≥ 0.95 for n."
        if value > wanted
        else "with so many the lower end stays below 95 %; rounded down, perhaps?",
        {
            "59 is the exact bound with 5 % on one side only; the Wilson interval leaves 2.5 % there.": 59,
            "60 is the rule of three, which stands for one side only; use the formula of the exercise.": 60,
            "that is the percentage; wanted is a number of X-rays.": 95,
            "19 is 0.95 / 0.05; that many times z² is what the inequality asks for.": 19,
        },
    )
    return "COVID-Net's first preprint tested eight X-rays of COVID-19, and CoroNet's 3-class test had 29."


def _differing(right_a, right_b):
    return int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())


def _split(right_a, right_b):
    a, b = _differing(right_a, right_b)
    return f"where {a} images are right in the first system only and {b} in the second only"


def _one_sided(a, b):
    return sum(comb(a + b, k) for k in range(max(a, b), a + b + 1)) / 2 ** (a + b)


def _chi_square(a, b, correction):
    distance = max(abs(a - b) - correction, 0)
    return erfc(sqrt(distance**2 / (a + b) / 2))


def _cases():
    """(only the first right, only the second, both, neither) as pairs of arrays."""
    for counts in ((9, 3, 20, 4), (3, 9, 7, 1), (6, 0, 2, 2), (5, 5, 3, 0), (0, 0, 8, 2)):
        right_a = np.repeat([True, False, True, False], counts)
        right_b = np.repeat([False, True, True, False], counts)
        order = np.random.default_rng(14).permutation(sum(counts))
        yield right_a[order], right_b[order]


@exercise(14, 2)
def mcnemar_p(answer):
    """The exact two-sided p value of McNemar's test.

    Parameters
    ----------
    answer : callable
        Takes two bool arrays of shape (n,), returns a float.
    """
    from coronet_lib.evaluation.uncertainty import mcnemar

    match_calls(
        answer,
        [given(*case) for case in _cases()],
        lambda right_a, right_b: mcnemar(right_a, right_b).p,
        "that is not the p value. Toss a coin once for each image on which exactly one is right, and for no "
        "other: how likely is a split at least as uneven?",
        read=number,
        case=_split,
        mistakes=_tossed_wrongly,
    )
    return "Images on which both are right, or both wrong, have no say."


def _tossed_wrongly(right, right_a, right_b):
    """Wrong p values, and what to say then."""
    a, b = _differing(right_a, right_b)
    this_split = 2 * comb(a + b, a) / 2 ** (a + b)
    if a + b == 0:
        return {"nothing speaks against the two being equal; what is p then?": [0, 2]}
    return {
        "a chance is never above 1; when both are equal, both tails overlap.": 2 * _one_sided(a, b),
        "that is one tail; the other system could as well have been the better one.": _one_sided(a, b),
        "that is the chi-square approximation; wanted is the exact sum of binomials.": _chi_square(a, b, 0),
        "that is the corrected chi-square; wanted is the exact sum of binomials.": _chi_square(a, b, 1),
        "that is this very split alone; count the more uneven splits, too.": this_split,
        "that is one minus it: a small p stands for a difference.": 1 - right,
    }


@exercise(14, 3)
def eighth(answer):
    """One more system that keeps the contract of the others.

    Parameters
    ----------
    answer : callable
        Takes a number of classes and ``size=``, the input's edge in pixels; returns a keras.Model.
    """
    for classes, size in ((4, 96), (2, 64)):
        _check_contract(call(answer, classes, size=size), classes, size)
    return "Now train it, and compare it with the others on the same images."


def _check_contract(model, classes, size):
    import keras

    if not isinstance(model, keras.Model):
        raise Wrong(f"wanted is a Keras model; this is {describe(model)}.")
    asked = f"for {classes} classes at {size} pixels"
    takes, gives = getattr(model, "input_shape", None), getattr(model, "output_shape", None)
    if takes != (None, size, size, 3):
        raise Wrong(f"{asked} the model takes {takes}; wanted is (None, {size}, {size}, 3).")
    if gives != (None, classes):
        raise Wrong(f"{asked} the model gives {gives}; wanted is (None, {classes}).")
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            raise Wrong(f"{layer.name} is a model inside the model; put its layers there one by one.")
        if isinstance(layer, keras.layers.Lambda):
            raise Wrong(f"{layer.name} is a Lambda, which Keras refuses to load from a file.")
    if not any(
        isinstance(layer, keras.layers.Conv2D | keras.layers.SeparableConv2D) for layer in model.layers
    ):
        raise Wrong("there is no convolution in it.")
    if (found := model.count_params()) >= _MOST_PARAMETERS:
        raise Wrong(f"{found:,} parameters are too many; stay below {_MOST_PARAMETERS:,}.")
    _check_scaling(model, size)
    picture = np.random.default_rng(14).uniform(0, 255, (3, size, size, 3)).astype(np.float32)
    scores = keras.ops.convert_to_numpy(model(picture))
    if not (
        np.isfinite(scores).all() and (scores >= 0).all() and np.allclose(scores.sum(axis=1), 1, atol=1e-4)
    ):
        raise Wrong(f"{asked} the scores of an image do not sum to one; which layer sees to that?")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        again = keras.saving.load_model(path, compile=False, safe_mode=True)
    if not np.allclose(keras.ops.convert_to_numpy(again(picture)), scores, atol=1e-4):
        raise Wrong("saved and loaded again, the model gives other scores.")


def _check_scaling(model, size):
    """What the first layer with weights sees of a white picture must not be 255."""
    import keras

    first = next(layer for layer in model.layers if layer.weights)
    if isinstance(first, keras.layers.BatchNormalization):
        return  # learns the scale
    white = np.full((1, size, size, 3), 255, np.float32)
    seen = keras.ops.convert_to_numpy(keras.Model(model.inputs, first.input)([white]))
    if np.abs(seen).max() > 10:
        raise Wrong(
            f"{first.name} gets pixels up to {np.abs(seen).max():.0f}; the model must scale them itself, as "
            "every system in the registry does."
        )
