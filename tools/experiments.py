"""Train the experiments of coronet_lib/runs/experiments.py, one by one; each takes minutes on two cores.

usage: python tools/experiments.py [NAME …]

Leaves data/runs/quick-NAME with card.json, history.csv and predictions.csv.  A finished run is left
alone, an interrupted one goes on; delete a folder to train it again.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from coronet_lib.datasets import phantom
from coronet_lib.runs import EXPERIMENTS, Existing, Session, Split, one_fold

RUNS = Path(__file__).resolve().parent.parent / "data" / "runs"


def main(names):
    """Train what ``names`` says; everything if it is empty."""
    if unknown := set(names) - set(EXPERIMENTS):
        sys.exit(f"experiments: there is no {', '.join(sorted(unknown))}; there are {', '.join(EXPERIMENTS)}")
    for name in names or EXPERIMENTS:
        experiment = EXPERIMENTS[name]
        xrays = phantom.generate(size=experiment.recipe.size)
        out = RUNS / f"quick-{name}"
        card = one_fold.run(
            xrays,
            experiment.recipe,
            out,
            split=Split(by=experiment.split),
            seed=experiment.seed,
            session=Session(existing=Existing.RESUME),
        )
        (out / "model.keras").unlink(missing_ok=True)  # weights are not committed
        print(f"{name}: accuracy {card['metrics']['accuracy']:.3f} in {card['minutes']} minutes")


if __name__ == "__main__":
    main(sys.argv[1:])
