"""Many folds to learn, and where: in this process, in several, or on the workers of a cluster."""

import multiprocessing
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from joblib import Parallel, delayed
from tqdm.auto import tqdm

from coronet_lib.datasets.collection import XrayCollection
from coronet_lib.runs import one_fold
from coronet_lib.runs.session import Existing
from coronet_lib.runs.split import Split
from coronet_lib.training import cores
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
    needed: Path | None = None

    def learn(self, session):
        """Do it; returns the card."""
        asked = {"fold": self.fold, "split": self.split, "seed": self.seed, "needed": self.needed}
        return one_fold.run(self.data, self.recipe, self.out, **asked, session=session)


def learn(folds, session):
    """Learn folds as the session says; those that are finished are left alone, an interrupted one goes on.

    Parameters
    ----------
    folds : sequence of Fold
        Of one recipe.
    session : Session

    Returns
    -------
    list of Card
        In whatever order they were finished.
    """
    if session.cluster:
        session = on_cluster(folds, session)
    jobs = session.jobs if folds[0].recipe.side_by_side else 1
    each = replace(session, existing=Existing.RESUME, progress=session.progress and jobs == 1)
    processes = Parallel(
        jobs, return_as="generator_unordered", initializer=cores.settle, initargs=(_dealt(jobs),)
    )
    done = processes(delayed(fold.learn)(each) for fold in folds)
    return list(tqdm(done, total=len(folds), desc="folds", disable=not session.progress))


@cache
def _dealt(jobs):
    """A share of the cores for each process; one and the same queue, or joblib would start new processes."""
    dealt = multiprocessing.get_context("spawn").SimpleQueue()
    for share in cores.shares(jobs):
        dealt.put(share)
    return dealt


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
