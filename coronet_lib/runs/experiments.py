"""The quick recipe with one choice changed at a time, for the differences between two recipes that a
small network and synthetic X-rays can show.

``python tools/experiments.py`` trains them; their cards, curves and predictions are committed.
"""

from dataclasses import asdict, dataclass

from coronet_lib.training.coronet_recipes import PAPER, QUICK, CoroNetRecipe


@dataclass(frozen=True)
class Experiment:
    """One run beside the baseline, ``data/runs/quick-phantom``: the same phantoms and fold 1 of 4.

    Parameters
    ----------
    change : str
        What is not as in the baseline.
    recipe : CoroNetRecipe
    split : {"patient", "image"}
    seed : int
        Of the training: first weights, order, augmentation and dropout.
    """

    change: str
    recipe: CoroNetRecipe
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
    one, other : CoroNetRecipe
        A choice that only one of them has, such as the warm-up of a
        :class:`~coronet_lib.training.FineTuning`, counts too.

    Returns
    -------
    dict
        Choice to a pair of values, one's and other's, in the order of the fields; None where a recipe has no
        such choice.  What differs in the augmentation stands as ``"augmentation.rotation"`` and so on; name
        and ``published_epochs``, which change no training, are left out.
    """
    first, second = _flat(asdict(one)), _flat(asdict(other))
    choices = [choice for choice in first | second if choice not in ("name", "published_epochs")]
    pairs = {choice: (first.get(choice), second.get(choice)) for choice in choices}
    return {choice: pair for choice, pair in pairs.items() if pair[0] != pair[1]}


def _flat(choices):
    flat = {}
    for choice, value in choices.items():
        if isinstance(value, dict):
            flat |= {f"{choice}.{inner}": number for inner, number in value.items()}
        else:
            flat[choice] = value
    return flat
