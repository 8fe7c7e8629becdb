"""Train chapter 14's DarkCovidNet on phantoms and keep what it answers; takes two minutes on two cores.

usage: python tools/darkcovidnet.py

Executes the chapter up to its ``recipes``, trains by the second of them on the chapter's own rows, and writes
the answers for the test fold to data/darkcovidnet_phantoms.csv.
"""

import os

os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "MPLBACKEND": "agg"}

import numpy as np
import pandas as pd
from chapter_code import code_cells, definitions
from repository import ROOT

from coronet_lib.files import atomic
from coronet_lib.training import fit, predict

CHAPTER = ROOT / "book/14_other_systems.ipynb"
TABLE = ROOT / "data/darkcovidnet_phantoms.csv"


def needed():
    """The chapter's code cells up to the one with its ``recipes``."""
    return code_cells(CHAPTER, up_to="recipes = {")


def main():
    """Write the table."""
    chapter = definitions(needed())
    xrays, test = chapter["xrays"], chapter["test"]
    rows = {part: chapter[part] for part in ("train", "validation")}
    network, _ = fit(xrays, chapter["recipes"]["darkcovidnet"], **rows)
    said = predict(network, xrays.images[test]).argmax(axis=1)
    table = pd.DataFrame({"file": xrays.files[test], "predicted": np.array(xrays.classes)[said]})
    with atomic(TABLE) as part:
        table.to_csv(part, index=False)


if __name__ == "__main__":
    main()
