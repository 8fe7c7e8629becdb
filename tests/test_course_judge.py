"""The judge and the student's process: what travels between them, and what becomes of it."""

import errno
import json
import math
import os
import stat
import struct
import sys
import time

import hostile
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coronet_lib.checks import Wrong
from coronet_lib.checks.answer import call, match_calls
from coronet_lib.course import seccomp
from coronet_lib.course.bank import registered
from coronet_lib.course.channel import (
    Channel,
    Ended,
    Late,
    Malformed,
    Other,
    Overdrawn,
    TooLarge,
    pack,
    unpack,
)
from coronet_lib.course.judge import judge
from coronet_lib.course.problem import Entry, Kind, Part, Problem
from coronet_lib.course.sandbox import Container, Limits, Trusted, find
from coronet_lib.course.scoring import score

LIMITS = Limits(seconds=20)
_LENGTHS = struct.Struct("!IQ")


def travelled(value, **settings):
    """A value after a journey."""
    message = pack(value, 1 << 20, **settings)
    text = _LENGTHS.unpack(message[:12])[0]
    return unpack(message[12 : 12 + text], message[12 + text :])


class TestAMessage:
    @pytest.mark.parametrize(
        "value",
        [
            *(None, True, 3, -(2**70), 0.1, -0.0, math.inf, "", "µ“\n", ..., [], (), {}),
            [1, (2.5, "a"), [None, ...]],
            {"a": 1, 2: (3,), (4, 5): {}, None: True},
        ],
        ids=repr,
    )
    def test_brings_plain_values(self, value):
        assert repr(travelled(value)) == repr(value)

    @pytest.mark.parametrize("kind", ["bool", "i1", "<i8", "<u2", ">f4", "f2", "f8"])
    @pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (2, 3)])
    def test_brings_arrays(self, kind, shape):
        array = np.ones(shape, kind)
        arrived = travelled([array])[0]
        assert arrived.dtype == array.dtype.newbyteorder("<")
        np.testing.assert_array_equal(arrived, array)
        arrived[...] = 0  # it is a copy

    def test_brings_arrays_that_do_not_lie_in_a_row(self):
        array = np.arange(12.0).reshape(3, 4).T[::2]
        np.testing.assert_array_equal(travelled({"a": [array, array[0]]})["a"][0], array)

    @pytest.mark.parametrize("number", [np.float32(0.1), np.int64(3), np.bool_(True)], ids=repr)
    def test_brings_numbers_of_numpy(self, number):
        assert repr(travelled(number)) == repr(number)

    @pytest.mark.parametrize("thing", [1j, {1}, b"", object(), np.array([None]), np.array(["a"])], ids=repr)
    def test_brings_nothing_else(self, thing):
        with pytest.raises(TypeError, match="cannot be sent"):
            pack(thing, 1 << 20)
        assert isinstance(travelled(thing, stand_in=True), Other)

    def test_names_common_types_only(self):
        told = type("The hidden case is 7", (), {})()
        assert type(travelled(told, stand_in=True)).__name__ == "object"
        assert type(travelled({1}, stand_in=True)).__name__ == "set"

    @pytest.mark.parametrize("value", ["a" * 3_000_000, np.zeros(2 << 20), [0] * 200_000])
    def test_is_not_too_large(self, value):
        with pytest.raises(TooLarge):
            pack(value, 4 << 20)

    def test_is_not_too_deep(self):
        value = []
        value.append(value)
        with pytest.raises(TooLarge):
            pack(value, 1 << 20)

    @pytest.mark.parametrize(
        ("text", "arrays"),
        [
            (b"", b""),
            (b"[" * 2_000_000, b""),
            (b'{"a": 1}', b""),
            (b"[]", b""),
            (b'["eval", "1"]', b""),
            (b'["list"]', b"more"),
            (b'"\\ud800"', b""),
            (b"\xff\xfe[\x00]\x00", b""),
            (b"1" * 5000, b""),
            (b'["dict", [["list"], 1]]', b""),
            (b'["dict", [1]]', b""),
            (b'["dict"' + b", [1, 1]" * 1000 + b"]", b""),
            (b'["list"' + b", 1" * 200_000 + b"]", b""),
            (b'["array", "|O", 1]', bytes(8)),
            (b'["array", "<f8", 2]', bytes(8)),
            (b'["array", "<f8", -1, -1]', bytes(8)),
            (b'["array", "<f8", 1.0]', bytes(8)),
            (b'["array", "<f8", true]', bytes(8)),
            (b'["array", "<f8", "1"]', bytes(8)),
            (b'["array", "<f8", %d, 0]' % 10**30, b""),
            (b'["array", "<f8"' + b", 1" * 40 + b"]", bytes(8)),
            (b'["number", "<f8", 1]', bytes(8)),
        ],
    )
    def test_that_breaks_the_rules_is_refused(self, text, arrays):
        with pytest.raises(Malformed):
            unpack(text, arrays)

    def test_holds_no_third_truth(self):
        array = unpack(b'["array", "|b1", 3]', b"\0\1\2")
        assert array.tobytes() == b"\0\1\1"

    @given(
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers()
            | st.floats()
            | st.sampled_from(
                ["list", "tuple", "dict", "array", "number", "dots", "other", "<f8", "|b1", "int"]
            ),
            lambda inner: st.lists(inner, max_size=5),
        ),
        st.binary(max_size=32),
    )
    def test_does_nothing_but_arrive_or_be_refused(self, tree, arrays):
        try:
            unpack(json.dumps(tree).encode(), arrays)
        except Malformed:
            pass


