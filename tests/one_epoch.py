"""Train the quick recipe for one epoch on a few small X-rays, and print as JSON what came of it."""

import json
import sys

import numpy as np
from small import QUIET

from coronet_lib import runs, training
from coronet_lib.datasets import phantom
from coronet_lib.runs import load_coronet, one_fold, split_rows
from coronet_lib.training import QUICK

data = phantom.generate(16, 72)
recipe = QUICK.but(size=72, middle_blocks=0, hidden=8, epochs=1, validation=0.25)
card = one_fold.run(data, recipe, sys.argv[1], session=QUIET)
table, classes = runs.read_predictions(sys.argv[1])
*_, test = split_rows(data, recipe, fold=1)
scores = training.predict(load_coronet(sys.argv[1]), data.images[test])
print(
    json.dumps(
        {
            "backend": card["environment"]["backend"],
            "device": card["environment"]["device"],
            "matrix": card["confusion_matrix"],
            "tested": len(test),
            "loss": float(np.loadtxt(f"{sys.argv[1]}/history.csv", delimiter=",", skiprows=1)[1]),
            "apart": float(np.abs(table[list(classes)].to_numpy() - scores).max()),
        }
    )
)
