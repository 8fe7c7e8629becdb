"""Deep features and a linear support vector machine (Sethy & Behera 2020): nothing deep is trained.

A network that was trained for something else, or elsewhere, turns each X-ray into a few thousand numbers;
only a linear classifier of those is learned from the X-rays.
"""

import json
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path

import joblib
import keras
import numpy as np
import pooch
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from tqdm.auto import tqdm

from coronet_lib import devices, evaluation, runs, training
from coronet_lib.batches import as_rgb
from coronet_lib.files import atomic
from coronet_lib.models.coronet import load_coronet
from coronet_lib.models.preprocessing import preprocess
from coronet_lib.models.stock import check_size, stock_network
from coronet_lib.models.weights import weights_identity
from coronet_lib.recipes import PAPER, QUICK

CACHE_VARIABLE = "CORONET_CACHE"
"""Environment variable: folder for features, instead of the user's cache folder."""

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
    architecture : str
        Network of :data:`coronet_lib.models.stock.STOCK`, average-pooled over its last map.  The authors
        took the 1000 outputs of ResNet-50's classifier; those are a linear map of the 2,048 pooled
        features, so a linear classifier can do with the features all that it can do with the outputs.
    preprocessing : str
        See :func:`coronet_lib.models.preprocessing.preprocess`.
    weights : "imagenet", path or None
        Of the network; None leaves it at random weights, which the seed fixes.
    network : str, optional
        Instead: one of :data:`NETWORKS`, whose layer ``head_dense`` gives the features.  For each
        fold it is the one that was trained, in the same comparison, with that fold held out.
    c : float
        Weight of a training error against the margin.
    batch_size : int
        Images at a time, in computing features and in keeping them.

    Raises
    ------
    ValueError
        If ``network`` is unknown.
    """

    name: str
    size: int
    architecture: str = "ResNet50"
    preprocessing: str = "caffe"
    weights: str | None = "imagenet"
    network: str | None = None
    c: float = 1.0
    batch_size: int = 64

    # Nothing is chosen by validation, so all training patients train.
    validation = 0.0

    def __post_init__(self):
        if self.network is not None and self.network not in NETWORKS:
            raise ValueError(f"network must be one of {', '.join(NETWORKS)}, got {self.network!r}")

    def but(self, **changes):
        """This recipe with some choices changed."""
        return replace(self, **changes)

    def extractor(self):
        """The network from pixels 0 to 255 to features, for a recipe without ``network``."""
        check_size(self.architecture, self.size)
        pixels = keras.Input((self.size, self.size, 3), name="pixels")
        maps = stock_network(self.architecture, preprocess(pixels, self.preprocessing), self.weights).output
        return keras.Model(pixels, keras.layers.GlobalAveragePooling2D(name="head_gap")(maps), name=self.name)

    def build(self, classes):
        """The whole system as one network, to count and to time: extractor and linear classifier."""
        if self.network is None:
            extractor = self.extractor()
        else:
            trained = NETWORKS[self.network].but(weights=None).build(classes)
            extractor = _penultimate(trained)
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
    svm = LinearSVC(C=recipe.c, dual=True, max_iter=20_000, tol=1e-3, random_state=seed)
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


def extract(images, extractor, identity, *, batch_size=64, cache=None, progress=True):
    """Features of X-rays, kept on disk by content: the same pixels are never computed twice.

    Parameters
    ----------
    images : uint8 array, shape (n, size, size, 1 or 3)
    extractor : callable
        Without arguments, returns the network; called only if some batch is not kept yet.
    identity : str
        What tells the network from any other, its weights included.
    batch_size : int
    cache : path, optional
        By default the folder that :data:`CACHE_VARIABLE` names, or the user's cache folder.
    progress : bool

    Returns
    -------
    float32 array, shape (n, features)
    """
    memory = joblib.Memory(cache or _cache_folder(), verbose=0)
    kept = memory.cache(_features, ignore=["network"])
    network = _Lazy(extractor)
    starts = range(0, len(images), batch_size)
    found = [
        kept(images[start : start + batch_size], identity, network)
        for start in tqdm(starts, "features", disable=not progress)
    ]
    return np.concatenate(found)


class _Lazy:
    """A network that is built when it is first used."""

    def __init__(self, build):
        self.build, self.model = build, None

    def __call__(self, images):
        if self.model is None:
            self.model = self.build()
        return self.model.predict_on_batch(as_rgb(images))


def _features(images, identity, network):
    return np.asarray(network(images), np.float32)


def _cache_folder():
    return Path(os.environ.get(CACHE_VARIABLE) or pooch.os_cache("coronet")) / "features"


def run(
    data,
    recipe,
    out,
    *,
    fold=1,
    folds=4,
    split="patient",
    seed=0,
    compute=None,
    resume=False,
    overwrite=False,
    progress=True,
):
    """Fit the SVM on all folds but one, test on that one, and leave a run folder.

    The parameters are those of :func:`coronet_lib.training.run`.  The folder gets ``card.json``,
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
    compute = compute or devices.choose()
    train, _, test = training.split_rows(data, recipe, fold=fold, folds=folds, split=split, seed=seed)
    card = training.describe(data, recipe, fold=fold, folds=folds, split=split, seed=seed, compute=compute)
    out = Path(out)
    beside = None
    if recipe.network is not None:
        beside = out.parent.parent / recipe.network / f"fold-{fold}"
        card["base"] = _base(beside, card)
    card["images"] = {"train": len(train), "test": len(test)}
    card["scores"] = "margins"
    out = runs.open_folder(out, card, resume=resume, overwrite=overwrite)
    if resume and (earlier := runs.finished_card(out)):
        return earlier
    runs.write_card(out, card)
    started = time.perf_counter()
    extractor, identity = _source(recipe, beside, seed, compute)
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


def _source(recipe, beside, seed, compute):
    """The network that gives the features, as a function that builds it, and its identity."""
    if beside is not None:
        path = beside / "model.keras"
        return lambda: _penultimate(load_coronet(path)), f"{weights_identity(path)} head_dense"

    def build():
        keras.utils.set_random_seed(seed)  # of the weights, where there are none
        with compute.scope():
            return recipe.extractor()

    weights = weights_identity(recipe.weights) or f"random, seed {seed}"
    what = (recipe.architecture, recipe.size, recipe.preprocessing, weights, compute.precision)
    return build, repr(what)


def _penultimate(model):
    return keras.Model(model.input, model.get_layer("head_dense").output)


def _base(beside, card):
    """What a card says of the run whose network gives the features, if that saw no test patient.

    Raises
    ------
    RunError
        If it is not finished, or held out something else.
    """
    base = runs.finished_card(beside)
    if base is None:
        raise runs.RunError(f"there is no finished run at {beside}, whose network should give the features")
    same = ("seed", "classes", "folds", "fold", "split", "data")
    if differing := [key for key in same if base[key] != card[key]]:
        raise runs.RunError(
            f"{beside} differs in {', '.join(differing)}, so its network may have seen what is tested here"
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
    except Exception as error:  # zipfile and NumPy each raise their own kinds
        raise ValueError(f"{path} cannot be read as an SVM: {error}") from error
    scaler.var_ = scaler.scale_**2
    scaler.n_features_in_ = svm.n_features_in_ = len(scaler.mean_)
    return fitted
