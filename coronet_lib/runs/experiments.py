"""The quick recipe with one choice changed at a time, for the differences between two recipes that a
small network and synthetic X-rays can show.

``python tools/experiments.py`` trains them; their cards, curves and predictions are committed.
"""

from dataclasses import asdict, dataclass

from coronet_lib.training.coronet_recipes import PAPER, QUICK, Recipe


@dataclass(frozen=True)
class Experiment:
    """One run beside the baseline, ``data/runs/quick-phantom``: the same phantoms and fold 1 of 4.

    Parameters
    ----------
    change : str
        What is not as in the baseline.
    recipe : Recipe
    split : {"patient", "image"}
    seed : int
        Of the training: first weights, order, augmentation and dropout.
    """

    change: str
    recipe: Recipe
    split: str = "patient"
    seed: int = 0


def _quick(name, **changes):
    return QUICK.but(name=f"quick-{name}", **changes)


EXPERIMENTS = {
    "seed-1": Experiment("another seed", QUICK, seed=1),
    "seed-2": Experiment("a third seed", QUICK, seed=2),
    "rotated": Experiment("PAPER's augmentation", _quick("rotated", augmentation=PAPER.augmentation)),
    "by-image": Experiment("folds by image, as PAPER is used", _quick("by-image"), split="image"),
    "test-curve": Experiment("PAPER's validation: the test fold", _quick("test-curve", validation=0.0)),
    "gap": Experiment("CORRECTED's head: global average pooling", _quick("gap", head="gap")),
}
"""Name to experiment; the run folder is ``data/runs/quick-<name>``."""


def differences(one, other):
    """The choices in which two recipes differ.

    Parameters
    ----------
    one, other : Recipe
        A choice that only one of them has, such as the warm-up of a
        :class:`~coronet_lib.training.FineTuning`, counts too.

    Returns
    -------
    dict
        Choice to a pair of values, one's and other's, in the order of the fields; None where a recipe has no
        such choice.  The name is left out; what differs in the augmentation stands as
        ``"augmentation.rotation"`` and so on.
    """
    first, second = _flat(asdict(one)), _flat(asdict(other))
    pairs = {choice: (first.get(choice), second.get(choice)) for choice in first | second}
    return {choice: pair for choice, pair in pairs.items() if pair[0] != pair[1] and choice != "name"}


def _flat(choices):
    flat = {}
    for choice, value in choices.items():
        if isinstance(value, dict):
            flat |= {f"{choice}.{inner}": number for inner, number in value.items()}
        else:
            flat[choice] = value
    return flat
