"""The process in the sandbox: it runs a notebook's code cells, and then answers what the judge asks.

Nothing here is trusted: the student's code runs in this process, and can do to it what it likes.
"""

import contextlib
import json
import os
import resource
import signal
import sys
import time

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from coronet_lib.course import seccomp
from coronet_lib.course.channel import CLOCK_SECONDS, Channel, Ended, pack

_EVENTS = 20
_LETTERS = 200  # of an event


class Overtime(KeyboardInterrupt):
    """What a student's code meets at its deadline."""


def main(limits):
    """Serve the judge on standard input and output until it hangs up.

    Parameters
    ----------
    limits : dict
        :class:`coronet_lib.course.sandbox.Limits` as a dictionary.
    """
    if sys.platform == "linux":  # elsewhere only a trusted process runs, and the judge's clock is its limit
        confine(limits)
    channel = Channel(os.dup(0), os.dup(1), limits["message_mb"] << 20, stand_in=True)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):  # what a student's code prints is nobody's
        os.dup2(nowhere, standard)
    shell = _shell()
    answers = {"run": _run, "get": _get, "call": _call}
    channel.send("ready")
    with contextlib.suppress(Ended):
        while True:
            kind, *arguments = channel.receive()
            try:
                channel.send(answers[kind](shell, *arguments))
            except (ValueError, MemoryError):  # as of a number with more digits than Python writes
                channel.send(["large"])


def confine(limits):
    """Lower this process's limits and refuse it some system calls, for good and for all that it starts."""
    mb = 1 << 20
    for kind, most in {
        resource.RLIMIT_DATA: limits["memory_mb"] * mb,
        resource.RLIMIT_AS: 4 * limits["memory_mb"] * mb,  # libraries reserve far more than they use
        resource.RLIMIT_FSIZE: limits["disk_mb"] * mb,
        resource.RLIMIT_NPROC: limits["processes"],
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: 4 * limits["seconds"],
    }.items():
        known = (most, resource.getrlimit(kind)[1])
        finite = [one for one in known if one not in (None, resource.RLIM_INFINITY)]
        if finite:
            resource.setrlimit(kind, (min(finite), min(finite)))
    seccomp.refuse()


def _shell():
    """IPython without its history and its colours; lines for the system's shell do nothing."""
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)
    shell.system = lambda command: None
    shell.enable_matplotlib = lambda gui=None: (gui, "agg")  # whatever a notebook asks for
    shell.getoutput = lambda command, *_, **__: []
    shell.showtraceback = shell.showsyntaxerror = lambda *_, **__: None
    return shell


@contextlib.contextmanager
def _at_most(seconds):
    """Interrupt what runs within after so many seconds, and then each second, as it may catch the first.

    Seconds are the processor's, so that a busy machine is no one's fault; of the clock's there are more.
    """
    running = True

    def interrupt(*_):
        if running:
            raise Overtime

    clocks = {signal.ITIMER_PROF: (signal.SIGPROF, 1), signal.ITIMER_REAL: (signal.SIGALRM, CLOCK_SECONDS)}
    for clock, (kind, factor) in clocks.items():
        signal.signal(kind, interrupt)
        signal.setitimer(clock, max(factor * seconds, 0.01), 1)
    try:
        yield
    finally:
        running = False
        for clock in clocks:
            signal.setitimer(clock, 0)


def _run(shell, notebook, seconds):
    """Run all code cells; a cell may take half of the time that is left, so that none takes it from all."""
    try:
        cells = json.loads(notebook.tobytes())["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, RecursionError):
        return ["is no notebook: it is no JSON, or nested without end"]
    except (KeyError, TypeError):
        return ["is no notebook: it has no list of cells"]
    events, end = [], time.process_time() + seconds
    for number, source in enumerate(sources, 1):
        part = (end - time.process_time()) / 2
        try:
            with _at_most(part):
                result = shell.run_cell(source, silent=True)
            error = result.error_before_exec or result.error_in_exec
        except BaseException as raised:
            error = raised
        if isinstance(error, Overtime):
            events.append(f"code cell {number} runs longer than {part:.2g} s and is interrupted")
        elif error is not None:
            events.append(_line(f"code cell {number} stops with {type(error).__name__}", error))
    return events[:_EVENTS]


def _line(what, error):
    try:
        why = str(error.msg if isinstance(error, SyntaxError) else error)
    except Exception:
        why = ""
    return f"{what}: {why.splitlines()[0] if why else '(no text)'}"[:_LETTERS]


def _get(shell, name):
    """What a name stands for."""
    value = shell.user_ns.get(name, ...)
    return ["function"] if callable(value) else ["value", value]


def _call(shell, name, arguments, settings, seconds):
    """What a function returns, and whether it has changed what it was given."""
    given = (arguments, settings)
    before = pack(given, sys.maxsize)
    try:
        with _at_most(seconds):
            result = shell.user_ns[name](*arguments, **settings)
    except Overtime:
        return ["late"]
    except BaseException as error:
        return ["raised", [kind.__name__ for kind in type(error).__mro__]]
    return ["returned", result, pack(given, sys.maxsize, stand_in=True) != before]


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
