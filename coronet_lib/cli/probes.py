"""What works on this machine: one probe a line of ``coronet doctor``.

Each probe looks at one thing and returns a :class:`Line`.  :func:`examine` runs all of them side by side; one
that fails or takes too long becomes a line, too.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import requires
from pathlib import Path
from threading import Lock, Thread
from time import monotonic

from packaging.requirements import Requirement

from coronet_lib import __version__, installed
from coronet_lib.files import data_path, keras_models
from coronet_lib.text import reason
from coronet_lib.training import machine

WORKS, MISSING, BROKEN = "works", "missing", "broken"

SECONDS = 120
"""How long a probe may take; Keras's first import on a slow disk may need a minute."""

_ENOUGH_GB = 4  # of memory: TensorFlow and the quick profile take about 2


@dataclass(frozen=True)
class Line:
    """What a probe found.

    Parameters
    ----------
    said : str
        In a few words.
    remedy : str
        What to do about it; empty if it works.
    broken : bool
        Whether it is something that everybody needs.
    """

    said: str
    remedy: str = ""
    broken: bool = False

    @property
    def state(self):
        """One of ``"works"``, ``"missing"`` and ``"broken"``."""
        if self.broken:
            return BROKEN
        return MISSING if self.remedy else WORKS


def examine(probes=None, seconds=SECONDS):
    """Run the probes side by side.

    Parameters
    ----------
    probes : dict from str to callable, optional
        By default :data:`PROBES`.
    seconds : float
        For each.

    Returns
    -------
    dict from str to Line
        In the probes' order.
    """
    probes = PROBES if probes is None else probes
    found = {}

    def run(name, probe):
        try:
            found[name] = probe()
        except Exception as error:
            found[name] = _failed(f"{type(error).__name__}: {reason(error)}")

    # Threads that are left behind when they hang, as on a network drive that has gone.
    threads = [Thread(target=run, args=each, daemon=True) for each in probes.items()]
    for thread in threads:
        thread.start()
    end = monotonic() + seconds
    for thread in threads:
        thread.join(max(0, end - monotonic()))
    late = _failed(f"no answer within {seconds:g} seconds")
    return {name: found.get(name, late) for name in probes}


def _failed(why):
    return Line(why, "please report this line, with what `coronet doctor --json` prints")


def library():
    """Version of the library, Python and system, and whether the packages are those that it asks for."""
    asked = [Requirement(each) for each in requires("coronet-lib") or ()]
    wrong = []
    for each in asked:
        if each.marker is None or each.marker.evaluate({"extra": ""}):
            there = installed(each.name)
            if there is None or not each.specifier.contains(there, prereleases=True):
                wrong.append(f"{each} ({there or 'not there'})")
    said = f"{__version__}, Python {platform.python_version()}, {platform.system()}"
    if wrong:
        said = f"{said}; it wants {', '.join(wrong)}"
        return Line(said, "`pip install --upgrade coronet-lib`", broken=True)
    try:
        data_path("runs")
    except FileNotFoundError as error:
        return Line(f"{said}; {error}", "install it anew", broken=True)
    return Line(said)


def backend():
    """Whether Keras computes."""
    found = _computing()
    if why := found.get("error"):
        return Line(why, found["remedy"], broken=found["broken"])
    return Line(f"{found['backend']} {installed(found['backend']) or ''}, Keras {found['keras']}")


def gpu():
    """What networks are trained on."""
    found = _computing()
    if not (name := found.get("device")):
        return Line("not known without a backend", "see the line above")
    if name.casefold() == "cpu":
        return Line(
            "none; the processor computes",
            "the quick profile does without; for `--profile full`: an NVIDIA GPU, and "
            "`pip install 'tensorflow[and-cuda]'`",
        )
    return Line(f"{found['count']} x {name}")


def sixteen_bits():
    """Whether 16 bits are faster than 32, at the batches that they pay at."""
    precision = _computing().get("precision", "float32")
    if precision == "float32":
        gain = "an NVIDIA T4, V100 or later has more; say `--precision auto` there"
        return Line("float32 only, as in the paper", gain)
    return Line(f"{precision.removeprefix('mixed_')}, with `--precision auto`")


_asking = Lock()


def _computing():
    """What Keras says of backend and device; three probes want to know, and one of them asks."""
    with _asking:
        return _ask_keras()


