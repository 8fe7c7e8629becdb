"""What a network costs when it is used: time and memory for one X-ray on the processor of this machine."""

import resource
import time
from pathlib import Path

import numpy as np
from joblib.externals.loky import ProcessPoolExecutor

from coronet_lib.models.counting import macs, parameters


def cost(build, repeats=20):
    """Measure a network in a process of its own, so that nothing else is in its memory.

    Parameters
    ----------
    build : callable
        Without arguments, picklable; returns the keras.Model, whose weights do not matter.
    repeats : int
        Images timed, one after another.

    Returns
    -------
    dict
        ``parameters`` and ``trainable``; ``macs``, multiply-accumulates an image
        (see :func:`coronet_lib.models.counting.macs`); ``latency_ms``, the median time for one image of the
        compiled ``predict``, warmed up, on all cores; ``memory_mb``, the most memory that the process
        held, of which Keras and its backend take some hundreds before there is any network.

    Raises
    ------
    RuntimeError
        If the process fails or is killed, for want of memory say.
    """
    with ProcessPoolExecutor(max_workers=1) as process:
        try:
            return process.submit(_cost, build, repeats).result()
        except Exception as error:  # whatever breaks the other process
            raise RuntimeError(f"measuring {build} failed in its process: {error}") from error


def _cost(build, repeats):
    model = build()
    counted = parameters(model)
    return {
        "parameters": counted.total,
        "trainable": counted.trainable,
        "macs": macs(model),
        "latency_ms": round(latency(model, repeats), 1),
        "memory_mb": round(_peak_mb(), 0),
    }


def latency(model, repeats=20):
    """Milliseconds that one image takes.

    Parameters
    ----------
    model : keras.Model
        From (batch, height, width, channels).
    repeats : int

    Returns
    -------
    float
        The median; the first two calls, which compile and warm up, are not among those timed.
    """
    image = np.zeros((1, *model.input_shape[1:]), np.float32)
    seconds = []
    for _ in range(repeats + 2):
        started = time.perf_counter()
        model.predict_on_batch(image)
        seconds.append(time.perf_counter() - started)
    return 1000 * float(np.median(seconds[2:]))


def _peak_mb():
    status = Path("/proc/self/status")
    if status.exists():  # on Linux ru_maxrss would begin with what the parent process held
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1e3  # KiB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # macOS counts bytes