class TestAChannel:
    @pytest.fixture
    def pipe(self):
        source, sink = os.pipe()
        with open(source, "rb"), open(sink, "wb") as writer:
            yield source, sink, writer

    def soon(self):
        return time.monotonic() + 0.3

    def test_hands_on(self, pipe):
        channel = Channel(*pipe[:2], 1 << 20)
        channel.send(["a", 1])
        assert channel.receive(self.soon()) == ["a", 1]

    def test_waits_no_longer_than_to_the_deadline(self, pipe):
        os.write(pipe[1], _LENGTHS.pack(8, 0) + b"[1,")
        with pytest.raises(Late):
            Channel(*pipe[:2], 1 << 20).receive(self.soon())

    def test_does_not_wait_for_one_who_does_not_read(self, pipe):
        with pytest.raises(Late):
            Channel(*pipe[:2], 8 << 20).send(np.zeros(1 << 19), self.soon())

    def test_notices_the_end(self, pipe):
        pipe[2].close()
        with pytest.raises(Ended):
            Channel(pipe[0], pipe[0], 1 << 20).receive(self.soon())

    @pytest.mark.parametrize("lengths", [(2**32 - 1, 0), (8, 2**64 - 1), (8, 1 << 20)])
    def test_reads_nothing_larger_than_it_may(self, pipe, lengths):
        os.write(pipe[1], _LENGTHS.pack(*lengths))
        with pytest.raises(Malformed):
            Channel(*pipe[:2], 1 << 20).receive(self.soon())

    def test_watches_also_one_who_keeps_on_sending(self, pipe):
        seen = iter(["", "takes too much"])
        channel = Channel(*pipe[:2], 1 << 20, watch=lambda: next(seen))
        end = time.monotonic() + 5
        with pytest.raises(Overdrawn, match="takes too much"):
            while time.monotonic() < end:
                channel.send(0)
                channel.receive(end)


def problem(name, *judges):
    """An entry with this name and a part for each function that judges."""
    parts = tuple(Part(1, "part", judged) for judged in judges)

    def build(draw, hidden):
        return Problem("", "", "", "", parts, (), "")

    build.__name__ = name
    return Entry(1, 1, name, Kind.COMPUTE, 1, len(parts), False, "", build)


def said(answer):
    """A judge of a part who says what it got."""
    raise Wrong(repr(answer))


@pytest.fixture
def run(tmp_path):
    """Judge a notebook of these cells, in a process of our own."""

    def run(*cells, entries=(), limits=LIMITS, sandbox=None):
        path = hostile.notebook(tmp_path / "submission.ipynb", *cells)
        return judge(path, entries, secret="s", student="", sandbox=sandbox or Trusted(), limits=limits)

    return run


def messages(result):
    return {name: [one.message for one in scores] for name, scores in result.scores.items()}


