"""Precision, compilation and devices: chosen as the machine wants, and gone again after a training."""

import importlib.util
import json
import os
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import hand_made
import keras
import numpy as np
import pytest
import small
from small import QUIET, RECIPE, RESUMING, xrays
from typer.testing import CliRunner

from coronet_lib import runs
from coronet_lib.cli import app
from coronet_lib.models.coronet import coronet, replace_head
from coronet_lib.paper import TABLE_II_PARAMETERS
from coronet_lib.runs import crossval, load_coronet, one_fold
from coronet_lib.training import CORRECTED, PAPER, QUICK, devices, machine
from coronet_lib.training.estimate import ACTIVATIONS, estimate

HERE = Path(__file__).parent


def wanted(package):
    return pytest.mark.skipif(not importlib.util.find_spec(package), reason=f"{package} is not installed")


def script(name, backend, *arguments):
    """What a script prints as its last line, in a process with this backend."""
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, HERE / name, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=HERE)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("backend", ["tensorflow", pytest.param("jax", marks=wanted("jax"))])
def test_two_devices_train_as_one(backend, tmp_path):
    """The same losses and weights, though each device sees half of every batch."""
    found = script("two_devices.py", backend, tmp_path)
    assert found["devices"] == 2
    assert found["losses_apart"] < 1e-4
    assert found["weights_apart"] < 1e-2  # of variances of pixels, thousands
    assert found["resumed_apart"] == 0
    assert found["finite"]
    assert found["scores_apart"] < 1e-4
    assert found["policy_after"] == "float32"
    if backend == "tensorflow":
        assert found["replicas_apart"] == 0
        # The saved model could not be loaded with another backend.
        assert found["synchronized_after"] is False


@pytest.mark.parametrize("backend", [pytest.param(name, marks=wanted(name)) for name in ("jax", "torch")])
def test_other_backends_run_the_same_code(backend, tmp_path):
    """One epoch of the quick recipe, on a few small X-rays, from fit to a saved model and back."""
    found = script("one_epoch.py", backend, tmp_path)
    assert found["backend"] == backend
    assert found["device"]
    assert found["tested"] == sum(map(sum, found["matrix"]))
    assert 0.5 < found["loss"] < 3
    assert found["apart"] < 1e-5


def test_what_is_chosen_for_a_gpu(monkeypatch):
    for capability, precision in {
        (9, 0): "mixed_bfloat16",
        (8, 0): "mixed_bfloat16",
        (7, 5): "mixed_float16",
        (6, 0): "float32",
        (0, 0): "float32",
    }.items():
        monkeypatch.setattr(devices._TensorFlow, "capability", classmethod(lambda cls, c=capability: c))
        with monkeypatch.context() as patch:
            patch.setattr(devices._TensorFlow, "name", staticmethod(lambda: "some GPU"))
            assert devices.choose("auto").precision == precision
    assert devices.choose() == devices.Compute("float32", jit=False, devices=1)
    assert devices.choose(jit=True).jit
    monkeypatch.setattr(devices._TensorFlow, "_details", staticmethod(lambda: {"device_name": "Tesla T4"}))
    monkeypatch.setattr(devices._TensorFlow, "devices", staticmethod(lambda: ["GPU:0", "GPU:1"]))
    assert devices.choose().jit
    assert not devices.choose(devices=2).jit
    assert (devices.device_name(), devices.count()) == ("Tesla T4", 2)


@pytest.mark.parametrize(
    ("kind", "batch", "precision"),
    [
        ("bfloat16", 16, "mixed_bfloat16"),
        ("bfloat16", 15, "float32"),
        ("bfloat16", None, "float32"),
        ("AVX-512", 64, "float32"),
    ],
)
def test_what_is_chosen_for_a_processor(kind, batch, precision, monkeypatch):
    monkeypatch.setattr(machine, "kind", lambda: kind)
    assert devices.choose("auto", batch_size=batch).precision == precision


def test_a_processor_that_is_not_made_for_a_precision_is_told_of(monkeypatch):
    monkeypatch.setattr(machine, "kind", lambda: "AVX2")
    for precision in ("bfloat16", "float16"):
        with pytest.warns(UserWarning, match=rf"\(AVX2\) does not multiply in {precision}: .* will be slow"):
            assert devices.choose(f"mixed_{precision}").precision == f"mixed_{precision}"
    monkeypatch.setattr(machine, "kind", lambda: "bfloat16")
    with pytest.warns(UserWarning, match="does not multiply in float16"):
        devices.choose("mixed_float16")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        devices.choose("mixed_bfloat16")
        devices.choose()


