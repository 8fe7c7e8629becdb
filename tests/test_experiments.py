"""The experiments: each differs from the baseline as it says, and what is committed is what it asks for."""

from dataclasses import asdict

import pytest

from coronet_lib import runs
from coronet_lib.files import data_path
from coronet_lib.runs import EXPERIMENTS, differences
from coronet_lib.training import CORRECTED, PAPER, QUICK

COMMITTED = [name for name in EXPERIMENTS if (data_path("runs") / f"quick-{name}").is_dir()]


def test_differences_by_hand():
    assert differences(QUICK, QUICK.but(name="other")) == {}
    assert differences(QUICK, QUICK.but(size=64, head="gap")) == {
        "size": (96, 64),
        "head": ("flatten", "gap"),
    }
    found = differences(PAPER, CORRECTED)
    assert found["augmentation.rotation"] == (50, 10)
    assert found["augmentation.vertical_flip"] == (True, False)
    assert found["warmup"] == (None, 3)
    assert "learning_rate" not in found


def test_each_experiment_changes_one_choice():
    for name, experiment in EXPERIMENTS.items():
        choices = {choice.split(".")[0] for choice in differences(QUICK, experiment.recipe)}
        changes = len(choices) + (experiment.split != "patient") + (experiment.seed != 0)
        assert changes == 1, name


@pytest.mark.parametrize("name", COMMITTED)
def test_a_committed_run_is_that_experiment(name):
    experiment = EXPERIMENTS[name]
    card = runs.finished_card(data_path("runs", f"quick-{name}"))
    assert (card["fold"], card["folds"]) == (1, 4)
    assert (card["seed"], card["split"]) == (experiment.seed, experiment.split)
    for choice, value in card["recipe"].items():
        assert value == asdict(experiment.recipe)[choice], choice
