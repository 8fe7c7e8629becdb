"""Hostile submissions earn nothing, break nothing and read nothing."""

import dataclasses
import functools
import itertools
import os
import socket
import sqlite3
import time
from pathlib import Path

import hostile
import numpy as np
import psutil
import pytest
from conftest import ROOT

from coronet_lib.course.judge import judge
from coronet_lib.course.sandbox import Bubblewrap, Limits, Trusted

LIMITS = Limits(seconds=20, memory_mb=512, processes=32, disk_mb=16, message_mb=4)
SOON = dataclasses.replace(LIMITS, seconds=1)
SECRET = "course-secret-of-a-test"
MARK = f"coronet-test-{os.getpid()}"  # on the command line of all that a sandbox here starts
WATCHED = [ROOT / "coronet_lib" / "checks", ROOT / "coronet_lib" / "course"]


class Marked(Bubblewrap):
    def limits(self, limits):
        return super().limits(limits) | {"mark": MARK}


@functools.cache
def why_no_sandbox():
    return Bubblewrap().fails()


@pytest.fixture
def bubblewrap():
    if why := why_no_sandbox():
        pytest.skip(f"bubblewrap does not work here: {why}")
    return Marked()


@pytest.fixture
def there(tmp_path, monkeypatch):
    """What the submissions would like to get at."""
    monkeypatch.setenv("CORONET_TEST_SECRET", SECRET)
    course, home, neighbour = tmp_path / "course", tmp_path / "home", tmp_path / "neighbour.ipynb"
    for folder in (course, home / ".config"):
        folder.mkdir(parents=True)
    (home / ".config" / "token").write_text("a token")
    (course / "card.json").write_text(SECRET)
    neighbour.write_text("total = 7")
    with sqlite3.connect(course / "gradebook.db") as book:
        book.execute("create table marks (points integer)")
        book.execute("insert into marks values (1)")
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as line:
        line.bind(f"\0{MARK}")
        line.listen()
        yield {
            "clone": str(ROOT),
            "course": str(course),
            "gradebook": str(course / "gradebook.db"),
            "home": str(home),
            "judge": os.getpid(),
            "mark": MARK,
            "neighbour": str(neighbour),
            "port": server.getsockname()[1],
            "socket": MARK,
        }


def contents(*places):
    """All files under these folders, and what is in them."""
    files = (file for place in places for file in [place, *place.rglob("*")] if file.is_file())
    return {file: file.read_bytes() for file in files if "__pycache__" not in file.parts}


def judged(path, sandbox, secret=SECRET, limits=LIMITS):
    hostile.LOOT.clear()
    return judge(path, hostile.ENTRIES, secret=secret, student="s1", sandbox=sandbox, limits=limits)


def points(result):
    return {name: sum(one.points for one in scores) for name, scores in result.scores.items()}


def loot():
    return [found for found in hostile.LOOT if found]


def all_gone():
    """Whether nothing runs any more of what was started; a moment is given to end."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        lines = [" ".join(one.info["cmdline"] or ()) for one in psutil.process_iter(["cmdline"])]
        if not any(MARK in line for line in lines):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("name", hostile.ATTACKS)
def test_a_hostile_submission(name, there, bubblewrap, tmp_path):
    path = hostile.submission(tmp_path / "submission.ipynb", name, there)
    watched = [tmp_path, *WATCHED, Path(np.__file__)]
    before = contents(*watched)
    result = judged(path, bubblewrap, limits=SOON if name in hostile.TAKES else LIMITS)
    assert points(result) == {"total": 0, "doubled": 0, "loot": 0}
    assert loot() == []
    assert all_gone()
    assert contents(*watched) == before
    in_time = name in hostile.TAKES or not any("longer" in event for event in result.events)
    assert in_time, "it did not come to what it would do"


def test_there_are_enough_of_them():
    assert len(hostile.ATTACKS) >= 25


def test_the_attacks_read_something_where_there_is_no_sandbox(there, tmp_path):
    """Else it would show nothing that the sandbox withstands them."""
    marked = {name: f"{code}\nloot.append({name!r})" for name, code in hostile.READS.items()}
    path = hostile.notebook(tmp_path / "all.ipynb", *hostile.prelude(there), *marked.values())
    judged(path, Trusted())
    found = hostile.LOOT[0]
    ends = [found.index(name) for name in marked]
    assert all(end - start > 1 for start, end in itertools.pairwise([-1, *ends])), found


def test_the_solutions_earn_all(there, bubblewrap, tmp_path):
    solutions = [entry.problem(SECRET, "s1").solution for entry in hostile.ENTRIES]
    result = judged(hostile.notebook(tmp_path / "right.ipynb", *solutions), bubblewrap)
    assert points(result) == {"total": 1, "doubled": 1, "loot": 0}
    assert result.events == []


@pytest.mark.parametrize("name", ["tells what it was given", "returns what it was given, as text"])
def test_no_message_tells_of_a_hidden_case(name, there, tmp_path):
    path = hostile.submission(tmp_path / "submission.ipynb", name, there)
    messages = [judged(path, Trusted(), secret).scores["doubled"] for secret in ("one", "another")]
    assert messages[0] == messages[1]


def test_what_is_kept_is_gone_the_next_time(there, bubblewrap, tmp_path):
    path = hostile.submission(tmp_path / "s.ipynb", "keeps the hidden case for the next time", there)
    for _ in range(2):
        judged(path, bubblewrap)
        assert loot() == []


class TestAFileThatIsNoNotebook:
    def none(self, path):
        result = judged(path, Trusted())
        assert points(result) == {"total": 0, "doubled": 0, "loot": 0}
        return result.events

    def test_a_notebook_of_200_mb(self, tmp_path):
        with open(tmp_path / "large.ipynb", "wb") as file:
            file.truncate(200 << 20)
        assert self.none(tmp_path / "large.ipynb") == ["is larger than 4 MB; clear its outputs"]

    def test_json_nested_a_million_deep(self, tmp_path):
        (tmp_path / "deep.ipynb").write_text("[" * 10**6)
        assert self.none(tmp_path / "deep.ipynb") == ["is no notebook: it is no JSON, or nested without end"]

    def test_a_link_to_the_solution(self, tmp_path):
        solutions = [entry.problem(SECRET, "s1").solution for entry in hostile.ENTRIES]
        (tmp_path / "link.ipynb").symlink_to(hostile.notebook(tmp_path / "solution.ipynb", *solutions))
        assert self.none(tmp_path / "link.ipynb") == ["is no notebook: it is a link, or no file"]

    def test_a_pipe_that_nobody_writes_to(self, tmp_path):
        os.mkfifo(tmp_path / "pipe.ipynb")
        assert self.none(tmp_path / "pipe.ipynb") == ["is no notebook: it is a link, or no file"]

    def test_a_folder(self, tmp_path):
        assert self.none(tmp_path) == ["is no notebook: it is a link, or no file"]

    @pytest.mark.parametrize("text", [b"", b"\xff\0<html>"])
    def test_something_else(self, tmp_path, text):
        (tmp_path / "other.ipynb").write_bytes(text)
        assert self.none(tmp_path / "other.ipynb") == ["is no notebook: it is no JSON, or nested without end"]

    @pytest.mark.parametrize("text", ["null", '{"cells": [{"cell_type": "code"}]}'])
    def test_json_that_is_no_notebook(self, tmp_path, text):
        (tmp_path / "other.ipynb").write_text(text)
        assert self.none(tmp_path / "other.ipynb") == ["is no notebook: it has no list of cells"]
