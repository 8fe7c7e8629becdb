"""A scaler and a linear classifier, fitted together on the training part, and kept as plain arrays."""

from pathlib import Path

import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from coronet_lib.files import atomic
from coronet_lib.runs.card import check_model
from coronet_lib.text import reason


def standardised(classifier):
    """``classifier`` behind a scaler that learns means and deviations where the classifier learns."""
    return make_pipeline(StandardScaler(), classifier)


def save(fitted, folder):
    """Write a fitted pipeline as ``model.npz``: plain arrays, which nobody has to trust.

    Scores of features ``x`` are ``(x - mean) / scale @ coefficients.T + intercepts``.
    """
    scaler, linear = (step for _, step in fitted.steps)
    with atomic(Path(folder) / "model.npz") as part:
        np.savez(
            part,
            mean=scaler.mean_,
            scale=scaler.scale_,
            coefficients=linear.coef_,
            intercepts=linear.intercept_,
            classes=linear.classes_,
        )


def load(folder, classifier):
    """Read what :func:`save` wrote.

    Parameters
    ----------
    folder : path
        A run folder.
    classifier : LinearSVC or LogisticRegression
        Of the kind that was saved, not fitted.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Fitted.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such file, it is something else, or not the one that the run's card describes.
    """
    path = Path(folder) / "model.npz"
    if not path.is_file():
        raise FileNotFoundError(f"no model at {path}; `coronet compare` writes one into each fold's folder")
    check_model(path)
    fitted = standardised(classifier)
    scaler, linear = (step for _, step in fitted.steps)
    try:
        with np.load(path, allow_pickle=False) as arrays:
            scaler.mean_, scaler.scale_ = arrays["mean"], arrays["scale"]
            linear.coef_, linear.intercept_ = arrays["coefficients"], arrays["intercepts"]
            linear.classes_ = arrays["classes"]
        scaler.n_features_in_ = linear.n_features_in_ = len(scaler.mean_)
        margins = fitted.decision_function(np.zeros((1, linear.n_features_in_)))  # refuses shapes that misfit
        if not np.isfinite(margins).all():
            raise ValueError("not all of it are finite numbers")
    except Exception as error:  # zipfile, NumPy and scikit-learn each raise their own kinds
        raise ValueError(f"{path} cannot be read as a linear model: {reason(error)}") from error
    return fitted
