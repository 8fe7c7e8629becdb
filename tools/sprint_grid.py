"""Try a few settings of the sprint's recipe on real X-rays; hours on two cores without a GPU.

usage: python tools/sprint_grid.py DATASET1 WEIGHTS OUT [--jobs N]

DATASET1 is the prepared folder of 150 pixels, WEIGHTS a file of Xception's ImageNet weights.  Of fold 1 by
patient only the training part is used, so that nothing here has seen the fold that is tested.  Its patients
are dealt into seven parts, as the recipe deals them; a setting learns from six and is judged on the seventh,
first with part 1 held out, then with part 2.

Leaves a run folder for each setting and part, without the network, and epochs.csv with a row for each epoch.
Called again it goes on; a finished setting is left alone.

What decides was written down before the first training.  Each setting changes one thing of the first.  It
takes the first one's place if, of all X-rays held out, it answers more rightly after the last epoch, and by
two standard errors of the difference, X-ray by X-ray.  Of several that do so, each of another thing, all
changes are made.  Else the first stays: what is no better than luck is no reason.
"""

import argparse
import os
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd

from coronet_lib.datasets import store
from coronet_lib.files import RunError, atomic, locked
from coronet_lib.runs import Existing, Session, Split, read_predictions, split_rows
from coronet_lib.runs.side_by_side import Fold, learn
from coronet_lib.training import SPRINT

GRID = {
    "first": {},
    "slower": {"learning_rate": 1e-4},
    "flipped": {"augmentation": replace(SPRINT.augmentation, horizontal_flip=True)},
    "moved": {"augmentation": replace(SPRINT.augmentation, rotation=20, shift=0.1, zoom=0.2, brightness=20)},
    "papers-head": {"head": "flatten"},
    "longer": {"epochs": 14, "published_epochs": 14},
}
PARTS = (1, 2)
INNER = Split(folds=round(1 / SPRINT.validation))


def main(data, weights, out, jobs):
    """Train what is missing, then print what came of it."""
    xrays = training_part(store.load(data))
    folds = [
        Fold(
            data=xrays,
            recipe=SPRINT.but(name=f"sprint-{name}", weights=str(weights), validation=0.0, **changes),
            out=out / f"{name}-{part}",
            fold=part,
            split=INNER,
            seed=0,
        )
        for part in PARTS
        for name, changes in GRID.items()
    ]
    learn(folds, Session(existing=Existing.RESUME, jobs=jobs, after_epoch=partial(gather, out)))
    gather(out)
    for fold in folds:
        (fold.out / "model.keras").unlink(missing_ok=True)
    print(outcome(out).to_string())


def training_part(xrays):
    """All but the fold that is tested."""
    train, validation, _ = split_rows(xrays, SPRINT, fold=1)
    return xrays.take(np.sort(np.concatenate([train, validation])))


def gather(out):
    """Write the epochs of all settings so far as one table."""
    with suppress(RunError), locked(out):  # the other process is at it; the next epoch brings both
        histories = {
            tuple(path.parent.name.rsplit("-", 1)): pd.read_csv(path)
            for path in sorted(out.glob("*/history.csv"))
        }
        table = pd.concat(histories, names=["setting", "part"]).droplevel(-1)
        with atomic(out / "epochs.csv") as part:
            table.round(4).to_csv(part)


def outcome(out):
    """How many X-rays held out each setting has right, and how far it is from the first."""
    right = {}
    for name in GRID:
        tables = [read_predictions(out / f"{name}-{part}")[0] for part in PARTS]
        table = pd.concat(tables).set_index("file")
        right[name] = table["true"] == table["predicted"]
    right = pd.DataFrame(right)
    gain = right.astype(int).sub(right["first"].astype(int), axis=0)
    found = pd.DataFrame({"right": right.sum(), "of": len(right), "gain": gain.sum()})
    # Of a sum of independent differences: the root of n times their variance.
    found["standard_error"] = np.sqrt(len(gain)) * gain.std(ddof=1)
    found["better"] = found["gain"] > 2 * found["standard_error"]
    return found.round(1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="sprint_grid")
    parser.add_argument("data", type=Path, metavar="DATASET1")
    parser.add_argument("weights", type=Path, metavar="WEIGHTS")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    main(asked.data, asked.weights, asked.out, asked.jobs)
