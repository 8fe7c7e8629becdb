"""The workers of a Dask scheduler: which there are, what they offer, and what is said when none is left."""

import sys
import threading
import time
from asyncio import CancelledError
from contextlib import contextmanager, suppress

from tqdm.auto import tqdm

from coronet_lib.files import RunError
from coronet_lib.runs import worker
from coronet_lib.text import reason

PATIENCE = 10  # seconds, for a scheduler to answer, for a first worker to be there, for another to come
PAUSE = 1  # seconds between two looks at the workers


@contextmanager
def connected(address):
    """A client of a scheduler, which has workers of our versions.

    Parameters
    ----------
    address : str

    Yields
    ------
    distributed.Client

    Raises
    ------
    RunError
        If Dask is not installed, nothing answers, or worker and client have other versions.
    """
    try:
        from distributed import Client
    except ImportError:
        raise RunError("a cluster wants Dask: `pip install 'coronet-lib[cluster]'`") from None
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise RunError(
            f"no Dask scheduler answers at {address} ({reason(error)}); `dask scheduler` starts one"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise RunError(
                f"the scheduler at {address} has no workers; {_start(address)} starts one"
            ) from None
        found = client.get_versions(packages=worker.PACKAGES)
        named = {f"worker {one}": each for one, each in found["workers"].items()}
        for who, each in ({"the scheduler": found["scheduler"]} | named).items():
            if other := worker.other_version(each["packages"], found["client"]["packages"]):
                raise RunError(f"{who} {other}")
        yield client


def _start(address, gpus=None):
    offer = f" --resources GPU={gpus['GPU']}" if gpus else ""
    return f"`dask worker {address} --nthreads 1{offer}`"


def facts(client):
    """What the scheduler knows of each worker, by its address."""
    return client.scheduler_info(n_workers=-1)["workers"]


def gpus(client, devices):
    """What a fold on GPUs asks a worker for.

    Parameters
    ----------
    client : distributed.Client
    devices : int
        GPUs that share each batch.

    Returns
    -------
    dict or None
        Of Dask's resources; None where no worker was started with any GPU.

    Raises
    ------
    RunError
        If there are some, but too few at any one worker.
    """
    most = max((each["resources"].get("GPU", 0) for each in facts(client).values()), default=0)
    if 0 < most < devices:
        raise RunError(
            f"{devices} GPUs were asked for, and no worker offers more than {most:g}: "
            f"start one with --resources GPU={devices}"
        )
    return {"GPU": devices} if most else None


def able(client, gpus):
    """Addresses of the workers that offer what :func:`gpus` says, all of them if it is None."""
    wanted = gpus["GPU"] if gpus else 0
    return [address for address, each in facts(client).items() if each["resources"].get("GPU", 0) >= wanted]


@contextmanager
def again_and_again(act):
    """Within it a function is called every :data:`PAUSE` seconds, in the background."""
    over = threading.Event()

    def keep_acting():
        while not over.wait(PAUSE):
            with suppress(Exception, CancelledError):  # whoever waits for the folds finds out
                act()

    thread = threading.Thread(target=keep_acting, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def watched(client, gpus):
    """A context in which it is said, in a line, when no worker is left that folds could go to.

    Parameters
    ----------
    client : distributed.Client
    gpus : dict or None
        What they ask for.

    Returns
    -------
    context manager
    """
    there, seen_at, said = [], time.time(), False

    def look():
        nonlocal there, seen_at, said
        if now := able(client, gpus):
            if said:
                _say("a worker has come, and the folds go on")
            there, seen_at, said = now, time.time(), False
        elif not said and time.time() - seen_at > PATIENCE:
            since = time.strftime("%H:%M:%S", time.localtime(seen_at))
            _say(
                f"since {since} none of {len(there)} workers is left, and the folds wait for one: "
                f"{_start(client.scheduler.address, gpus)} starts it; or stop with Ctrl-C, and go on later "
                "with --resume"
            )
            said = True

    return again_and_again(look)


def _say(line):
    tqdm.write(line, file=sys.stderr)  # above the bar
