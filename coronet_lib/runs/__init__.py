"""One training and what it leaves behind.  What brings Keras comes when it is asked for: cards need none."""

from importlib import import_module

from coronet_lib.files import RunError
from coronet_lib.runs.card import Partial, describe_data, finished_card, partial, read_card, write_card
from coronet_lib.runs.predictions import pool_predictions, read_history, read_predictions, write_predictions
from coronet_lib.runs.same import check_data
from coronet_lib.runs.schema import Card, Experiment
from coronet_lib.runs.session import Existing, Session, open_folder

_HOME = {
    "BaseFolds": "base",
    "BaseRun": "base",
    "open_base": "base",
    "open_base_folds": "base",
    "EXPERIMENTS": "experiments",
    "differences": "experiments",
    "load_coronet": "model",
    "Split": "split",
    "split_rows": "split",
}
__all__ = [
    "Card",
    "Existing",
    "Experiment",
    "Partial",
    "RunError",
    "Session",
    "check_data",
    "describe_data",
    "finished_card",
    "open_folder",
    "partial",
    "pool_predictions",
    "read_card",
    "read_history",
    "read_predictions",
    "write_card",
    "write_predictions",
    *_HOME,
]


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
