"""Train a small CoroNet with other seeds, on other folds and on other machines: an hour on two busy cores.

usage: python tools/seeds_and_folds.py

Twice the same program on the same machine gives the same digits, so another machine is imitated: `plain`
computes without oneDNN's kernels and with one thread, which adds in another order. Each training adds a row
to data/seeds_and_folds.csv; called again, the tool goes on with those that are missing.
"""

import os
import subprocess
import sys

os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3"}

import pandas as pd
from repository import ROOT
from tqdm import tqdm

from coronet_lib.files import atomic

TABLE = ROOT / "data/seeds_and_folds.csv"
COLUMNS = ["machine", "seed", "fold", "right", "tested"]
MACHINES = {
    "here": {},
    "plain": {"TF_ENABLE_ONEDNN_OPTS": "0", "OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1"},
}
SEEDS = {"here": range(3), "plain": range(1)}
FOLDS = range(1, 5)


def missing(table, machine):
    """Pairs of seed and fold that have no row yet."""
    there = set(table.loc[table["machine"] == machine, ["seed", "fold"]].itertuples(index=False, name=None))
    return [(seed, fold) for seed in SEEDS[machine] for fold in FOLDS if (seed, fold) not in there]


def read():
    """The rows so far."""
    return pd.read_csv(TABLE) if TABLE.exists() else pd.DataFrame(columns=COLUMNS)


def add(row):
    """Write the table with one row more."""
    rows = [*read().itertuples(index=False, name=None), row]
    with atomic(TABLE) as part:
        pd.DataFrame(rows, columns=COLUMNS).to_csv(part, index=False)


def learner():
    """A function from seed and fold to how many X-rays of the fold are right, and how many there are."""
    from coronet_lib.datasets import phantom
    from coronet_lib.runs import split_rows
    from coronet_lib.training import QUICK, fit, predict

    recipe = QUICK.but(size=72, epochs=4)
    xrays = phantom.generate(size=recipe.size)

    def learn(seed, fold):
        train, validation, test = split_rows(xrays, recipe, fold=fold)
        network, _ = fit(xrays, recipe, train=train, validation=validation, seed=seed, progress=False)
        answers = predict(network, xrays.images[test]).argmax(axis=1)
        return int((answers == xrays.labels[test]).sum()), len(test)

    return learn


def main(arguments=None):
    """Fill the table, each machine in a process of its own: kernels and threads are chosen at the start."""
    for machine in arguments or MACHINES:
        if arguments is None:
            subprocess.run(
                [sys.executable, __file__, machine], env=os.environ | MACHINES[machine], check=True
            )
        elif wanted := missing(read(), machine):
            learn = learner()
            for seed, fold in tqdm(wanted, desc=machine, unit="training"):
                add((machine, seed, fold, *learn(seed, fold)))


if __name__ == "__main__":
    main(sys.argv[1:] or None)
