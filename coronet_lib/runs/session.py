"""How a run is carried out, and what becomes of a folder that is there already."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from coronet_lib.files import RunError, locked
from coronet_lib.runs.card import read_card
from coronet_lib.runs.same import difference

# What a run writes into its folder.
FILES = (
    "card.json",
    "history.csv",
    "predictions.csv",
    "model.keras",
    "model.npz",  # of what is no network
    "model.weights.h5",  # of a run that is committed, in place of model.keras
    "checkpoint.keras",  # until the run is finished
    "best.weights.h5",  # likewise
    "folds.csv",  # of a cross-validation
    "classes.csv",  # likewise
)


class Existing(Enum):
    """What to do about a folder that holds a run."""

    REFUSE = "refuse"
    RESUME = "resume"
    """Go on with a run that was interrupted, leave alone one that is finished; it must be the same."""
    OVERWRITE = "overwrite"
    """Remove what a run left; files that no run writes are never touched."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """How runs are carried out, whatever they learn.

    Parameters
    ----------
    compute : Compute, optional
        Precision, compilation and devices; by default what :func:`coronet_lib.training.choose` gives.
    existing : Existing
    jobs : int
        Folds trained at a time, each in a process of its own that keeps to its share of the cores; each needs
        the memory of a training.  Other numbers of threads round other last digits.
    cluster : str, optional
        Address of a Dask scheduler whose workers learn the folds, in place of ``jobs`` processes here; see
        :mod:`coronet_lib.runs.cluster`.
    after_epoch : callable, optional
        Called without arguments when an epoch of a network is saved; what it raises ends the run there.
    progress : bool

    Raises
    ------
    ValueError
        If ``jobs`` is less than 1.
    """

    compute: object = None
    existing: Existing = Existing.REFUSE
    jobs: int = 1
    cluster: str | None = None
    after_epoch: Callable | None = None
    progress: bool = True

    def __post_init__(self):
        if self.jobs < 1:
            raise ValueError(f"jobs must be at least 1, got {self.jobs}")


@contextmanager
def open_folder(folder, card, existing=Existing.REFUSE):
    """Make ``folder`` ready for the run that ``card`` describes, and keep others from it until it is closed.

    Parameters
    ----------
    folder : path
    card : Card
    existing : Existing

    Yields
    ------
    pathlib.Path

    Raises
    ------
    RunError
        If the folder holds something that is to be kept, or another experiment than is to be gone on with;
        or if another process writes it, see :func:`coronet_lib.files.locked`.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise RunError(f"{folder} is a file, not a folder")
    with locked(folder):
        present = folder.exists() and any(folder.iterdir())
        if present and existing is Existing.REFUSE:
            raise RunError(f"{folder} is not empty; choose another --out, or say --resume or --overwrite")
        if present and existing is Existing.RESUME and (other := difference(read_card(folder), card)):
            raise RunError(
                f"{folder} holds another run: its card {other}; choose another --out, or --overwrite"
            )
        if existing is Existing.OVERWRITE:
            clear(folder)
        folder.mkdir(parents=True, exist_ok=True)
        yield folder


def clear(folder):
    """Delete what a run wrote into ``folder``, and nothing else."""
    for name in FILES:
        (Path(folder) / name).unlink(missing_ok=True)
