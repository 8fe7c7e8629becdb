"""Folds on a Dask cluster of two processes: as without, also where workers die and share no folder."""

import multiprocessing
import multiprocessing.forkserver
import os
import random
import signal
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from command import coronet
from small import QUIET, RESUMING, Small, xrays

from coronet_lib import runs
from coronet_lib.datasets import store
from coronet_lib.models.stock import keras_file
from coronet_lib.runs import Split, cluster, crossval, open_base_folds, worker, workers
from coronet_lib.systems import SYSTEMS
from coronet_lib.training import PROFILES, Compute

dask = pytest.importorskip("dask", reason="Dask is not installed: coronet-lib[cluster]")
distributed = pytest.importorskip("distributed", reason="Dask is not installed: coronet-lib[cluster]")

HALVES = Split(folds=2)
LOG = "CORONET_TEST_LOG"  # environment variable: a folder for what each fold did


class Watched(Small):
    """Writes down its epochs and, on a worker, does once in each fold what the file ``orders`` says."""

    def learn(self, task):
        self.now[:] = task.folder, int(task.test[0])
        return super().learn(task)

    now = []  # noqa: RUF012  of this process

    def adjust(self, model, history):
        # A few steps take less time than tracing.  In every epoch, since a saved model forgets it, and some
        # kernels fuse a graph's operations, which changes the last digits.
        model.run_eagerly = True
        folder, fold = self.now
        log = Path(os.environ[LOG])
        if multiprocessing.parent_process() is None:
            return
        with (log / f"epochs-{fold}").open("a") as file:
            file.write(f"{len(history) + 1} ")
        order = (log / "orders").read_text()
        if len(history) != 2 or (log / f"done-{fold}").exists():
            return
        (log / f"done-{fold}").touch()
        if order == "die":
            own = (folder / "history.csv").read_bytes()
            until(lambda: own in [copy.read_bytes() for copy in log.glob("*/fold-*/history.csv")])
            os.kill(os.getpid(), signal.SIGKILL)
        if order == "wait":
            until(lambda: (log / "go").exists())


WATCHED = Watched(name="watched", size=16, batch_size=32, epochs=4, validation=0.25, warmup=1)


def until(true, seconds=60):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(LOG, str(tmp_path_factory.mktemp("log")))
        yield Path(os.environ[LOG])


@pytest.fixture(scope="module")
def forked(log):
    """A function that starts a cluster on this machine."""
    (log / "orders").write_text("")
    multiprocessing.set_forkserver_preload(["distributed", "coronet_lib.runs.one_fold"])
    multiprocessing.forkserver.ensure_running()  # TensorFlow is imported once for all workers
    options = {"threads_per_worker": 1, "dashboard_address": ":0", "env": {LOG: str(log)}}

    def local(count, **more):
        return distributed.LocalCluster(n_workers=count, **options, **more)

    with dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"}):
        yield local


@pytest.fixture(scope="module")
def two_workers(forked):
    with forked(2) as local:
        yield local


@pytest.fixture(scope="module")
def plain(log):
    """A cross-validation in this process."""
    crossval.run(xrays(), WATCHED, log / "plain", split=HALVES, session=QUIET)
    return (log / "plain/predictions.csv").read_bytes()


@pytest.fixture
def apart(monkeypatch):
    """No worker sees the client's folders."""
    marked = cluster._mark

    @contextmanager
    def elsewhere(todo):
        with marked(todo) as mark:
            yield mark.with_name(f"{mark.name}-elsewhere")

    monkeypatch.setattr(cluster, "_mark", elsewhere)
    monkeypatch.setattr(workers, "PAUSE", 0.1)


@pytest.fixture
def ordered(log):
    """A function that says what folds do in their third epoch."""

    def order(what):
        for file in (*log.glob("done-*"), *log.glob("epochs-*")):
            file.unlink()
        (log / "orders").write_text(what)

    yield order
    order("")


