"""Who is held out: the folds of a run, and the rows that it learns from, watches and is tested on."""

from dataclasses import dataclass

import numpy as np

from coronet_lib.datasets import folds as folding


@dataclass(frozen=True, kw_only=True)
class Split:
    """How X-rays are dealt into folds.

    Parameters
    ----------
    folds : int
    by : {"patient", "image"}
        Whether folds keep patients together; the paper's did not.
    seed : int
        Of the folds and of the validation part.
    """

    folds: int = 4
    by: str = "patient"
    seed: int = 0

    @classmethod
    def of(cls, card):
        """The split that a card names."""
        return cls(folds=card["folds"], by=card["split"], seed=card["split_seed"])

    def described(self):
        """What a card says of it."""
        return {"folds": self.folds, "split": self.by, "split_seed": self.seed}


def split_rows(data, recipe, *, fold, split=Split()):
    """Rows to train, validate and test on when ``fold`` (from 1) is held out.

    Parameters
    ----------
    data : XrayCollection
    recipe : Recipe
    fold : int
    split : Split

    Returns
    -------
    train, validation, test : int array, shape (m,)
        Validation is a share of the training patients, or the test fold itself where the recipe's
        ``validation`` is 0, or empty where that is None.

    Raises
    ------
    ValueError
        If there is no such fold, or the folds cannot be made.
    """
    if not 1 <= fold <= split.folds:
        raise ValueError(f"fold must be from 1 to {split.folds}, got {fold}")
    fold_of = folding.folds(data, n=split.folds, by=split.by, seed=split.seed)
    test = np.flatnonzero(fold_of == fold)
    rest = np.flatnonzero(fold_of != fold)
    if not recipe.validation:
        return rest, test[:0] if recipe.validation is None else test, test
    return *folding.inner_split(data, rest, share=recipe.validation, seed=split.seed), test
