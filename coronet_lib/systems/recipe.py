"""How another system is trained: the published optimizer, rate and epochs, under the book's protocol."""

from collections.abc import Callable
from dataclasses import dataclass, field

import keras
import numpy as np

from coronet_lib.training.recipe import EpochRecipe, compile_classifier

# Whether a lower validation loss counts: by more than this (Keras's ReduceLROnPlateau).
MIN_DELTA = 1e-4


@dataclass(frozen=True, kw_only=True)
class PublishedRecipe(EpochRecipe):
    """A published network and its training.

    The other parameters are those of :class:`~coronet_lib.training.EpochRecipe`.

    Parameters
    ----------
    network : callable
        Called with the number of classes, the input size and ``weights=``, returns the untrained network.
        A card does not have it: the recipe's name tells it.
    stock : str, optional
        The network of :data:`coronet_lib.models.stock.STOCK` in it, likewise.
    optimizer : {"adam", "amsgrad", "adamw", "sgd"}
        ``amsgrad`` is Adam with that option, ``adamw`` Adam with decoupled weight decay.
    beta_2 : float
        Of Adam's second moment.
    weight_decay : float
        Only with ``adamw``.
    decay : {"none", "cosine", "one-cycle", "plateau"}
        ``one-cycle`` climbs to the rate in three tenths of the steps and falls to zero along half a
        cosine; ``plateau`` multiplies the rate by ``plateau_factor`` after ``plateau_patience`` epochs
        without a lower validation loss.
    plateau_factor : float
    plateau_patience : int
    frozen : int
        Layers of the stock network, counted from the input, that keep their weights.  Without pretrained
        weights there is nothing to keep, and all are trained.

    Raises
    ------
    ValueError
        If the optimizer is unknown, or the plateau would be judged on the test fold.
    """

    network: Callable = field(repr=False)
    stock: str | None = field(default=None, repr=False)
    optimizer: str = "adam"
    beta_2: float = 0.999
    weight_decay: float = 0.0
    plateau_factor: float = 0.1
    plateau_patience: int = 5
    frozen: int = 0

    decays = ("none", "cosine", "one-cycle", "plateau")

    def __post_init__(self):
        super().__post_init__()
        if self.optimizer not in _OPTIMIZERS:
            raise ValueError(f"optimizer must be one of {', '.join(_OPTIMIZERS)}, got {self.optimizer!r}")
        if self.decay == "plateau" and not self.validation:
            raise ValueError(
                "decay='plateau' wants a validation share above 0: the test fold must not decide"
            )

    def described(self):
        choices = super().described()
        del choices["network"], choices["stock"]
        return choices

    def build(self, classes):
        """The untrained network; of pretrained weights the first ``frozen`` layers are kept."""
        model = self.network(classes, self.size, weights=self.weights)
        if self.weights is not None:
            freeze(model, self.frozen)
        return model

    def compile(self, model, epoch, steps):
        """Make ``model`` ready for epochs of ``steps`` batches, with the published optimizer."""
        compile_classifier(model, _OPTIMIZERS[self.optimizer](self, self.rate(self.epochs * steps)))

    def rate(self, steps):
        """The learning rate, or its schedule over ``steps`` batches."""
        if self.decay == "plateau":
            return self.learning_rate
        if self.decay == "one-cycle":
            climb = max(1, round(0.3 * steps))
            return keras.optimizers.schedules.CosineDecay(
                self.learning_rate / 25,
                max(1, steps - climb),
                warmup_target=self.learning_rate,
                warmup_steps=climb,
            )
        return super().rate(steps)

    def adjust(self, model, history):
        """Lower the rate as often as the validation loss has stood still."""
        if self.decay == "plateau":
            model.optimizer.learning_rate = self.learning_rate * self.plateau_factor ** self._plateaus(
                history["val_loss"]
            )

    def _plateaus(self, losses):
        best, waited, found = np.inf, 0, 0
        for loss in losses:
            if loss < best - MIN_DELTA:
                best, waited = loss, 0
            else:
                waited += 1
            if waited == self.plateau_patience:
                found, waited = found + 1, 0
        return found


_OPTIMIZERS = {
    "adam": lambda recipe, rate: keras.optimizers.Adam(rate, beta_2=recipe.beta_2),
    "amsgrad": lambda recipe, rate: keras.optimizers.Adam(rate, beta_2=recipe.beta_2, amsgrad=True),
    "adamw": lambda recipe, rate: keras.optimizers.AdamW(
        rate, weight_decay=recipe.weight_decay, beta_2=recipe.beta_2
    ),
    "sgd": lambda recipe, rate: keras.optimizers.SGD(rate),
}


def freeze(model, layers):
    """Keep the weights of a stock network's first ``layers`` layers, its input among them, as they are."""
    ours = ("pixels", "borders", "scaling", "flip", "head_")
    stock = [layer for layer in model.layers if not layer.name.startswith(ours)]
    for layer in stock[: max(0, layers - 1)]:  # the input has no weights, and here it is ours
        layer.trainable = False
