"""``coronet compare`` and ``coronet systems``: several systems on the same folds, with an interruption."""

import json
import shutil
from dataclasses import replace
from functools import partial
from unittest.mock import Mock

import hand_made
import numpy as np
import pandas as pd
import pytest
import small
from command import coronet, writer
from joblib import cpu_count

from coronet_lib import paper, runs
from coronet_lib.cli.compare import _entries
from coronet_lib.datasets import phantom, store
from coronet_lib.runs import crossval
from coronet_lib.systems import SYSTEMS, compare, measure, system, tables
from coronet_lib.systems.feature_svm import NETWORKS
from coronet_lib.systems.features import CACHE_VARIABLE

pytestmark = pytest.mark.usefixtures("eager")


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """Features are kept here and not in the user's own folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module", autouse=True)
def small_network():
    """The comparison is what is tried here, so a network of three layers stands in for the narrow CoroNet."""
    recipe = replace(small.QUICK, name="coronet-quick")
    with pytest.MonkeyPatch.context() as patch:
        small_entry = {"coronet-quick": replace(SYSTEMS["coronet-quick"], recipe=recipe)}
        patch.setattr("coronet_lib.systems.SYSTEMS", SYSTEMS | small_entry)
        patch.setitem(NETWORKS, "coronet-quick", recipe)
        yield


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "phantoms"
    done = coronet("data", "phantom", "--out", folder, "--each=48", "--size=96", "--json")
    assert done.returncode == 0, done.stderr
    return folder


FOLDS = ("--folds=2",)
BOTH = ("coronet-quick", "svm-coronet-quick", *FOLDS, "--epochs=1")


@pytest.fixture(scope="module")
def compared(phantoms, tmp_path_factory):
    """Two systems, of which the second was interrupted, and gone on with."""
    folder = tmp_path_factory.mktemp("runs") / "compare"
    with pytest.MonkeyPatch.context() as patch:
        # In this process; tests/test_measure.py has others.
        patch.setattr(measure, "cost", partial(measure._cost, repeats=1))
        train = crossval.run

        def interrupted(data, recipe, out, **options):
            if recipe.name == "svm-coronet-quick":
                raise KeyboardInterrupt
            return train(data, recipe, out, **options)

        with pytest.MonkeyPatch.context() as interruption:
            interruption.setattr(crossval, "run", interrupted)
            stopped = coronet("compare", *BOTH, "--data", phantoms, "--out", folder)
        assert stopped.returncode == 1
        assert "coronet compare … --resume" in stopped.stderr
        model = folder / "coronet-quick/fold-1/model.keras"
        before = model.stat().st_mtime_ns
        done = coronet("compare", *BOTH, "--data", phantoms, "--out", folder, "--resume")
    assert done.returncode == 0, done.stderr
    assert model.stat().st_mtime_ns == before
    return folder, done.stdout


@pytest.mark.slow
def test_a_comparison_leaves_cards_and_tables(compared):
    folder, shown = compared
    systems = pd.read_csv(folder / "systems.csv", index_col="system")
    assert systems.index.tolist() == list(BOTH[:2])
    assert systems["epochs"].tolist() == ["1 of 6", "-"]
    assert systems["weights"].tolist() == ["scratch", "coronet-quick"]
    assert len(pd.read_csv(folder / "pairs.csv")) == 1
    assert len(pd.read_csv(folder / "classes.csv")) == 8
    for name in systems.index:
        card = runs.finished_card(folder / name)
        assert card["cost"]["parameters"] == system(name).network(4).count_params()
        assert card["cost"]["macs"] > 0
        assert card["cost"]["latency_ms"] > 0
        assert card["cost"]["memory_mb"] > 100
        table, _ = runs.read_predictions(folder / name)
        assert len(table) == systems.loc[name, "images"]
    assert "- svm-coronet-quick" in shown
    assert "Not for diagnosis" in shown


@pytest.mark.slow
def test_a_finished_comparison_is_told_again(compared, phantoms):
    folder, _ = compared
    done = coronet("compare", *BOTH, "--data", phantoms, "--out", folder, "--resume", "--json")
    assert done.returncode == 0, done.stderr
    assert list(json.loads(done.stdout)) == list(BOTH[:2])
    refused = coronet("compare", *BOTH, "--data", phantoms, "--out", folder)
    assert refused.returncode == 1
    assert "say --resume or --overwrite" in refused.stderr
    other = coronet("compare", *BOTH, "--data", phantoms, "--out", folder, "--resume", "--seed=1")
    assert "its card differs in seed" in other.stderr


@pytest.mark.slow
def test_a_system_added_later_stands_beside_all_that_are_finished(compared, phantoms, tmp_path, monkeypatch):
    folder = tmp_path / "compare"
    shutil.copytree(compared[0], folder)
    monkeypatch.setattr(measure, "cost", partial(measure._cost, repeats=1))
    added = coronet("compare", "logistic-pixels", *FOLDS, "--data", phantoms, "--out", folder, "--resume")
    assert added.returncode == 0, added.stderr
    for done in (added, coronet("compare", BOTH[1], *FOLDS, "--data", phantoms, "--out", folder, "--resume")):
        assert done.returncode == 0, done.stderr
        systems = pd.read_csv(folder / "systems.csv", index_col="system")
        assert systems.index.tolist() == [*BOTH[:2], "logistic-pixels"]
        assert len(pd.read_csv(folder / "pairs.csv")) == 3
        assert "- logistic-pixels" in done.stdout
    other = coronet("compare", "darkcovidnet", "--folds=3", "--phantom", "--out", folder, "--resume")
    assert "coronet-quick was tested otherwise: its card differs in folds" in other.stderr


@pytest.mark.slow
def test_features_of_a_network_that_was_trained_anew_leave_the_tables(
    compared, phantoms, tmp_path, monkeypatch
):
    folder = tmp_path / "compare"
    shutil.copytree(compared[0], folder)
    monkeypatch.setattr(measure, "cost", partial(measure._cost, repeats=1))
    rest = (*FOLDS, "--data", phantoms, "--out", folder)
    old = runs.read_card(folder / BOTH[1] / "fold-1")["base"]
    anew = coronet("compare", BOTH[0], "--epochs=2", "--overwrite", *rest)
    assert anew.returncode == 0, anew.stderr
    assert f"{BOTH[1]} is left out of the tables" in anew.stderr
    assert pd.read_csv(folder / "systems.csv")["system"].tolist() == [BOTH[0]]
    assert not (folder / "pairs.csv").exists()  # of the two as they were
    again = coronet("compare", *BOTH[:2], "--epochs=2", "--resume", *rest)
    assert again.returncode == 0, again.stderr
    assert "left out" not in again.stderr
    assert pd.read_csv(folder / "systems.csv")["system"].tolist() == list(BOTH[:2])
    new = runs.read_card(folder / BOTH[0] / "fold-1")["predictions_sha256"]
    assert runs.read_card(folder / BOTH[1] / "fold-1")["base"]["predictions_sha256"] == new
    assert old["predictions_sha256"] != new


def test_other_x_rays_under_the_same_names_are_refused_before_training(tmp_path, monkeypatch):
    monkeypatch.setattr(crossval, "run", lambda *_, **__: pytest.fail("trained"))
    drawn = phantom.generate(2, 96)
    table = pd.DataFrame({"file": drawn.files, "patient": drawn.patients})
    table = table.assign(fold=1 + table.index % 4, true=np.array(drawn.classes)[drawn.labels])
    table = table.assign(**dict.fromkeys(drawn.classes, 0.25))
    hand_made.leave(tmp_path / "coronet-quick", table, data=runs.describe_data(drawn))
    added = [SYSTEMS["logistic-pixels"]]
    with pytest.raises(runs.RunError, match="differs in data; choose another --out"):
        compare.run(added, lambda size: phantom.generate(2, size, seed=1), tmp_path)
    with pytest.raises(runs.RunError, match="differs in data; choose another --out"):
        compare.run(added, lambda size: phantom.generate(3, size), tmp_path)
    with pytest.raises(pytest.fail.Exception, match="trained"):
        compare.run(added, lambda size: phantom.generate(2, size), tmp_path)


def test_x_rays_are_drawn_once_for_each_size_with_all_cores(monkeypatch, tmp_path):
    drawn, generate = [], phantom.generate

    def draw(size, **options):
        drawn.append((size, options["workers"]))
        return generate(2, size)

    monkeypatch.setattr(phantom, "generate", draw)
    monkeypatch.setattr(crossval, "run", lambda *_, **__: {"cost": {}})
    monkeypatch.setattr(tables, "write", lambda *_: None)
    monkeypatch.setattr(tables, "overview", lambda *_: pd.DataFrame())
    systems = ("coronet-quick", "svm-coronet-quick", "logistic-pixels")
    done = coronet("compare", *systems, "--phantom", "--out", tmp_path / "x", "--json")
    assert done.returncode == 0, done.stderr
    assert drawn == [(96, cpu_count()), (32, cpu_count())]


def test_several_seeds_leave_a_comparison_each_and_a_table(phantoms, tmp_path, monkeypatch):
    cost = Mock(side_effect=partial(measure._cost, repeats=1))
    monkeypatch.setattr(measure, "cost", cost)
    asked = ("compare", "logistic-pixels", "--data", phantoms, *FOLDS, "--seeds=0,3", "--out", tmp_path / "x")
    done = coronet(*asked)
    assert done.returncode == 0, done.stderr
    assert cost.call_count == 1, "no seed changes what a network costs"
    assert "logistic-pixels: mean over the folds, with each seed" in " ".join(done.stdout.split())
    table = pd.read_csv(tmp_path / "x/seeds.csv", index_col=["system", "seed"]).loc["logistic-pixels"]
    assert table.index.tolist() == ["0", "3", "mean", "sd"]
    card = runs.read_card(tmp_path / "x/seed-3/logistic-pixels")
    assert card["seed"] == 3
    assert card["cost"] == runs.read_card(tmp_path / "x/seed-0/logistic-pixels")["cost"]
    assert table.loc["3", "accuracy"] == pytest.approx(card["metrics"]["accuracy"], abs=1e-4)
    assert (tmp_path / "x/seed-0/systems.csv").is_file()
    assert "choose another --out" in coronet(*asked).stderr
    other = coronet(*(value.replace("0,3", "7") if isinstance(value, str) else value for value in asked))
    assert "seeds.csv is the table of earlier seeds; name all seeds" in " ".join(other.stderr.split())
    again = coronet(*asked, "--resume", "--json")
    assert json.loads(again.stdout)["logistic-pixels"]["3"]["accuracy"] == table.loc["3", "accuracy"]


def test_seeds_of_which_one_was_compared_otherwise_are_refused_before_the_first(
    phantoms, tmp_path, monkeypatch
):
    monkeypatch.setattr(measure, "cost", partial(measure._cost, repeats=1))
    asked = ("compare", "logistic-pixels", "--data", phantoms, "--folds=2")
    assert coronet(*asked, "--seed=3", "--split-seed=1", "--out", tmp_path / "x/seed-3").returncode == 0
    done = coronet(*asked, "--seeds=0,3", "--resume", "--out", tmp_path / "x")
    assert "seed-3/logistic-pixels was tested otherwise" in " ".join(done.stderr.split())
    assert not (tmp_path / "x/seed-0").exists()


def test_a_file_of_weights_may_have_an_equals_sign_in_its_name(tmp_path):
    file = tmp_path / "lr=0.001.weights.h5"
    file.touch()
    names = ["coronet-quick", "darkcovidnet"]
    for settings, wanted in (
        ([str(file)], [str(file), str(file)]),
        ([f"darkcovidnet={file}"], [None, str(file)]),
        (["imagenet", "darkcovidnet=none"], ["imagenet", None]),
    ):
        assert [entry.recipe.weights for entry in _entries(names, [], settings)] == wanted
    named_nothing = coronet("compare", *names, "--phantom", "--out=x", "--weights=dark=nowhere.h5")
    assert "dark is none of coronet-quick, darkcovidnet" in " ".join(named_nothing.stderr.split())


def refused(*arguments):
    done = coronet("compare", *arguments)
    assert done.returncode != 0
    return " ".join(done.stderr.split())


def test_what_is_refused_before_training(phantoms, tmp_path, monkeypatch):
    data, out = ("--data", phantoms), ("--out", tmp_path / "run")
    said = refused("darknet", *data, *out)
    assert "no system 'darknet', did you mean 'darkcovidnet'?" in said
    assert "narin-resnet50" in said
    monkeypatch.setattr(store, "load", lambda *_, **__: pytest.fail("the pixels are not needed yet"))
    said = refused("coronet-quick", "darkcovidnet", *data, *out)
    assert "darkcovidnet wants 256 x 256 pixels" in said
    assert "--size 256" in said
    assert "name coronet-quick before it" in refused("svm-coronet-quick", *data, *out)
    assert "is named twice" in refused("coronet-quick", "coronet-quick", *data, *out)
    assert "no weights file at nowhere.h5" in refused("coronet-quick", *data, *out, "--weights=nowhere.h5")
    assert "--epochs wants N" in refused("coronet-quick", *data, *out, "--epochs=many")
    assert "sethy is none of coronet-quick" in refused("coronet-quick", *data, *out, "--epochs=sethy=3")
    assert "has no epochs to choose" in refused("logistic-pixels", *data, *out, "--epochs=logistic-pixels=3")
    assert "say either --data DIR or --phantom" in refused("coronet-quick", *out)
    assert not (tmp_path / "run").exists()


def test_a_system_that_cannot_take_the_classes_is_refused():
    with pytest.raises(ValueError, match="not 14 classes"):
        compare.check([SYSTEMS["chexnet"]], 14)
    compare.check([SYSTEMS["coronet-quick"], SYSTEMS["svm-coronet-quick"]], 2)


def test_the_systems_are_listed():
    shown = coronet("systems").stdout
    for name in SYSTEMS:
        assert name in shown
    facts = json.loads(coronet("systems", "--json").stdout)
    assert facts["covidnet-stand-in"]["claimed_millions"] == 116
    accuracy = facts["darkcovidnet"]["reported"][0]["accuracy"]
    assert accuracy == float(paper.TABLE_VII["ozturk_darknet"].three_class)


def test_a_second_comparison_in_the_folder_is_refused(tmp_path):
    with (
        writer(tmp_path / "out") as first,
        pytest.raises(runs.RunError, match=f"is being written by process {first.pid}"),
    ):
        compare.run([], None, tmp_path / "out")
