"""The judge: what becomes of a notebook and of the answers in it."""

import math

import hostile
import numpy as np
import pytest

from coronet_lib.checks import Wrong
from coronet_lib.checks.answer import call, match_calls
from coronet_lib.course.bank import registered
from coronet_lib.course.channel import Other
from coronet_lib.course.judge import judge
from coronet_lib.course.problem import Entry, Kind, Part, Problem
from coronet_lib.course.sandbox import Limits, Trusted
from coronet_lib.course.scoring import score

LIMITS = Limits(seconds=20)
STRANGE = [
    *(None, True, -1, 0, 10**400, math.nan, -math.inf, "", "word", (), [], {}, {"a": 1}, [[1], [2, 3]]),
    *((..., ...), ["a", None], [10**400, 1], [math.nan] * 4, Other(), np.zeros(0), np.zeros((2, 0, 3))),
    *(np.full(3, np.nan), np.array(True), np.float32(1), np.ones((4, 4), bool), np.zeros(10**5)),
]


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

    def run(*cells, entries=(), limits=LIMITS, sandbox=None, secret="s"):
        path = hostile.notebook(tmp_path / "submission.ipynb", *cells)
        return judge(path, entries, secret=secret, student="", sandbox=sandbox or Trusted(), limits=limits)

    return run


def messages(result):
    return {name: [one.message for one in scores] for name, scores in result.scores.items()}


class TestANotebook:
    def test_goes_on_after_a_cell_that_fails(self, run):
        result = run(
            "1 / 0", "x = = 1", "import sys; sys.exit(3)", "x = 3", "raise ValueError('a\\nb')",
            entries=[problem("x", said), problem("y", said)],
        )  # fmt: skip
        assert messages(result) == {"x": ["3"], "y": ["there is no answer."]}
        assert result.events == [
            "code cell 1 stops with ZeroDivisionError: division by zero",
            "code cell 2 stops with SyntaxError: invalid syntax",
            "code cell 3 stops with SystemExit: 3",
            "code cell 5 stops with ValueError: a",
        ]

    def test_may_hold_what_notebooks_hold(self, run):
        result = run(
            "!pip install coronet-lib\n%pip install -q numpy\nfiles = !ls\n%matplotlib inline",
            "import matplotlib\nfrom IPython.display import display\ndisplay(1)",
            "x = matplotlib.get_backend().lower()",
            "%%time\ny = [1,\n  2]\ny",
            "print('a' * 10**6)\nimport os\nos.write(1, b'b' * 10**6)\nos.write(2, b'b' * 10**6)",
            entries=[problem("x", said), problem("y", said)],
        )
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
    def test_is_called_where_it_is(self, run):
        cases = {
            "def {f}(x): return [x, 2]": "[7, 2]",
            "{f} = lambda x: x.y": "{f} stops with AttributeError.",
            "def {f}(x): raise type('Told', (IndexError,), {{}})(x)": "{f} stops with IndexError.",
            "def {f}(x): raise SystemExit": "{f} stops with SystemExit.",
            "def {f}(x): raise NotImplementedError": "{f} is not written yet; put your lines in place of Not",
            "def {f}(x): pass": "{f} returns nothing; does its last line say `return`?",
            "def {f}(x): return b'a' * x": "<coronet_lib.course.channel.bytes object",
            "def {f}(x): return 'a' * 3 * 10**7": "{f} returns more than 16 MB.",
            "def {f}(x): return 2 ** 10**6": "{f} returns more than 16 MB.",
            "def {f}(x): os._exit(x)": "{f} ends its own process, or takes more memory than it may.",
            "{f} = 8": "hand over the function itself, without calling it; this is 8 (int).",
            "{f} = ...": "there is no answer.",
        }
        names = {f"f{number}": case for number, case in enumerate(cases)}
        result = run(
            "import os",
            *(case.format(f=name) for name, case in names.items()),
            entries=[problem(name, calling(7)) for name in names],
        )
        for name, case in names.items():
            assert messages(result)[name][0].startswith(cases[case].format(f=name))

    def test_must_not_change_what_it_is_given(self, run):
        result = run("def f(x):\n    x += 1\n    return x", entries=[problem("f", calling(np.ones(2)))])
        assert messages(result)["f"] == ["f changes the array that it was given; work on a new one."]

    def test_is_given_up_in_time_and_the_next_call_is_made(self, run):
        code = "def f(x):\n    while x: pass\n    return x"
        result = run(code, entries=[problem("f", calling(1), calling(0))], limits=Limits(seconds=1))
        assert messages(result) == {"f": ["f is not done after 1 s.", "0"]}

    def test_that_kills_the_process_does_not_cost_the_other_answers(self, run):
        entries = [problem("f", calling(1), calling(0)), problem("y", said)]
        result = run("import os\ndef f(x): return os._exit(1) if x else x", "y = 2", entries=entries)
        assert messages(result)["f"][1] == "0"
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
                return ["sh", "-c", "echo no namespaces here >&2; exit 1"]

        with pytest.raises(RuntimeError, match="does not start: no namespaces here"):
            run("x = 1", entries=[problem("x", said)], sandbox=Broken())


class TestTheBank:
    """What the bank's own tests say of an answer in this process is what the judge says from outside."""

    def judged(self, run, codes, secret="s"):
        """The result for all problems, with this code for each."""
        entries = registered()
        built = [entry.problem(secret) for entry in entries]
        cells = [codes(*each) for each in zip(range(len(entries)), entries, built, strict=True)]
        return run("import numpy as np", *cells, entries=entries, secret=secret)

    def test_gives_solutions_all_points(self, run):
        result = self.judged(run, lambda number, entry, built: f"{built.setup}\n{built.solution}")
        assert not [name for name, scores in result.scores.items() if not all(one.passed for one in scores)]

    def test_gives_wrong_answers_what_they_earn(self, run):
        wanted = {}

        def wrong(number, entry, built):
            one = built.wrong[number % len(built.wrong)]
            wanted[entry.name] = one.points
            return f"{built.setup}\n{one.code}"

        result = self.judged(run, wrong)
        assert {name: sum(one.points for one in scores) for name, scores in result.scores.items()} == wanted

    def test_tells_nothing_of_hidden_cases(self, run):
        def code(number, entry, built):
            return f"def {entry.name}(*a, **k): return repr(a)[-25:]"

        one, other = (messages(self.judged(run, code, secret)) for secret in ("one", "another"))
        assert one == other

    @pytest.mark.parametrize("entry", registered(), ids=lambda entry: entry.label)
    def test_bears_any_value(self, entry):
        """No answer makes a judge stop: that would be taken for a fault of the bank."""
        built = entry.problem("s")
        for value in STRANGE:
            score(built, value)
            score(built, lambda *_, value=value, **__: value)
