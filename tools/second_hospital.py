"""Fine-tune chapter 13's network for its second hospital with ten seeds; takes twenty minutes on two cores.

usage: python tools/second_hospital.py

Executes the chapter up to its function ``fine_tuned``, calls that with each seed for four hospitals, one with
both differences, two with one each and one with neither, and writes what the network got right before and
after to data/second_hospital.csv.
"""

import os

os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "MPLBACKEND": "agg"}

import pandas as pd
from chapter_code import code_cells, definitions
from repository import ROOT
from tqdm import tqdm

from coronet_lib.files import atomic

CHAPTER = ROOT / "book/13_fewer_classes.ipynb"
TABLE = ROOT / "data/second_hospital.csv"
SEEDS = range(10)
HOSPITALS = {
    "washed out, no child": {"contrast": 1.0, "paediatric": 0.0},
    "washed out": {"contrast": 1.0},
    "no child": {"paediatric": 0.0},
    "no difference": {},
}


def needed():
    """The chapter's code cells up to its function ``fine_tuned``."""
    return code_cells(CHAPTER, up_to="def fine_tuned")


def main():
    """Write the table."""
    chapter, rows = definitions(needed()), []
    for name, shares in HOSPITALS.items():
        elsewhere = chapter["hospital"](**shares)
        rows.append((name, "before", *chapter["accuracy_and_found"](chapter["old"], elsewhere)))
        for seed in tqdm(SEEDS, desc=name, unit="seed"):
            rows.append((name, seed, *chapter["fine_tuned"](elsewhere, seed)))
    columns = ["hospital", "seed", "test third right", "COVID-19 found there"]
    with atomic(TABLE) as part:
        pd.DataFrame(rows, columns=columns).round(3).to_csv(part, index=False)


if __name__ == "__main__":
    main()
