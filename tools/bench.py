"""Time the NumPy layers beside Keras's own on this machine's CPU: ``make bench``, half a minute.

Both sides do the same work on the same numbers, in turns, so that whatever else the machine does slows both.
A ratio is the median time of NumPy over that of Keras; the script fails if one is above its limit.
"""

import os
import sys
from functools import partial
from statistics import median
from time import perf_counter

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""  # CPU against CPU

import keras
import numpy as np
from keras import ops
from rich import box
from rich.console import Console
from rich.table import Table

from coronet_lib.layers import cross_correlate2d, pool2d, softmax

WARM_UP, REPETITIONS = 3, 15


def comparisons():
    """Yield (layer, shape of what comes in, NumPy's call, Keras's call, largest ratio allowed)."""
    rng = np.random.default_rng(0)

    def normal(*shape):
        array = rng.normal(size=shape).astype(np.float32)
        return array, ops.convert_to_tensor(array)

    (images, k_images), (kernel, k_kernel) = normal(8, 150, 150, 32), normal(3, 3, 32, 64)
    for padding in ("valid", "same"):
        ours = partial(cross_correlate2d, images, kernel, padding=padding)
        theirs = partial(ops.conv, k_images, k_kernel, padding=padding)
        yield f"correlate 3×3, {padding}", images.shape, ours, theirs, 4
    for kind, operation in (("max", ops.max_pool), ("average", ops.average_pool)):
        for size, stride, padding in ((2, 2, "valid"), (3, 2, "same")):
            ours = partial(pool2d, images, size, stride, kind, padding)
            theirs = partial(operation, k_images, size, stride, padding)
            yield f"{kind} {size}×{size}/{stride}, {padding}", images.shape, ours, theirs, 3
    for classes in (1000, 4):
        scores, k_scores = normal(1024, classes)
        yield "softmax", scores.shape, partial(softmax, scores), partial(ops.softmax, k_scores), 3


def measure(ours, theirs):
    """Median seconds of both, measured in turns after a warm-up that also compares their results."""
    for _ in range(WARM_UP):
        np.testing.assert_allclose(ours(), ops.convert_to_numpy(theirs()), rtol=1e-4, atol=1e-4)
    seconds = ([], [])
    for _ in range(REPETITIONS):
        for call, taken in zip((ours, lambda: ops.convert_to_numpy(theirs())), seconds, strict=True):
            start = perf_counter()
            call()
            taken.append(perf_counter() - start)
    return tuple(map(median, seconds))


def main():
    """Print the table; exit with 1 if a limit is missed."""
    table = Table(
        box=box.SIMPLE_HEAD,
        title=f"NumPy {np.__version__} beside Keras {keras.__version__} on {keras.backend.backend()}",
        caption=f"float32 on {os.cpu_count()} CPU cores, median of {REPETITIONS} runs in turns",
    )
    table.add_column("layer")
    for heading in ("input", "NumPy, ms", "Keras, ms", "ratio", "limit"):
        table.add_column(heading, justify="right")
    missed = False
    for layer, shape, ours, theirs, limit in comparisons():
        numpy_time, keras_time = measure(ours, theirs)
        ratio = numpy_time / keras_time
        missed |= ratio > limit
        verdict = f"[{'red' if ratio > limit else 'green'}]{ratio:.2f}[/]"
        size = "×".join(map(str, shape))
        table.add_row(layer, size, f"{numpy_time * 1e3:.2f}", f"{keras_time * 1e3:.2f}", verdict, str(limit))
    Console().print(table)
    sys.exit(missed)


if __name__ == "__main__":
    main()
