"""Deep features and a linear support vector machine (Sethy & Behera 2020): nothing deep is trained.

A network that was trained for something else, or elsewhere, turns each X-ray into a few thousand numbers;
only a linear classifier of those is learned from the X-rays.
"""

import json
import time
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from coronet_lib import evaluation, runs
from coronet_lib.files import atomic
from coronet_lib.models.interface import KINDS, preprocess
from coronet_lib.models.stock import check_size, stock_network
from coronet_lib.models.weights import weights_identity
from coronet_lib.runs import one_fold
from coronet_lib.runs.model import load_coronet
from coronet_lib.systems.features import extract
from coronet_lib.training import devices, fitting
from coronet_lib.training.coronet_recipes import PAPER, QUICK

NETWORKS = {"coronet": PAPER, "coronet-quick": QUICK}
"""Trained networks that can give the features: the system's name, and how that is built."""


@dataclass(frozen=True, kw_only=True)
class FeatureSVM:
    """Which features, and how the linear classifier is fitted.

    Parameters
    ----------
    name : str
    size : int
        Input edge in pixels.
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

    name: str
    size: int
    architecture: str | None = None
    preprocessing: str | None = None
    weights: str | None = "imagenet"
    network: str | None = None
    c: float = 1.0
    batch_size: int = 64

    # Nothing is chosen by validation, so all training patients train.
    validation = 0.0

    def __post_init__(self):
        if self.c <= 0 or self.batch_size < 1:
            raise ValueError("c and batch_size must be positive")
        if self.network is None:
            check_size(self.architecture, self.size)
            if self.preprocessing not in KINDS:
                raise ValueError(
                    f"preprocessing must be one of {', '.join(KINDS)}, got {self.preprocessing!r}"
                )
        elif self.network not in NETWORKS:
            raise ValueError(f"network must be one of {', '.join(NETWORKS)}, got {self.network!r}")
        elif (self.architecture, self.preprocessing, self.weights) != (None, None, None):
            raise ValueError(
                f"{self.name} takes its features from {self.network} as that was trained: architecture, "
                "preprocessing and weights must be none"
            )

    def but(self, **changes):
        """This recipe with some choices changed."""
        return replace(self, **changes)

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
    """Scaler and linear SVM, to be fitted on the training part of a fold only.

    Parameters
    ----------
    recipe : FeatureSVM
    seed : int
        Of the solver's order.

    Returns
    -------
    sklearn.pipeline.Pipeline
        From features, shape (n, features), to classes; one SVM for each class against the rest.
    """
    # "auto" solves the smaller of the two problems: over images, or over features.  On 2,048 features of the
    # real X-rays the default tolerance, 1e-4, took five to eight times as long and gave the same answers.
    svm = LinearSVC(C=recipe.c, dual="auto", tol=1e-3, max_iter=20_000, random_state=seed)
    return make_pipeline(StandardScaler(), svm)


def margins(fitted, features):
    """How far each image lies on each class's side.

    Parameters
    ----------
    fitted : sklearn.pipeline.Pipeline
    features : array, shape (n, features)

    Returns
    -------
    float array, shape (n, classes)
        The largest of a row is the answer.  They are no probabilities.
    """
    values = fitted.decision_function(features)
    # Of two classes scikit-learn gives one margin: that of the second.
    return np.stack([-values, values], axis=1) if values.ndim == 1 else values


def run(
    data,
    recipe,
    out,
    *,
    fold=1,
    folds=4,
    split="patient",
    split_seed=0,
    seed=0,
    compute=None,
    resume=False,
    overwrite=False,
    progress=True,
):
    """Fit the SVM on all folds but one, test on that one, and leave a run folder.

    The parameters are those of :func:`coronet_lib.runs.one_fold.run`.  The folder gets ``card.json``,
    ``predictions.csv`` with margins instead of probabilities, and ``svm.npz``.

    Returns
    -------
    dict
        The card, with the metrics on the held-out fold.

    Raises
    ------
    RunError, ValueError, OSError
        If the request does not fit the data or the folder, or the features' network cannot be had.
    """
    fitting.check_size(data, recipe)
    compute = compute or devices.choose()
    split_options = {"fold": fold, "folds": folds, "split": split, "split_seed": split_seed}
    train, _, test = one_fold.split_rows(data, recipe, **split_options)
    card = one_fold.describe(data, recipe, **split_options, seed=seed, compute=compute)
    out = Path(out)
    if recipe.network is None:
        extractor, identity = _stock(recipe, seed, compute)
    else:
        beside = out.parent.parent / recipe.network / out.name
        card["base"] = _check_base(beside, recipe.network, card, data.files[test])
        extractor, identity = _trained(beside / "model.keras")
    card["images"] = {"train": len(train), "test": len(test)}
    card["scores"] = "margins"
    out = runs.open_folder(out, card, resume=resume, overwrite=overwrite)
    if resume and (earlier := runs.finished_card(out)):
        return earlier
    runs.write_card(out, card)
    started = time.perf_counter()
    features = extract(data.images, extractor, identity, batch_size=recipe.batch_size, progress=progress)
    fitted = pipeline(recipe, seed).fit(features[train], data.labels[train])
    scores = margins(fitted, features[test])
    matrix = evaluation.confusion_matrix(data.labels[test], scores.argmax(axis=1), len(data.classes))
    save_svm(fitted, out)
    card |= {
        "status": "finished",
        "features": features.shape[1],
        "minutes": round((time.perf_counter() - started) / 60, 2),
        "confusion_matrix": matrix.tolist(),
        # JSON has no NaN: an undefined metric is null.
        "metrics": json.loads(evaluation.macro(matrix).round(4).to_json()),
    }
    card["predictions_sha256"] = runs.write_predictions(out, data, test, fold, scores)
    runs.write_card(out, card)
    return card


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


def _check_base(folder, name, card, tested):
    """What a card says of the run whose network gives the features, if that saw no test patient.

    Parameters
    ----------
    folder : pathlib.Path
    name : str
        Of its system.
    card : dict
        Of the run that is about to begin.
    tested : str array
        The files that it will be tested on.

    Raises
    ------
    RunError
        If the run is not finished, has no network, or held out something else.
    """
    base = runs.finished_card(folder)
    if base is None or not (folder / "model.keras").is_file():
        raise runs.RunError(f"there is no finished run with its model.keras in {folder}; run {name} first")
    same = ("seed", "classes", "folds", "fold", "split", "split_seed", "precision", "data")
    if differing := [key for key in same if base[key] != card[key]]:
        raise runs.RunError(
            f"{folder} differs in {', '.join(differing)} from the run that wants its features; "
            f"run {name} again, the same way"
        )
    if set(runs.read_predictions(folder)[0]["file"]) != set(tested):
        raise runs.RunError(
            f"{folder} was tested on other images, so its network may have learned from those that are to "
            f"be tested now; run {name} again"
        )
    return {key: base[key] for key in ("classes", "seed", "predictions_sha256")}


def save_svm(fitted, folder):
    """Write a fitted pipeline as ``svm.npz``: plain arrays, which nobody has to trust."""
    scaler, svm = fitted.named_steps["standardscaler"], fitted.named_steps["linearsvc"]
    with atomic(Path(folder) / "svm.npz") as part:
        np.savez(
            part,
            mean=scaler.mean_,
            scale=scaler.scale_,
            coefficients=svm.coef_,
            intercepts=svm.intercept_,
            classes=svm.classes_,
        )


def load_svm(folder):
    """Read what :func:`save_svm` wrote.

    Parameters
    ----------
    folder : path
        A run folder.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Fitted, for :func:`margins`.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such file, or it is something else.
    """
    path = Path(folder) / "svm.npz"
    if not path.is_file():
        raise FileNotFoundError(f"no SVM at {path}; `coronet compare` writes one into each fold's folder")
    fitted = make_pipeline(StandardScaler(), LinearSVC())
    scaler, svm = fitted.named_steps["standardscaler"], fitted.named_steps["linearsvc"]
    try:
        with np.load(path, allow_pickle=False) as arrays:
            scaler.mean_, scaler.scale_ = arrays["mean"], arrays["scale"]
            svm.coef_, svm.intercept_ = arrays["coefficients"], arrays["intercepts"]
            svm.classes_ = arrays["classes"]
        scaler.n_features_in_ = svm.n_features_in_ = len(scaler.mean_)
        fitted.decision_function(np.zeros((1, svm.n_features_in_)))  # shapes that do not fit are refused
    except Exception as error:  # zipfile, NumPy and scikit-learn each raise their own kinds
        raise ValueError(f"{path} cannot be read as an SVM: {error}") from error
    return fitted
