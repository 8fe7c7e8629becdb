"""Other labels or patients for images of a prepared folder: a change on purpose, which the card keeps."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from coronet_lib.datasets.store import export, load, read_card


def relabel(folder, changes, *, progress=False):
    """Give images of a prepared folder another label or patient, in table and card together.

    Parameters
    ----------
    folder : str or path-like
        It is replaced as a whole, or not at all.
    changes : pandas.DataFrame
        Text; a column ``file``, and ``label``, ``patient`` or both, in which an empty cell changes nothing.
    progress : bool
        Show progress bars.

    Returns
    -------
    Card
        Its ``relabelled`` keeps for ever what was changed.

    Raises
    ------
    FileNotFoundError, ValueError
        As :func:`~coronet_lib.datasets.store.load`; if the changes name a file or a label that is not
        there, or change nothing.
    """
    card, collection = read_card(folder), load(folder, progress=progress)
    old = collection.table.set_index("file")[["label", "patient"]]
    if not {"file"} < set(changes) <= {"file", *old}:
        raise ValueError(f"changes want the columns file, label and patient, got {', '.join(changes)}")
    changes = changes.set_index("file").replace("", np.nan)
    labels = set(changes.get("label", pd.Series()).dropna())
    for what, unknown in (
        ("file", set(changes.index) - set(old.index)),
        ("label", labels - set(card["classes"])),
    ):
        if unknown:
            raise ValueError(f"{folder} has no {what} {min(unknown)!r}")
    if changes.index.has_duplicates:
        raise ValueError(f"{changes.index[changes.index.duplicated()][0]!r} stands twice among the changes")
    new = old.copy()
    new.update(changes)
    changed = {
        file: {column: [old.at[file, column], new.at[file, column]] for column in old.columns[differs]}
        for file, differs in (new != old).iterrows()
        if differs.any()
    }
    if not changed:
        raise ValueError("the changes change nothing")
    record = {
        "on": datetime.now(UTC).isoformat(timespec="seconds"),
        "fingerprint": card["fingerprint"],
        "changes": changed,
    }
    relabelled = replace(
        collection,
        labels=new["label"].map(collection.classes.index).to_numpy(),
        patients=new["patient"].to_numpy(str),
    )
    facts = card | {"relabelled": [*card.get("relabelled", ()), record]}
    return export(relabelled, folder, facts=facts, overwrite=True, progress=progress)
