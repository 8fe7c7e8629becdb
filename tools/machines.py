"""Execute the chapters as other machines would, and compare what they print: ``make test-machines``.

usage: python tools/machines.py [--only NAME …] [CHAPTER.ipynb …]

The other machines are made of this one: NumPy without the processor's newer features, TensorFlow without
oneDNN's kernels, one thread, and every training with the next seed; ``here`` is this one as it is.  On each
of them the chapters are executed anew, their solutions after them, and nbval judges the text against the
stored one.
"""

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
from execute import execute
from notebooks import CHAPTERS
from repository import ROOT

FOLDER = ROOT / "_build/machines"
NBVAL = ("--nbval", "--nbval-current-env", "--nbval-sanitize-with", ROOT / "tests/nbval_sanitize.cfg")
NEXT_SEED = {"PYTHONSTARTUP": str(ROOT / "tools/next_seed.py")}
TRAINS = re.compile(r"\bkeras\b|coronet_lib\.training")  # in the source of chapters that a seed can change


def features_to_switch_off():
    """What older processors of this one's family lack, as values of ``NPY_DISABLE_CPU_FEATURES``.

    Returns
    -------
    list of str
        The newest group of features that NumPy found here, then the two newest, and so on.
    """
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    return [" ".join(found[i:]) for i in reversed(range(len(found)))]


def threads(count):
    """Variables that give a kernel so many threads."""
    names = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    return dict.fromkeys(names, str(count))


def machines():
    """The other machines: name to the variables that make a kernel think that it runs there."""
    older = [{"NPY_DISABLE_CPU_FEATURES": features} for features in features_to_switch_off()]
    other_kernels = {"TF_ENABLE_ONEDNN_OPTS": "0"}
    return {
        "here": {},
        **{f"numpy-{number}": features for number, features in enumerate(older, 1)},
        "no-onednn": other_kernels,
        "one-thread": threads(1),
        "next-seed": NEXT_SEED,
        # What differs most from this machine, in one: for who has time for one only.
        "oldest": {**(older[-1] if older else {}), **other_kernels, **threads(1)},
    }


def differs(name, environment, chapters):
    """Execute the chapters on one machine, and have nbval judge them.

    Returns
    -------
    bool
        Whether a chapter or a solution fails there, or prints anything else; what, has been printed.
    """
    if environment is NEXT_SEED:
        chapters = [path for path in chapters if TRAINS.search(path.read_text())]
    variables = ", ".join(f"{variable}={value}" for variable, value in environment.items()) or "nothing set"
    print(f"\n{name}: {len(chapters)} chapters with {variables}", flush=True)
    cache = FOLDER / name
    shutil.rmtree(cache, ignore_errors=True)  # executed anew, though nothing has changed since last time
    for path, executed in execute(chapters, cache_folder=cache, environment=environment).items():
        if executed.fault:
            print(f"\n{path.relative_to(ROOT)}\n{executed.fault}")
    judge = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *NBVAL, f"--executed-in={cache}"]
    return subprocess.run([*judge, *chapters], cwd=ROOT).returncode != 0


def main(arguments):
    """Go through the machines; exit with 1 if a chapter differs on any."""
    there = machines()
    parser = argparse.ArgumentParser(prog="machines")
    parser.add_argument(
        "--only", nargs="+", choices=there, default=[name for name in there if name not in ("here", "oldest")]
    )
    parser.add_argument("chapters", nargs="*", type=lambda name: Path(name).resolve())
    asked = parser.parse_args(arguments)
    failed = [name for name in asked.only if differs(name, there[name], asked.chapters or CHAPTERS)]
    if failed:
        sys.exit(f"machines: the chapters differ on {', '.join(failed)} (see above)")
    print(f"machines: the same text on {', '.join(asked.only)}")


if __name__ == "__main__":
    main(sys.argv[1:])
