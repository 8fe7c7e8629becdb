"""``coronet doctor``: each line when it works and when it does not, and a probe that fails or hangs."""

import json
import subprocess
import time
from importlib.metadata import PackageNotFoundError
from types import SimpleNamespace

import pytest
from command import coronet

import coronet_lib
from coronet_lib.cli import probes
from coronet_lib.cli.probes import BROKEN, MISSING, WORKS, Line
from coronet_lib.course.sandbox import Bubblewrap
from coronet_lib.training import machine

CPU = {"keras": "3.15.1", "backend": "tensorflow", "device": "cpu", "count": 1, "precision": "float32"}
A100 = CPU | {"device": "NVIDIA A100", "count": 2, "precision": "mixed_bfloat16"}
NO_BACKEND = {"error": "No module named 'tensorflow'", "remedy": "`pip install tensorflow`", "broken": True}
LATE = {"error": "not imported within 115 seconds", "remedy": "try again", "broken": False}


def test_the_library_and_what_it_asks_for(monkeypatch):
    assert probes.library().state == WORKS
    assert coronet_lib.__version__ in probes.library().said
    monkeypatch.setattr(probes, "requires", lambda _: ["numpy>=99", "no-such-package", 'x; extra == "y"'])
    line = probes.library()
    assert line.state == BROKEN
    assert "it wants numpy>=99 (2." in line.said
    assert line.said.endswith("no-such-package (not there)")


def test_a_library_without_its_data_is_broken(monkeypatch):
    def gone(*_):
        raise FileNotFoundError("the committed data hold no runs")

    monkeypatch.setattr(probes, "data_path", gone)
    assert (probes.library().state, probes.library().said[-8:]) == (BROKEN, " no runs")


@pytest.mark.parametrize(
    ("found", "states", "words"),
    [
        (CPU, (WORKS, MISSING, MISSING), "Keras 3.15.1 | the processor computes | float32 only"),
        (A100, (WORKS, WORKS, WORKS), "tensorflow | 2 x NVIDIA A100 | bfloat16, with"),
        (CPU | {"device": "TFRT_CPU"}, (WORKS, WORKS, MISSING), "tensorflow | 1 x TFRT_CPU | float32"),
        (NO_BACKEND, (BROKEN, MISSING, MISSING), "No module | not known | float32"),
        (LATE, (MISSING, MISSING, MISSING), "not imported | not known | float32"),
    ],
)
def test_keras_and_what_it_computes_on(monkeypatch, found, states, words):
    monkeypatch.setattr(probes, "_ask_keras", lambda: found)
    lines = [probes.backend(), probes.gpu(), probes.sixteen_bits()]
    assert tuple(line.state for line in lines) == states
    assert [word in line.said for word, line in zip(words.split(" | "), lines, strict=True)] == [True] * 3


def test_keras_answers_in_its_own_words(capsys):
    exec(probes._ASKED, {})
    assert json.loads(capsys.readouterr().out.splitlines()[-1]).keys() == CPU.keys()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("print('a word'); print('{\"keras\": 3}')", None),
        ("raise ImportError('no backend')", "ImportError: no backend"),
        ("import os; os.kill(os.getpid(), 4)", "Keras ends Python with code -4"),
        ("import time; time.sleep(9)", "not imported within 0.5 seconds"),
    ],
)
def test_keras_is_asked_where_it_may_crash(monkeypatch, code, said):
    monkeypatch.setattr(probes, "_ASKED", code)
    if "sleep" in code:
        monkeypatch.setattr(probes, "SECONDS", 5.5)
    found = probes._ask_keras.__wrapped__()
    assert found.get("error") == said
    assert bool(found.get("remedy")) == bool(said)


def test_keras_is_asked_once(monkeypatch):
    asked = []
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: asked.append(1) or SimpleNamespace(stdout="{}"))
    probes._ask_keras.cache_clear()
    try:
        probes.examine({str(number): probes._computing for number in range(9)})
    finally:
        probes._ask_keras.cache_clear()
    assert asked == [1]


@pytest.mark.parametrize(("count", "state"), [(1, MISSING), (2, WORKS), (64, WORKS)])
def test_cores(monkeypatch, count, state):
    monkeypatch.setattr("joblib.cpu_count", lambda: count)
    assert (probes.cores().state, probes.cores().said) == (state, str(count))


@pytest.mark.parametrize(
    ("whole", "container", "state", "said"),
    [
        (16, None, WORKS, "16.0 GB"),
        (16, 2, MISSING, "2.0 GB"),
        (2, None, MISSING, "2.0 GB"),
        (None, None, WORKS, "not known"),
    ],
)
def test_memory(monkeypatch, whole, container, state, said):
    def sysconf(name):
        if whole is None:
            raise ValueError("unrecognized configuration name")
        return {"SC_PAGE_SIZE": 10**6, "SC_PHYS_PAGES": whole * 10**3}[name]

    monkeypatch.setattr(machine.os, "sysconf", sysconf, raising=False)
    monkeypatch.setattr(machine, "_container_memory", lambda: container and container * 10**9)
    line = probes.memory()
    assert line.state == state
    assert line.said.startswith(said)


