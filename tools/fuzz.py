"""Damage every kind of file that is read, one change at a time, and count what comes of it.

usage: python tools/fuzz.py [--each N] [--seed N]

Prints a table; each change that got past without a word, or ended in a traceback or not at all, is listed
below it.  Exit code 1 if there is one.
"""

import argparse
import os
import signal
import sys
import tempfile
import warnings
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from originals import learned, originals
from rich.console import Console
from rich.table import Table
from tqdm import tqdm

REFUSED, SAME, WARNED = "refused", "same result", "warned, other result"
SILENT, RAW, HANGS = "silent, other result", "raw", "hangs"
OUTCOMES = REFUSED, SAME, WARNED, SILENT, RAW, HANGS
FAULTS = SILENT, RAW, HANGS
PATIENCE = 20  # seconds of processor time


class Outcome(NamedTuple):
    """What came of one change: one of :data:`OUTCOMES`, what was done, and what was said."""

    kind: str
    done: str
    said: str


class _Hang(BaseException):
    """Reading took too long; no Exception, which a reader might turn into a refusal."""


def fuzz(original, title, numbers, seed=0):
    """Damage a file in several ways, and say what comes of each; the file is sound again afterwards.

    Parameters
    ----------
    original : Original
    title : str
        Part of the seed, so that each file has changes of its own.
    numbers : iterable of int
        Which changes; the same number is the same change on every machine.
    seed : int

    Yields
    ------
    Outcome
    """
    sound = original.file.read_bytes()
    wanted = original.read()
    for number in numbers:
        done, content = original.damage(sound, Random(f"{title} {seed} {number}"))
        original.file.write_bytes(content)
        try:
            kind, said = _outcome(original, wanted)
        finally:
            original.file.write_bytes(sound)
        yield Outcome(kind, f"{number}: {done}", said)


def _outcome(original, wanted):
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        try:
            with _limited(PATIENCE):
                found = original.read()
        except (ValueError, OSError) as error:  # what the command turns into one line
            said = str(error)
            named = original.file.name in said or str(original.file.parent) in said
            return (REFUSED if named and "\n" not in said else RAW), f"{type(error).__name__}: {said}"
        except _Hang:
            return HANGS, ""
        except Exception as error:
            return RAW, f"{type(error).__name__}: {error}"
    if found == wanted:
        return SAME, ""
    told = [str(each.message) for each in given if str(original.file.parent) in str(each.message)]
    return (WARNED, told[0]) if told else (SILENT, "")


@contextmanager
def _limited(seconds):
    """Break off what needs more processor time than that, where the system has such a clock."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_):
        raise _Hang

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def main():
    """Print the table, and what it counts as faults."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--each", type=int, default=100, help="changes of each file")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "learned").mkdir()
        files = originals(Path(folder)) | learned(Path(folder) / "learned")
        found = {
            title: list(fuzz(original, title, tqdm(range(asked.each), title, leave=False), asked.seed))
            for title, original in files.items()
        }
    table = Table("file", *OUTCOMES, title=f"{asked.each * len(found):,} changes, seed {asked.seed}")
    for title, outcomes in found.items():
        counted = Counter(outcome.kind for outcome in outcomes)
        table.add_row(title, *(str(counted[kind]) for kind in OUTCOMES))
    faults = [(title, *each) for title, outcomes in found.items() for each in outcomes if each.kind in FAULTS]
    Console(width=None if sys.stdout.isatty() else 120).print(table)  # in a log, too, names are whole
    for title, kind, done, said in faults:
        print(f"{kind} | {title} | {done[:100]} | {said[:200]!r}")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