class TestANotebook:
    def test_goes_on_after_a_cell_that_fails(self, run):
        result = run(
            "1 / 0", "def (", "import sys; sys.exit(3)", "x = 3", "raise ValueError('a\\nb')",
            entries=[problem("x", said), problem("y", said)],
        )  # fmt: skip
        assert messages(result) == {"x": ["3"], "y": ["there is no answer."]}
        assert result.events == [
            "code cell 1 stops with ZeroDivisionError: division by zero",
            "code cell 2 stops with SyntaxError: invalid syntax (<string>, line 1)",
            "code cell 3 stops with SystemExit: 3",
            "code cell 5 stops with ValueError: a",
        ]

    def test_may_hold_what_notebooks_hold(self, run):
        result = run(
            "!pip install coronet-lib\n%pip install -q numpy\nfiles = !ls\n%matplotlib inline",
            "import matplotlib\nfrom IPython.display import display\ndisplay(1)\nx = matplotlib.get_backend()",
            "%%time\ny = [1,\n  2]\ny",
            "print('a' * 10**6)\nimport os\nos.write(1, b'b' * 10**6)\nz = os.getcwd() and get_ipython().__class__",
            entries=[problem("x", said), problem("y", said)],
        )  # fmt: skip
        assert messages(result) == {"x": ["'agg'"], "y": ["[1, 2]"]}
        assert result.events == []

    def test_has_its_cells_interrupted_and_goes_on(self, run):
        result = run(
            "x = 1\nwhile True: pass", "y = 2", entries=[problem("x", said), problem("y", said)],
            limits=Limits(seconds=2),
        )  # fmt: skip
        assert messages(result) == {"x": ["1"], "y": ["2"]}
        assert result.events == ["code cell 1 runs longer than 1 s and is interrupted"]

    def test_tells_no_event_that_a_page_could_not_show(self, run):
        result = run("raise ValueError('\\x1b[31m' + chr(0xd800) + 'a' * 10**6)")
        assert len(result.events[0]) <= 300
        assert result.events[0].isprintable()

    def test_that_is_missing_earns_nothing(self, tmp_path):
        result = judge(
            tmp_path / "none.ipynb", [problem("x", said, said)],
            secret="s", student="", sandbox=Trusted(), limits=LIMITS,
        )  # fmt: skip
        assert messages(result) == {"x": ["there is no answer."] * 2}
        assert result.events == ["is no notebook: it is a link, or no file"]


def calling(*arguments, **settings):
    """A judge of a part who calls the answer as checks do, and says what it got."""

    def judged(answer):
        raise Wrong(repr(call(answer, *arguments, **settings)))

    return judged


class TestAFunction:
    @pytest.mark.parametrize(
        ("code", "message"),
        [
            ("def f(x): return [x, 2]", "[7, 2]"),
            ("f = lambda x: x.y", "f stops with AttributeError."),
            ("def f(x): raise type('Told', (IndexError,), {})(x)", "f stops with IndexError."),
            ("def f(x): import sys; sys.exit()", "f stops with SystemExit."),
            ("def f(x): raise NotImplementedError",
             "f is not written yet; put your lines in place of NotImplementedError."),
            ("def f(x): pass", "f returns nothing; does its last line say `return`?"),
            ("def f(x): return bytes(3 * 10**7)", "<coronet_lib.course.channel.bytes object"),
            ("def f(x): return '' * x + 'a' * 3 * 10**7", "f returns more than 16 MB."),
            ("def f(x): return 2 ** 10**6", "f returns more than 16 MB."),
            ("import os\ndef f(x): os._exit(1)",
             "f gives no answer: its process ends early, or takes more memory than it may."),
            ("f = 8", "hand over the function itself, without calling it; this is 8 (int)."),
            ("f = ...", "there is no answer."),
        ],
    )  # fmt: skip
    def test_is_called_where_it_is(self, run, code, message):
        result = run(code, entries=[problem("f", calling(7))])
        assert messages(result)["f"][0].startswith(message)

    def test_must_not_change_what_it_is_given(self, run):
        result = run("def f(x):\n    x += 1\n    return x", entries=[problem("f", calling(np.ones(2)))])
        assert messages(result)["f"] == ["f changes the array that it was given; work on a new one."]

    def test_is_given_up_in_time_and_the_next_call_is_made(self, run):
        code = "def f(x):\n    while x: pass\n    return x"
        result = run(code, entries=[problem("f", calling(1), calling(0))], limits=Limits(seconds=1))
        assert messages(result)["f"][0].startswith("f is not done after")
        assert messages(result)["f"][1].startswith("no time is left for f")

    def test_that_kills_the_process_does_not_cost_the_other_answers(self, run):
        result = run(
            "import os\ndef f(x): os._exit(1)",
            "y = 2",
            entries=[problem("f", calling(1)), problem("y", said)],
        )
        assert messages(result)["y"] == ["2"]

    def test_keeps_its_error_for_a_check_that_asks(self, run):
        def judged(answer):
            match_calls(answer, [((1,), {})], lambda x: x, "no", mistakes=None, misfit="look at the axes.")

        result = run(
            "import numpy as np\ndef f(x): return np.ones(2) + np.ones(3)", entries=[problem("f", judged)]
        )
        assert messages(result)["f"] == [
            "shapes inside your function do not fit each other; look at the axes."
        ]


