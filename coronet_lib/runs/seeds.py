"""One cross-validation with several seeds: how much of a result is the luck of one training."""

from pathlib import Path

import pandas as pd

from coronet_lib.evaluation import METRICS
from coronet_lib.files import RunError, atomic, locked
from coronet_lib.runs import crossval, side_by_side
from coronet_lib.runs.session import Existing, Session
from coronet_lib.runs.split import Split

FILE = "seeds.csv"
"""Name of the table over the seeds."""


def run(data, recipe, out, *, seeds, split=Split(), base=None, session=Session()):
    """Cross-validate once for each seed, on the same folds.

    Parameters
    ----------
    data : XrayCollection
    recipe : Recipe
    out : path
        Gets a cross-validation ``seed-0``, ``seed-1`` … for each seed, as
        :func:`coronet_lib.runs.crossval.run` writes it, and the table as ``seeds.csv``.
    seeds : sequence of int
    split, base, session
        As for a single one.  On a cluster the folds of all seeds are learned side by side.

    Returns
    -------
    pandas.DataFrame
        One row a seed, and ``"mean"`` and ``"sd"`` (of a sample) over the seeds; columns
        :data:`coronet_lib.evaluation.METRICS`, 0 to 1, each the mean over the folds.

    Raises
    ------
    RunError, ValueError
        If the request does not fit the data or a folder.
    """
    out = Path(out)
    asked = {
        seed: {"out": out / f"seed-{seed}", "seed": seed, "split": split, "base": base} for seed in seeds
    }
    refuse_table(out, session)
    for each in asked.values() if base else ():
        base.check(data, each["out"])  # before the first seed, not at that whose folder it is
    with locked(out):
        if session.cluster:
            ready = (crossval.folds(data, recipe, **each, session=session) for each in asked.values())
            session = side_by_side.on_cluster([fold for folds in ready for fold in folds], session)
        cards = {seed: crossval.run(data, recipe, **each, session=session) for seed, each in asked.items()}
        table = tabulated(cards)
        with atomic(out / FILE) as part:
            table.to_csv(part)
        return table


def refuse_table(out, session):
    """Refuse a folder with the table of earlier seeds, unless these are to be gone on with or replaced.

    Parameters
    ----------
    out : pathlib.Path
    session : Session

    Raises
    ------
    RunError
    """
    if session.existing is Existing.REFUSE and (out / FILE).exists():
        raise RunError(
            f"{out / FILE} is the table of earlier seeds; name all seeds and say --resume, or choose "
            "another --out"
        )


def tabulated(cards):
    """The metrics of one recipe with several seeds.

    Parameters
    ----------
    cards : dict of int to Card
        Seed to a finished cross-validation.

    Returns
    -------
    pandas.DataFrame
        As :func:`run`.
    """
    table = pd.DataFrame({seed: card["metrics"] for seed, card in cards.items()}, dtype=float).T
    table = table[list(METRICS)]
    ends = pd.DataFrame({"mean": table.mean(skipna=False), "sd": table.std(skipna=False)}).T
    return pd.concat([table, ends]).rename_axis("seed").round(4)
