"""Folds on the workers of a Dask cluster, one fold a worker, in place of processes on this machine.

A cluster fills run folders; all that is made of them is made here, as without one.  Where the workers see the
client's folders, they write there.  Else the client has a copy of each fold at most a few seconds older than
its last epoch, and whichever worker comes next begins with that.
"""

import hashlib
import threading
import uuid
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tqdm.auto import tqdm

from coronet_lib.files import RunError, put, sha256
from coronet_lib.models.stock import keras_file
from coronet_lib.runs import worker, workers
from coronet_lib.runs.card import finished_card
from coronet_lib.text import reason
from coronet_lib.training.checkpoint import Checkpoint
from coronet_lib.training.estimate import expected_gigabytes


def choose(address, precision="float32", jit=None, devices=1):
    """As :func:`coronet_lib.training.choose`, by what a worker computes on.

    Parameters
    ----------
    address : str
        Of a Dask scheduler, such as ``tcp://host:8786``.
    precision, jit, devices
        As there.

    Returns
    -------
    compute : Compute
    device : str
    workers : int

    Raises
    ------
    RunError
        If Dask is not installed, nothing answers, worker and client have other versions, the workers'
        machines would be chosen for differently, or no worker offers as many GPUs.
    """
    with workers.connected(address) as client:
        asked = workers.able(client, workers.gpus(client, devices))
        chosen = client.run(worker.choose, precision, jit, devices, workers=asked)
        computes, names = zip(*chosen.values(), strict=True)
        if len(set(computes)) > 1:
            ways = {
                f"{name} in {compute.precision}, {'' if compute.jit else 'not '}compiled"
                for compute, name in chosen.values()
            }
            raise RunError(
                f"the workers would compute differently: {'; '.join(sorted(ways))}; say --precision and "
                "--jit or --no-jit"
            )
        return computes[0], " or ".join(sorted(set(names))), len(asked)


@contextmanager
def drawing(address):
    """Within it joblib's tasks, such as those that draw phantoms, go to the workers.

    Parameters
    ----------
    address : str

    Yields
    ------
    int
        How many they do at a time.

    Raises
    ------
    RunError
        As :func:`choose`.
    """
    from joblib import parallel_config

    with workers.connected(address) as client, parallel_config("dask", client=client):
        yield sum(each["nthreads"] for each in workers.facts(client).values())


def learn(folds, session):
    """Have folds learned on the workers, as :func:`coronet_lib.runs.one_fold.run` would here.

    Parameters
    ----------
    folds : sequence of Fold
        Of whatever systems and seeds; those that are finished are left alone.  One that needs another's
        network comes after it.
    session : Session
        With ``cluster``.

    Raises
    ------
    RunError
        Before the first training, if a worker has other versions, too little memory or not the weights.
        At the end, if some folds could not be learned; or at once, if the scheduler is gone.
    """
    todo = {str(number): _absolute(fold) for number, fold in enumerate(folds) if not finished_card(fold.out)}
    if not todo:
        return
    with workers.connected(session.cluster) as client:
        gpus = workers.gpus(client, session.compute.devices if session.compute else 1)
        wanted = _wanted(list(todo.values()), gpus)
        for address, unfit in client.run(worker.unfit, wanted).items():
            if unfit:
                raise RunError(f"worker {address} {unfit}")
        bar = tqdm(
            total=len(folds),
            initial=len(folds) - len(todo),
            desc=f"folds, {client.dashboard_link}",
            disable=not session.progress,
        )
        with (
            _mark(todo) as mark,
            _copied(client, mark.name, todo) as keep,
            bar,
            workers.watched(client, gpus),
        ):
            futures = _submitted(client, todo, session.compute, wanted, mark, gpus)
            failed = _gathered(client, futures, keep, bar.update)
    if failed:
        number, error = next(iter(failed.items()))
        raise RunError(
            f"{len(failed)} of {len(todo)} folds were not learned, the first of them {todo[number].out}: "
            f"{reason(error)}; the others are kept, and --resume goes on"
        ) from error


def _asked(recipe, gpus):
    """What a fold asks for: the GPUs, where workers offer some and it gains by them."""
    return gpus if recipe.on_gpu else None


