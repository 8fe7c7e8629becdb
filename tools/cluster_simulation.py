"""Simulate a cluster whose workers fail, up to 1,024 of them, and try one, two and four: five minutes.

usage: python tools/cluster_simulation.py

A task is a training: so many epochs, of which the last finished one is kept. Nothing is trained: a worker
that is tried is a process that waits (as for a GPU) or adds (on this machine's cores) for the time of an
epoch, and that is killed at random. Writes data/cluster_simulation.csv and, measured beside simulated,
data/cluster_measurement.csv.
"""

import subprocess
import sys
import tempfile
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from pathlib import Path

import numpy as np
import pandas as pd
from repository import ROOT
from tqdm import tqdm

from coronet_lib.files import atomic

SIMULATED, MEASURED = ROOT / "data/cluster_simulation.csv", ROOT / "data/cluster_measurement.csv"


@dataclass(frozen=True)
class Cluster:
    """Times in one unit, hours or seconds: of an epoch, of a start, until a worker fails (on average)."""

    epoch: float
    start: float
    fails_after: float = np.inf
    resumes: bool = True
    slow: float = 0.0
    """Share of the workers that take twice as long."""


PAPER = Cluster(epoch=29.05 / 3600, start=1 / 60)  # the published log's seconds; a minute is a guess
EPOCHS, SEEDS, TASKS = 80, range(20), (40, 1024)
WORKERS = (1, 2, 4, 16, 40, 64, 256, 1024)
SCENARIOS = {
    "nothing fails": PAPER,
    "fails, resumes": replace(PAPER, fails_after=24),
    "fails, begins anew": replace(PAPER, fails_after=24, resumes=False),
    "one in twenty is slow": replace(PAPER, slow=0.05),
}
TRIED = Cluster(epoch=0.25, start=0.05, fails_after=4)
TRIED_EPOCHS, TRIED_TASKS, TRIED_WORKERS = 8, 12, (1, 2, 4)


def simulate(tasks, workers, cluster, epochs=EPOCHS, seed=0):
    """When the last task ends; one that fails goes to the end of the queue, and its worker starts again."""
    rng = np.random.default_rng(seed)
    pace = cluster.epoch * np.where(rng.permutation(workers) < round(cluster.slow * workers), 2, 1)
    waiting, idle, events = deque([epochs] * tasks), list(range(workers)), []
    now, unfinished = 0.0, tasks
    while unfinished:
        while waiting and idle:
            worker, left = idle.pop(), waiting.popleft()
            # Who has lasted long is no nearer to the end: the draw may begin anew with each task.
            lasts, needs = rng.exponential(cluster.fails_after), cluster.start + left * pace[worker]
            if lasts < needs:
                kept = int(max(lasts - cluster.start, 0) / pace[worker]) if cluster.resumes else 0
                heappush(events, (now + lasts, worker, left - kept))
            else:
                heappush(events, (now + needs, worker, 0))
        now, worker, left = heappop(events)
        idle.append(worker)
        if left:
            waiting.append(left)
        else:
            unfinished -= 1
    return now


def simulated():
    """A row for each number of tasks, scenario and number of workers: mean and 5th and 95th percentile."""
    rows = []
    for tasks in TASKS:
        for name, cluster in SCENARIOS.items():
            for workers in tqdm(WORKERS, desc=f"{tasks} tasks, {name}", unit="cluster"):
                hours = [simulate(tasks, workers, cluster, seed=seed) for seed in SEEDS]
                rows.append((tasks, name, workers, np.mean(hours), *np.quantile(hours, [0.05, 0.95])))
    return pd.DataFrame(rows, columns=["tasks", "scenario", "workers", "hours", "low", "high"])


WORK = {"waits": "time.sleep(until)", "adds": "while time.process_time() < until: sum(range(10000))"}
PROCESS = """
import os, sys, time
path = sys.argv[1]
for epoch in range(int(open(path).read()), {epochs}):
    until = {seconds} + ("process_time" in "{work}") * time.process_time()
    {work}
    with open(path + "-part", "w") as part:
        part.write(str(epoch + 1))
    os.replace(path + "-part", path)
"""


def tried(kind, workers, seed=0):
    """Seconds that so many real workers take for the tasks."""
    code = PROCESS.format(epochs=TRIED_EPOCHS, work=WORK[kind], seconds=TRIED.epoch)
    rng, waiting = np.random.default_rng(seed), deque()

    def work():
        while waiting:
            path = waiting.popleft()
            process = subprocess.Popen([sys.executable, "-I", "-S", "-c", code, path])
            try:
                if process.wait(timeout=rng.exponential(TRIED.fails_after)):
                    raise RuntimeError("a worker failed by itself")
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                waiting.append(path)

    with tempfile.TemporaryDirectory() as folder:
        for task in range(TRIED_TASKS):
            waiting.append(str(Path(folder, f"{task}")))
            Path(waiting[-1]).write_text("0")
        begun = time.perf_counter()
        with ThreadPoolExecutor(workers) as pool:
            for done in [pool.submit(work) for _ in range(workers)]:
                done.result()
        return time.perf_counter() - begun


def measured():
    """A row for each kind of work and number of workers: seconds measured, and simulated with 200 seeds."""
    rows = []
    for kind in WORK:
        for workers in tqdm(TRIED_WORKERS, desc=kind, unit="cluster"):
            expected = [
                simulate(TRIED_TASKS, workers, TRIED, epochs=TRIED_EPOCHS, seed=seed) for seed in range(200)
            ]
            rows.append(
                (kind, workers, tried(kind, workers), np.mean(expected), *np.quantile(expected, [0.05, 0.95]))
            )
    return pd.DataFrame(rows, columns=["work", "workers", "measured", "simulated", "low", "high"])


def main():
    """Write both tables."""
    for table, make in ((SIMULATED, simulated), (MEASURED, measured)):
        with atomic(table) as part:
            make().round(3).to_csv(part, index=False)


if __name__ == "__main__":
    main()
