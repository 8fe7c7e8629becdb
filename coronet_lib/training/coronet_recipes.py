"""How a CoroNet is built and trained: every choice in one frozen object."""

from dataclasses import dataclass

import keras
import numpy as np

from coronet_lib.models.coronet import ARCHITECTURE, coronet
from coronet_lib.training.augmentation import Augmentation
from coronet_lib.training.recipe import EpochRecipe, compile_classifier


@dataclass(frozen=True, kw_only=True)
class CoroNetRecipe(EpochRecipe):
    """Architecture, input and training of one CoroNet.

    The other parameters are those of :class:`~coronet_lib.training.EpochRecipe`; ``weights`` are of the
    Xception part.

    Parameters
    ----------
    width : float
    middle_blocks, hidden : int
    dropout : float
    head : {"flatten", "gap"}
    scaling : {"unit", "symmetric"}
    momentum : float
        All as in :func:`coronet_lib.models.coronet.coronet`.
    """

    epochs: int = 80
    batch_size: int = 10
    learning_rate: float = 1e-4
    width: float = 1.0
    middle_blocks: int = 8
    hidden: int = 256
    dropout: float = 0.5
    head: str = "flatten"
    scaling: str = "unit"
    momentum: float = 0.99

    stock = "Xception"

    def build(self, classes):
        """The untrained model for 4, 3 or 2 ``classes``; see :func:`coronet_lib.models.coronet.coronet`."""
        options = {name: getattr(self, name) for name in ARCHITECTURE}
        return coronet(classes, **options, weights=self.weights)


@dataclass(frozen=True, kw_only=True)
class FineTuning(CoroNetRecipe):
    """A recipe that protects what the pretrained Xception part knows, and stops in time.

    The other parameters are those of :class:`CoroNetRecipe`.

    Parameters
    ----------
    warmup : int
        First epochs, in which the Xception part is frozen and only the head learns.
    warmup_rate : float
        Learning rate of those epochs, constant; ``learning_rate`` and ``decay`` are of the rest.
    freeze_batch_norm : bool
        Batch normalisation keeps its pretrained statistics, scale and shift, and uses those
        statistics in training too (inference mode), instead of the averages of a small batch.
    weigh_classes : bool
        An error costs n / (k n_c), for n images of k classes and n_c of the image's own.
    patience : int
        Stop after so many epochs of fine-tuning without a lower validation loss, and keep the
        weights of the best epoch; 0 keeps the last epoch.

    Raises
    ------
    ValueError
        If the numbers do not fit each other, or the test fold would choose the epoch.
    """

    warmup: int = 0
    warmup_rate: float = 1e-3
    freeze_batch_norm: bool = True
    weigh_classes: bool = True
    patience: int = 0

    def __post_init__(self):
        super().__post_init__()
        if not 0 <= self.warmup < self.epochs:
            raise ValueError(
                f"warmup must be from 0 to {self.epochs - 1} of {self.epochs} epochs, got {self.warmup}"
            )
        if self.warmup_rate <= 0 or self.patience < 0:
            raise ValueError("warmup_rate must be positive, and patience not negative")
        if self.patience and not self.validation:
            raise ValueError(
                "patience wants a validation share above 0: the test fold must not choose the epoch"
            )

    @property
    def selects(self):
        return self.patience > 0

    def begins_phase(self, epoch):
        return epoch in (0, self.warmup)

    def compile(self, model, epoch, steps):
        """Freeze what this phase does not train, and start a new Adam."""
        warm = epoch < self.warmup
        for layer in _xception_part(model):
            is_norm = isinstance(layer, keras.layers.BatchNormalization)
            layer.trainable = not (warm or (is_norm and self.freeze_batch_norm))
        if warm:
            rate = self.warmup_rate
        else:
            rate = self.rate((self.epochs - self.warmup) * steps)
        compile_classifier(model, keras.optimizers.Adam(rate))

    def class_weights(self, labels):
        if not self.weigh_classes:
            return None
        counts = np.bincount(labels)
        return dict(enumerate((len(labels) / (len(counts) * counts)).tolist()))

    def kept_epoch(self, history):
        """The epoch (from 1) with the lowest validation loss, the earliest of equals."""
        if not self.selects:
            return super().kept_epoch(history)
        # A loss that is no number is worse than any.
        return int(history["val_loss"].fillna(np.inf).to_numpy().argmin()) + 1

    def finished(self, history):
        waited = len(history) - max(self.kept_epoch(history), self.warmup) if len(history) else 0
        return super().finished(history) or (self.selects and waited >= self.patience)


def _xception_part(model):
    """The layers with weights that are not the head's, from the first convolution on."""
    return (layer for layer in model.layers if layer.weights and not layer.name.startswith("head_"))


PAPER = CoroNetRecipe(
    name="paper",
    size=150,
    weights="imagenet",
    augmentation=Augmentation(
        rotation=50, shift=0.2, zoom=0.1, brightness=20, horizontal_flip=True, vertical_flip=True
    ),
)
"""What the paper's text and the authors' notebook do together.  The notebook asks for a shear of 0.25, which
Keras takes as degrees: nothing to see, so it is left out."""

QUICK = CoroNetRecipe(
    name="quick",
    size=96,
    width=1 / 8,
    middle_blocks=2,
    hidden=128,
    momentum=0.9,
    learning_rate=1.5e-3,
    decay="cosine",
    batch_size=16,
    epochs=18,
    augmentation=Augmentation(rotation=2, shift=0.016, zoom=0.02, brightness=6),
    validation=0.15,
)
"""The same topology, small enough to train in a minute on two CPU cores."""

CORRECTED = FineTuning(
    name="corrected",
    size=224,
    head="gap",
    scaling="symmetric",
    weights="imagenet",
    batch_size=16,
    epochs=40,
    augmentation=Augmentation(rotation=10, shift=0.05, zoom=0.1),
    validation=0.15,
    warmup=3,
    patience=8,
)
"""The paper's network trained with care: each choice that differs is a finding of the audit.  Values follow
common practice of transfer learning; none was tuned on these X-rays."""

SPRINT = CORRECTED.but(
    name="sprint",
    size=PAPER.size,
    epochs=8,
    published_epochs=8,
    warmup=1,
    learning_rate=2e-4,
    decay="cosine",
    patience=0,
)
"""The paper's network but for its head, at the paper's size, trained with care in as few epochs as will do,
the last one kept: four folds are an hour or two on two CPU cores.

Its values were stated before any of the four folds was trained, and before the grid in
``tools/sprint_grid.py``, of which they are the first setting: those of :data:`CORRECTED` where nothing spoke
against them; the rate and its decay from one trial of 14 epochs, whose validation accuracy stood still from
the fifth on, hence the eight."""

PROFILES = {"quick": QUICK, "sprint": SPRINT, "full": PAPER, "corrected": CORRECTED}
"""What ``coronet train --profile`` is called with, to the recipe."""
