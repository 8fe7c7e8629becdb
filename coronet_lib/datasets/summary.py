"""What can be said of a collection without showing an image: whose X-rays, which views, who leaks.

The summary of the real Dataset-1 is committed, so that chapters can plot it where the X-rays are
not. From a folder made by ``coronet data prepare`` it is written anew by::

    python -m coronet_lib.datasets.summary PREPARED > data/dataset1_summary.json
"""

import json
import sys

import numpy as np
import pandas as pd

from coronet_lib.datasets import store
from coronet_lib.datasets.folds import fold_manifest, fold_report
from coronet_lib.datasets.shortcuts import border_alone
from coronet_lib.files import data_path

SAID = ("seed", "resample", "shape", "candidates", "left_out", "near_identical", "joined_patients")
"""What the committed summary takes over from the card of the prepared folder."""


def summarise(collection, n=4, seed=0):
    """Count a collection's patients and what an image-wise split leaks.

    Parameters
    ----------
    collection : XrayCollection
    n, seed : int
        Of the folds; see :func:`coronet_lib.datasets.folds.folds`.

    Returns
    -------
    dict
        ``images``, ``patients``, ``fingerprint``; ``classes`` with images, patients, a histogram of
        images per patient, views, and (where the table tells) ages and licences of each class;
        ``folds`` with what :func:`coronet_lib.datasets.folds.fold_report` says of them.
    """
    return {
        "images": len(collection),
        "patients": len(np.unique(collection.patients)),
        "fingerprint": collection.fingerprint(),
        "classes": {
            name: _of_class(collection.take(collection.labels == label))
            for label, name in enumerate(collection.classes)
        },
        "folds": {"n": n, "seed": seed} | fold_report(fold_manifest(collection, n, seed=seed)),
    }


def dataset1():
    """The summary of the real Dataset-1, drawn from the X-rays and with the seed that it names.

    Returns
    -------
    dict
        As :func:`summarise` gives it, with what the card of the prepared folder says of the draw and
        ``border_alone``: frame width to result of :func:`coronet_lib.datasets.shortcuts.border_alone`.
    """
    return json.loads(data_path("dataset1_summary.json").read_text(encoding="utf-8"))


def _of_class(part):
    images_each = np.unique(part.patients, return_counts=True)[1]
    facts = {
        "images": len(part),
        "patients": len(images_each),
        "images_per_patient": _counted(pd.Series(images_each)),
    }
    for column in ("view", "licence"):
        if column in part.table:
            facts[f"{column}s"] = _counted(part.table[column])
    ages = pd.to_numeric(part.table["age"], errors="coerce").dropna() if "age" in part.table else ()
    if len(ages):
        facts["age"] = {
            "known": len(ages),
            "minimum": min(ages),
            "median": ages.median(),
            "maximum": max(ages),
        }
    return facts


def _counted(column):
    return {str(value): int(times) for value, times in column.value_counts().sort_index().items()}


if __name__ == "__main__":
    prepared = sys.argv[1]
    card = store.read_card(prepared)
    said = {name: card[name] for name in SAID}
    xrays = store.load(prepared)
    blind = {str(width): round(border_alone(xrays, width=width), 3) for width in (3, 6)}
    json.dump(said | summarise(xrays) | {"border_alone": blind}, sys.stdout, indent=2)
    print()
