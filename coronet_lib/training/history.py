"""How a training went, one row an epoch, as ``history.csv`` holds it."""

import pandas as pd

HISTORY = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds")


def read_table(file):
    """A history from its file.

    Parameters
    ----------
    file : path or file

    Returns
    -------
    pandas.DataFrame
        One row an epoch, columns :data:`HISTORY`: ``epoch`` 1, 2 …; accuracies 0 to 1; losses that may be no
        number, as those of a training that went astray; ``seconds`` that the epoch took.

    Raises
    ------
    ValueError
        If it is something else.
    """
    # As text first: pandas' own parser of numbers may miss the last bit.
    table = pd.read_csv(file, dtype=str)
    if tuple(table) != HISTORY:
        raise ValueError(f"it should have the columns {', '.join(HISTORY)}, and has {', '.join(table)}")
    table = table.astype(float)
    if table["epoch"].tolist() != list(range(1, 1 + len(table))):
        raise ValueError("its epochs should be 1, 2, 3 and so on")
    shares, positive = table[["accuracy", "val_accuracy"]], table[["loss", "val_loss", "seconds"]]
    # A mean of ones over unequal parts may be a bit more than one.
    if not ((shares >= 0) & (shares < 1 + 1e-6)).all(axis=None) or (positive < 0).any(axis=None):
        raise ValueError("an accuracy should be from 0 to 1, and a loss or a time not negative")
    return table.astype({"epoch": int})