class TestAFaultIsNoStudents:
    def test_of_the_bank_about_an_answer(self, run):
        def judged(answer):
            raise ZeroDivisionError("in the bank")

        with pytest.raises(ZeroDivisionError, match="in the bank"):
            run("x = 1", entries=[problem("x", judged)])

    def test_of_the_bank_about_an_argument(self, run):
        with pytest.raises(RuntimeError, match="f cannot be asked: a object cannot be sent"):
            run("def f(x): return x", entries=[problem("f", calling(object()))])

    def test_of_a_sandbox_that_does_not_start(self, run):
        class Broken(Trusted):
            def command(self, limits, label):
                return ["false"]

        with pytest.raises(RuntimeError, match="does not start"):
            run("x = 1", entries=[problem("x", said)], sandbox=Broken())


class TestTheBank:
    """What the bank's own tests say of an answer in this process is what the judge says from outside."""

    @pytest.mark.parametrize("number", range(5))
    def test_is_judged_alike_from_outside(self, run, number):
        entries = registered()
        problems = {entry.name: entry.problem("s") for entry in entries}
        cells, wanted = ["import numpy as np"], {}
        for entry in entries:
            built = problems[entry.name]
            code, wanted[entry.name] = (
                (built.wrong[number - 1].code, built.wrong[number - 1].points)
                if number
                else (built.solution, entry.points)
            )
            cells += [built.setup, code]
        result = run(*cells, entries=entries)
        assert {name: sum(one.points for one in scores) for name, scores in result.scores.items()} == wanted

    @pytest.mark.parametrize("entry", registered(), ids=lambda entry: entry.label)
    def test_bears_any_value(self, entry):
        """No answer makes a judge stop: that would be taken for a fault of the bank."""
        strange = [
            *(
                None,
                True,
                -1,
                0,
                10**400,
                math.nan,
                -math.inf,
                "",
                "word",
                (),
                [],
                {},
                {"a": 1},
                [[1], [2, 3]],
            ),
            *(
                (..., ...),
                ["a", None],
                [10**400, 1],
                [math.nan] * 4,
                Other(),
                np.zeros(0),
                np.zeros((2, 0, 3)),
            ),
            *(np.full(3, np.nan), np.array(True), np.float32(1), np.ones((4, 4), bool), np.zeros(10**5)),
        ]
        built = entry.problem("s")
        for value in strange:
            score(built, value)
            score(built, lambda *_, value=value, **__: value)


class TestTheSandbox:
    def test_is_not_needed_for_students_whom_one_trusts(self):
        assert isinstance(find(trust_students=True), Trusted)

    def test_is_refused_where_there_is_none(self, monkeypatch, tmp_path):
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(ValueError, match=r"bubblewrap: .*podman: .*docker: .*--trust-students"):
            find()

    def test_is_refused_if_it_can_read_the_bank(self):
        assert Trusted().fails() == "it can read the bank"

    def test_can_be_a_container(self, monkeypatch, tmp_path, run):
        """Against a stand-in for Podman that keeps no one in, but takes the same orders."""
        engine = tmp_path / "podman"
        engine.write_text(f"#!{sys.executable}\n{ENGINE}")
        engine.chmod(engine.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        container = Container("podman")
        assert container.fails() == ""
        orders = [json.loads(line) for line in (tmp_path / "orders").read_text().splitlines()]
        assert [order[0] for order in orders] == ["image", "build", "run"]
        built = [str(path.relative_to(tmp_path)) for path in (tmp_path / "built").rglob("*")]
        assert "built/coronet_lib/course/inside.py" in built
        assert not [path for path in built if "bank" in path.split("/")]
        result = run("x = 1", entries=[problem("x", said)], sandbox=container)
        assert messages(result) == {"x": ["1"]}
        assert "kill" in (tmp_path / "orders").read_text()


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
