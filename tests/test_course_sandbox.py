"""The sandbox: which one is found, what it hides and which system calls it refuses."""

import errno
import json
import os
import stat
import struct
import sys

import hostile
import pytest

from coronet_lib.course import seccomp
from coronet_lib.course.judge import judge
from coronet_lib.course.sandbox import Container, Limits, Trusted, find


class TestTheSandbox:
    def test_is_not_needed_for_students_whom_one_trusts(self):
        assert isinstance(find(trust_students=True), Trusted)

    def test_is_refused_where_there_is_none(self, monkeypatch, tmp_path):
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(ValueError, match=r"bubblewrap: .*podman: .*docker: .*--trust-students"):
            find()

    def test_is_refused_if_it_can_read_the_bank(self):
        assert Trusted().fails() == "it can read the bank"

    def test_can_be_a_container(self, monkeypatch, tmp_path):
        """Against a stand-in for Podman that keeps no one in, but takes the same orders."""
        engine = tmp_path / "podman"
        engine.write_text(f"#!{sys.executable}\n{ENGINE}")
        engine.chmod(engine.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        container = Container("podman")
        assert container.fails() == ""
        orders = [json.loads(line) for line in (tmp_path / "orders").read_text().splitlines()]
        assert [order[0] for order in orders] == ["image", "build", "run", "kill"]
        built = [str(path.relative_to(tmp_path)) for path in (tmp_path / "built").rglob("*")]
        assert "built/coronet_lib/course/inside.py" in built
        assert not [path for path in built if "bank" in path.split("/")]
        path = hostile.notebook(tmp_path / "submission.ipynb", "total = 1")
        result = judge(path, hostile.ENTRIES, secret="", student="", sandbox=container, limits=Limits())
        assert result.scores["total"][0].message == "the sum is not that of the numbers."


ENGINE = """
import io, json, os, subprocess, sys, tarfile
here = os.path.dirname(os.path.abspath(__file__))
with open(here + "/orders", "a") as file:
    print(json.dumps(sys.argv[1:]), file=file)
match sys.argv[1:]:
    case ["image", "inspect", name]:
        sys.exit(not os.path.exists(here + "/" + name))
    case ["build", "--tag", name, "-"]:
        tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read())).extractall(here + "/built", filter="data")
        open(here + "/" + name, "w")
    case ["run", *options]:
        assert {"--read-only", "none", "ALL", "no-new-privileges"} <= set(options)
        python = options.index("python")
        os.environ["PYTHONPATH"] = here + "/built"
        os.execv(sys.executable, [sys.executable, *options[python + 1 :]])
"""


class TestTheFilterOfSystemCalls:
    def filtered(self, number, machine="x86_64", architecture=None, argument=0):
        """What the kernel would do, by following the filter's instructions."""
        data = struct.pack(
            "=IIQ6Q", number, architecture or seccomp._MACHINES[machine][0], 0, argument, *[0] * 5
        )
        lines, place, held = list(struct.iter_unpack("=HBBI", seccomp.program(machine))), 0, 0
        while True:
            code, if_so, if_not, value = lines[place]
            place += 1
            match code:
                case 0x20:
                    held = struct.unpack_from("=I", data, value)[0]
                case 0x06:
                    return value
                case _:
                    true = {0x15: held == value, 0x35: held >= value, 0x45: held & value}[code]
                    place += if_so if true else if_not

    @pytest.mark.parametrize(("machine", "column"), [("x86_64", 0), ("aarch64", 1)])
    def test_refuses_what_it_says(self, machine, column):
        for numbers in seccomp._REFUSED.values():
            assert self.filtered(numbers[column], machine) == 0x50000 | errno.EPERM
        assert self.filtered((0, 63)[column], machine) == 0x7FFF0000  # read

    @pytest.mark.parametrize(("machine", "number"), [("x86_64", 56), ("aarch64", 220)])
    def test_lets_threads_be_made_but_no_namespaces(self, machine, number):
        assert self.filtered(number, machine, argument=0x003D0F00) == 0x7FFF0000
        assert self.filtered(number, machine, argument=0x10000000) == 0x50000 | errno.EPERM
        assert self.filtered(435, machine) == 0x50000 | errno.ENOSYS

    def test_kills_who_calls_in_another_way(self):
        assert self.filtered(0, architecture=0x40000003) == 0x80000000  # 32 bits
        assert self.filtered(0x40000000) == 0x80000000

    def test_is_none_on_a_processor_that_we_do_not_know(self):
        assert seccomp.program("vax") == b""
