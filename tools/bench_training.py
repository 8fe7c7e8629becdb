"""Time what feeds a training beside the published notebook's way, and the reader: part of ``make bench``.

The notebook let Keras's ImageDataGenerator open, decode, shrink and change every image anew, epoch by
epoch.  This project reads prepared images once and changes a batch by one affine map.  Both feed the same
network here: full CoroNet, 150 pixels, batches of 10.  Processor time of all threads is counted, not time
on the clock, so that it matters little what else the machine does.

Two trainings side by side are timed on the clock, on cores of their own, with oneDNN's kernels and in the
precision that the machine is made for, in turn with two that share the cores in float32 and have the kernels
that TensorFlow takes by itself: do nothing else on it meanwhile.
"""

import os
import sys
import tempfile
from contextlib import redirect_stdout
from io import StringIO
from operator import ge, le
from pathlib import Path
from statistics import median
from time import perf_counter, process_time, sleep
from unittest.mock import patch

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""  # a CPU's figures
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # as coronet_lib does, which comes after TensorFlow here

import numpy as np
import tensorflow as tf
from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor
from PIL import Image
from rich import box
from rich.console import Console
from rich.table import Table

from coronet_lib.classes import CLASSES
from coronet_lib.datasets import phantom, store
from coronet_lib.datasets.collection import XrayCollection
from coronet_lib.runs.side_by_side import settled
from coronet_lib.training import PAPER, SPRINT, Batches, choose, machine

TURNS = 3
FILE_SIZE = (1280, 960)  # pixels, about what the upstream files have
INPUT_SHARE, READING = 0.05, 10  # at most: share of a step, seconds
SPEED_UP = 1.3  # at least
STEPS = 6  # of each training side by side
SETTLED = 1.5 if machine.kind() == "bfloat16" else 1.15  # gain of cores of one's own, at least


def notebooks_batches(folder):
    """Endless batches as the published notebook makes them (its settings; rescaling is left to the model)."""
    generator = tf.keras.preprocessing.image.ImageDataGenerator(
        rotation_range=50,
        width_shift_range=0.2,
        height_shift_range=0.2,
        shear_range=0.25,
        zoom_range=0.1,
        channel_shift_range=20,
        horizontal_flip=True,
        vertical_flip=True,
        fill_mode="constant",
    )
    options = {"batch_size": PAPER.batch_size, "class_mode": "sparse", "seed": 0}
    with redirect_stdout(StringIO()):  # it says how many images it found
        return generator.flow_from_directory(folder, target_size=(PAPER.size, PAPER.size), **options)


def our_batches(images, labels):
    """Endless batches as :func:`coronet_lib.training.fit` makes them."""
    epoch = 0
    while True:
        batches = Batches(images, labels, PAPER.batch_size, epoch=epoch, augmentation=PAPER.augmentation)
        yield from (batches[i] for i in range(len(batches)))
        epoch += 1


def processor_seconds(call, *arguments):
    start = process_time()
    result = call(*arguments)
    return process_time() - start, result


def compare_feeding(folder):
    """Median processor seconds a batch: our feeding, the notebook's, and the training step."""
    drawn = phantom.generate(10, PAPER.size, seed=0)
    for pixels, label, file in zip(drawn.images, drawn.labels, drawn.files, strict=True):
        path = folder / drawn.classes[label] / f"{Path(file).stem}.jpeg"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(pixels[..., 0]).resize(FILE_SIZE).save(path, quality=90)
    model = PAPER.but(weights=None).build(4)
    PAPER.compile(model, 0, len(drawn))
    feeds = our_batches(drawn.images, drawn.labels), notebooks_batches(folder)
    feeding, steps = ([], []), []
    for turn in range(1 + TURNS):
        for feed, taken in zip(feeds, feeding, strict=True):
            fed, batch = processor_seconds(next, feed)
            stepped, _ = processor_seconds(model.train_on_batch, *batch)
            if turn:  # the first is to warm up
                taken.append(fed)
                steps.append(stepped)
    return (*map(median, feeding), median(steps))


def time_reading(folder):
    """Seconds on the clock to read as many prepared images as the paper's Dataset-1 has."""
    rng = np.random.default_rng(0)
    drawn = phantom.generate(5, PAPER.size, seed=0).images
    picks, shifts = rng.integers(len(drawn), size=1251), rng.integers(-9, 10, 1251)
    images = np.stack([np.roll(drawn[i], shift, axis=1) for i, shift in zip(picks, shifts, strict=True)])
    names = np.array([f"{i:04}.png" for i in range(len(images))])
    xrays = XrayCollection(images, np.arange(len(images)) % 4, names, names, CLASSES[4])
    store.export(xrays, folder, progress=False)
    start = perf_counter()
    store.load(folder)
    return perf_counter() - start


