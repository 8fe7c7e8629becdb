"""What everything that learns has in common, and how a network learns, epoch by epoch.

A recipe is one frozen object that a run card can repeat.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

from coronet_lib.datasets.collection import XrayCollection
from coronet_lib.files import atomic
from coronet_lib.models.weights import weights_identity
from coronet_lib.training.augmentation import UNCHANGED, Augmentation
from coronet_lib.training.devices import Compute
from coronet_lib.training.fitting import fit, predict, set_seed


@dataclass(frozen=True, eq=False, kw_only=True)
class Task:
    """One fold to learn.

    Parameters
    ----------
    data : XrayCollection
    train, validation, test : int arrays
        Rows of ``data``; see :func:`coronet_lib.runs.split_rows`.
    seed : int
    compute : Compute
    folder : pathlib.Path, optional
        Of the run: keeps what an interrupted training goes on from.
    model_for : callable, optional
        From a number of classes to the model that is fine-tuned, in place of the recipe's own.
    needed : pathlib.Path, optional
        The same fold of the system that the recipe ``needs``, finished.
    after_epoch : callable, optional
        Called without arguments when an epoch is saved; what it raises ends the training there.
    progress : bool
    """

    data: XrayCollection
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    seed: int
    compute: Compute
    folder: Path | None = None
    model_for: Callable | None = None
    needed: Path | None = None
    after_epoch: Callable | None = None
    progress: bool = True


class Learned(NamedTuple):
    """What came of a :class:`Task`."""

    scores: np.ndarray
    """Of the test rows, shape (m, classes); the largest of a row is the answer."""
    facts: dict
    """For the card; keys of :class:`coronet_lib.runs.Card`."""
    save: Callable
    """Writes what was learned into the folder that it is given."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How something learns; a subclass says what, in :meth:`learn`.

    Parameters
    ----------
    name : str
    size : int
        Input edge in pixels.
    """

    name: str
    size: int

    # What a recipe is that does not say otherwise.
    free = ()
    """Which of ``epochs`` and ``weights`` a user may choose."""
    epochs = published_epochs = None
    weights = None
    validation = None
    """Share of the training patients that is set aside; 0 looks at the test fold, None at nothing."""
    needs = None
    """Name of the system whose finished folds it takes."""
    side_by_side = True
    """Whether folds may be trained at the same time."""
    stock = None
    """Network of :data:`coronet_lib.models.stock.STOCK` whose ImageNet weights ``"imagenet"`` asks for."""
    on_gpu = True
    """Whether a GPU makes it faster."""
    scores = "probabilities"
    start = "-"
    """Where its weights come from before they see an X-ray, in a word."""

    def but(self, **changes):
        """This recipe with some choices changed."""
        return replace(self, **changes)

    def described(self):
        """The choices as a card has them: weights by content, so that the place of a file is none of them."""
        return asdict(self) | {
            "epochs": self.epochs,
            "published_epochs": self.published_epochs,
            "weights": weights_identity(self.weights),
        }

    def check(self, data, compute):
        """Refuse, with a ValueError, X-rays and devices that it cannot learn from and on."""
        height, width = data.images.shape[1:3]
        if (height, width) != (self.size, self.size):
            raise ValueError(
                f"recipe {self.name!r} wants {self.size} x {self.size} images, got {height} x {width}; "
                f"prepare them with --size {self.size}"
            )

    def build(self, classes):
        """What it learns with, untrained, as a network for 4, 3 or 2 ``classes``."""
        raise NotImplementedError(f"{type(self).__name__} says how to learn, but no network")

    def learn(self, task):
        """Learn from the training rows of a :class:`Task`, score its test rows, return :class:`Learned`."""
        raise NotImplementedError(f"{type(self).__name__} does not say how to learn")


def origin(weights, drawn):
    """``weights`` in a word; ``drawn`` where they are None."""
    if weights is None:
        return drawn
    return "imagenet" if weights == "imagenet" else "pretrained"


@dataclass(frozen=True, kw_only=True)
class EpochRecipe(Recipe):
    """Input and training of a network; a subclass adds the network, and may train it otherwise.

    The other parameters are those of :class:`Recipe`.

    Parameters
    ----------
    epochs : int
    published_epochs : int, optional
        Of the whole training, of which fewer ``epochs`` are a part; by default ``epochs`` themselves.
    batch_size : int
    learning_rate : float
        Of Adam; its other settings are Keras's defaults.
    decay : {"none", "cosine"}
        Whether the rate stays, as in the paper, or falls to zero along half a cosine.
    weights : "imagenet", path or None
        That the network starts from.
    augmentation : Augmentation
        Of the training images only.
    validation : float
        Share of the training patients that is held out for the validation curve.
        With 0 the curve is that of the test fold, as we read the paper; nothing is selected on it.

    Raises
    ------
    ValueError
        If a number is out of its range or the decay is unknown.
    """

    epochs: int
    published_epochs: int | None = None
    batch_size: int
    learning_rate: float
    decay: str = "none"
    weights: str | None = None
    augmentation: Augmentation = UNCHANGED
    validation: float = 0.0

    decays = ("none", "cosine")
    free = ("epochs", "weights")

    # Whether fit must remember weights other than the last.
    selects = False

    def __post_init__(self):
        if min(self.epochs, self.batch_size) < 1 or self.learning_rate <= 0:
            raise ValueError("epochs, batch_size and learning_rate must be positive")
        if self.decay not in self.decays:
            raise ValueError(f"decay must be one of {', '.join(self.decays)}, got {self.decay!r}")
        if not 0 <= self.validation <= 0.5:
            raise ValueError(f"validation is a share in [0, 0.5], got {self.validation}")
        if self.published_epochs is None:
            object.__setattr__(self, "published_epochs", self.epochs)

    @property
    def start(self):
        return origin(self.weights, "scratch")

    def check(self, data, compute):
        super().check(data, compute)
        compute.check_batch(self.batch_size)

    def learn(self, task):
        """Fit the network, or the model that the task brings; what is saved is ``model.keras``."""
        set_seed(task.seed, task.compute)  # before a model to start from gets its new layer
        classes = len(task.data.classes)
        with task.compute.scope():
            model = task.model_for and task.model_for(classes)
        model, history = fit(
            task.data,
            self,
            train=task.train,
            validation=task.validation,
            seed=task.seed,
            model=model,
            compute=task.compute,
            checkpoint=task.folder,
            after_epoch=task.after_epoch,
            progress=task.progress,
        )
        seconds = history["seconds"].sum()  # also of epochs before an interruption
        facts = {
            "parameters": model.count_params(),
            "epochs": len(history),
            "kept_epoch": self.kept_epoch(history),
            "minutes": round(seconds / 60, 2),
            "images_per_second": round(len(task.train) * len(history) / seconds, 1),
        }
        scores = predict(model, task.data.images[task.test], compute=task.compute)
        return Learned(scores, facts, lambda folder: _save(model, folder))

    def begins_phase(self, epoch):
        """Whether the model must be compiled afresh before ``epoch`` (from 0)."""
        return epoch == 0

    def compile(self, model, epoch, steps):
        """Make ``model`` ready to learn from ``epoch`` (from 0) on, in epochs of ``steps`` batches."""
        compile_classifier(model, keras.optimizers.Adam(self.rate(self.epochs * steps)))

    def rate(self, steps):
        """The learning rate, or its schedule over ``steps`` batches."""
        if self.decay == "none":
            return self.learning_rate
        return keras.optimizers.schedules.CosineDecay(self.learning_rate, steps)

    def adjust(self, model, history):
        """Change what depends on how the epochs in ``history`` went; called before each epoch."""

    def class_weights(self, labels):
        """What an error on each class costs, as a dict for Keras; None for one and the same."""

    def kept_epoch(self, history):
        """The epoch (from 1) whose weights are kept: the last."""
        return len(history)

    def finished(self, history):
        """Whether training ends after the epochs in ``history``."""
        return len(history) >= self.epochs


def _save(model, folder):
    with atomic(folder / "model.keras") as part:
        model.save(part)


def compile_classifier(model, optimizer):
    """Compile for integer labels and a softmax output."""
    model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
