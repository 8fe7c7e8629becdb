"""Make chapter 17's kept tables: what is dear to compute, by the chapter's own cells.

usage: python tools/how_sure.py [TABLE …]

``coverage`` (minutes): intervals that hold the truth, for many simulated tests; data/coverage.csv.
``frozen_threshold`` (minutes): one network's threshold in eight draws of three hospitals;
data/frozen_threshold.csv.  ``ensembles``: networks of four folds and of four seeds, alone and averaged,
on new patients in three such hospitals; data/ensembles.csv.  Six of them are trained into runs/how_sure,
minutes each on two free cores; what is finished there is kept, what is interrupted goes on.  Without a name,
all.
"""

import os
import sys

os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "MPLBACKEND": "agg"}

from itertools import product

import numpy as np
import pandas as pd
from chapter_code import code_cells, definitions
from repository import ROOT
from tqdm import tqdm

from coronet_lib.classes import CLASSES
from coronet_lib.datasets import phantom
from coronet_lib.evaluation import patient_bootstrap
from coronet_lib.files import atomic, data_path
from coronet_lib.runs import Existing, Session, load_coronet, one_fold, split_rows
from coronet_lib.training import QUICK, predict

CHAPTER = ROOT / "book/17_how_sure.ipynb"
TESTS, PATIENTS, RECALLS, ALIKE = 4000, (30, 100, 300), (0.8, 0.95, 0.98), (0.15, 0.5)
CONTRASTS, DRAWS = (0.0, 0.5, 1.0), range(100, 108)
FOLDS = [(fold, 0) for fold in (1, 2, 3, 4)]
MEMBERS = {"folds": FOLDS, "seeds": [(1, seed) for seed in range(4)]}
"""Fold that is held out, and seed, of the networks of each ensemble; of fold 1 and seed 0 there is a run."""
NEW, NEW_SEED = dict.fromkeys(CLASSES[4], 500), 100
"""X-rays of each class that they are asked about, and the seed of their patients, who are new to all."""
TRAINED = ROOT / "runs/how_sure"


def chapter(*wanted):
    """What the chapter's cells of these ids define, executed in their order."""
    cells = {cell.id: cell for cell in code_cells(CHAPTER)}
    return definitions(cells[name] for name in ("answers", *wanted))


def coverage():
    """A row for each kind of test, with the share of intervals of each way that hold the truth."""
    held = chapter("simulate", "coverage-cell")["held"]
    cases = list(product(PATIENTS, RECALLS, ALIKE, (1, 2, 3, 4)))
    columns = ["patients", "recall", "alike", "images"]
    return pd.DataFrame(
        dict(zip(columns, case, strict=True))
        | held(TESTS, case[0], case[3], recall=case[1], alike=case[2], draws=1000)
        for case in tqdm(cases, unit="kind")
    ).round(4)


def frozen_threshold():
    """A row for each draw of a hospital: COVID-19 found and others left alone, at the threshold from home."""
    there = chapter("home", "network", "hospital-drawn", "hospital-tried")
    rows = []
    for contrast, seed in tqdm(list(product(CONTRASTS, DRAWS)), unit="hospital"):
        elsewhere = there["hospital"](contrast, seed=seed)
        scores = there["look"](elsewhere.images)[2]
        rows.append([contrast, seed, *there["at_threshold"](elsewhere, scores, there["limit"])])
    return pd.DataFrame(rows, columns=["contrast", "seed", "found", "spared"]).round(4)


def ensembles():
    """A row for each measure of each ensemble in each hospital, with its interval when patients are drawn.

    In the collection itself only the folds are asked: what is their average worth on X-rays from which
    three of them have learned?
    """
    judged = chapter("judged")["judged"]
    known = phantom.generate(size=QUICK.size)
    networks = {
        who: member(known, *who) for who in sorted({who for members in MEMBERS.values() for who in members})
    }
    rows = []
    for contrast in CONTRASTS:
        shown = phantom.Confounders(contrast=contrast)
        new = phantom.generate(NEW, size=QUICK.size, seed=NEW_SEED, confounders=shown)
        asked = tqdm(networks.items(), desc=f"contrast {contrast}", unit="network")
        scores = {who: predict(network, new.images) for who, network in asked}
        for of, members in MEMBERS.items():
            seen = judged([scores[who] for who in members], new.labels)
            rows += measured(seen, new.patients, hospital=contrast, networks=of)
    scores = [predict(networks[who], known.images) for who in FOLDS]
    seen = judged(scores, known.labels)
    for (fold, _), one in zip(FOLDS, scores, strict=True):
        rows_apart = split_rows(known, QUICK, fold=fold)[2]
        seen.loc[rows_apart, "right, held out"] = one[rows_apart].argmax(axis=1) == known.labels[rows_apart]
    rows += measured(seen, known.patients, hospital="learned from", networks="folds")
    return pd.DataFrame(rows).round(4)


def member(xrays, fold, seed):
    """The network of that seed that has seen no X-ray of that fold: the kept one, or trained here."""
    if (fold, seed) == (1, 0):
        return load_coronet(data_path("runs", "quick-phantom"))
    folder = TRAINED / f"fold-{fold}-seed-{seed}"
    one_fold.run(xrays, QUICK, folder, fold=fold, seed=seed, session=Session(existing=Existing.RESUME))
    return load_coronet(folder)


def measured(seen, patients, **said):
    """Rows of the table for what the chapter's ``judged`` says of each X-ray."""
    rows = []
    for measure, parts in ratios(seen).items():
        above, below = (np.asarray(part, float) for part in parts)
        low, high = patient_bootstrap(above, below, patients, lambda above, below: above.sum() / below.sum())
        rows.append(said | {"measure": measure, "value": above.sum() / below.sum(), "low": low, "high": high})
    return rows


def ratios(seen):
    """Each measure as two columns: it is the ratio of their sums, whoever is drawn."""
    every, apart, right = np.ones(len(seen)), seen["apart"], seen["right, mean"].astype(bool)
    doubted = seen["sure, mean"].rank(method="first") <= apart.sum()  # as many as they disagree on
    found = {name: (values, every) for name, values in seen.items()}
    for name in ("right", "Brier", "loss"):
        found[f"{name}, change"] = seen[f"{name}, mean"] - seen[f"{name}, one"], every
    for name in ("one", "mean"):
        found[f"too sure, {name}"] = seen[f"sure, {name}"] - seen[f"right, {name}"], every
    for name, part in (("agreed", ~apart), ("apart", apart)):
        found[f"right where {name}"] = right & part, part
    for name, part in (("apart", apart), ("doubted", doubted)):
        found[f"mistakes {name}"] = ~right & part, ~right
    return found


TABLES = {one.__name__: one for one in (coverage, frozen_threshold, ensembles)}


def main(names):
    """Write the tables that ``names`` says; all if it is empty."""
    if unknown := set(names) - set(TABLES):
        sys.exit(f"how_sure: there is no {', '.join(sorted(unknown))}; there are {', '.join(TABLES)}")
    for name in names or TABLES:
        with atomic(ROOT / "data" / f"{name}.csv") as part:
            TABLES[name]().to_csv(part, index=False)


if __name__ == "__main__":
    main(sys.argv[1:])
