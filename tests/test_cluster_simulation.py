"""The tool that simulates a cluster: queue, failures, resumed and slow work; and what it wrote."""

from dataclasses import replace

import cluster_simulation as tool
import pandas as pd
import pytest

from coronet_lib.training.plan import last_ends

SURE = tool.Cluster(epoch=1.0, start=0.5)


@pytest.mark.parametrize(("tasks", "workers"), [(4, 1), (5, 4), (3, 8)])
def test_where_nothing_fails_it_is_the_plan(tasks, workers):
    assert tool.simulate(tasks, workers, SURE, epochs=8) == last_ends([8.5] * tasks, workers)


def test_failures_cost_and_resuming_saves():
    hours = [
        sum(tool.simulate(20, 4, replace(SURE, **how), epochs=8, seed=seed) for seed in range(10))
        for how in ({}, {"fails_after": 20}, {"fails_after": 20, "resumes": False})
    ]
    assert hours[0] < hours[1] < hours[2]


def test_who_fails_all_the_time_still_ends():
    assert tool.simulate(3, 2, replace(SURE, fails_after=2), epochs=8, seed=1) > 12


def test_a_slow_worker_is_waited_for():
    assert tool.simulate(4, 4, replace(SURE, slow=0.25), epochs=8) == 0.5 + 16


@pytest.mark.parametrize("kind", tool.WORK)
def test_real_workers_do_all_tasks(kind, monkeypatch):
    monkeypatch.setattr(tool, "TRIED", replace(tool.TRIED, epoch=0.01, fails_after=0.5))
    monkeypatch.setattr(tool, "TRIED_TASKS", 3)
    least = tool.TRIED_TASKS * tool.TRIED_EPOCHS * tool.TRIED.epoch / 2
    assert least <= tool.tried(kind, 2) < 60


def test_the_kept_tables_are_those_of_the_tool():
    kept = pd.read_csv(tool.SIMULATED)
    assert kept.groupby(["scenario", "workers"]).ngroups == len(tool.SCENARIOS) * len(tool.WORKERS)
    for row in kept[(kept["tasks"] == 40) & (kept["workers"] == 16)].itertuples():
        cluster = tool.SCENARIOS[row.scenario]
        hours = [tool.simulate(40, 16, cluster, seed=seed) for seed in tool.SEEDS]
        assert row.hours == pytest.approx(sum(hours) / len(hours), abs=1e-3)
    measured = pd.read_csv(tool.MEASURED)
    assert measured["work"].unique().tolist() == list(tool.WORK)
    waits = measured[measured["work"] == "waits"]
    assert (waits["simulated"] / waits["measured"]).between(0.8, 1.2).all()
