"""Many folds to learn, and where: in this process, in several, or on the workers of a cluster."""

import multiprocessing
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from joblib import Parallel, delayed
from tqdm.auto import tqdm

from coronet_lib.datasets.collection import XrayCollection
from coronet_lib.files import RunError
from coronet_lib.runs import one_fold
from coronet_lib.runs.base import BaseRun
from coronet_lib.runs.session import Existing
from coronet_lib.runs.split import Split
from coronet_lib.training import devices, machine
from coronet_lib.training.estimate import expected_gigabytes
from coronet_lib.training.recipe import Recipe


@dataclass(frozen=True, eq=False, kw_only=True)
class Fold:
    """One fold that is to be learned: what :func:`coronet_lib.runs.one_fold.run` is called with."""

    data: XrayCollection
    recipe: Recipe
    out: Path
    fold: int
    split: Split
    seed: int
    base: BaseRun | None = None
    needed: Path | None = None

    def learn(self, session):
        """Do it; returns the card."""
        asked = {name: getattr(self, name) for name in ("fold", "split", "seed", "base", "needed")}
        return one_fold.run(self.data, self.recipe, self.out, **asked, session=session)


def check(recipes, folds, session):
    """Refuse more trainings at a time than the memory holds.

    Parameters
    ----------
    recipes : sequence of Recipe
        That are to be learned one after another.
    folds : int
        Of each.
    session : Session

    Raises
    ------
    RunError
        If ``jobs`` of them are expected to take more memory than there is, of those that were measured.
    """
    jobs, there = min(session.jobs, folds), machine.memory()
    if jobs == 1 or there is None or devices.device_name() != "cpu":
        return
    each = max((expected_gigabytes(recipe) for recipe in recipes if recipe.side_by_side), default=0)
    if jobs * each * 1e9 > there:
        raise RunError(
            f"{jobs} trainings at a time take about {jobs * each:.1f} GB of memory, and there are "
            f"{there / 1e9:.1f}; say --jobs {max(int(there / each / 1e9), 1)}"
        )


def learn(folds, session):
    """Learn folds as the session says; those that are finished are left alone, an interrupted one goes on.

    Parameters
    ----------
    folds : sequence of Fold
        Of one recipe, or of several that may be learned side by side.
    session : Session

    Returns
    -------
    list of Card
        In whatever order they were finished.
    """
    if session.cluster:
        session = on_cluster(folds, session)
    jobs = min(session.jobs, len(folds)) if folds[0].recipe.side_by_side else 1
    each = replace(session, existing=Existing.RESUME, progress=session.progress and jobs == 1)
    processes = Parallel(jobs, return_as="generator_unordered", **settled(jobs))
    done = processes(delayed(fold.learn)(each) for fold in folds)
    return list(tqdm(done, total=len(folds), desc="folds", disable=not session.progress))


@cache
def settled(jobs):
    """Options for :class:`joblib.Parallel`, so that each of its processes keeps to cores of its own.

    Parameters
    ----------
    jobs : int

    Returns
    -------
    dict
        The same object each time, or joblib would start new processes.
    """
    dealt = multiprocessing.get_context("spawn").SimpleQueue()
    for share in machine.shares(jobs):
        dealt.put(share)
    return {"initializer": machine.settle, "initargs": (dealt,)}


def on_cluster(folds, session):
    """Let a cluster fill the run folders of folds, which may be of many cross-validations; see
    :func:`coronet_lib.runs.cluster.learn`.

    Parameters
    ----------
    folds : sequence of Fold
    session : Session
        With ``cluster``.

    Returns
    -------
    Session
        In which all of them are found finished, in no time.
    """
    from coronet_lib.runs import cluster  # which wants Dask

    cluster.learn(folds, session)
    return replace(session, existing=Existing.RESUME, cluster=None, jobs=1, progress=False)