@pytest.mark.slow
def test_the_commands_give_on_a_cluster_what_they_give_without(two_workers, tmp_path, monkeypatch):
    monkeypatch.setitem(PROFILES, "quick", WATCHED.but(size=64, epochs=1, warmup=0))
    there = ("--cluster", two_workers.scheduler_address)
    for name, where in {"here": (), "there": there}.items():
        done = coronet("data", "phantom", "--out", tmp_path / name, "--each=24", "--size=64", *where)
        assert done.returncode == 0, done.stderr
    here = store.load(tmp_path / "here")
    assert here.fingerprint() == store.load(tmp_path / "there").fingerprint()
    asked = ("cv", "--data", tmp_path / "here", "--folds=2")
    done = coronet(*asked, "--seeds=0..1", *there, "--out", tmp_path / "seeds")
    assert done.returncode == 0, done.stderr
    assert "each of 2 workers" in done.stdout
    assert "4/4" in done.stderr
    done = coronet(*asked, "--seed=1", "--out", tmp_path / "plain")
    assert done.returncode == 0, done.stderr
    for file in ("predictions.csv", "folds.csv", "fold-2/predictions.csv"):
        assert (tmp_path / "seeds/seed-1" / file).read_bytes() == (tmp_path / "plain" / file).read_bytes()
    table = pd.read_csv(tmp_path / "seeds/seeds.csv", index_col="seed")
    assert table.index.tolist() == ["0", "1", "mean", "sd"]
    means = [runs.read_card(tmp_path / f"seeds/seed-{seed}")["metrics"]["accuracy"] for seed in (0, 1)]
    assert table.loc["mean", "accuracy"] == pytest.approx(sum(means) / 2, abs=1e-4)
    compared = ("compare", "logistic-pixels", *asked[1:])
    assert coronet(*compared, "--seeds=0..1", *there, "--out", tmp_path / "compared").returncode == 0
    assert coronet(*compared, "--seed=1", "--out", tmp_path / "alone").returncode == 0
    for file in ("logistic-pixels/predictions.csv", "logistic-pixels/fold-2/predictions.csv"):
        assert (tmp_path / "compared/seed-1" / file).read_bytes() == (tmp_path / "alone" / file).read_bytes()
    both = coronet(*asked, "--jobs=2", *there, "--out", tmp_path / "both")
    assert both.returncode == 2
    assert "leave out --jobs" in both.stderr


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_of_every_fold_changes_nothing(two_workers, log, plain, apart, ordered):
    ordered("die")
    session = replace(QUIET, cluster=two_workers.scheduler_address)
    crossval.run(xrays(), WATCHED, log / "killed", split=HALVES, session=session)
    assert (log / "killed/predictions.csv").read_bytes() == plain
    # It goes on with the epoch in which it was killed.
    assert [file.read_text() for file in log.glob("epochs-*")] == ["1 2 3 3 4 "] * 2
    names = {path.name for path in (log / "killed/fold-1").iterdir()}
    assert names == {path.name for path in (log / "plain/fold-1").iterdir()}


@pytest.mark.slow
def test_an_interruption_frees_the_workers_and_the_rest_goes_on_here(
    two_workers, log, plain, apart, ordered, monkeypatch
):
    ordered("wait")

    def interrupted(*_):
        until(lambda: len([*log.glob("interrupted/fold-*/checkpoint.keras")]) == 2)
        raise KeyboardInterrupt

    monkeypatch.setattr(cluster, "_gathered", interrupted)
    session = replace(QUIET, cluster=two_workers.scheduler_address)
    with pytest.raises(KeyboardInterrupt):
        crossval.run(xrays(), WATCHED, log / "interrupted", split=HALVES, session=session)
    (log / "go").touch()
    with distributed.Client(two_workers, set_as_default=False) as client:
        until(lambda: not any(client.run(lambda dask_worker: dask_worker.state.executing_count).values()))
    assert not any("4" in file.read_text() for file in log.glob("epochs-*"))
    crossval.run(xrays(), WATCHED, log / "interrupted", split=HALVES, session=RESUMING)
    assert (log / "interrupted/predictions.csv").read_bytes() == plain


@pytest.mark.slow
def test_folds_go_on_from_a_base_that_the_workers_do_not_see(two_workers, log, plain, apart):
    base, short = open_base_folds(log / "plain", xrays(), WATCHED), WATCHED.but(epochs=2)
    for name, session in {
        "there": replace(QUIET, cluster=two_workers.scheduler_address),
        "here": QUIET,
    }.items():
        crossval.run(xrays().with_classes(3), short, log / name, base=base, session=session)
    there, here = ((log / name / "predictions.csv").read_bytes() for name in ("there", "here"))
    assert there == here


