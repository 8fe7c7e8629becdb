"""The ``coronet`` command as a user types it, run in this process or ready to run in its own."""

import io
import subprocess
import sys
import warnings
from contextlib import contextmanager, redirect_stderr, redirect_stdout

import pytest

from coronet_lib import cli
from coronet_lib.cli import options


def coronet(*arguments):
    """The command, run in this process, which imports TensorFlow once for all tests."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["coronet", *map(str, arguments)])
        patch.setattr(warnings, "showwarning", warnings.showwarning)  # which main replaces
        patch.setenv("COLUMNS", "300")
        for console in (options.out_console, options.err_console):
            patch.setattr(console, "width", 300)
        with pytest.raises(SystemExit) as stop:
            cli.main()
    return subprocess.CompletedProcess(arguments, stop.value.code, out.getvalue(), err.getvalue())


def program(*arguments):
    """The command line that starts it in a process of its own."""
    return [sys.executable, "-m", "coronet_lib", *map(str, arguments)]


WRITER = (
    "import sys; from coronet_lib.files import locked\n"
    "with locked(sys.argv[1]): print('at work', flush=True); sys.stdin.read()"
)


@contextmanager
def writer(folder):
    """Another process that writes ``folder`` until the block ends."""
    command = [sys.executable, "-c", WRITER, folder]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "at work\n"
        yield process
        process.stdin.close()