def test_what_is_refused(monkeypatch):
    with pytest.raises(ValueError, match=r"precision must be one of float32, .* got 'float16'"):
        devices.choose("float16")
    with pytest.raises(ValueError, match="devices must be at least 1, got 0"):
        devices.choose(devices=0)
    with pytest.raises(ValueError, match=r"3 devices were asked for, but this machine has 1 \(cpu\)"):
        devices.choose(devices=3)
    with pytest.raises(ValueError, match="must be one of 1, 2, 5, 10"):
        devices.Compute(devices=4).check_batch(10)
    devices.Compute(devices=5).check_batch(10)
    monkeypatch.setattr(devices, "_backend", lambda: "torch")
    with pytest.raises(ValueError, match="not with torch"):
        devices.choose(devices=2)


@pytest.mark.parametrize("number", range(1, 10))
def test_no_device_goes_empty_and_no_mean_changes(number):
    compute = devices.Compute(devices=number)
    for n in range(1, 150):
        rows, total = np.arange(n), 0
        for count, (part, squares) in compute.evenly(rows, rows**2):
            np.testing.assert_array_equal(squares, part**2)
            np.testing.assert_array_equal(part[:count], rows[total : total + count])
            assert part[:count].mean() == pytest.approx(part.mean())
            batch = compute.even(min(64, n))
            assert {len(part[i : i + batch]) % number for i in range(0, len(part), batch)} == {0}
            total += count
        assert total == n


def test_the_precision_is_gone_after_its_scope():
    with devices.Compute("mixed_bfloat16").scope():
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
    assert keras.config.dtype_policy().name == "float32"
    with pytest.raises(ValueError, match="classes"), devices.Compute("mixed_float16").scope():
        coronet(classes=5)
    assert keras.config.dtype_policy().name == "float32"


def test_mixed_precision_ends_in_32_bits():
    with devices.Compute("mixed_float16").scope():
        model = coronet(size=72, width=1 / 8, middle_blocks=0, hidden=8)
    assert model.get_layer("block1_conv1").compute_dtype == "float16"
    assert replace_head(model, 3).output.dtype == model.output.dtype == "float32"
    assert {weight.dtype for weight in model.weights} == {"float32"}


def test_a_mixed_training_goes_on_to_the_same_weights(tmp_path, monkeypatch):
    """Also where the scaled loss overflows: such a step changes no weight, and Adam does not count it."""
    recipe, compute = RECIPE.but(epochs=3, warmup=0, patience=0), devices.Compute("mixed_float16")
    initialise, save, counted = keras.optimizers.LossScaleOptimizer.__init__, keras.Model.save, []

    def overflowing(optimizer, inner, initial_scale=2.0**18, **options):
        initialise(optimizer, inner, initial_scale=initial_scale, **options)

    def stopping(model, path):
        counted.append(int(model.optimizer.iterations))
        if len(counted) == 2:
            raise KeyboardInterrupt
        save(model, path)

    monkeypatch.setattr(keras.optimizers.LossScaleOptimizer, "__init__", overflowing)
    monkeypatch.setattr(keras.Model, "run_eagerly", small.EAGER)
    mixed = replace(QUIET, compute=compute)
    whole = one_fold.run(xrays(), recipe, tmp_path / "whole", session=mixed)
    with monkeypatch.context() as patch:
        patch.setattr(keras.Model, "save", stopping)
        patch.setattr(machine, "processor", lambda: "another")
        with pytest.raises(KeyboardInterrupt):
            one_fold.run(xrays(), recipe, tmp_path / "part", session=mixed)
    assert 0 < counted[1] < 2 * small.STEPS
    with pytest.raises(runs.RunError, match="differs in precision"):
        one_fold.run(xrays(), recipe, tmp_path / "part", session=RESUMING)
    card = one_fold.run(xrays(), recipe, tmp_path / "part", session=replace(RESUMING, compute=compute))
    assert card["precision"] == "mixed_float16"
    assert card["epochs"] == whole["epochs"] == 3
    assert [there["processor"] for there in card["environments_before"]] == ["another"]
    assert card["environment"] == whole["environment"]
    assert "environments_before" not in whole
    assert card["predictions_sha256"] == whole["predictions_sha256"]
    table, classes = runs.read_predictions(tmp_path / "part")
    np.testing.assert_allclose(table[list(classes)].sum(axis=1), 1, atol=1e-5)
    models = load_coronet(tmp_path / "part"), load_coronet(tmp_path / "whole")
    for ours, theirs in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_what_to_expect_of_the_full_recipe(monkeypatch):
    model = PAPER.but(weights=None).build(4)
    assert model.count_params() == TABLE_II_PARAMETERS.total
    assert sum(np.prod(layer.output.shape[1:]) for layer in model.layers) == ACTIVATIONS

    def on(name, recipe=PAPER, kind="AVX2", precision="float32"):
        monkeypatch.setattr(devices, "device_name", lambda: name)
        monkeypatch.setattr(machine, "kind", lambda: kind)
        return estimate(recipe, 1119, precision)

    k80 = on("Tesla K80")
    assert k80.minutes == pytest.approx(38.7, abs=0.1)  # as the notebook's log has it, 80 epochs
    assert not k80.at_most
    assert on("NVIDIA H200").at_most
    assert on("NVIDIA H200").minutes == k80.minutes
    cpu = on("cpu")
    assert cpu.minutes > 60
    assert 2 < cpu.gigabytes < 3
    assert on("cpu", CORRECTED).gigabytes > cpu.gigabytes
    fast, faster = (on("cpu", kind="bfloat16", precision=name) for name in ("float32", "mixed_bfloat16"))
    assert cpu.minutes / fast.minutes == pytest.approx(5.2 / 3.9)
    assert fast.minutes / faster.minutes == pytest.approx(8.9 / 5.2)
    assert on("cpu", precision="mixed_bfloat16").minutes == cpu.minutes
    assert on("cpu", kind="other").minutes > cpu.minutes
    assert on("cpu", kind="AVX-512").minutes == cpu.minutes
    with pytest.raises(ValueError, match="only the full network was measured"):
        on("cpu", QUICK)