@pytest.mark.parametrize(("written", "bytes_"), [("max\n", None), ("1000\n", 1000), (None, None)])
def test_memory_of_a_container(tmp_path, written, bytes_):
    if written:
        (tmp_path / "memory.max").write_text(written)
    assert machine._container_memory(tmp_path) == bytes_


def test_weights(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    line = probes.weights()
    assert line.state == MISSING
    name = next(word for word in line.remedy.split() if word.endswith(".h5"))
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / name).touch()
    assert probes.weights().state == WORKS
    from coronet_lib.models.stock import STOCK

    assert name == f"{STOCK['Xception'].imagenet}.h5"


def test_x_rays(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CORONET_REAL_DATA", raising=False)
    assert probes.xrays().state == MISSING
    (tmp_path / "upstream/chest_xray").mkdir(parents=True)
    (tmp_path / "dataset1").mkdir()
    (tmp_path / "dataset1/card.json").touch()
    assert probes.xrays() == Line("chest_xray, dataset1, prepared")
    monkeypatch.setenv("CORONET_REAL_DATA", str(tmp_path / "elsewhere"))
    assert probes.xrays().said == "dataset1, prepared"


def test_dicom(monkeypatch):
    assert probes.dicom().said.startswith("pydicom 3.")
    monkeypatch.setattr(probes, "installed", lambda _: None)
    assert probes.dicom().state == MISSING


@pytest.mark.parametrize(
    ("there", "code", "state", "said"),
    [
        (None, 0, MISSING, "not there"),
        ("/bin/chromium", 0, WORKS, "Chromium 1.2"),
        ("/bin/chromium", 1, MISSING, "does not start: no library"),
    ],
)
def test_chromium(monkeypatch, there, code, state, said):
    answer = SimpleNamespace(returncode=code, stdout="Chromium 1.2 built on Debian\n", stderr="no library")
    monkeypatch.setattr(probes.shutil, "which", lambda name: there if name == "chromium" else None)
    monkeypatch.setattr(probes.subprocess, "run", lambda *_, **__: answer)
    assert (probes.chromium().state, probes.chromium().said) == (state, said)


@pytest.mark.parametrize(
    ("why", "engine", "state", "said"),
    [
        ("", None, WORKS, "bubblewrap"),
        ("not installed", None, MISSING, "bubblewrap: not installed"),
        ("not installed", "docker", WORKS, "docker, whose image"),
    ],
)
def test_sandbox(monkeypatch, why, engine, state, said):
    monkeypatch.setattr(Bubblewrap, "fails", lambda _: why)
    monkeypatch.setattr(probes.shutil, "which", lambda name: name if name == engine else None)
    assert probes.sandbox().state == state
    assert probes.sandbox().said.startswith(said)


def test_no_course_on_windows(monkeypatch):
    monkeypatch.setattr(probes.os, "name", "nt")
    line = probes.sandbox()
    monkeypatch.undo()
    assert line.state == MISSING


def test_a_probe_that_fails_or_hangs_is_a_line():
    def fails():
        raise PackageNotFoundError("two\nlines")

    found = probes.examine({"a": fails, "b": lambda: time.sleep(60), "c": lambda: Line("fine")}, seconds=0.2)
    assert list(found) == ["a", "b", "c"]
    assert found["a"].said.startswith("PackageNotFoundError: ")
    assert "\n" not in found["a"].said
    assert found["b"].said == "no answer within 0.2 seconds"
    assert [line.state for line in found.values()] == [MISSING, MISSING, WORKS]


@pytest.mark.parametrize("broken", [True, False])
def test_one_screen_and_the_same_as_json(monkeypatch, broken):
    found = {"a thing": Line("[bold] is here"), "another": Line("is not", "do this", broken)}
    monkeypatch.setattr(probes, "PROBES", {what: lambda line=line: line for what, line in found.items()})
    done = coronet("doctor")
    assert (done.returncode or 0, done.stderr) == (int(broken), "")
    *_, first, second = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert first == "✓ a thing [bold] is here"
    assert second == f"{'✗' if broken else '–'} another is not do this"
    told = json.loads(coronet("doctor", "--json").stdout)
    assert told["version"] == coronet_lib.__version__
    assert told["lines"][1] == {
        "what": "another",
        "state": BROKEN if broken else MISSING,
        "said": "is not",
        "remedy": "do this",
    }


def test_version():
    assert coronet("--version").stdout == f"coronet {coronet_lib.__version__}\n"


def test_a_shell_is_given_its_completion(monkeypatch):
    monkeypatch.setattr("shellingham.detect_shell", lambda: ("bash", "/bin/bash"))  # CI has none above it
    assert "COMPREPLY" in coronet("--show-completion").stdout
