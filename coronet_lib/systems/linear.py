"""A scaler and a linear classifier, fitted together on the training part, and kept as plain arrays."""

from pathlib import Path

import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from coronet_lib.files import atomic


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
