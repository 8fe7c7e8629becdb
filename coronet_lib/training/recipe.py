"""How a network is trained, whatever network it is: one frozen object that a run card can repeat."""

from dataclasses import dataclass, replace

import keras

from coronet_lib.training.augmentation import UNCHANGED, Augmentation


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Input and training; a subclass adds the network, and may train it otherwise.

    Parameters
    ----------
    name : str
    size : int
        Input edge in pixels.
    epochs : int
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
        With 0 the curve is that of the test fold, as in the paper; nothing is selected on it.

    Raises
    ------
    ValueError
        If a number is out of its range or the decay is unknown.
    """

    name: str
    size: int
    epochs: int
    batch_size: int
    learning_rate: float
    decay: str = "none"
    weights: str | None = None
    augmentation: Augmentation = UNCHANGED
    validation: float = 0.0

    decays = ("none", "cosine")

    def __post_init__(self):
        if min(self.epochs, self.batch_size) < 1 or self.learning_rate <= 0:
            raise ValueError("epochs, batch_size and learning_rate must be positive")
        if self.decay not in self.decays:
            raise ValueError(f"decay must be one of {', '.join(self.decays)}, got {self.decay!r}")
        if not 0 <= self.validation <= 0.5:
            raise ValueError(f"validation is a share in [0, 0.5], got {self.validation}")

    def but(self, **changes):
        """This plan with some choices changed."""
        return replace(self, **changes)

    def build(self, classes):
        """The untrained network for 4, 3 or 2 ``classes``."""
        raise NotImplementedError(f"{type(self).__name__} says how to train, but no network")

    # Whether fit must remember weights other than the last.
    selects = False

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


def compile_classifier(model, optimizer):
    """Compile for integer labels and a softmax output."""
    model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
