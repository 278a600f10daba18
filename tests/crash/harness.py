"""Kills one real operation at a random instant, and looks at what is left.

The process has imported everything before it begins (`crash.nursery`); the instant is drawn uniformly from the time
that the operation took when nobody disturbed it.
"""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from crash.child import Line
from crash.invariants import CODES, EVERY_WAY, breaches
from crash.nursery import Nursery
from crash.stage import Stage, Theatre

BEFORE, WITHIN, AFTER = "before", "within", "after"
EVERY_WAY_EACH = 8
"""Every so many kills all ways in are tried; Argon2 and the token take their time."""


@dataclass(frozen=True)
class Trial:
    """One kill: when it was meant to be, where it fell, what was reported before, and what is wrong since."""

    operation: str
    delay: float
    hit: str
    said: tuple[str, ...]
    breaches: tuple[str, ...]


class Actor:
    """The process that does the operation; ``strace`` are options of strace(1), which watches all that it does."""

    def __init__(self, nursery: Nursery, *, strace: Sequence[str] = ()) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = nursery.bear(theirs)
        self.line = Line(ours)
        self.said: list[str] = []
        self._strace: subprocess.Popen[bytes] | None = None
        if strace:
            self._strace = subprocess.Popen(
                ["strace", "-f", "--quiet=attach,exit", *strace, "-p", str(self.process.pid)],
                stdin=subprocess.DEVNULL,
            )
            self._wait_for_strace(self._strace)

    def _wait_for_strace(self, strace: subprocess.Popen[bytes]) -> None:
        status = Path(f"/proc/{self.process.pid}/status")
        while f"TracerPid:\t{strace.pid}\n" not in status.read_text():
            if strace.poll() is not None:
                self.process.kill()
                raise AssertionError("strace does not get hold of the process")
            time.sleep(0.001)

    def prepare(self, operation: str, stage: Stage) -> bool:
        """Let it get ready; returns whether it lived to say so."""
        if self.line.hear() != "warm":
            return False
        self.line.say(f"{operation} {stage.folder}")
        return self._hear_until("ready")

    def begin(self) -> bool:
        """Let it begin; returns whether it lived to say so."""
        self.line.say("go")
        return self._hear_until("begun")

    def work(self) -> None:
        """Hear all that it says until it is done, or has failed."""
        self._hear_until("done", "failed")

    def finish(self) -> None:
        """Hear all that it still says, up to its end."""
        self._hear_until()
        self._wait()

    def _hear_until(self, *wanted: str) -> bool:
        while (heard := self.line.hear()) is not None:
            self.said.append(heard)
            if heard.split(" ", 1)[0] in wanted:
                return True
        return False

    def kill(self) -> None:
        """End it, and whatever it started, now."""
        self.process.kill()
        self._wait()

    def _wait(self) -> None:
        self.process.wait()
        if self._strace is not None:
            self._strace.wait()

    def __enter__(self) -> Actor:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.line.close()

    @property
    def where(self) -> str:
        """Whether it had not begun, was at it, or had done it."""
        ended = any(line == "done" or line.startswith("failed ") for line in self.said)
        return AFTER if ended else WITHIN if "begun" in self.said else BEFORE


class Assassin:
    """Kills operations on copies of one stage."""

    def __init__(self, theatre: Theatre, nursery: Nursery, random: Random) -> None:
        self._theatre = theatre
        self._nursery = nursery
        self._random = random
        self._durations: dict[str, float] = {}
        self._kills = 0

    def duration(self, operation: str) -> float:
        """Measure, once, how long the operation takes in seconds; it has to succeed and leave all in order."""
        if operation not in self._durations:
            stage = self._theatre.fresh()
            with Actor(self._nursery) as actor:
                actor.prepare(operation, stage)
                started = time.monotonic()
                actor.begin()
                actor.work()
                self._durations[operation] = time.monotonic() - started
                actor.finish()
            found = breaches(stage, operation, actor.said)
            if "done" not in actor.said or found:
                raise AssertionError(f"{operation}, undisturbed: {actor.said[-1:]} {found}")
        return self._durations[operation]

    def kill(self, operation: str) -> Trial:
        """Kill the operation once and look."""
        delay = self._random.uniform(0.0, self.duration(operation))
        stage = self._theatre.fresh()
        with Actor(self._nursery) as actor:
            actor.prepare(operation, stage)
            actor.begin()
            time.sleep(delay)
            actor.kill()
            actor.finish()
        if actor.where == AFTER:
            # What the first run took, on a machine that was busier then, must not put every kill after the end.
            self._durations[operation] = delay
        ways = CODES if self._kills % EVERY_WAY_EACH else EVERY_WAY
        self._kills += 1
        found = breaches(stage, operation, actor.said, ways=ways)
        return Trial(operation, delay, actor.where, tuple(actor.said), tuple(found))

    def hit(self, operation: str) -> list[Trial]:
        """Kill until one has met the operation at work; return all that was tried."""
        trials = [self.kill(operation)]
        while trials[-1].hit != WITHIN:
            trials.append(self.kill(operation))
        return trials
