"""How a network is trained.  Names come when they are asked for, as most of them bring Keras."""

from importlib import import_module

_HOME = {
    "Augmentation": "augmentation",
    "Batches": "batches",
    "as_rgb": "batches",
    "CORRECTED": "coronet_recipes",
    "FineTuning": "coronet_recipes",
    "PAPER": "coronet_recipes",
    "PROFILES": "coronet_recipes",
    "QUICK": "coronet_recipes",
    "SPRINT": "coronet_recipes",
    "CoroNetRecipe": "coronet_recipes",
    "Compute": "devices",
    "choose": "devices",
    "device_name": "devices",
    "fit": "fitting",
    "predict": "fitting",
    "EpochRecipe": "recipe",
    "Learned": "recipe",
    "Recipe": "recipe",
    "Task": "recipe",
}
__all__ = sorted(_HOME)


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