HERE = worker.Wanted({}, (), 2.4, worker.versions())
XCEPTION = keras_file("Xception")


@pytest.mark.parametrize(
    ("wanted", "threads", "limit", "said"),
    [
        ({}, 1, 4e9, None),
        ({"versions": worker.versions() | {"keras": "9.1"}}, 1, None, "and this process keras 9.1"),
        ({}, 2, None, "--nthreads 1"),
        ({}, 1, 1e9, "1.0 GB of memory, and a fold takes about 2.4"),
        ({"weights": {"/nowhere/x.h5": "0"}}, 1, None, "no weights file at /nowhere/x.h5"),
        ({"weights": {__file__: "0"}}, 1, None, "another weights file"),
        ({"imagenet": (XCEPTION,)}, 1, None, f"no ImageNet weights at {{home}}/models/{XCEPTION}: copy"),
    ],
)
def test_a_worker_that_cannot_do_it_is_named_before_training(
    wanted, threads, limit, said, tmp_path, monkeypatch
):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    said = said and said.format(home=tmp_path)
    state, memory = SimpleNamespace(nthreads=threads), SimpleNamespace(memory_limit=limit)
    found = worker.unfit(HERE._replace(**wanted), SimpleNamespace(state=state, memory_manager=memory))
    assert found == said or said in found


def folds_of(*recipes, base=None):
    return [SimpleNamespace(recipe=recipe, base=base) for recipe in recipes]


