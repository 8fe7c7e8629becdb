"""Train the experiments of coronet_lib/runs/experiments.py, one by one; each takes minutes on two cores.

usage: python tools/experiments.py [--cluster ADDRESS] [NAME …]

Leaves data/runs/quick-NAME with card.json, history.csv and predictions.csv.  A finished run is left
alone, an interrupted one goes on; delete a folder to train it again.  With the address of a Dask scheduler
its workers train them, side by side.
"""

import argparse
import os
import sys
from functools import cache
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from coronet_lib.datasets import phantom
from coronet_lib.runs import EXPERIMENTS, Existing, Session, Split
from coronet_lib.runs.side_by_side import Fold, on_cluster

RUNS = Path(__file__).resolve().parent.parent / "data" / "runs"


def main(names, cluster=None):
    """Train what ``names`` says; everything if it is empty."""
    if unknown := set(names) - set(EXPERIMENTS):
        sys.exit(f"experiments: there is no {', '.join(sorted(unknown))}; there are {', '.join(EXPERIMENTS)}")
    xrays = cache(lambda size: phantom.generate(size=size))
    folds = {name: _fold(name, EXPERIMENTS[name], xrays) for name in names or EXPERIMENTS}
    session = Session(existing=Existing.RESUME, cluster=cluster)
    if cluster:
        session = on_cluster(list(folds.values()), session)
    for name, fold in folds.items():
        card = fold.learn(session)
        (fold.out / "model.keras").unlink(missing_ok=True)  # weights are not committed
        print(f"{name}: accuracy {card['metrics']['accuracy']:.3f} in {card['minutes']} minutes")


def _fold(name, experiment, xrays):
    return Fold(
        data=xrays(experiment.recipe.size),
        recipe=experiment.recipe,
        out=RUNS / f"quick-{name}",
        fold=1,
        split=Split(by=experiment.split),
        seed=experiment.seed,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="experiments")
    parser.add_argument("--cluster", metavar="ADDRESS", default=os.environ.get("CORONET_CLUSTER"))
    parser.add_argument("names", nargs="*", metavar="NAME")
    asked = parser.parse_args()
    main(asked.names, asked.cluster)
