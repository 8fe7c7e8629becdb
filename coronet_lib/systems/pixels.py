"""Logistic regression on pixels: the plainest answer, which every comparison should have as its first row.

It is a floor and no rival.  Each pixel of a small grey X-ray has one weight for each class; that two pixels
are neighbours, that lungs have edges, or that a chest may lie a little further left, it cannot know.  So
what it gets right follows from where pictures are bright and how they are framed, and a network that does
not do better has not shown that it sees more than that.
"""

from dataclasses import dataclass
from functools import partial

import keras
from sklearn.linear_model import LogisticRegression

from coronet_lib.models.interface import class_scores
from coronet_lib.systems import linear
from coronet_lib.training.recipe import Learned, Recipe


@dataclass(frozen=True, kw_only=True)
class PixelRegression(Recipe):
    """Scaled pixels, and a softmax of weighted sums of them.

    The other parameters are those of :class:`~coronet_lib.training.Recipe`.

    Parameters
    ----------
    c : float
        Weight of the data against the squares of the weights.  1 is scikit-learn's default, and is not
        tuned: that would have to be done inside the training part of every fold, and would be less plain.

    Raises
    ------
    ValueError
        If ``c`` is not positive.
    """

    c: float = 1.0

    on_gpu = False

    def __post_init__(self):
        if self.c <= 0:
            raise ValueError("c must be positive")

    def learn(self, task):
        """Fit scaler and regression on the training rows; what is saved is ``model.npz``."""
        x = task.data.images.mean(axis=-1).reshape(len(task.data), -1)  # grey, also of colour
        classifier = LogisticRegression(C=self.c, max_iter=2000)
        fitted = linear.standardised(classifier).fit(x[task.train], task.data.labels[task.train])
        scores = fitted.predict_proba(x[task.test])
        return Learned(scores, {"features": x.shape[1]}, partial(linear.save, fitted))

    def build(self, classes):
        """The regression as a network, to count and to time; the scaler is part of the weights."""
        pixels = keras.Input((self.size, self.size, 3), name="pixels")
        x = keras.layers.Flatten()(keras.ops.mean(pixels, axis=-1))
        return keras.Model(pixels, class_scores(classes)(x), name=self.name)
