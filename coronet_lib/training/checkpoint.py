"""What an interrupted training needs to go on; a kill at any moment leaves it whole."""

import zipfile
from contextlib import contextmanager
from pathlib import Path

import keras

from coronet_lib.files import RunError, atomic
from coronet_lib.training.history import read_table


class Checkpoint:
    """The latest epoch of a training, and its best so far where the recipe asks for that.

    Parameters
    ----------
    folder : path, optional
        Gets ``checkpoint.keras``, which holds the history, too, so that both are always of the same
        epoch; a copy of it to look at, ``history.csv``; and ``best.weights.h5``.  Without a folder
        only the best weights are remembered, in memory.
    """

    def __init__(self, folder=None):
        self.folder = None if folder is None else Path(folder)
        self._best = None

    def load(self):
        """The model with its optimizer, and the history; None where nothing was saved."""
        if self.folder is None or not (path := self.folder / "checkpoint.keras").is_file():
            return None
        model = keras.saving.load_model(path, safe_mode=True)
        with zipfile.ZipFile(path) as archive, archive.open("history.csv") as table:
            return model, read_table(table).astype(float)

    def save(self, model, history):
        """Write the state after an epoch.

        The copy first: the next epoch mends a line too many, but nothing would mend one too few.

        Raises
        ------
        RunError
            If it cannot be written, because the disk is full, say; the state before is kept.
        """
        if self.folder is None:
            return
        table = history.astype({"epoch": int}).to_csv(index=False)
        with self._explained(f"the checkpoint of epoch {len(history)}"):
            with atomic(self.folder / "history.csv") as part:
                part.write_text(table)
            with atomic(self.folder / "checkpoint.keras") as part:
                model.save(part)
                with zipfile.ZipFile(part, "a") as archive:
                    archive.writestr("history.csv", table)

    def save_best(self, model):
        """Remember these weights; a :class:`RunError` says if they cannot be written."""
        if self.folder is None:
            self._best = model.get_weights()
            return
        with self._explained("the best weights"), atomic(self.folder / "best.weights.h5") as part:
            model.save_weights(part)

    @contextmanager
    def _explained(self, what):
        try:
            yield
        except OSError as error:
            raise RunError(
                f"{what} cannot be written to {self.folder} ({error}); "
                "what was written before is kept: make room, then go on with --resume"
            ) from error

    def restore_best(self, model):
        """Give ``model`` the best weights that were saved."""
        if self.folder is None:
            model.set_weights(self._best)
        else:
            model.load_weights(self.folder / "best.weights.h5")

    def remove(self):
        """Delete what only an unfinished training needs; the history stays."""
        for name in ("checkpoint.keras", "best.weights.h5"):
            (self.folder / name).unlink(missing_ok=True)
