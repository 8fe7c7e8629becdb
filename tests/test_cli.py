"""The ``coronet`` command as a user types it: exit codes, messages, files, and the real X-rays."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
import small
from command import coronet
from PIL import Image

from coronet_lib.files import data_path
from coronet_lib.training import PROFILES

FAST = "--epochs=1"


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "phantoms"
    done = coronet("data", "phantom", "--out", folder, "--each=32", "--size=96", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["counts"]["covid19"] == 32
    return folder


@pytest.fixture(scope="module")
def trained(phantoms, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.Model, "run_eagerly", small.EAGER)
        done = coronet("train", "--data", phantoms, FAST, "--out", folder, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "finished"
    return folder


def test_training_leaves_a_run_that_evaluates(trained):
    assert {p.name for p in trained.iterdir()} == {
        "card.json",
        "history.csv",
        "predictions.csv",
        "model.keras",
    }
    shown = coronet("evaluate", trained)
    assert shown.returncode == 0
    assert "COVID-19" in shown.stdout
    assert "Not for diagnosis" in shown.stdout
    result = json.loads(coronet("evaluate", trained, "--json").stdout)
    matrix = np.array(result["confusion_matrix"])
    assert matrix.sum() == result["images"] == len(pd.read_csv(trained / "predictions.csv"))
    assert result["partial"] == {"epochs": 1, "of": 18}
    assert "1 of the recipe's 18 epochs" in shown.stdout
    low, high = result["accuracy_interval"]
    assert low <= np.trace(matrix) / matrix.sum() <= high


def test_a_threshold_of_three_folds_is_tried_on_the_fourth():
    run = data_path("runs", "quick-dataset1-patient-cv")
    parts = json.loads(coronet("calibrate", run, "--json").stdout)
    found, ill = (sum(part[column] for part in parts.values()) for column in ("found", "ill"))
    assert (sorted(parts), ill) == (["1", "2", "3", "4"], 284)
    shown = " ".join(coronet("calibrate", run).stdout.split())
    assert f"found {found} of 284 X-rays, {found / ill:.1%}" in shown


def test_a_run_is_refused_as_one_on_other_x_rays(trained, phantoms, tmp_path):
    assert coronet("evaluate", trained, "--data", phantoms, "--json").returncode == 0
    made = coronet("data", "phantom", "--out", tmp_path / "others", "--each=32", "--size=96", "--seed=1")
    assert made.returncode == 0, made.stderr
    refused = coronet("evaluate", trained, "--data", tmp_path / "others")
    assert refused.returncode == 1
    assert "other phantoms: they were drawn with seed 0" in refused.stderr


def test_folds_are_listed_as_training_deals_them(trained, phantoms, tmp_path):
    manifest = tmp_path / "made/folds.csv"
    done = coronet("data", "folds", phantoms, "--out", manifest, "--json")
    assert done.returncode == 0, done.stderr
    table, report = pd.read_csv(manifest), json.loads(done.stdout)
    assert list(table) == ["file", "patient", "label", "image_wise", "patient_wise"]
    assert (report["n"], report["seed"], report["patient"]["leaked_patients"]) == (4, 0, 0)
    in_several = table.groupby("patient")["image_wise"].nunique() > 1
    assert report["image"]["leaked_patients"] == in_several.sum() > 0
    tested = pd.read_csv(trained / "predictions.csv")["file"]
    assert sorted(table["file"][table["patient_wise"] == 1]) == sorted(tested)
    shown = coronet("data", "folds", phantoms, "--out", manifest, "--split=image", "--overwrite")
    assert f"By image: {in_several.sum()} of {len(in_several)} patients leak" in shown.stdout
    assert "patient_wise" not in pd.read_csv(manifest)
    refused = coronet("data", "folds", phantoms, "--out", manifest)
    assert refused.returncode == 1
    assert "say --overwrite" in refused.stderr


def test_a_run_goes_on_with_fewer_classes(trained, phantoms, tmp_path, monkeypatch):
    monkeypatch.setattr(keras.Model, "run_eagerly", small.EAGER)
    three = tmp_path / "three"
    done = coronet("train", "--data", phantoms, FAST, "--base", trained, "--classes=3", "--out", three)
    assert done.returncode == 0, done.stderr
    files = [pd.read_csv(run / "predictions.csv")["file"].tolist() for run in (trained, three)]
    assert files[0] == files[1]
    full = coronet("train", "--data", phantoms, "--base", trained, "--profile=full", "--out", tmp_path / "x")
    assert full.returncode == 1
    assert not (tmp_path / "x").exists()


@pytest.fixture
def small_network(monkeypatch):
    """Where any network will do, a small one takes the place of the quick recipe's."""
    monkeypatch.setitem(PROFILES, "quick", small.QUICK)


