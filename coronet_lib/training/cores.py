"""The processor: its cores, dealt to processes that train side by side, and what it is made for."""

import os
from functools import cache
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")  # of Linux
BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16"}
"""What that file calls the instructions that multiply in bfloat16: of AVX-512, and of AMX."""


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
    jobs_a_round = min(jobs, len(there))
    return [list(there[job % jobs_a_round :: jobs_a_round]) for job in range(jobs)]


def settle(dealt):
    """Keep this process to the next share of its machine's cores; to be called before a framework is imported.

    Without that each of several processes starts a thread for every core, and they get in each other's way.

    Parameters
    ----------
    dealt : multiprocessing.SimpleQueue
        Of :func:`shares`, as many as there are processes; the share is put back at its end, for the process
        that may come in place of this one.
    """
    share = dealt.get()
    dealt.put(share)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, share)
    # Where cores cannot be had for oneself; joblib says it to the other frameworks.
    os.environ["TF_NUM_INTRAOP_THREADS"] = str(len(share))


@cache
def multiplies_bfloat16():
    """Whether the processor has instructions that multiply in bfloat16; only Linux says so.

    Returns
    -------
    bool
    """
    lines = CPUINFO.read_text().splitlines() if CPUINFO.is_file() else []
    flags = next((line for line in lines if line.startswith("flags")), "")
    return not BFLOAT16_FLAGS.isdisjoint(flags.split())