@pytest.fixture
def received(monkeypatch):
    """What a command would have learned with."""
    options = {}
    monkeypatch.setattr(app, "_xrays_and_recipe", lambda *_: (xrays(), RECIPE))
    monkeypatch.setattr(app, "_tell", lambda card, request: None)
    for module in (one_fold, crossval):
        monkeypatch.setattr(module, "run", lambda *_, **given: options.update(given))
    return options


@pytest.mark.parametrize("command", ["train", "cv"])
def test_the_command_passes_its_options_on(command, received, monkeypatch):
    options = ["--out", "x", "--phantom", "--precision=mixed_bfloat16", "--jit"]
    monkeypatch.setattr(machine, "kind", lambda: "bfloat16")  # or there would be a warning
    done = CliRunner().invoke(app.app, [command, *options])
    assert done.exit_code == 0, done.output
    assert received["session"].compute == devices.Compute("mixed_bfloat16", jit=True, devices=1)
    refused = CliRunner().invoke(app.app, [command, "--out", "x", "--phantom", "--devices=3"])
    assert "this machine has 1 (cpu)" in str(refused.exception)


@pytest.mark.parametrize(("command", "trainings"), [("train", 1), ("cv", 10)])
def test_what_is_said_of_a_run_that_goes_on_from_another_is_of_that_one(
    command, trainings, received, monkeypatch
):
    monkeypatch.setattr(machine, "kind", lambda: "bfloat16")
    card = {"precision": "mixed_bfloat16", "folds": 10}
    for name in ("open_base", "open_base_folds"):
        monkeypatch.setattr(f"coronet_lib.runs.{name}", lambda *_: SimpleNamespace(card=card))
    told = []

    def expect(request, recipe, images, session, trainings=1):
        told.append((request.folds, trainings))

    monkeypatch.setattr(app.Request, "expect", expect)
    done = CliRunner().invoke(app.app, [command, "--out", "x", "--phantom", "--base", "y"])
    assert done.exit_code == 0, done.output
    assert "in mixed_bfloat16" in done.output
    assert told == [(10, trainings)]


def test_a_run_goes_on_in_its_precision_where_the_machine_may_choose(received, monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "kind", lambda: "AVX2")  # no longer the kind that it began on
    (begun := tmp_path / "begun").mkdir()
    runs.write_card(begun, hand_made.card(precision="mixed_bfloat16"))
    options = ["cv", "--phantom", "--precision=auto", "--resume", "--out"]
    with pytest.warns(UserWarning, match="will be slow"):
        done = CliRunner().invoke(app.app, [*options, str(begun)])
    assert done.exit_code == 0, done.output
    assert received["session"].compute.precision == "mixed_bfloat16"
    CliRunner().invoke(app.app, [*options, str(tmp_path / "new")])
    assert received["session"].compute.precision == "float32"


def test_fine_tuning_keeps_the_precision_of_its_base():
    options = ["--out", "x", "--phantom", "--base", "b", "--precision=auto"]
    done = CliRunner().invoke(app.app, ["train", *options])
    assert done.exit_code == 2
    assert "leave out --precision" in " ".join(done.output.replace("│", " ").split())