# The same, for the command in a process of its own.
WITH_SMALL_NETWORK = """
import small
from coronet_lib.cli import main
from coronet_lib.training import PROFILES
PROFILES["quick"] = small.QUICK
main()
"""
INTERRUPTED = """
import signal
from coronet_lib.training.checkpoint import Checkpoint
save = Checkpoint.save
def save_and_interrupt(*arguments):
    save(*arguments)
    signal.raise_signal(signal.SIGINT)
Checkpoint.save = save_and_interrupt
"""


@pytest.mark.slow
def test_cross_validation_ends_in_the_tables_of_the_paper(phantoms, tmp_path, small_network):
    folder = tmp_path / "cv"
    done = coronet("cv", "--data", phantoms, FAST, "--folds=2", "--out", folder)
    assert done.returncode == 0, done.stderr
    assert "All folds of" in done.stdout
    assert {"card.json", "predictions.csv", "folds.csv", "classes.csv", "fold-1", "fold-2"} == {
        path.name for path in folder.iterdir()
    }
    result = json.loads(coronet("evaluate", folder, "--json").stdout)
    assert result["images"] == 128
    assert list(result["folds"]) == ["1", "2", "mean", "sd"]
    three = ("--base", folder, "--classes=3", "--out", tmp_path / "three")
    went_on = coronet("cv", "--data", phantoms, FAST, *three)
    assert went_on.returncode == 0, went_on.stderr
    assert json.loads(coronet("evaluate", tmp_path / "three", "--json").stdout)["images"] == 128
    again = coronet("cv", "--data", phantoms, FAST, "--folds=2", "--out", folder)
    assert again.returncode == 1
    assert "say --resume or --overwrite" in again.stderr


def test_predict_scores_what_can_be_read_and_reports_the_rest(trained, phantoms, tmp_path):
    good = next((phantoms / "images/normal").iterdir())
    broken = tmp_path / "broken.png"
    broken.write_bytes(good.read_bytes()[:200])
    text = tmp_path / "letter.txt"
    text.write_text("Dear doctor")
    odd = tmp_path / "one.png"
    Image.fromarray(np.zeros((1, 1), np.uint8)).save(odd)
    done = coronet("predict", trained, good, broken, text, odd, tmp_path / "missing.png", "--json")
    assert done.returncode == 1
    result = json.loads(done.stdout)
    assert [p["file"] for p in result["predictions"]] == [str(good)]
    for prediction in result["predictions"]:
        assert sum(prediction["scores"].values()) == pytest.approx(1, abs=1e-4)
        assert prediction["predicted"] == max(prediction["scores"], key=prediction["scores"].get)
    assert set(result["refused"]) == {str(broken), str(text), str(odd), str(tmp_path / "missing.png")}
    assert "1 × 1 pixels are too few: an edge wants at least 64" in result["refused"][str(odd)]
    for name in ("broken.png", "letter.txt", "one.png", "missing.png"):
        assert name in done.stderr
    table = coronet("predict", trained / "model.keras", good)
    assert table.returncode == 0
    assert "Not for diagnosis" in table.stdout


