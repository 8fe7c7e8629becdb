"""What a student's notebook earns: it runs in a sandbox, and is judged out here by copies of what it returns.

A submission can lie about its answers; it cannot see or touch how they are judged.
"""

import builtins
import contextlib
import math
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coronet_lib.checks import Wrong
from coronet_lib.checks.answer import changes, values_unsaid
from coronet_lib.course.channel import CLOCK_SECONDS, Broken, Channel, Malformed, TooLarge, other
from coronet_lib.course.sandbox import overdrawn
from coronet_lib.course.scoring import score

_START_SECONDS = 120  # for Python and NumPy on a busy machine
_CALL_SECONDS = 10
_GRACE_SECONDS = 2  # for a process to see for itself that its time is up
_EVENTS = 20
_LETTERS = 300  # of an event
_ERRORS = {  # that may be named and need no arguments; other names are a student's own words
    *("ArithmeticError", "AssertionError", "AttributeError", "BufferError", "EOFError"),
    *("Exception", "FileNotFoundError", "FloatingPointError", "ImportError", "IndexError"),
    *("KeyError", "KeyboardInterrupt", "LookupError", "MemoryError", "ModuleNotFoundError"),
    *("NameError", "NotImplementedError", "OSError", "OverflowError", "RecursionError"),
    *("RuntimeError", "StopIteration", "SyntaxError", "SystemExit", "TypeError"),
    *("UnboundLocalError", "ValueError", "ZeroDivisionError"),
}


@dataclass(frozen=True)
class Judged:
    """What became of one notebook.

    Parameters
    ----------
    scores : dict of str to list of Score
        By the problem's name, of every problem.
    events : list of str
        What happened to the notebook, a line each, fit for the student.
    """

    scores: dict
    events: list


class _Fault(BaseException):
    """A fault of the judge or the bank; no Exception, so that no check takes it for a student's."""


class _Gone(Exception):
    """The student's process does not answer any more, and has been killed; the text says why."""


def judge(notebook, entries, *, secret, student, sandbox, limits):
    """Run a notebook in the sandbox and judge its answers.

    Parameters
    ----------
    notebook : path
        A file of any kind, or none at all.
    entries : sequence of Entry
    secret : str
        The course's.
    student : str
        The student's id; empty without variants.
    sandbox : Sandbox
        As :func:`coronet_lib.course.sandbox.find` returns it.
    limits : Limits

    Returns
    -------
    Judged

    Raises
    ------
    RuntimeError
        If the sandbox does not start, or a problem hands a function something that cannot travel.
    Exception
        What the bank raises about an answer that is not :class:`~coronet_lib.checks.Wrong`.  Neither comes of
        anything that a student can do.
    """
    problems = {entry.name: entry.problem(secret, student) for entry in entries}
    try:
        contents = _contents(notebook, limits)
    except ValueError as error:
        return Judged({name: score(problem, ...) for name, problem in problems.items()}, [str(error)])
    try:
        with contextlib.closing(_Witness(contents, sandbox, limits)) as witness:
            events = witness.run()
            scores = {name: _score(problem, witness.answer(name)) for name, problem in problems.items()}
            return Judged(scores, events)
    except _Fault as fault:
        raise RuntimeError(str(fault)) from fault


def _score(problem, answer):
    """The scores of an answer; what a function returned for a hidden case is in none of their messages."""
    with values_unsaid() if isinstance(answer, _StandIn) else contextlib.nullcontext():
        return score(problem, answer)


def _contents(notebook, limits):
    """The bytes of a notebook, as an array; raises ``ValueError`` for what is no ordinary file."""
    path = Path(notebook)
    if path.is_symlink() or not path.is_file():
        raise ValueError("is no notebook: it is a link, or no file")
    most = (limits.message_mb << 20) - 1024  # the message has a head
    with path.open("rb") as stream:
        contents = stream.read(most + 1)
    if len(contents) > most:
        raise ValueError(f"is larger than {limits.message_mb} MB; clear its outputs")
    return np.frombuffer(contents, np.uint8)


