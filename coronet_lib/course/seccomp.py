"""Which system calls a student's process has to do without.

Namespaces hide files and network; these calls would make more namespaces, take memory that no limit counts,
or reach into the kernel where it has been weak.
"""

import ctypes
import errno
import os
import platform
import struct

_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}  # the kernel's number for it, our column
_REFUSED = {
    "add_key": (248, 217),
    "bpf": (321, 280),
    "io_uring_setup": (425, 425),
    "keyctl": (250, 219),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "mount": (165, 40),
    "mq_open": (240, 180),
    "msgget": (68, 186),
    "perf_event_open": (298, 241),
    "pivot_root": (155, 41),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "request_key": (249, 218),
    "setns": (308, 268),
    "shmget": (29, 194),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}
_CLONE, _CLONE3 = (56, 220), (435, 435)
_NEW_NAMESPACES = 0x7E020000  # flags of clone
_OTHER_ABI = 0x40000000  # numbers from here on are x86's second set

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # where the kernel puts them, in bytes
_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2  # of prctl


class _Program(ctypes.Structure):
    _fields_ = (("instructions", ctypes.c_ushort), ("start", ctypes.c_void_p))


def refuse():
    """Refuse these calls to this process and all that it starts, for good; nothing on an unknown processor.

    Raises
    ------
    OSError
        If the kernel has no such filters.
    """
    lines = program()
    if not lines:
        return
    code = ctypes.create_string_buffer(lines, len(lines))
    whole = _Program(len(lines) // 8, ctypes.cast(code, ctypes.c_void_p))
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or library.prctl(_SECCOMP, _FILTER, ctypes.byref(whole)):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), "seccomp")


def program(machine=None):
    """The filter; empty for a processor that we do not know.

    Parameters
    ----------
    machine : str, optional
        As :func:`platform.machine` names it, which is the default.

    Returns
    -------
    bytes
        Instructions of the kernel's filter language (classic BPF), eight bytes each.
    """
    if (machine or platform.machine()) not in _MACHINES:
        return b""
    architecture, column = _MACHINES[machine or platform.machine()]
    lines = [(_LOAD, _ARCHITECTURE), (_EQUAL, architecture, 1, 0), (_RETURN, _KILL), (_LOAD, _NUMBER)]
    lines += [(_AT_LEAST, _OTHER_ABI, 0, 1), (_RETURN, _KILL)]
    for numbers in _REFUSED.values():
        lines += [(_EQUAL, numbers[column], 0, 1), (_RETURN, _REFUSE | errno.EPERM)]
    # The C library falls back on clone, whose flags can be looked at.
    lines += [(_EQUAL, _CLONE3[column], 0, 1), (_RETURN, _REFUSE | errno.ENOSYS)]
    lines += [(_EQUAL, _CLONE[column], 0, 3), (_LOAD, _FIRST_ARGUMENT)]
    lines += [(_ANY_BIT, _NEW_NAMESPACES, 0, 1), (_RETURN, _REFUSE | errno.EPERM), (_RETURN, _ALLOW)]
    return b"".join(_instruction(*line) for line in lines)


def _instruction(code, value, if_so=0, if_not=0):
    """One instruction; the last two say how many to leave out."""
    return struct.pack("=HBBI", code, if_so, if_not, value)
