"""Faults at every writing system call of an operation, one run for each: killed there, or refused for want of room.

strace injects them (strace(1), "Tampering"): a kill strikes before the call takes effect. It gets hold of the process
before that protects itself against debuggers.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crash.harness import AFTER, BEFORE, Actor
from crash.invariants import CODES, EVERY_WAY, breaches
from crash.nursery import Nursery
from crash.stage import Theatre

WRITING = (
    "write,writev,pwrite64,pwritev,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat,rmdir,"
    "ftruncate,fallocate,mkdir,mkdirat"
)
TAKING_ROOM = "write,writev,pwrite64,pwritev,fallocate,mkdir,mkdirat"
"""What a full disk refuses."""
KILL = "signal=SIGKILL"
NO_ROOM = "error=ENOSPC"
EVERY_WAY_EACH = 10
_CALL = re.compile(rb"^(?:\d+ +)?(\w+)\(", re.MULTILINE)


@dataclass(frozen=True)
class Fault:
    """What happened when call number ``number`` and, if it goes on, all after it met the fault."""

    operation: str
    number: int
    hit: str
    said: tuple[str, ...]
    breaches: tuple[str, ...]


class Injector:
    """Runs operations on copies of one stage, with faults at chosen system calls of the main thread."""

    def __init__(self, theatre: Theatre, nursery: Nursery) -> None:
        self._theatre = theatre
        self._nursery = nursery
        self._runs = 0

    def calls(self, operation: str, calls: str = WRITING) -> range:
        """Count: the numbers of the calls that the operation makes after its beginning, give or take one."""
        stage = self._theatre.fresh()
        with tempfile.NamedTemporaryFile() as log:
            with Actor(self._nursery, strace=["-o", log.name, "-e", f"trace={calls}"]) as actor:
                actor.prepare(operation, stage)
                before = _counted(log.name)
                actor.begin()
                actor.finish()
            after = _counted(log.name)
        if "done" not in actor.said:
            raise AssertionError(f"{operation} under strace: {actor.said[-1:]}")
        return range(max(1, before - 1), after + 3)

    def inject(
        self, operation: str, number: int, *, fault: str, calls: str = WRITING, lasting: bool = False
    ) -> Fault:
        """Let call ``number``, and with ``lasting`` all after it, meet ``fault``; then look at what is left."""
        when = f"{number}+" if lasting else str(number)
        injected = f"inject={calls}:{fault}:when={when}"
        stage = self._theatre.fresh()
        with Actor(self._nursery, strace=["-o", "/dev/null", "-e", f"trace={calls}", "-e", injected]) as actor:
            if actor.prepare(operation, stage):
                actor.begin()
            actor.finish()
        self._runs += 1
        ways = CODES if self._runs % EVERY_WAY_EACH else EVERY_WAY
        found = breaches(stage, operation, actor.said, ways=ways)
        return Fault(operation, number, actor.where, tuple(actor.said), tuple(found))

    def step(self, operation: str, *, stride: int = 1, first: int = 0) -> Iterator[Fault]:
        """Kill at every ``stride``-th writing call, from the operation's first to the one that comes too late."""
        counted = self.calls(operation)
        number = counted.start + first
        while True:
            found = self.inject(operation, number, fault=KILL)
            yield found
            if found.hit == AFTER:
                return
            if number > 4 * counted.stop:
                raise AssertionError(f"{operation} never survives")
            number += stride

    def fill(self, operation: str, *, stride: int = 1, first: int = 0, lasting: bool) -> Iterator[Fault]:
        """Refuse room at every ``stride``-th call of the operation, and at all after it if ``lasting``."""
        for number in list(self.calls(operation, TAKING_ROOM))[first::stride]:
            found = self.inject(operation, number, fault=NO_ROOM, calls=TAKING_ROOM, lasting=lasting)
            if found.hit != BEFORE:
                yield found


def _counted(log: str) -> int:
    return len(_CALL.findall(Path(log).read_bytes()))