def _wanted(folds, gpus):
    """What folds ask of a worker; those that go on from a base have their weights from there."""
    recipes = [fold.recipe.but(weights=None) if fold.base else fold.recipe for fold in folds]
    files = {recipe.weights for recipe in recipes} - {None, "imagenet"}
    stock = {recipe.stock for recipe in recipes if recipe.weights == "imagenet"} - {None}
    on_cores = [recipe for recipe in recipes if not _asked(recipe, gpus)]
    return worker.Wanted(
        weights={path: sha256(path) for path in files},
        imagenet=tuple(map(keras_file, sorted(stock))),
        gigabytes=max(map(expected_gigabytes, on_cores), default=0),
        versions=worker.versions(),
    )


def _absolute(fold):
    """A fold that means the same in another working folder."""
    recipe, needed = fold.recipe, fold.needed and Path(fold.needed).resolve()
    base = fold.base and replace(fold.base, folder=fold.base.folder.resolve())
    if recipe.weights not in (None, "imagenet"):
        recipe = recipe.but(weights=str(Path(recipe.weights).resolve()))
    return replace(fold, recipe=recipe, out=Path(fold.out).resolve(), base=base, needed=needed)


@contextmanager
def _mark(todo):
    """A file by which a worker knows that it sees the client's folders."""
    mark = next(iter(todo.values())).out.parent / f".cluster-{uuid.uuid4().hex}"
    put(mark, b"")
    try:
        yield mark
    finally:
        mark.unlink()


@contextmanager
def _copied(client, study, todo):
    """A function that keeps the files of a fold; in the background it is called after each epoch, too."""
    seen, writing = {}, threading.Lock()

    def keep(number, files):
        folder = todo[number].out
        with writing:
            if finished_card(folder):  # taken before it was finished, and late
                return
            for name in sorted(files, key="card.json".__eq__):
                put(folder / name, files[name])
            if finished_card(folder):
                Checkpoint(folder).remove()

    def look():
        for address, folds in client.run(worker.news, study, on_error="ignore").items():
            for number, saved in folds.items():
                fold, at = todo[number], {"workers": [address], "on_error": "ignore"}
                if saved is None and not (fold.needed and not finished_card(fold.needed)):
                    parts = {"run": fold.out, "needed": fold.needed, "base": fold.base and fold.base.folder}
                    files = {part: worker.contents(folder) for part, folder in parts.items() if folder}
                    client.run(worker.give, study, number, files, **at)
                elif saved and seen.get(number) != (address, saved):
                    for files in client.run(worker.take, study, number, **at).values():
                        keep(number, files)
                        seen[number] = address, saved

    with workers.again_and_again(look):
        yield keep


def _submitted(client, todo, compute, wanted, mark, gpus):
    """A future for each fold."""
    import cloudpickle
    import dask

    xrays, futures, last = {}, {}, {}
    places = {fold.out: number for number, fold in todo.items()}
    for number, fold in todo.items():
        identity = repr((fold.data.fingerprint(), fold.data.drawn_by))
        key = f"xrays-{hashlib.sha256(identity.encode()).hexdigest()}"
        if key not in xrays:
            seen = replace(fold.data, masks=None, table=None)
            with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TB"}):
                xrays[key] = client.submit(worker.hand_out, seen, key=key)
            client.replicate(xrays[key])
        first = [futures[places[fold.needed]]] if fold.needed in places else []
        if not fold.recipe.side_by_side and fold.out.parent in last:
            first.append(last[fold.out.parent])
        order = replace(fold, data=None), compute, wanted, mark, number
        futures[number] = last[fold.out.parent] = client.submit(
            worker.learn,
            cloudpickle.dumps(order),
            xrays[key],
            *first,
            key=(f"fold{mark.name}", number),
            resources=_asked(fold.recipe, gpus),
        )
    return futures


def _gathered(client, futures, keep, told):
    """Keep what comes of each fold, and return the errors of those that failed."""
    from distributed import KilledWorker, as_completed

    number_of = {future.key: number for number, future in futures.items()}
    failed, retried, done = {}, {}, 0
    waiting = as_completed(futures.values(), loop=client.loop)
    for future in waiting:
        number = number_of[future.key]
        if future.cancelled():
            raise RunError("the scheduler is gone; what is finished is kept, and --resume goes on")
        error = future.exception()
        if error is None:
            if (files := future.result()) is not None:
                keep(number, files)
            done += 1
        elif isinstance(error, KilledWorker) and retried.get(number) != done:
            # Dask gives up after a few deaths, and counts those of workers that had it only in their queue.
            retried[number] = done
            future.retry()
            waiting.add(future)
            continue
        else:
            failed[number] = error
        told()
    return failed