@cache
def _ask_keras():
    """Asked in another process: an import may crash or hang."""
    quiet = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    asked = [sys.executable, "-c", _ASKED]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, env=quiet, timeout=SECONDS - 5)
    except subprocess.TimeoutExpired as error:
        late = f"not imported within {error.timeout:g} seconds"
        return {"error": late, "remedy": "try again when less is at work here", "broken": False}
    try:
        return json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        said = done.stderr.strip().splitlines() or [f"Keras ends Python with code {done.returncode}"]
        named = os.environ.get("KERAS_BACKEND", "tensorflow")
        install = f"install {named}, or set KERAS_BACKEND to tensorflow, jax or torch where that is installed"
        return {"error": reason(said[-1]), "remedy": install, "broken": True}


_ASKED = """
import json, keras
from coronet_lib.training import devices
found = {"keras": keras.__version__, "backend": keras.backend.backend(), "device": devices.device_name(),
         "count": devices.count(),
         "precision": devices.choose("auto", batch_size=devices.BFLOAT16_BATCH).precision}
print("\\n" + json.dumps(found))
"""


def cores():
    """How many of the machine's cores this process, or its container, may use."""
    from joblib import cpu_count

    if (usable := cpu_count()) < 2:
        return Line("1", "chapters that train take twice the time that they say, which is for two cores")
    return Line(str(usable))


def memory():
    """How much memory the machine has, or the container lets this process have."""
    if (found := machine.memory()) is None:
        return Line("not known on this system")
    gigabytes = found / 1e9
    if gigabytes < _ENOUGH_GB:
        return Line(f"{gigabytes:.1f} GB", f"training wants {_ENOUGH_GB} GB; close what else is open")
    return Line(f"{gigabytes:.1f} GB")


def weights():
    """Whether the weights that the full profile starts from are where Keras looks for them."""
    file = "xception_weights_tf_dim_ordering_tf_kernels_notop.h5"
    folder = keras_models()
    if (folder.expanduser() / file).is_file():
        return Line("those of Xception on ImageNet are here")
    return Line(
        "none here; Keras downloads 84 MB when they are first wanted",
        f"without a network: put {file} into {folder}, or say `--weights none`",
    )


def xrays():
    """Whether real X-rays lie where README puts them."""
    from coronet_lib.datasets.upstream.manifests import COHEN, KERMANY, OZTURK

    folder = Path(os.environ.get("CORONET_REAL_DATA", "upstream"))
    there = [name for name in (COHEN, KERMANY, OZTURK) if (folder / name).is_dir()]
    if Path("dataset1/card.json").is_file():
        there.append("dataset1, prepared")
    if not there:
        remedy = "all chapters run on these; `coronet data fetch cohen` gets real ones"
        return Line("synthetic ones only", remedy)
    return Line(", ".join(there))


def chromium_path():
    """Where Chromium is, by whatever name; None if it is not there."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


def chromium():
    """Whether there is a browser for the tests of the pages."""
    if (found := chromium_path()) is None:
        return Line("not there", "only `make test` wants it; on Debian: `apt install chromium`")
    said = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=SECONDS - 5)
    if said.returncode:
        return Line(f"does not start: {reason(said.stderr)}", "install it anew; only `make test` wants it")
    return Line(said.stdout.partition(" built ")[0].strip())


def sandbox():
    """Whether students' notebooks can be judged here."""
    from coronet_lib.course.sandbox import Bubblewrap

    if os.name != "posix":
        return Line("not on this system", "instructors: work in Windows's Subsystem for Linux")
    if not (why := Bubblewrap().fails()):
        return Line("bubblewrap")
    engines = [engine for engine in ("podman", "docker") if shutil.which(engine)]
    if engines:
        return Line(f"{engines[0]}, whose image the first `coronet course grade` builds, if it may")
    return Line(f"bubblewrap: {why}", "for instructors only; on Debian: `apt install bubblewrap`")


def dicom():
    """Whether DICOM files are read."""
    if (there := installed("pydicom")) is None:
        return Line("not read; PNG, JPEG and others are", "`pip install pydicom`")
    return Line(f"pydicom {there}")


PROBES = {
    "coronet-lib": library,
    "Keras": backend,
    "GPU": gpu,
    "16 bits": sixteen_bits,
    "cores": cores,
    "memory": memory,
    "weights": weights,
    "X-rays": xrays,
    "DICOM": dicom,
    "Chromium": chromium,
    "course sandbox": sandbox,
}
