"""This machine: its cores, dealt to processes that train side by side; its kind of processor; its memory."""

import os
import platform
from functools import cache
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")  # of Linux, which alone says what a processor is made for
KINDS = {"amx_bf16": "bfloat16", "avx512_bf16": "bfloat16", "avx512f": "AVX-512", "avx2": "AVX2"}
"""Kinds of processor, the fastest first, by a flag of that file: made to multiply in bfloat16, or with
registers for 16 or 8 numbers of 32 bits."""


def shares(jobs):
    """Deal the cores that this process may use to as many others, as evenly as they go.

    Parameters
    ----------
    jobs : int

    Returns
    -------
    list of list of int
        One share each, of one core at least; only where there are more jobs than cores are some the same.
    """
    # macOS and Windows do not say which cores a process may use.
    there = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else range(os.cpu_count())
    parts = min(jobs, len(there))
    return [list(there[job % parts :: parts]) for job in range(jobs)]


def settle(dealt):
    """Keep this process to the next share of the cores; to be called before a framework is imported.

    Without that each of several processes starts a thread for every core, and they get in each other's way.

    Parameters
    ----------
    dealt : multiprocessing.SimpleQueue
        Of :func:`shares`, as many as there are processes.  The share is put back at its end, for the process
        that may come in place of this one.
    """
    share = dealt.get()
    dealt.put(share)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, share)
    # For systems that keep no process to its cores; joblib says it to the frameworks that heed OpenMP.
    os.environ["TF_NUM_INTRAOP_THREADS"] = str(len(share))


@cache
def _cpuinfo():
    """The first core's lines in Linux's account of the processor."""
    text = CPUINFO.read_text() if CPUINFO.is_file() else ""
    lines = (line.partition(":") for line in text.split("\n\n")[0].splitlines())
    return {name.strip(): value.strip() for name, _, value in lines}


def kind():
    """What the processor is made for, as far as that makes trainings faster.

    Returns
    -------
    str
        A value of :data:`KINDS`, or "other".
    """
    flags = _cpuinfo().get("flags", "").split()
    return next((kind for flag, kind in KINDS.items() if flag in flags), "other")


def processor():
    """What the processor calls itself, and its :func:`kind`.

    Returns
    -------
    str
        Such as ``"AMD EPYC (AVX2)"``.
    """
    name = _cpuinfo().get("model name") or platform.processor() or platform.machine()
    return f"{name} ({kind()})"


def memory():
    """How much memory the machine has, or the container lets this process have.

    Returns
    -------
    int or None
        Bytes; None where the system does not say, as Windows.
    """
    try:
        whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
    return min(whole, _container_memory() or whole)


def _container_memory(group=Path("/sys/fs/cgroup")):
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        try:
            return int((group / name).read_text())
        except (OSError, ValueError):  # no such file, or "max"
            continue
    return None