def learn_beside(desk, compute):
    """Images a second, while another process does the same."""
    # In the process that learns, which has its cores by now.
    from coronet_lib.training import SPRINT

    images = np.zeros((SPRINT.batch_size, SPRINT.size, SPRINT.size, 3), np.float32)
    with compute.scope():
        model = SPRINT.but(weights=None).build(4)
        SPRINT.compile(model, SPRINT.warmup, STEPS)
    labels = np.arange(len(images)) % 4
    model.train_on_batch(images, labels)
    (desk / str(os.getpid())).touch()
    while len([*desk.iterdir()]) < 2:
        sleep(0.1)
    start = perf_counter()
    for _ in range(STEPS):
        model.train_on_batch(images, labels)
    return STEPS * len(images) / (perf_counter() - start)


def compare_settling(folder):
    """Images a second of two trainings side by side: as ``cv --jobs 2`` runs them, and left to themselves."""
    # An empty value is none to TensorFlow, but coronet_lib leaves it alone.
    ways = (
        ("1", choose("auto", batch_size=SPRINT.batch_size), settled(2)),
        ("", choose(), {}),
    )
    rates = ([], [])
    for turn in range(2):
        for way, ((kernels, compute, options), found) in enumerate(zip(ways, rates, strict=True)):
            (desk := folder / f"{turn}-{way}").mkdir()
            with patch.dict(os.environ, TF_ENABLE_ONEDNN_OPTS=kernels):
                both = Parallel(2, **options)(delayed(learn_beside)(desk, compute) for _ in range(2))
                get_reusable_executor().shutdown()  # else the next ones have this environment
            found.append(sum(both))
    return map(median, rates)


def main():
    """Print the figures; exit with 1 if one misses what is wanted."""
    with tempfile.TemporaryDirectory() as scratch:
        (files := Path(scratch) / "files").mkdir()
        ours, notebooks, step = compare_feeding(files)
        reading = time_reading(Path(scratch) / "prepared")
        (desk := Path(scratch) / "desk").mkdir()
        own, shared = compare_settling(desk)
    cores, batch = os.cpu_count(), PAPER.batch_size
    table = Table(
        box=box.SIMPLE_HEAD,
        title=f"Feeding full CoroNet, TensorFlow {tf.__version__}",
        caption=f"processor time, median of {TURNS} turns, shared by {cores} cores; files of "
        f"{FILE_SIZE[0]}×{FILE_SIZE[1]} pixels for the notebook's way",
    )
    table.add_column("way of feeding")
    for heading in ("feed, ms an image", "images a second, feed alone", "with the step", "input share"):
        table.add_column(heading, justify="right")
    for name, feed in (("this project", ours), ("the notebook", notebooks)):
        alone, together = batch * cores / feed, batch * cores / (feed + step)
        share = f"{100 * feed / (feed + step):.1f} %"
        table.add_row(name, f"{1e3 * feed / batch:.1f}", f"{alone:.0f}", f"{together:.2f}", share)
    console = Console()
    console.print(table)
    rows = (
        (f"input share of our step, at most {INPUT_SHARE:.0%}", ours / (ours + step), ".1%", le, INPUT_SHARE),
        (f"seconds to read 1,251 prepared images, at most {READING}", reading, ".1f", le, READING),
        (
            f"feeding alone, gain over the notebook's, at least {SPEED_UP}",
            notebooks / ours,
            ".1f",
            ge,
            SPEED_UP,
        ),
        (
            f"two trainings as cv runs them: {own:.1f} images a second; gain over two left to themselves "
            f"({shared:.1f}), at least {SETTLED}",
            own / shared,
            ".2f",
            ge,
            SETTLED,
        ),
    )
    missed = False
    for what, value, form, holds, limit in rows:
        missed |= not holds(value, limit)
        console.print(f"{what}: [{'green' if holds(value, limit) else 'red'}]{value:{form}}[/]")
    # No limit: on a CPU the network takes nearly all the time, and no way of feeding changes that.
    console.print(f"feeding and step, gain over the notebook's: {(notebooks + step) / (ours + step):.2f}")
    sys.exit(missed)


if __name__ == "__main__":
    main()