def test_a_second_run_into_the_folder_is_refused(trained, phantoms):
    done = coronet("train", "--data", phantoms, FAST, "--out", trained)
    assert done.returncode == 1
    assert "say --resume or --overwrite" in done.stderr
    assert done.stderr.strip().splitlines()[-1].startswith("Error: ")
    other = coronet("train", "--data", phantoms, FAST, "--out", trained, "--resume", "--seed=5")
    assert other.returncode == 1
    assert "differs in seed" in other.stderr


def test_an_interrupted_training_goes_on(phantoms, tmp_path, small_network):
    """Ctrl-C after the first epoch; what kill -9 leaves, which no command can answer, is for test_kill.py."""
    folder = tmp_path / "run"
    arguments = ["train", "--data", str(phantoms), "--epochs=2", "--out", str(folder), "--json"]
    process = subprocess.run(
        [sys.executable, "-c", INTERRUPTED + WITH_SMALL_NETWORK, *arguments],
        cwd=Path(__file__).parent,
        stderr=subprocess.PIPE,
        text=True,
        timeout=200,
        # A shell that runs the tests in the background has told its children to ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.returncode == 1, process.stderr
    assert "--resume" in process.stderr
    assert len(pd.read_csv(folder / "history.csv")) == 1
    assert json.loads((folder / "card.json").read_text())["status"] == "running"
    unfinished = coronet("evaluate", folder)
    assert unfinished.returncode == 1
    assert "unfinished" in unfinished.stderr
    done = coronet(*arguments, "--resume")
    assert done.returncode == 0, done.stderr
    assert pd.read_csv(folder / "history.csv")["epoch"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["train", "--out", "x"], 2, "either --data DIR or --phantom"),
        (["train", "--phantom", "--out", "x", "--resume", "--overwrite"], 2, "exclude each other"),
        (["train", "--phantom", "--out", "x", "--profile", "huge"], 2, "huge"),
        (["train", "--phantom", "--out", "x", "--base", "b", "--fold=2"], 2, "leave out --fold"),
        (["cv", "--phantom", "--out", "x", "--base", "b", "--folds=2"], 2, "leave out --folds"),
        (["train", "--data", "nowhere", "--out", "x"], 1, "nowhere"),
        (["evaluate", "nowhere"], 1, "not a run folder"),
        (
            ["calibrate", data_path("comparisons", "dataset1", "svm-xception")],
            1,
            "margins have no temperature",
        ),
        (["predict", "nowhere", "x.png"], 1, "no model at nowhere"),
        (["explain", "nowhere", "x.png", "--out", "x"], 1, "no model at nowhere"),
        (["data", "prepare", "--source", "nowhere", "--out", "x"], 1, "nowhere"),
        (
            ["data", "prepare", "--source", "x", "--out", "y", "--dataset=2", "--all"],
            2,
            "Dataset-2 is taken whole",
        ),
        (["data", "phantom", "--out", "x", "--size", "8"], 1, "size"),
        (["nonsense"], 2, "nonsense"),
    ],
)
def test_failures_are_one_clear_message(arguments, code, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = coronet(*arguments)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "x").exists()


def test_a_backend_that_is_not_installed_is_no_fault_of_ours(monkeypatch):
    def load(path):
        raise ModuleNotFoundError("No module named 'jax'", name="jax")

    monkeypatch.setattr("coronet_lib.runs.load_coronet", load)
    done = coronet("predict", "model.keras", "x.png")
    assert done.returncode == 1
    assert "is to compute with jax, which is not installed; install it, or set KERAS_BACKEND" in done.stderr


def test_a_plain_folder_of_images_names_the_remedy(tmp_path):
    (tmp_path / "plain/normal").mkdir(parents=True)
    done = coronet("train", "--data", tmp_path / "plain", "--out", tmp_path / "run")
    assert done.returncode == 1
    assert "coronet data prepare" in done.stderr


