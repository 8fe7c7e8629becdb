"""Execute chapters side by side, each once, and keep what they gave for the build and for the tests.

A chapter's cells run in one kernel, its published solutions after them. Both results go into the
cache in which Jupyter Book looks before it executes anything: the chapter by itself, which becomes
the page, and the chapter with its solutions, which the tests judge. The cache finds a notebook by
the source of its code cells. What these call can change too, so the whole cache is dropped when the
library, the committed data, the locked packages or the settings differ from last time.
"""

import json
import os
import shutil
import sys
from base64 import b64decode, b64encode
from copy import copy
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import nbformat
from click import unstyle
from joblib import Parallel, cpu_count, delayed
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook
from PIL import Image
from repository import ROOT
from tqdm import tqdm

import coronet_lib  # noqa: F401  asks TensorFlow for kernels, by one of the SETTINGS

sys.path.append(str(ROOT / "book/_ext"))
from inserts import PRINTED, PYTHON_BLOCK
from inserts import solutions as sections

CACHE = ROOT / "_build/.jupyter_cache"
STAMP = "executed-with"  # the file in a cache that says what its results follow from
VECTORS = "vectors"  # the folder in a cache with the figures as drawings, for print; most have none

CALLED = ("coronet_lib", "data", "requirements.lock")
SETTINGS = ("KERAS_BACKEND", "NPY_DISABLE_CPU_FEATURES", "TF_ENABLE_ONEDNN_OPTS")  # change results

HEAVY = 120_000  # bytes of a picture; a page has 1.5 MB for all of its own

START = 600  # seconds that a kernel may take to start; where all cores are busy, a minute is too short
AT_ONCE = 4  # more would wait for the longest chapter, which takes a quarter of the whole
SECONDS = {"11_training": 80, "13_fewer_classes": 70, "14_other_systems": 50}  # until they are measured
LONG_SOLUTIONS = {"11_training"}  # they train networks for minutes, and do not run


class Executed(NamedTuple):
    """What became of a chapter."""

    notebook: NotebookNode  # with its outputs, up to the cell that failed
    seconds: float  # with its solutions; 0 for one that the cache had
    fault: str | None  # the cell that failed and its traceback


def solution_blocks(path):
    """The Python blocks of a chapter's solutions: {exercise: [source, …]}."""
    file = path.parent / "solutions" / f"{path.stem}.md"
    texts = sections(file) if file.exists() else {}
    return {number: PYTHON_BLOCK.findall(text) for number, text in texts.items()}


def solution_cells(path):
    """The code cells of a chapter's solutions as they run after its own."""
    if path.stem in LONG_SOLUTIONS:
        return []
    return [
        new_code_cell(source, metadata={"solution": f"Solution {number}, block {block}"})
        for number, blocks in solution_blocks(path).items()
        for block, source in enumerate(blocks, 1)
    ]


def read(path, solutions=True):
    """A chapter as it stands, with its solutions' cells at the end if wanted."""
    notebook = nbformat.read(path, as_version=4)
    if solutions:
        notebook.cells += solution_cells(path)
    return notebook


def stamp(environment):
    """Everything but its own source that a chapter's outputs follow from, as text.

    The first line is a SHA-256 of the Python and of what the chapters call and read, the second
    the settings, which are this process's and those of ``environment``.
    """
    settings = {name: os.environ[name] for name in SETTINGS if name in os.environ} | environment
    return f"{fingerprint(CALLED)}\n{json.dumps(settings, sort_keys=True)}\n"


def fingerprint(names):
    """SHA-256 of this Python and of the files and folders of the repository with these names."""
    digest = sha256(sys.version.encode())
    for name in names:
        path = ROOT / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{file.relative_to(ROOT)}\0{file.stat().st_size}\0".encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()


def stamped(cache_folder):
    """The stamp of the results in a cache; empty if there are none."""
    written = cache_folder / STAMP
    return written.read_text() if written.exists() else ""


def opened(cache_folder, wanted, drawings=False):
    """The cache, emptied first if its results have another stamp than the one wanted, or lack drawings."""
    vectors = cache_folder / VECTORS
    if stamped(cache_folder) != wanted or (drawings and not vectors.exists()):
        shutil.rmtree(cache_folder, ignore_errors=True)
        (vectors if drawings else cache_folder).mkdir(parents=True)
        (cache_folder / STAMP).write_text(wanted)
    return get_cache(cache_folder)


def found(cache, notebook):
    """A notebook with the outputs that the cache has for it, or None."""
    try:
        return cache.merge_match_into_notebook(notebook)[1]
    except KeyError:
        return None


def kept(path, cache_folder=CACHE, any_settings=False):
    """A chapter and its solutions as last executed, or None where something has changed since.

    With ``any_settings`` the settings may be others than this process's: those of another machine.
    """
    there, here = stamped(cache_folder), stamp({})
    current = there.partition("\n")[0] == here.partition("\n")[0] if any_settings else there == here
    return found(get_cache(cache_folder), read(path)) if current else None


