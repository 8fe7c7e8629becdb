"""Two processes, one folder: the second is told who is at work, and nobody who is dead is in the way."""

import os
import platform
import re
import signal
import time

import hand_made
import pytest
from command import coronet, writer

from coronet_lib import runs
from coronet_lib.datasets.upstream import fetch
from coronet_lib.files import RunError, locked


def test_the_second_command_names_the_first_and_fails(tmp_path):
    out = tmp_path / "out"
    before = time.strftime("%Y-%m-%d")
    with writer(out) as first:
        second = coronet("data", "phantom", "--out", out, "--each", 1, "--size", 64, "--json")
        assert second.returncode == 1
        wanted = (
            rf"Error: {out} is being written by process {first.pid} on {platform.node()}, since (\S+) .*\n"
        )
        assert before <= re.fullmatch(wanted, second.stderr)[1]
        assert not out.exists()
    assert first.returncode == 0
    assert coronet("data", "phantom", "--out", out, "--each", 1, "--size", 64, "--json").returncode == 0
    assert os.listdir(tmp_path) == ["out"]


def test_runs_and_downloads_have_the_same_lock(tmp_path):
    with writer(tmp_path / "run") as first:
        for existing in runs.Existing:
            with (
                pytest.raises(RunError, match=f"process {first.pid}"),
                runs.open_folder(tmp_path / "run", hand_made.card(), existing),
            ):
                pass
    assert os.listdir(tmp_path) == []
    with writer(tmp_path / "covid-chestxray-dataset"), pytest.raises(RunError, match="is being written"):
        fetch.fetch("cohen", tmp_path, given=tmp_path, progress=False)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no system with kill -9")
def test_who_was_killed_is_in_nobodys_way(tmp_path):
    with writer(tmp_path / "run") as first:
        first.kill()
        first.wait()
        assert len(os.listdir(tmp_path)) == 2  # the lock, and the note of who had it
        with runs.open_folder(tmp_path / "run", hand_made.card()) as folder:
            assert os.listdir(folder) == []
    assert os.listdir(tmp_path) == ["run"]


def test_a_folder_inside_another_has_a_lock_of_its_own(tmp_path):
    with locked(tmp_path / "cv"), locked(tmp_path / "cv/fold-1"), writer(tmp_path / "cv/fold-2"):
        with pytest.raises(RunError, match=f"process {os.getpid()}"), locked(tmp_path / "cv"):
            pass
        (tmp_path / "link").symlink_to(tmp_path / "cv")
        with pytest.raises(RunError, match="is being written"), locked(tmp_path / "link"):
            pass
    assert os.listdir(tmp_path / "cv") == []


def test_where_no_lock_can_be_had_a_warning_says_so(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(37, "No locks available")

    monkeypatch.setattr("filelock.FileLock.acquire", refuse)
    with (
        pytest.warns(UserWarning, match=r"no lock can be had in .*No locks available"),
        locked(tmp_path / "run"),
    ):
        pass
    assert os.listdir(tmp_path) == []
