"""What a network costs when it is used: time and memory for one X-ray on the processor of this machine."""

import time
from pathlib import Path

import numpy as np
from joblib.externals.loky import ProcessPoolExecutor

from coronet_lib.models.counting import macs, parameters

# What the measuring process must not see, whichever the backend: GPUs; and what it must not say.
_ENVIRONMENT = {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "3"}


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
        (see :func:`coronet_lib.models.counting.macs`); ``latency_ms``, as :func:`latency` measures it, on
        all cores and no GPU; ``memory_mb``, the most memory in 10^6 bytes that the process held from its
        start to the last image, of which Keras and its backend take some hundreds before there is any
        network.

    Raises
    ------
    ChildProcessError
        If the process fails or is killed, for want of memory say.
    """
    with ProcessPoolExecutor(max_workers=1, env=_ENVIRONMENT) as process:
        try:
            return process.submit(_cost, build, repeats).result()
        except Exception as error:  # whatever breaks the other process
            raise ChildProcessError(f"the process that measures a network failed: {error}") from error


def _cost(build, repeats):
    model = build()
    milliseconds = latency(model, repeats)
    peak = _peak_bytes()  # before counting, which is no part of the use
    counted = parameters(model)
    return {
        "parameters": counted.total,
        "trainable": counted.trainable,
        "macs": macs(model),
        "latency_ms": round(milliseconds, 1),
        "memory_mb": round(peak / 1e6),
    }


def latency(model, repeats=20):
    """Milliseconds that one image takes.

    Timed is the compiled function that ``predict`` runs, from pixels in a NumPy array to scores in
    another; reading the file and the pipeline that cuts many images into batches are not.

    Parameters
    ----------
    model : keras.Model
        From (batch, height, width, channels), of a fixed size.
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


def _peak_bytes():
    status = Path("/proc/self/status")
    if status.exists():  # on Linux ru_maxrss would begin with what the parent process held
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource  # not on every system

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS
