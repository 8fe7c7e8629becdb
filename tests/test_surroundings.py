"""The command where things are not as they should be: disks, terminals, names, and faults of its own."""

import errno
import json
import os
import shutil
import subprocess
from contextlib import contextmanager

import numpy as np
import pytest
from command import coronet, program
from conftest import ROOT

from coronet_lib.classes import CLASSES
from coronet_lib.cli import options
from coronet_lib.cli.options import TRACEBACK
from coronet_lib.datasets import XrayCollection, phantom, store
from coronet_lib.files import atomic, data_path
from coronet_lib.text import plain, reason

RUN = data_path("runs", "quick-phantom")
DRAW = ("data", "phantom", "--each", 2, "--size", 64, "--json", "--out")


def one_line(done):
    """The reason that a command gives for its failure, which is one line."""
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    return done.stderr.removeprefix("Error: ").rstrip()


def raising(error):
    def fail(*_, **__):
        raise error

    return fail


# --- disks -------------------------------------------------------------------------------------------


@contextmanager
def mounted(folder, options):
    """A disk in memory."""
    folder.mkdir()
    if (
        shutil.which("mount") is None
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True
        ).returncode
    ):
        pytest.skip("no disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_named_and_keeps_nothing_half(tmp_path):
    with mounted(tmp_path / "disk", "size=20k") as disk:
        assert one_line(coronet(*DRAW, disk / "out")) == (
            f"{disk}/out: No space left on device; make room, or choose another place"
        )
        assert os.listdir(disk) == []


def test_a_disk_that_can_only_be_read_is_named(tmp_path):
    wanted = "Read-only file system; choose another place"
    with mounted(tmp_path / "disk", "size=1m,ro") as disk:
        assert one_line(coronet(*DRAW, disk / "out")) == f"{disk}/out: {wanted}"
        assert one_line(coronet(*DRAW, disk / "folder/out")) == f"{disk}/folder: {wanted}"


def test_the_system_names_nothing_of_a_full_disk_and_a_file_does(tmp_path):
    with pytest.raises(OSError, match="No space") as error, atomic(tmp_path / "x.csv"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert error.value.filename == str(tmp_path / "x.csv")
    with pytest.raises(PermissionError) as error, atomic(tmp_path / "x.csv") as part:
        raise PermissionError(errno.EACCES, "Permission denied", str(part))
    assert error.value.filename == str(tmp_path / "x.csv")
    with pytest.raises(FileNotFoundError) as error, atomic(tmp_path / "x.csv"):
        (tmp_path / "y.csv").read_text()
    assert error.value.filename == str(tmp_path / "y.csv")
    with pytest.raises(OSError, match=r"^told already$"), atomic(tmp_path / "x.csv"):
        raise OSError("told already")


# --- terminals and environments ----------------------------------------------------------------------


def test_an_output_that_is_closed_early_ends_without_a_word():
    command = program("evaluate", RUN)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (1, b"")


def test_without_home_terminal_and_letters_beyond_ascii(tmp_path):
    run = tmp_path / "ein Ordner für\nzwei"
    shutil.copytree(RUN, run)
    bare = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(program("evaluate", run), env=bare, cwd=tmp_path, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert rb"Ordner f\xfcr\nzwei: rows are true" in b" ".join(done.stdout.split())


def test_a_full_output_is_said(monkeypatch):
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(options.out_console, "print", raising(full))
    said = one_line(coronet("evaluate", RUN))
    assert said == "No space left on device; make room, or choose another place"


# --- names -------------------------------------------------------------------------------------------

NAMES = ["two words", "für", "a\nb", "-x", "$(touch x)", "[bold]x", "<b>x", "\x1b[31mred", "\x1b]0;x\x07"]


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_may_have_any_name_and_it_is_shown_to_the_letter(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    assert one_line(coronet("evaluate", "--", name)).startswith(f"{spelled(name)} is not a run folder")
    shutil.copytree(RUN, name)
    done = coronet("evaluate", "--", name)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"fold of {spelled(name)}: rows are true" in done.stdout
    assert "\x1b" not in done.stdout
    shutil.rmtree(name)
    assert json.loads(coronet(*DRAW, name).stdout)["patients"] > 0
    assert os.listdir() == [name]
    assert len(store.load(name)) == 8


def spelled(name):
    return name.replace("\n", r"\n").replace("\x1b", r"\x1b").replace("\x07", r"\x07")


def test_what_others_wrote_is_shown_in_one_line_to_the_letter():
    assert plain("a [b] ü\t\x1b[0m\udcff\u202e") == r"a \[b] ü\t\x1b\[0m\udcff\u202e"
    assert reason(ValueError("two\n  lines ")) == "two lines"
    assert reason(KeyError()) == "KeyError"
    assert len(reason(ValueError("x" * 1000))) == 301


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "\x1b[2J", "a\nb", ""])
@pytest.mark.parametrize("of", ["files", "patients"])
def test_no_name_steers_a_terminal_or_runs_in_a_spreadsheet(name, of):
    names = {"files": np.array(["a.png"]), "patients": np.array(["p"])} | {of: np.array([name])}
    with pytest.raises(ValueError, match="cannot be the name of a file or a patient"):
        XrayCollection(np.zeros((1, 8, 8, 1), np.uint8), np.array([0]), classes=CLASSES[2], **names)


# --- faults of its own -------------------------------------------------------------------------------


def test_what_nobody_thought_of_is_one_line_with_the_way_to_report_it(tmp_path, monkeypatch):
    monkeypatch.setattr(phantom, "generate", raising(KeyError("a\nb")))
    done = coronet(*DRAW, tmp_path / "out")
    assert done.returncode == 3
    wanted = r"Error: KeyError: 'a\nb'. This is a fault of coronet's own: please report it"
    assert done.stderr.startswith(wanted)
    assert f"{TRACEBACK}=1" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("error", [KeyError("a"), ValueError("a")])
def test_the_traceback_is_there_for_the_asking(tmp_path, monkeypatch, error):
    monkeypatch.setattr(phantom, "generate", raising(error))
    monkeypatch.setenv(TRACEBACK, "1")
    with pytest.raises(type(error), match="a"):
        coronet(*DRAW, tmp_path / "out")


def test_an_interruption_is_none_of_its_faults(tmp_path, monkeypatch):
    monkeypatch.setattr(phantom, "generate", raising(KeyboardInterrupt()))
    done = coronet(*DRAW, tmp_path / "out")
    assert (done.returncode, done.stderr.strip()) in ((130, ""), (1, "Aborted."))  # as Typer's version has it


def test_pages_take_names_as_text():
    scripts = [*(ROOT / "coronet_lib").rglob("*.js"), *(ROOT / "book").glob("_*/**/*.js")]
    assert len(scripts) > 5
    for script in scripts:
        text = script.read_text(encoding="utf-8")
        assert not [way for way in ("innerHTML", "insertAdjacentHTML", "document.write") if way in text], (
            script
        )
