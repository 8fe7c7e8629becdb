"""Logistic regression on pixels: what scikit-learn gives by hand, learned from the training part only."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from small import QUIET

from coronet_lib import runs
from coronet_lib.classes import CLASSES
from coronet_lib.datasets.collection import XrayCollection
from coronet_lib.models.counting import parameters
from coronet_lib.runs import one_fold, split_rows
from coronet_lib.systems import SYSTEMS, linear
from coronet_lib.systems.pixels import PixelRegression

RECIPE = PixelRegression(name="pixels", size=8)


@pytest.fixture(scope="module")
def data():
    """Noise, with one quarter a little brighter: which, is the class."""
    rng = np.random.default_rng(0)
    labels = np.tile(np.arange(4), 16)
    images = rng.integers(0, 160, (64, 8, 8, 1), np.uint8)
    for image, label in zip(images, labels, strict=True):
        row, column = divmod(label, 2)
        image[4 * row : 4 * row + 4, 4 * column : 4 * column + 4] += np.uint8(60)
    names = np.arange(64).astype(str)
    return XrayCollection(images, labels, patients=names, files=names, classes=CLASSES[4])


def test_a_fold_is_scikit_learns_by_hand(data, tmp_path):
    card = one_fold.run(data, RECIPE, tmp_path / "run", session=QUIET)
    train, validation, test = split_rows(data, RECIPE, fold=1)
    assert len(validation) == 0
    x = data.images.reshape(64, -1).astype(float)
    mean, sd = x[train].mean(axis=0), x[train].std(axis=0)
    by_hand = LogisticRegression(max_iter=2000).fit((x[train] - mean) / sd, data.labels[train])
    table, classes = runs.read_predictions(tmp_path / "run")
    scores = table[list(classes)].to_numpy()
    np.testing.assert_allclose(scores, by_hand.predict_proba((x[test] - mean) / sd), atol=1e-4)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)
    assert (card["features"], card["start"], card["scores"]) == (64, "-", "probabilities")
    assert card["metrics"]["accuracy"] > 0.6
    with np.load(tmp_path / "run/model.npz") as kept:
        margins = (x[test] - kept["mean"]) / kept["scale"] @ kept["coefficients"].T + kept["intercepts"]
    np.testing.assert_allclose(softmax(margins, axis=1), scores, atol=1e-5)


def test_a_colour_image_counts_as_the_mean_of_its_channels(data, tmp_path):
    colours = np.concatenate([data.images, data.images // 2, data.images // 3], axis=-1)
    data = replace(data, images=colours)
    one_fold.run(data, RECIPE, tmp_path / "colour", session=QUIET)
    train, *_ = split_rows(data, RECIPE, fold=1)
    grey = colours[train].mean(axis=-1).reshape(len(train), -1)
    with np.load(tmp_path / "colour/model.npz") as kept:
        np.testing.assert_allclose(kept["mean"], grey.mean(axis=0))


def test_a_weight_on_the_data_is_positive():
    with pytest.raises(ValueError, match="c must be positive"):
        RECIPE.but(c=0.0)


def test_its_parameters_are_those_of_the_regression(data):
    fitted = linear.standardised(LogisticRegression()).fit(data.images.reshape(64, -1), data.labels)[-1]
    assert parameters(RECIPE.build(4)).total == fitted.coef_.size + fitted.intercept_.size
    assert SYSTEMS["logistic-pixels"].parameters[4] == 4 * (32 * 32 + 1)