def test_every_command_has_help_with_an_example():
    for command in (
        ["data", "phantom"],
        ["data", "prepare"],
        ["data", "folds"],
        ["train"],
        ["cv"],
        ["evaluate"],
        ["calibrate"],
        ["predict"],
        ["explain"],
    ):
        shown = coronet(*command, "--help")
        assert shown.returncode == 0
        assert "Example" in shown.stdout


def test_the_paper_is_audited_worst_first():
    shown = coronet("paper", "audit", "--fast")
    assert shown.returncode == 0
    assert "A22" in shown.stdout
    findings = json.loads(coronet("paper", "audit", "--fast", "--json").stdout)
    order = ["wrong", "inconsistent", "not reproducible", "rounding", "holds"]
    ranks = [order.index(finding["verdict"]) for finding in findings]
    assert ranks == sorted(ranks)
    assert len(ranks) >= 40


@pytest.mark.slow
def test_the_sprint_is_cross_validated(phantoms, tmp_path, monkeypatch):
    """With a network of three layers; no patience: the epoch that is kept is the last."""
    choices = vars(PROFILES["sprint"]) | {"size": 96, "weights": None, "validation": 0.25}
    monkeypatch.setitem(PROFILES, "sprint", small.Small(**choices))
    monkeypatch.setattr(keras.Model, "run_eagerly", small.EAGER)
    asked = ("--profile=sprint", "--epochs=2", "--folds=2", "--out", tmp_path / "cv", "--json")
    done = coronet("cv", "--data", phantoms, *asked)
    assert done.returncode == 0, done.stderr
    card = json.loads(done.stdout)
    assert card["recipe"]["name"] == "sprint"
    assert np.sum(card["confusion_matrix"]) == 128
    fold = json.loads((tmp_path / "cv/fold-1/card.json").read_text())
    assert fold["images"]["validation"] > 0
    assert sum(fold["images"].values()) == 128
    assert fold["kept_epoch"] == 2


@pytest.mark.slow
def test_real_x_rays_through_the_command_line(real_data, tmp_path, small_network):
    prepared, run = tmp_path / "dataset1", tmp_path / "run"
    done = coronet("data", "prepare", "--source", real_data, "--out", prepared, "--size=96", "--json")
    assert done.returncode == 0, done.stderr
    assert list(json.loads(done.stdout)["counts"].values()) == [284, 310, 330, 327]
    assert done.stderr.startswith("Warning: ")  # of metadata rows without a file
    assert len(done.stderr.strip().splitlines()) == 1
    done = coronet("train", "--data", prepared, FAST, "--out", run, "--json")
    assert done.returncode == 0, done.stderr
    card = json.loads(done.stdout)
    assert sum(card["images"].values()) == 1251
    result = json.loads(coronet("evaluate", run, "--json").stdout)
    assert result["images"] == card["images"]["test"]
    image = next((prepared / "images/covid19").iterdir())
    assert coronet("predict", run, image).returncode == 0


@pytest.mark.slow
def test_coronet_of_full_size_scores_real_x_rays(real_data):
    from coronet_lib import training
    from coronet_lib.datasets.images import read_xray
    from coronet_lib.models.coronet import coronet as build

    files = sorted((real_data / "chest_xray/test/NORMAL").iterdir())[:4]
    scores = training.predict(build(), np.stack([read_xray(f, 150)[..., None] for f in files]))
    assert scores.shape == (4, 4)
    np.testing.assert_allclose(scores.sum(axis=1), 1, rtol=1e-4)


def test_importing_the_library_imports_no_framework():
    heavy = ("tensorflow", "keras", "matplotlib")
    code = f"import sys, coronet_lib; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


@pytest.mark.parametrize("seeds", ["", "3..1", "1,1", "1,x"])
def test_seeds_that_are_none_are_refused(seeds, tmp_path):
    done = coronet("cv", "--phantom", f"--seeds={seeds}", "--out", tmp_path / "runs")
    assert done.returncode == 2
    assert "--seeds wants seeds such as 0..9 or 1,4,7" in " ".join(done.stderr.replace("│", " ").split())