class _Witness:
    """A notebook's process, which is asked; if it dies of one answer, another one speaks next."""

    def __init__(self, contents, sandbox, limits):
        self._contents, self._sandbox, self._limits = contents, sandbox, limits
        self._process = contextlib.ExitStack()
        self._channel = None
        self._runs, self._end = True, math.inf

    def run(self):
        """Run the notebook's cells; returns what happened, a line each."""
        events = self._run()
        self._end = time.monotonic() + CLOCK_SECONDS * self._limits.seconds  # for all calls together
        return events

    def answer(self, name):
        """A copy of what a name is, or a :class:`_StandIn` for a function; three dots if there is nothing."""
        try:
            reply = self._ask_again("get", name, seconds=_CALL_SECONDS)
        except _Gone:
            return ...
        match reply:
            case [str("value"), value]:
                return value
            case [str("function")]:
                return _StandIn(self, name)
            case [str("large")]:
                return other("object")
        self.close()
        return ...

    def call(self, name, arguments, settings):
        """What the student's function returns; raises :class:`Wrong` if that is nothing."""
        seconds = min(_CALL_SECONDS, self._limits.seconds)
        try:
            reply = self._ask_again("call", name, arguments, settings, seconds, seconds=seconds)
        except _Gone as gone:
            raise Wrong(f"{name} {gone}.") from None
        match reply:
            case [str("returned"), result, bool(changed)]:
                if changed:
                    raise changes(name)
                return result
            case [str("raised"), [*kinds]]:
                raise _failure(name, kinds)
            case [str("late")]:
                raise Wrong(f"{name} is not done after {seconds} s.")
            case [str("large")]:
                raise Wrong(f"{name} returns more than {self._limits.message_mb} MB.")
        self.close()
        raise Wrong(f"{name} {Malformed.told}.")

    def _run(self):
        """Start a process and run the notebook in it; returns its events."""
        process = self._process.enter_context(self._sandbox.open(self._limits))
        self._channel = Channel(
            process.stdout.fileno(),
            process.stdin.fileno(),
            self._limits.message_mb << 20,
            watch=lambda: overdrawn(process, self._limits),
        )
        try:
            self._channel.receive(time.monotonic() + _START_SECONDS)  # that it is ready
        except Broken as error:
            os.set_blocking(process.stderr.fileno(), False)
            said = (process.stderr.read(4000) or b"").decode(errors="replace").strip().splitlines()
            why = said[-1] if said else error
            raise _Fault(f"the sandbox ({self._sandbox.name}) does not start: {why}") from None
        try:
            reply = self._ask("run", self._contents, self._limits.seconds, seconds=self._limits.seconds)
        except _Gone as gone:
            self._runs = False
            return [str(gone)]
        if isinstance(reply, list) and all(isinstance(event, str) for event in reply):
            return [_printable(event) for event in reply[:_EVENTS]]
        self.close()
        self._runs = False
        return [Malformed.told]

    def _ask_again(self, *question, seconds):
        """The reply to a question, of another process if the last one has died and there is time."""
        if not self._channel and self._runs and time.monotonic() < self._end:
            self._run()
        if not self._channel:
            raise _Gone("comes too late: the notebook's time is up")
        return self._ask(*question, seconds=seconds)

    def _ask(self, *question, seconds):
        deadline = min(time.monotonic() + CLOCK_SECONDS * seconds, self._end) + _GRACE_SECONDS
        try:
            self._channel.send(list(question), deadline)
            return self._channel.receive(deadline)
        except (TypeError, TooLarge) as error:
            raise _Fault(f"{question[1]} cannot be asked: {error}") from error
        except Broken as broken:
            self.close()
            raise _Gone(broken.told.format(seconds=seconds, why=broken)) from None

    def close(self):
        """Kill the process."""
        self._channel = None
        self._process.close()


class _StandIn:
    """A student's function as the judge calls it: in the sandbox, with copies."""

    def __init__(self, witness, name):
        self._witness, self.__name__ = witness, name

    def __call__(self, *arguments, **settings):
        return self._witness.call(self.__name__, arguments, settings)


_StandIn.__name__ = "function"  # as a message names it


def _failure(name, kinds):
    """What to raise for a student's error, by the names of its class and of those above.

    Its text stays inside: it may hold what the function was given.
    """
    known = [kind for kind in kinds if isinstance(kind, str) and kind in _ERRORS]
    kind = known[0] if known else "Exception"
    error = getattr(builtins, kind)()
    if isinstance(error, NotImplementedError):
        return error  # which a starter raises, and checks know
    wrong = Wrong(f"{name} stops with {kind}.")
    wrong.__cause__ = error
    return wrong


def _printable(text):
    return "".join(sign for sign in text if sign.isprintable())[:_LETTERS]
