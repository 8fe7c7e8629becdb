"""Deep features and a linear support vector machine (Sethy & Behera 2020): nothing deep is trained.

A network that was trained for something else, or elsewhere, turns each X-ray into a few thousand numbers;
only a linear classifier of those is learned from the X-rays.
"""

from dataclasses import dataclass, replace
from functools import partial

import keras
import numpy as np
from sklearn.svm import LinearSVC

from coronet_lib.models.interface import check_preprocessing, preprocess
from coronet_lib.models.stock import check_size, stock_network
from coronet_lib.models.weights import weights_identity
from coronet_lib.runs import load_coronet
from coronet_lib.systems import linear
from coronet_lib.systems.features import extract
from coronet_lib.training.coronet_recipes import PAPER, QUICK, SPRINT
from coronet_lib.training.recipe import Learned, Recipe, origin

NETWORKS = {"coronet": PAPER, "coronet-quick": QUICK, "coronet-sprint": SPRINT}
"""Trained networks that can give the features: the system's name, and how that is built."""


@dataclass(frozen=True, kw_only=True)
class FeatureSVM(Recipe):
    """Which features, and how the linear classifier is fitted.

    The other parameters are those of :class:`~coronet_lib.training.Recipe`.

    Parameters
    ----------
    architecture : str, optional
        Network of :data:`coronet_lib.models.stock.STOCK`, average-pooled over its last map.  The authors
        took the outputs of the network's classifier; of ResNet-50 those 1,000 are a linear map of the
        2,048 pooled features, so a linear classifier of the features can do all that one of them can.
    preprocessing : str, optional
        Of that network; see :func:`coronet_lib.models.interface.preprocess`.
    weights : "imagenet", path or None
        Of that network; None leaves it at random weights, which the seed fixes.
    network : str, optional
        Instead of these three: one of :data:`NETWORKS`, whose layer ``head_dense`` gives the features.
        For each fold it is the one that was trained, in the same comparison, with that fold held out.
    c : float
        Weight of a training error against the margin.
    batch_size : int
        Images at a time, in computing features and in keeping them.

    Raises
    ------
    ValueError
        If there is no such network or preprocessing, the input is too small, a number is not positive,
        or both kinds of network are asked for.
    """

    architecture: str | None = None
    preprocessing: str | None = None
    weights: str | None = "imagenet"
    network: str | None = None
    c: float = 1.0
    batch_size: int = 64

    side_by_side = False  # the folds share features on disk, which each process would compute
    scores = "margins"

    def __post_init__(self):
        if self.c <= 0 or self.batch_size < 1:
            raise ValueError("c and batch_size must be positive")
        if self.network is None:
            check_size(self.architecture, self.size)
            check_preprocessing(self.preprocessing)
        elif self.network not in NETWORKS:
            raise ValueError(f"network must be one of {', '.join(NETWORKS)}, got {self.network!r}")
        elif (self.architecture, self.preprocessing, self.weights) != (None, None, None):
            raise ValueError(
                f"{self.name} takes its features from {self.network} as that was trained: architecture, "
                "preprocessing and weights must be none"
            )

    @property
    def needs(self):
        return self.network

    @property
    def stock(self):
        return self.architecture

    @property
    def free(self):
        return () if self.network else ("weights",)

    @property
    def start(self):
        return self.network or origin(self.weights, "random")

    def learn(self, task):
        """Fit the SVM on features of the training rows; what is saved is ``model.npz``."""
        if self.network is None:
            extractor, identity = _stock(self, task.seed, task.compute)
        else:
            extractor, identity = _trained(task.needed / "model.keras")
        data = task.data
        features = extract(
            data.images, extractor, identity, batch_size=self.batch_size, progress=task.progress
        )
        fitted = pipeline(self, task.seed).fit(features[task.train], data.labels[task.train])
        scores = margins(fitted, features[task.test])
        return Learned(scores, {"features": features.shape[1]}, partial(linear.save, fitted))

    def extractor(self):
        """The network from pixels 0 to 255 to features, for a recipe without ``network``."""
        pixels = keras.Input((self.size, self.size, 3), name="pixels")
        maps = stock_network(self.architecture, preprocess(pixels, self.preprocessing), self.weights).output
        features = keras.layers.GlobalAveragePooling2D(name="head_gap")(maps)
        return keras.Model(pixels, features, name=self.name)

    def build(self, classes):
        """The whole system as one network, to count and to time: extractor and linear classifier."""
        if self.network is None:
            extractor = self.extractor()
        else:
            extractor = _up_to_head_dense(NETWORKS[self.network].but(weights=None).build(classes))
        margins = keras.layers.Dense(classes, name="head_margins")(extractor.output)
        return keras.Model(extractor.input, margins, name=self.name)


def pipeline(recipe, seed=0):
    """Scaler and linear SVM, one for each class against the rest, not fitted yet."""
    # "auto" solves the smaller of the two problems: over images, or over features.  On 2,048 features of the
    # real X-rays the default tolerance, 1e-4, took five to eight times as long and gave the same answers.
    svm = LinearSVC(C=recipe.c, dual="auto", tol=1e-3, max_iter=20_000, random_state=seed)
    return linear.standardised(svm)


def margins(fitted, features):
    """How far each image lies on each class's side, shape (n, classes); they are no probabilities."""
    values = fitted.decision_function(features)
    # Of two classes scikit-learn gives one margin: that of the second.
    return np.stack([-values, values], axis=1) if values.ndim == 1 else values


def _stock(recipe, seed, compute):
    """A function that builds the recipe's network, and the network's identity."""
    compute = replace(compute, devices=1)  # the last batch may be too small to share

    def build():
        keras.utils.set_random_seed(seed)  # of the weights, where none are given
        with compute.scope():
            return recipe.extractor()

    weights = weights_identity(recipe.weights) or f"random, seed {seed}, {keras.backend.backend()}"
    return build, repr((recipe.architecture, recipe.size, recipe.preprocessing, weights, compute.precision))


def _trained(path):
    """A function that loads a trained network without its last layer, and the network's identity."""
    return lambda: _up_to_head_dense(load_coronet(path)), f"{weights_identity(path)} head_dense"


def _up_to_head_dense(model):
    return keras.Model(model.input, model.get_layer("head_dense").output)
