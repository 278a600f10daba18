"""Faults at every writing system call of an operation, one run for each: killed there, or refused for want of room.

strace injects them (strace(1), "Tampering"): a kill strikes before the call takes effect. It traces from the start
of the process, so that the process's own protection against debuggers does not matter.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crash.harness import AFTER, BEFORE, Actor
from crash.invariants import CODES, EVERY_WAY, breaches
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

    def __init__(self, theatre: Theatre) -> None:
        self._theatre = theatre
        self._runs = 0

    def calls(self, operation: str, calls: str = WRITING) -> range:
        """Count: the numbers of the calls that the operation makes after its beginning, give or take one."""
        stage = self._theatre.fresh()
        with tempfile.NamedTemporaryFile() as log:
            with Actor(["strace", "-f", "-o", log.name, "-e", f"trace={calls}"]) as actor:
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
        with _doomed(number, fault=fault, calls=calls, lasting=lasting) as actor:
            return self._look(actor, operation, number)

    def _look(self, actor: Actor, operation: str, number: int) -> Fault:
        stage = self._theatre.fresh()
        with actor:
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
        waiting = _doomed(number, fault=KILL)
        try:
            while True:
                # The next process warms up while this one works: half of a run is the start of an interpreter.
                actor, waiting = waiting, _doomed(number + stride, fault=KILL)
                found = self._look(actor, operation, number)
                yield found
                if found.hit == AFTER:
                    return
                if number > 4 * counted.stop:
                    raise AssertionError(f"{operation} never survives")
                number += stride
        finally:
            with waiting:
                pass

    def fill(self, operation: str, *, stride: int = 1, first: int = 0, lasting: bool) -> Iterator[Fault]:
        """Refuse room at every ``stride``-th call of the operation, and at all after it if ``lasting``."""
        for number in list(self.calls(operation, TAKING_ROOM))[first::stride]:
            found = self.inject(operation, number, fault=NO_ROOM, calls=TAKING_ROOM, lasting=lasting)
            if found.hit != BEFORE:
                yield found


def _doomed(number: int, *, fault: str, calls: str = WRITING, lasting: bool = False) -> Actor:
    """A process whose call ``number``, counted from its start, will meet the fault."""
    when = f"{number}+" if lasting else str(number)
    injected = f"inject={calls}:{fault}:when={when}"
    return Actor(["strace", "-f", "-o", "/dev/null", "-e", f"trace={calls}", "-e", injected])


def _counted(log: str) -> int:
    return len(_CALL.findall(Path(log).read_bytes()))
