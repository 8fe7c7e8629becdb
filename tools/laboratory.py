"""Train the networks of chapter 16, some hundreds of small ones; takes half an hour on one busy core.

usage: python tools/laboratory.py [habit | leak] …

Executes the chapter's cells that are tagged ``laboratory``, calls their functions for each dose, remedy and
seed, and writes data/laboratory_habit.csv and data/laboratory_leak.csv.  What is there already is kept: an
interrupted table goes on; delete it to make it anew.
"""

import os
import sys

os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "MPLBACKEND": "agg"}

import chapter_code
import numpy as np
import pandas as pd
from repository import ROOT
from tqdm import tqdm

from coronet_lib.files import atomic

CHAPTER = ROOT / "book/16_shortcuts_and_leaks.ipynb"
DATA = ROOT / "data"
TESTED = {"images": 100, "seed": 1000}
"""Of each class, and of the hospital: its chests are in no training."""
TRAINED = 200
REMEDIES = ("none", "crop", "fewer", "weights", "balanced batches", "group DRO")
AT_EACH_SHARE = ("none", "balanced batches")
MOSTLY = 0.9
SHARES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
EPOCHS, LEAK_EPOCHS = 6, 15
DRAWN = {}
"""Phantoms that several trainings share, drawn when they are asked for the first time."""


def definitions():
    """What the chapter's cells define that are tagged ``laboratory``, by name."""
    cells = chapter_code.code_cells(CHAPTER)
    return chapter_code.definitions(cell for cell in cells if "laboratory" in cell.metadata.get("tags", []))


def laboratory():
    """The chapter's functions, but its network is traced once and then begun anew."""
    names = definitions()
    names["network"] = recycled(names["network"])
    return names


def recycled(network):
    """``network``, but each call gives the first one back with new weights: to trace one takes seconds."""
    kept = network()
    kept.optimizer.build(kept.trainable_variables)

    def again():
        new = network()
        new.optimizer.build(new.trainable_variables)
        kept.set_weights(new.get_weights())
        for old, fresh in zip(kept.optimizer.variables, new.optimizer.variables, strict=True):
            old.assign(fresh)
        return kept

    return again


def habit_plan():
    """Confounder, share, remedy and seed of each training; cropped X-rays are the same at any share."""
    marker = [
        ("marker", share, remedy)
        for share in SHARES
        for remedy in REMEDIES
        if share == MOSTLY or remedy in AT_EACH_SHARE
    ]
    contrast = [("contrast", MOSTLY, remedy) for remedy in ("none", "crop", "balanced batches")]
    return [(*each, seed) for seed in range(3) for each in marker + contrast]


def habit(lab, name, share, remedy, seed):
    """Train in a hospital with a habit; what the network says of tested chests with and without it."""
    tested = drawn(lab, TESTED["images"], TESTED["seed"], name)
    images, labels, groups = lab["hospital"](drawn(lab, TRAINED, seed, name), share, seed)
    rows = lab["thinned"](groups, seed) if remedy == "fewer" else np.arange(len(labels))
    look = lab["cropped"] if remedy == "crop" else lambda images: images
    epochs = EPOCHS * len(labels) // len(rows)  # as many steps with fewer X-rays
    net = lab["learn"](look(images[rows]), labels[rows], groups[rows], remedy, seed, epochs)
    off, on = tested
    states = lab["patched"](tested) if name == "marker" else {"nothing": off.images, name: on.images}
    said = lab["answers"](net, states, look)
    covid = off.labels == 0
    row = {"covid19_on": said[name][covid].mean(), "covid19_off": said["nothing"][covid].mean()}
    row |= {"normal_on": 1 - said[name][~covid].mean(), "normal_off": 1 - said["nothing"][~covid].mean()}
    return row | {f"flipped by {state}": (said[state] != said["nothing"]).mean() for state in states
                  if state != "nothing"}  # fmt: skip


def drawn(lab, images, seed, name):
    """Pairs of chests."""
    key = images, seed, name
    if key not in DRAWN:
        DRAWN[key] = lab["pairs"](images, seed, name)
    return DRAWN[key]


def leak_plan():
    """What is let in, of which share of the tested patients, and the seed."""
    doses = [("sibling", 0.0), *((kind, share) for kind in ("sibling", "copy") for share in (0.5, 1.0))]
    return [(*dose, seed) for seed in range(3) for dose in doses]


def leak(lab, kind, share, seed):
    """Shares right of one fixed tested fold and of the training, by a network that learned coins."""
    if "fold" not in DRAWN:
        DRAWN["fold"] = lab["leaky"](TESTED["seed"])
    images, patient, fold, rest, leaks = DRAWN["fold"]
    coin = np.random.default_rng(seed).integers(2, size=patient.max() + 1)[patient]
    rows = lab["exchanged"](share, leaks[kind], rest, seed)
    net = lab["learn"](images[rows], coin[rows], coin[rows], seed=seed, epochs=LEAK_EPOCHS)
    asked = {"network": fold, "its own": rows}
    said = {name: net.predict_on_batch(images[part]).argmax(axis=1) for name, part in asked.items()}
    return {name: (said[name] == coin[part]).mean() for name, part in asked.items()}


EXPERIMENTS = {
    "habit": (habit_plan, habit, ["confounder", "share", "remedy", "seed"]),
    "leak": (leak_plan, leak, ["let_in", "share", "seed"]),
}


def fill(name, lab):
    """Train what the table of an experiment lacks, and write it after each training."""
    plan, experiment, settings = EXPERIMENTS[name]
    path = DATA / f"laboratory_{name}.csv"
    rows = pd.read_csv(path).to_dict("records") if path.exists() else []
    done = {tuple(row[setting] for setting in settings) for row in rows}
    for training in tqdm([each for each in plan() if each not in done], desc=name, unit="training"):
        rows.append(dict(zip(settings, training, strict=True)) | experiment(lab, *training))
        with atomic(path) as part:
            pd.DataFrame(rows).round(4).to_csv(part, index=False, lineterminator="\n")


def main(names):
    """Fill the tables of the experiments ``names``; of all if it is empty."""
    if unknown := set(names) - set(EXPERIMENTS):
        sys.exit(f"laboratory: there is no {', '.join(sorted(unknown))}; there are {', '.join(EXPERIMENTS)}")
    lab = laboratory()
    for name in names or EXPERIMENTS:
        fill(name, lab)


if __name__ == "__main__":
    main(sys.argv[1:])
