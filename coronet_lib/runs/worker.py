"""What a worker of a cluster does for :mod:`coronet_lib.runs.cluster`: learn a fold, wherever its folder is.

Where the client's folders cannot be seen, a fold is learned in a place of the worker's own.  It begins when
the client has put in what it has of that fold; after each epoch the client takes what is new.
"""

import asyncio
import importlib.util
import pickle
import random
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from coronet_lib import installed
from coronet_lib.files import RunError, keras_models, put, sha256
from coronet_lib.runs.session import FILES, Existing, Session
from coronet_lib.training import devices

PACKAGES = ("coronet-lib", "keras")
"""Of which worker and client must have the same versions."""

_BEGUN = "begun"  # the file that says that the client has put in what it has


class Wanted(NamedTuple):
    """What a worker must have."""

    weights: dict
    """Path of each file that networks start from, and its SHA-256."""
    imagenet: tuple
    """Names of the files that Keras would download."""
    gigabytes: float
    """Of memory."""
    versions: dict
    """Of :data:`PACKAGES`."""


def versions():
    """Of :data:`PACKAGES`, what is installed here."""
    return {name: installed(name) for name in PACKAGES}


def other_version(theirs, ours):
    """Which package is there in another version, in words; None where all are the same."""
    for name in PACKAGES:
        if theirs[name] != ours[name]:
            has = f"{name} {theirs[name]}" if theirs[name] else f"no {name}"
            return f"has {has}, and this process {name} {ours[name]}: install the same there"
    return None


def unfit(wanted, dask_worker):
    """Why a worker cannot learn a fold, in words; None of one that can."""
    if other := other_version(versions(), wanted.versions):
        return other
    if dask_worker.state.nthreads > 1:
        return "would learn several folds in one process, which Keras cannot: start it with --nthreads 1"
    limit = dask_worker.memory_manager.memory_limit
    if limit is not None and limit < wanted.gigabytes * 1e9:
        return (
            f"may take {limit / 1e9:.1f} GB of memory, and a fold takes about {wanted.gigabytes:.1f}: "
            "start it with a higher --memory-limit"
        )
    for path, digest in wanted.weights.items():
        if not Path(path).is_file():
            return f"has no weights file at {path}: copy it there"
        if sha256(path) != digest:
            return f"has another weights file at {path}: copy the one from here"
    for name in wanted.imagenet:
        path = keras_models() / name
        if not path.expanduser().is_file():  # or all workers would download it at the same time
            return f"has no ImageNet weights at {path}: copy the file there, which Keras downloads elsewhere"
    return None


async def choose(precision, jit, gpus):
    """What :func:`coronet_lib.training.choose` chooses on a worker, and what that computes on."""
    # In a thread: the worker still answers while Keras is imported.
    compute = await asyncio.to_thread(devices.choose, precision, jit, gpus)
    return compute, devices.device_name()


def hand_out(data):
    """The X-rays: as a task, so that Dask makes them again where the workers that had them died."""
    return data


def leave_random_alone():
    """Give Dask a generator of its own in place of Python's.

    Its threads draw from that twice a second, to guess sizes, and would come between the seed of a training
    and its first weights: each layer of Keras draws a seed there.
    """
    another = importlib.util.module_from_spec(random.__spec__)
    random.__spec__.loader.exec_module(another)
    for name, module in list(sys.modules.items()):
        its = name.partition(".")[0] in ("dask", "distributed", "tornado")
        if its and getattr(module, "random", None) is random:
            module.random = another


def learn(order, data, *_):
    """Learn a fold, after others whose results stand last.

    The order is pickled: fold without X-rays, ``Compute``, :class:`Wanted`, a file that is there where the
    client's folders are, and the fold's number.  Returns the files of the run; None where they are in place.
    """
    from distributed import get_worker

    worker = get_worker()
    key = worker.get_current_task()
    fold, compute, wanted, mark, number = pickle.loads(order)
    if fault := unfit(wanted, worker):
        raise RunError(f"worker {worker.address} {fault}")

    def check():
        """End, where it can be gone on from, what nobody waits for any more."""
        task = worker.state.tasks.get(key)
        if task is None or task.state == "cancelled" or worker.status.name not in ("running", "paused"):
            raise RunError("nobody waits for this fold any more")

    leave_random_alone()
    fold = replace(fold, data=data)
    session = Session(compute=compute, existing=Existing.RESUME, progress=False, after_epoch=check)
    if mark.exists():
        fold.learn(session)
        return None
    place = _places(worker, mark.name) / number
    (place / "run").mkdir(parents=True)
    try:
        while not (place / _BEGUN).exists():
            check()
            time.sleep(0.05)
        base = fold.base and replace(fold.base, folder=place / "base")
        needed = fold.needed and place / "needed"
        replace(fold, out=place / "run", base=base, needed=needed).learn(session)
        return contents(place / "run")
    finally:
        # All at once: half a folder would look to the client like one that waits for files.
        shutil.rmtree(place.rename(place.with_name(f".{number}")))


def _places(worker, study):
    """Where a worker learns the folds of a client whose folders it cannot see."""
    return Path(worker.local_directory) / study


def contents(folder):
    """Names and contents of the files of a run, whole or not."""
    return {name: (folder / name).read_bytes() for name in FILES if (folder / name).is_file()}


def news(study, dask_worker):
    """The folds that are there, each with the time of its checkpoint.

    It is 0 before the first, and None of a fold that waits for the client.
    """
    return {place.name: _saved(place) for place in _places(dask_worker, study).glob("[!.]*")}


def _saved(place):
    if not (place / _BEGUN).exists():
        return None
    checkpoint = place / "run/checkpoint.keras"
    return checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0


def give(study, number, parts, dask_worker):
    """Put in what the client has of a fold, by folder: its ``run``, its ``base``, and what is ``needed``."""
    place = _places(dask_worker, study) / number
    for part, files in parts.items():
        for name, content in files.items():
            put(place / part / name, content)
    put(place / _BEGUN, b"")


def take(study, number, dask_worker):
    """The files of a fold by now."""
    return contents(_places(dask_worker, study) / number / "run")
