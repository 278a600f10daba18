"""Taking from a child what it does not need to read a document: network, other programs, files, time, memory.

Linux only, for what has no portable way: on other systems the limits of POSIX alone hold.
"""

from __future__ import annotations

import ctypes
import platform
import resource
import struct
import sys

#: A document of 32 MiB is parsed in a few hundred MiB; what wants more is no honest document (bytes).
MEMORY = 2 << 30
#: Processor seconds; the parent's time limit is on the clock.
SECONDS = 120

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_CLONE_NEWNET = 0x40000000
_CLONE_NEWUSER = 0x10000000
_EPERM = 1
# linux/seccomp.h, linux/bpf_common.h
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | _EPERM, 0x80000000
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4
# AUDIT_ARCH_* and the numbers of socket, socketpair, connect, bind, execve, execveat, ptrace, io_uring_setup:
# the last would let the kernel connect on its behalf.
_SYSTEMS = {
    "x86_64": (0xC000003E, (41, 53, 42, 49, 59, 322, 101, 425)),
    "aarch64": (0xC00000B7, (198, 199, 203, 200, 221, 281, 117, 425)),
}
_X32 = 0x40000000  # a second set of numbers on x86_64


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def confine(memory: int = MEMORY) -> bool:
    """Limit this process for good; return whether network and other programs are out of its reach.

    ``memory`` is in bytes of address space, what the libraries themselves take included. Called once everything that
    is needed is imported: no file is written from here on.
    """
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    # Where people may make namespaces of their own there is not even a network to be refused.
    libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    return _refuse_calls(libc)


def _refuse_calls(libc: ctypes.CDLL) -> bool:
    """Have the kernel refuse some system calls to every thread that starts from here on, and to this one."""
    found = _SYSTEMS.get(platform.machine())
    if found is None:
        return False
    architecture, numbers = found
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
    ]
    refused = (*numbers, *(number | _X32 for number in numbers if platform.machine() == "x86_64"))
    for place, number in enumerate(refused):
        steps.append((_EQUAL, len(refused) - place, 0, number))
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = _Program(len(steps), ctypes.addressof(code))
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) == 0)
