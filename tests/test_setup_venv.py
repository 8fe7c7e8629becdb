"""Setting up .venv: each way it can fail is one clear line, and doing it twice does nothing."""

import subprocess
import sys
from collections import namedtuple

import pytest
import setup_venv


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """A project folder of its own, so that no test touches this one's environment."""
    root = setup_venv.ROOT
    for name in ("ROOT", "VENV", "LOCK", "STAMP"):
        monkeypatch.setattr(setup_venv, name, getattr(setup_venv, name).replace(root, str(tmp_path)))
    (tmp_path / "requirements.lock").write_text(
        "uv==1.0 \\\n    --hash=sha256:00\nother==2.0 \\\n    --hash=sha256:11\n"
    )
    (tmp_path / "pyproject.toml").write_text("")
    return tmp_path


@pytest.mark.parametrize("version", [(3, 8, 18), (3, 10, 13), (3, 14, 0)])
def test_a_python_without_tensorflow_is_named_with_the_remedy(fresh, monkeypatch, version):
    monkeypatch.setattr(sys, "version_info", version)
    with pytest.raises(
        SystemExit, match=rf"Python 3\.{version[1]} is not supported; install Python 3\.11 to 3\.13"
    ):
        setup_venv.main()


def test_a_full_disk_is_said_before_anything_is_written(fresh, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(setup_venv.shutil, "disk_usage", lambda _: usage(10, 9, 1e9))
    with pytest.raises(SystemExit, match=r"needs 5 GB of disk, and .* has 1\.0 GB free"):
        setup_venv.main()
    assert not (fresh / ".venv").exists()


def test_without_a_network_it_stops_and_can_be_run_again(fresh, monkeypatch):
    commands = []

    def run(command):
        commands.append(command)
        if "pip" in command:
            raise subprocess.CalledProcessError(1, command)
        (fresh / ".venv").mkdir()

    monkeypatch.setattr(setup_venv, "run", run)
    with pytest.raises(SystemExit, match="is the network reachable"):
        setup_venv.main()
    assert (fresh / ".venv/uv.lock").read_text() == "uv==1.0 \\\n    --hash=sha256:00\n"
    assert not (fresh / ".venv/set-up-from").exists()


def test_it_is_done_once_until_the_lock_changes(fresh, monkeypatch):
    commands = []

    def run(command):
        commands.append(command)
        (fresh / ".venv/bin").mkdir(parents=True, exist_ok=True)
        (fresh / ".venv/bin/python").touch()

    monkeypatch.setattr(setup_venv, "run", run)
    setup_venv.main()
    assert len(commands) == 4
    setup_venv.main()
    assert len(commands) == 4
    (fresh / "requirements.lock").write_text("uv==1.1 \\\n    --hash=sha256:22\n")
    setup_venv.main()
    assert len(commands) == 7


def test_an_old_python_can_read_the_file():
    """No syntax that would stop an old Python before it can say that it is too old."""
    import ast

    with open(setup_venv.__file__) as file:
        ast.parse(file.read(), feature_version=(3, 5))
