"""Where a student's code runs: a process that sees Python, the library and nothing else of this machine.

It has no network, no environment, no home folder, no course and no bank, a folder of its own in memory that
ends with it, and limits for all that it takes.
"""

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
import tempfile
import uuid
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from coronet_lib.course import image

_LIBRARY = Path(__file__).resolve().parents[1]
_INSIDE = "coronet_lib.course.inside"
_NEEDED = ("__init__.py", "channel.py", "inside.py", "seccomp.py")  # of this folder, in the sandbox
_ENVIRONMENT = {
    "HOME": "/tmp",
    "USER": "student",
    "LANG": "C.UTF-8",
    "PATH": "/usr/bin:/bin",
    "MPLBACKEND": "Agg",
    "PYTHONHASHSEED": "0",  # the same points twice
    "PYTHONDONTWRITEBYTECODE": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    **dict.fromkeys(("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1"),
}
_IMPORTS = ("numpy", "IPython", "matplotlib")  # the folders that these lie in hold all that students import
_PROOF = f"""\
import importlib.util, json, sys
from {_INSIDE} import confine
confine(json.loads(sys.argv[1]))
raise SystemExit(bool(importlib.util.find_spec("coronet_lib.course.bank")))
"""
_FONTS = "/usr/share/fonts"
_OURS = 3  # processes of bubblewrap and Python itself


@dataclass(frozen=True)
class Limits:
    """What a student's notebook may take.

    Parameters
    ----------
    seconds : int
        Of the processor's time, for its cells; one may take half of what is left.  By the clock it may be
        five times as long, so that a busy machine is no one's fault, and again for all calls.
    memory_mb : int
        For each process, and for all together.
    processes : int
    disk_mb : int
        For each file, and for all together.
    message_mb : int
        For an answer on its way to the judge.
    """

    seconds: int = 60
    memory_mb: int = 2048
    processes: int = 64
    disk_mb: int = 64
    message_mb: int = 16


class Sandbox:
    """A way to run a student's process; made by :func:`find`."""

    name: str

    def command(self, limits, label):
        """Python's command up to its arguments; ``label`` is unique to the process."""
        raise NotImplementedError

    def environment(self, folder):
        """Variables for the command itself, which is started in ``folder``."""
        return {"PATH": os.environ.get("PATH", os.defpath)}

    def limits(self, limits):
        """What the process imposes on itself; the number of processes would count all of this user's."""
        return dataclasses.asdict(limits) | {"processes": None}

    def end(self, process, label):
        """Kill the process and all that it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    @contextlib.contextmanager
    def open(self, limits, arguments=("-m", _INSIDE)):
        """A process that waits for questions, killed at the end.

        Parameters
        ----------
        limits : Limits
        arguments : sequence of str
            Python's, before the limits.

        Yields
        ------
        subprocess.Popen
            With pipes as ``stdin``, ``stdout`` and ``stderr``.
        """
        label = f"coronet-{uuid.uuid4().hex}"
        with (
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
            subprocess.Popen(
                [*self.command(limits, label), *arguments, json.dumps(self.limits(limits))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self.environment(folder),
                cwd=folder,
                bufsize=0,
                start_new_session=True,
            ) as process,
        ):
            try:
                yield process
            finally:
                self.end(process, label)

    def fails(self):
        """Why it does not work on this machine; empty if it does, and hides the bank."""
        try:
            with self.open(Limits(), ("-c", _PROOF)) as process:
                said = process.communicate(timeout=60)[1].decode(errors="replace").strip()
        except FileNotFoundError:
            return "not installed"
        except (OSError, subprocess.SubprocessError) as error:
            return str(error)
        if process.returncode == 0:
            return ""
        return (said or "it can read the bank").splitlines()[-1]


def overdrawn(process, limits):
    """What a process and those that it has started take too much of; empty if nothing.

    Limits of the kernel's count for each process alone, and some not for root.  Memory that processes share
    counts for each.
    """
    found, memory = [process.pid], 0
    for one in found:  # which grows
        with contextlib.suppress(OSError, ValueError, IndexError):  # it may have ended
            memory += int(Path(f"/proc/{one}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            for task in Path(f"/proc/{one}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        if len(found) > limits.processes + _OURS:
            return f"starts more than {limits.processes} processes"
    return f"takes more than {limits.memory_mb} MB of memory" if memory > limits.memory_mb << 20 else ""


class Bubblewrap(Sandbox):
    """Linux namespaces, through bubblewrap."""

    name = "bubblewrap"

    def command(self, limits, label):
        size = str(limits.disk_mb << 20)
        sites = {str(Path(find_spec(package).origin).parents[1]) for package in _IMPORTS}
        course = _LIBRARY / "course"
        python = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
        search = os.pathsep.join([str(_LIBRARY.parent), *sorted(sites)])
        return [
            *("bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"),
            *("--clearenv", "--setenv", "PYTHONPATH", search),
            *(part for pair in _ENVIRONMENT.items() for part in ("--setenv", *pair)),
            *("--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev", "--size", size, "--tmpfs", "/tmp"),
            *_system(),
            *_shown(os.path.realpath(sys.base_prefix), *sites, _LIBRARY, _LIBRARY.parent / "data"),
            *("--tmpfs", str(course), *_shown(*(course / file for file in _NEEDED))),
            *("--remount-ro", str(course), "--remount-ro", "/", "--chdir", "/tmp", "--", python, "-s", "-P"),
        ]

    def limits(self, limits):
        """All, as here the number of processes counts its own."""
        return dataclasses.asdict(limits)


def _system():
    """Shared libraries and the few programs of the system; in ``/`` some folders are links."""
    for folder in ("/bin", "/lib", "/lib64", "/sbin"):
        if os.path.islink(folder):
            yield from ("--symlink", os.readlink(folder), folder)
        else:
            yield from ("--ro-bind-try", folder, folder)
    for path in ("/usr", "/etc/ld.so.cache", "/etc/alternatives"):
        yield from ("--ro-bind-try", path, path)
    if os.path.isdir(_FONTS):  # matplotlib brings its own, and would look through all of these each time
        yield from ("--tmpfs", _FONTS, "--remount-ro", _FONTS)


def _shown(*paths):
    return [part for path in paths for part in ("--ro-bind-try", str(path), str(path))]


class Container(Sandbox):
    """A container of Podman or Docker, from an image that is built here when it is missing."""

    def __init__(self, engine):
        self.name = engine

    def command(self, limits, label):
        variables = _ENVIRONMENT | {"PATH": "/usr/local/bin:/usr/bin:/bin"}
        return [
            *(self.name, "run", "--rm", "--interactive", "--name", label, "--user", "65534:65534"),
            *("--network", "none", "--read-only", "--tmpfs", f"/tmp:size={limits.disk_mb}m"),
            *("--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--workdir", "/tmp"),
            *("--memory", f"{limits.memory_mb}m", "--memory-swap", f"{limits.memory_mb}m"),
            *("--pids-limit", str(limits.processes)),
            *(part for variable in variables.items() for part in ("--env", "=".join(variable))),
            *(image.name(), "python", "-s", "-P"),
        ]

    def environment(self, folder):
        """The client's, which is ours; the container's is empty."""
        return dict(os.environ)

    def end(self, process, label):
        subprocess.run([self.name, "kill", label], capture_output=True)
        super().end(process, label)

    def fails(self):
        try:
            image.build(self.name)
        except FileNotFoundError:
            return "not installed"
        except subprocess.CalledProcessError as error:
            return (error.stderr.decode(errors="replace").strip() or "builds no image").splitlines()[-1]
        return super().fails()


class Trusted(Sandbox):
    """No sandbox: an ordinary process of this user, for students whom one would lend the machine."""

    name = "no sandbox"

    def command(self, limits, label):
        return [sys.executable, "-s", "-P"]

    def environment(self, folder):
        path = os.environ.get("PATH", os.defpath)
        return _ENVIRONMENT | {"HOME": folder, "PATH": path, "PYTHONPATH": str(_LIBRARY.parent)}


def find(trust_students=False):
    """The first sandbox that works on this machine.

    Parameters
    ----------
    trust_students : bool
        Whether to do without one.

    Returns
    -------
    Sandbox

    Raises
    ------
    ValueError
        If none works; says what was tried, and what to do.
    """
    if os.name != "posix":
        raise ValueError(
            "students' code needs a sandbox, and Windows has none; work in its Subsystem for Linux"
        )
    if trust_students:
        return Trusted()
    tried = []
    for sandbox in (Bubblewrap(), Container("podman"), Container("docker")):
        if not (why := sandbox.fails()):
            return sandbox
        tried.append(f"{sandbox.name}: {why}")
    raise ValueError(
        f"students' code needs a sandbox, and none works here ({'; '.join(tried)}); install bubblewrap, "
        "Podman or Docker, or say --trust-students if their code may do what you may"
    )