def test_the_files_that_keras_would_download_are_looked_for(tmp_path, monkeypatch):
    recipes = [SYSTEMS[name].but(weights="imagenet").recipe for name in ("coronet", "narin-resnet50")]
    none = SYSTEMS["coronet-quick"].recipe, SYSTEMS["darkcovidnet"].but(weights="imagenet").recipe
    assert cluster._wanted(folds_of(*recipes, base=object()), None).imagenet == ()
    wanted = cluster._wanted(folds_of(*recipes, *none), None)
    assert wanted.imagenet == (keras_file("ResNet50"), keras_file("Xception"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    for name in wanted.imagenet:
        (tmp_path / "models" / name).touch()
    state, memory = SimpleNamespace(nthreads=1), SimpleNamespace(memory_limit=None)
    assert worker.unfit(wanted, SimpleNamespace(state=state, memory_manager=memory)) is None


def offering(*gpus):
    """A client of a scheduler whose workers offer so many GPUs each."""
    found = {f"tcp://{n}": {"resources": {"GPU": each} if each else {}} for n, each in enumerate(gpus)}
    return SimpleNamespace(scheduler_info=lambda n_workers: {"workers": found})


@pytest.mark.parametrize(
    ("offered", "devices", "asked", "able"),
    [
        ([0, 0], 1, None, ["tcp://0", "tcp://1"]),
        ([0, 1, 2], 1, {"GPU": 1}, ["tcp://1", "tcp://2"]),
        ([0, 1, 2], 2, {"GPU": 2}, ["tcp://2"]),
    ],
)
def test_who_learns_where_some_workers_offer_gpus(offered, devices, asked, able):
    client = offering(*offered)
    assert workers.gpus(client, devices) == asked
    assert workers.able(client, asked) == able


def test_what_asks_for_gpus_and_what_for_memory():
    network, pixels = SYSTEMS["coronet"].recipe.but(weights=None), SYSTEMS["logistic-pixels"].recipe
    assert cluster._asked(network, {"GPU": 1}) == {"GPU": 1}
    assert cluster._asked(pixels, {"GPU": 1}) is cluster._asked(network, None) is None
    assert cluster._wanted(folds_of(network, pixels), {"GPU": 1}).gigabytes == 0
    assert 2 < cluster._wanted(folds_of(network, pixels), None).gigabytes < 3
    with pytest.raises(runs.RunError, match=r"3 GPUs were asked for, and no worker offers more than 1"):
        workers.gpus(offering(0, 1), 3)


def test_workers_that_would_compute_differently_are_refused(monkeypatch):
    ways = {"tcp://0": (Compute("float32"), "cpu"), "tcp://1": (Compute("float32", jit=True), "NVIDIA H200")}

    @contextmanager
    def connected(address):
        client = offering(0, 0)
        client.run = lambda *_, workers: {address: ways[address] for address in workers}
        yield client

    monkeypatch.setattr(workers, "connected", connected)
    with pytest.raises(
        runs.RunError, match=r"NVIDIA H200 in float32, compiled; cpu in float32, not comp.*--jit"
    ):
        cluster.choose("tcp://host:1")
    ways["tcp://1"] = (Compute("float32"), "NVIDIA H200")
    assert cluster.choose("tcp://host:1") == (Compute("float32"), "NVIDIA H200 or cpu", 2)


@pytest.mark.slow
def test_folds_wait_for_a_worker_with_a_gpu_and_say_so(forked, log, plain, ordered, monkeypatch, capsys):
    """The GPU is one in name only."""
    monkeypatch.setattr(workers, "PATIENCE", 1)
    monkeypatch.setattr(workers, "PAUSE", 0.1)
    ordered("wait")
    (log / "go").unlink(missing_ok=True)
    gathered, said = cluster._gathered, []

    def left(client, *arguments):
        until(lambda: len([*log.glob("gpu/fold-*/checkpoint.keras")]) == 1)
        asked = client.run_on_scheduler(
            lambda dask_scheduler: [task.resource_restrictions for task in dask_scheduler.tasks.values()]
        )
        assert asked.count({"GPU": 1}) == 2
        one.scale(0)
        until(lambda: said.append(capsys.readouterr().err) or "--resources GPU=1" in said[-1])
        monkeypatch.setattr(workers, "PATIENCE", 60)
        (log / "go").touch()
        one.scale(1)
        return gathered(client, *arguments)

    monkeypatch.setattr(cluster, "_gathered", left)
    with forked(1, resources={"GPU": 1}) as one:
        session = replace(QUIET, cluster=one.scheduler_address)
        crossval.run(xrays(), WATCHED, log / "gpu", split=HALVES, session=session)
    assert "none of 1 workers is left, and the folds wait for one: `dask worker tcp://" in said[-1]
    assert "a worker has come, and the folds go on" in capsys.readouterr().err
    assert (log / "gpu/predictions.csv").read_bytes() == plain


def test_a_cluster_that_is_not_there_is_said_in_a_line(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "PATIENCE", 0.2)
    asked = ("data", "phantom", "--each=1", "--size=64", "--out", tmp_path / "x")
    nobody = coronet(*asked, "--cluster=tcp://127.0.0.1:1")
    assert nobody.returncode == 1
    assert "no Dask scheduler answers at tcp://127.0.0.1:1" in nobody.stderr
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert "pip install 'coronet-lib[cluster]'" in coronet(*asked, "--cluster=tcp://127.0.0.1:1").stderr
    assert not (tmp_path / "x").exists()


def test_a_folder_that_is_being_removed_waits_for_no_files(tmp_path):
    for number in ("1", ".2"):
        (tmp_path / "study" / number).mkdir(parents=True)
    assert worker.news("study", SimpleNamespace(local_directory=tmp_path)) == {"1": None}


def test_dask_does_not_draw_from_the_generator_that_keras_draws_from():
    from dask.sizeof import sizeof

    worker.leave_random_alone()
    before = random.getstate()
    sizeof(list(range(10_000)))
    assert random.getstate() == before


@pytest.mark.slow
def test_without_the_scheduler_what_is_finished_is_kept(two_workers, log, plain, ordered, monkeypatch):
    """The last test: it leaves no cluster."""
    monkeypatch.setattr(workers, "PATIENCE", 2)
    ordered("wait")
    (log / "go").unlink(missing_ok=True)
    gathered = cluster._gathered

    def gone(*arguments):
        until(lambda: len([*log.glob("gone/fold-*/checkpoint.keras")]) == 2)
        two_workers.sync(two_workers.scheduler.close)
        return gathered(*arguments)

    monkeypatch.setattr(cluster, "_gathered", gone)
    session = replace(QUIET, cluster=two_workers.scheduler_address)
    with pytest.raises(runs.RunError, match="scheduler is gone"):
        crossval.run(xrays(), WATCHED, log / "gone", split=HALVES, session=session)
    (log / "go").touch()
    two_workers.close()
    crossval.run(xrays(), WATCHED, log / "gone", split=HALVES, session=RESUMING)
    assert (log / "gone/predictions.csv").read_bytes() == plain