def run(path, environment, solutions, timeout):
    """Execute a chapter, and in the same kernel its solutions, which may raise.

    Returns
    -------
    path : Path
    executed : Executed
    ran : notebook
        The solutions' cells; empty if none ran.
    """
    notebook, ran = read(path, solutions=False), new_notebook(cells=solution_cells(path) if solutions else [])
    client = NotebookClient(
        notebook,
        timeout=timeout,
        startup_timeout=START,
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        extra_arguments=["--log-level=CRITICAL"],  # not the kernel's remarks on its own connection
    )
    begun, fault = perf_counter(), None
    try:
        with client.setup_kernel(env=environment):
            client.execute(cleanup_kc=False)
            client.nb, client.allow_errors = ran, True
            client.execute(cleanup_kc=False)
    except (CellControlSignal, RuntimeError) as error:  # a cell fails, or the kernel dies or never starts
        fault = unstyle(f"{type(error).__name__}: {error}")
    return path, Executed(notebook, perf_counter() - begun, fault), ran


def execute(
    paths, *, cache_folder=CACHE, environment=None, jobs=None, solutions=True, drawings=False, timeout=600
):
    """Execute the chapters whose results the cache lacks, the longest first, and keep the results there.

    Parameters
    ----------
    paths : list of Path
    cache_folder : Path
        Emptied first if it was filled with another library, other data, packages or settings.
    environment : dict, optional
        More variables for the kernels; a cache belongs to one such set.
    jobs : int, optional
        How many chapters at a time; one for each core, and no more than four, by default.
    solutions : bool
        Whether the published solutions run after a chapter's cells.
    drawings : bool
        Whether figures are kept as drawings, too, for print, which takes as long again as to draw them for
        pages. A cache that has none is emptied, and one that has them goes on keeping them.
    timeout : float
        Seconds that a cell may take.

    Returns
    -------
    dict from path to Executed
        A chapter that fails keeps no other from being executed.
    """
    environment = environment or {}
    seconds = SECONDS | measured(cache_folder)
    cache = opened(cache_folder, stamp(environment), drawings)
    figures = "retina,svg" if (cache_folder / VECTORS).exists() else "retina"

    executed = {}
    for path in paths:
        if found(cache, read(path, solutions)) and (notebook := found(cache, read(path, solutions=False))):
            executed[path] = Executed(notebook, 0.0, None)
    stale = [path for path in paths if path not in executed]
    stale.sort(key=lambda path: -seconds.get(path.stem, 0))
    jobs = min(jobs or min(cpu_count(), AT_ONCE), len(stale) or 1)
    # No variable gives a kernel its share of the cores: measured, that saves nothing, and it changes digits.
    environment = {"TF_CPP_MIN_LOG_LEVEL": "3", "CORONET_FIGURES": figures, **os.environ, **environment}
    if stale:
        print(f"Executing {len(stale)} of {len(paths)} chapters, {jobs} at a time ...", flush=True)

    tasks = (delayed(run)(path, environment, solutions, timeout) for path in stale)
    # Threads do, because each waits for a process of its own, the kernel.
    results = Parallel(n_jobs=jobs, backend="threading", return_as="generator_unordered")(tasks)
    for path, result, ran in tqdm(results, total=len(stale), disable=None, leave=False, unit="chapter"):
        tqdm.write(f"{path.stem:26}{result.seconds:5.0f} s" + (", failed" if result.fault else ""))
        sys.stdout.flush()
        executed[path] = result
        if not result.fault:
            keep(cache, path, result, ran)
    return executed


def text_of(cell):
    """What a cell prints, and its value if that is text: no name of a figure or of a slider."""
    parts = [output.get("text") or shown_as_text(output.get("data", {})) for output in cell.outputs]
    return "\n".join(part.rstrip() for part in parts if part)


def shown_as_text(data):
    drawn = any(kind.startswith(("image/", "application/")) for kind in data)
    return "" if drawn else data.get("text/plain", "")


def take_drawings(notebook, folder):
    """Move the figures' drawings out of a notebook, each under the SHA-256 of the picture that pages show."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if drawing := output.get("data", {}).pop("image/svg+xml", None):
                folder.mkdir(exist_ok=True)
                picture = b64decode(output.data["image/png"])
                (folder / f"{sha256(picture).hexdigest()}.svg").write_text(drawing, encoding="utf-8")


def lighten(notebook):
    """Give heavy pictures, such as maps over X-rays, a palette of 256 colours: they weigh less than half."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            picture = b64decode(output.get("data", {}).get("image/png", ""))
            if len(picture) > HEAVY:
                light, drawn = BytesIO(), Image.open(BytesIO(picture)).convert("RGB")
                drawn.quantize(kmeans=2, dither=Image.Dither.NONE).save(light, "png", optimize=True)
                output.data["image/png"] = b64encode(light.getvalue()).decode()


def keep(cache, path, executed, ran):
    """Put a chapter into the cache, by itself and with its solutions, and beside it what these print."""
    lighten(executed.notebook)
    take_drawings(executed.notebook, Path(cache.path, VECTORS))
    whole = copy(executed.notebook)
    whole.cells = executed.notebook.cells + ran.cells
    for notebook in executed.notebook, whole:
        bundle = CacheBundleIn(notebook, str(path), data={"execution_seconds": executed.seconds})
        cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    printed = {cell.source: text_of(cell) for cell in ran.cells}
    file = Path(cache.path, Path(PRINTED).name, f"{path.stem}.json")
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(printed), encoding="utf-8")


def measured(cache_folder):
    """Seconds that each chapter took when it was last executed: {stem: seconds}."""
    if not stamped(cache_folder):
        return {}
    records = get_cache(cache_folder).list_cache_records()
    return {Path(record.uri).stem: record.data["execution_seconds"] for record in records}
