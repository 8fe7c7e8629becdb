"""How a CoroNet is built and trained: every choice in one frozen object."""

from dataclasses import dataclass, replace

import keras

from coronet_lib.augmentation import UNCHANGED, Augmentation
from coronet_lib.models.coronet import coronet
from coronet_lib.runs import EPOCHS


@dataclass(frozen=True)
class Recipe:
    """Architecture, input and training of one model.

    Parameters
    ----------
    name : str
    size : int
        Input edge in pixels.
    width, middle_blocks, hidden, dropout, head, scaling, momentum, weights
        As in :func:`coronet_lib.models.coronet.coronet`.
    learning_rate : float
        Of Adam; its other settings are Keras's defaults.
    decay : {"none", "cosine"}
        Whether the rate stays, as in the paper, or falls to zero along half a cosine.
    batch_size, epochs : int
    augmentation : Augmentation
        Of the training images only.
    validation : float
        Share of the training patients that is held out for the validation curve.
        With 0 the curve is that of the test fold, as in the paper; nothing is selected on it.
    """

    name: str
    size: int
    width: float = 1.0
    middle_blocks: int = 8
    hidden: int = 256
    dropout: float = 0.5
    head: str = "flatten"
    scaling: str = "unit"
    momentum: float = 0.99
    weights: str | None = None
    learning_rate: float = 1e-4
    decay: str = "none"
    batch_size: int = 10
    epochs: int = EPOCHS["paper"]
    augmentation: Augmentation = UNCHANGED
    validation: float = 0.0

    def __post_init__(self):
        if min(self.epochs, self.batch_size) < 1 or self.learning_rate <= 0:
            raise ValueError("epochs, batch_size and learning_rate must be positive")
        if self.decay not in ("none", "cosine"):
            raise ValueError(f"decay must be 'none' or 'cosine', got {self.decay!r}")
        if not 0 <= self.validation <= 0.5:
            raise ValueError(f"validation is a share in [0, 0.5], got {self.validation}")

    def but(self, **changes):
        """This recipe with some choices changed."""
        return replace(self, **changes)

    def rate(self, steps):
        """The learning rate, or its schedule over all epochs of ``steps`` batches, for an optimizer."""
        if self.decay == "none":
            return self.learning_rate
        return keras.optimizers.schedules.CosineDecay(self.learning_rate, self.epochs * steps)

    def build(self, classes):
        """The untrained model for 4, 3 or 2 ``classes``; see :func:`coronet_lib.models.coronet.coronet`."""
        return coronet(
            classes,
            self.size,
            width=self.width,
            middle_blocks=self.middle_blocks,
            hidden=self.hidden,
            dropout=self.dropout,
            head=self.head,
            scaling=self.scaling,
            momentum=self.momentum,
            weights=self.weights,
        )


# What the paper's text and the authors' notebook do together.  The notebook asks for
# a shear of 0.25, which Keras takes as degrees: nothing to see, so it is left out.
PAPER = Recipe(
    name="paper",
    size=150,
    weights="imagenet",
    augmentation=Augmentation(
        rotation=50, shift=0.2, zoom=0.1, brightness=20, horizontal_flip=True, vertical_flip=True
    ),
)

# The same topology, small enough to train in a minute on two CPU cores.
QUICK = Recipe(
    name="quick",
    size=96,
    width=1 / 8,
    middle_blocks=2,
    hidden=128,
    momentum=0.9,
    learning_rate=1.5e-3,
    decay="cosine",
    batch_size=16,
    epochs=EPOCHS["quick"],
    augmentation=Augmentation(rotation=2, shift=0.016, zoom=0.02, brightness=6),
    validation=0.15,
)

PROFILES = {"quick": QUICK, "full": PAPER}
