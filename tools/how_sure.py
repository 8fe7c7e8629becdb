"""Make chapter 17's kept tables: what is dear to compute, by the chapter's own cells.

usage: python tools/how_sure.py [TABLE …]

``coverage`` (minutes): intervals that hold the truth, for many simulated tests; data/coverage.csv.
``frozen_threshold`` (minutes): one network's threshold in eight draws of three hospitals;
data/frozen_threshold.csv.  Without a name, both.
"""

import os
import sys

os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "MPLBACKEND": "agg"}

from itertools import product

import pandas as pd
from chapter_code import code_cells, definitions
from repository import ROOT
from tqdm import tqdm

from coronet_lib.files import atomic

CHAPTER = ROOT / "book/17_how_sure.ipynb"
TESTS, PATIENTS, RECALLS, ALIKE = 4000, (30, 100, 300), (0.8, 0.95, 0.98), (0.15, 0.5)
CONTRASTS, DRAWS = (0.0, 0.5, 1.0), range(8)


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
        elsewhere = there["hospital"](contrast, seed=100 + seed)
        scores = there["look"](elsewhere.images)[2]
        rows.append([contrast, seed, *there["at_threshold"](elsewhere, scores, there["limit"])])
    return pd.DataFrame(rows, columns=["contrast", "seed", "found", "spared"]).round(4)


TABLES = {one.__name__: one for one in (coverage, frozen_threshold)}


def main(names):
    """Write the tables that ``names`` says; both if it is empty."""
    if unknown := set(names) - set(TABLES):
        sys.exit(f"how_sure: there is no {', '.join(sorted(unknown))}; there are {', '.join(TABLES)}")
    for name in names or TABLES:
        with atomic(ROOT / "data" / f"{name}.csv") as part:
            TABLES[name]().to_csv(part, index=False)


if __name__ == "__main__":
    main(sys.argv[1:])
