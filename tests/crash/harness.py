"""Kills one real operation at a random instant, and looks at what is left.

The process is a fresh interpreter that has imported everything before it begins; the instant is drawn uniformly from
the time that the operation took when nobody disturbed it.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import signet
from crash.child import Line
from crash.invariants import CODES, EVERY_WAY, breaches
from crash.stage import Stage, Theatre

APP = str(Path(signet.__file__).parents[1])
TESTS = str(Path(__file__).parents[1])
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
    """The process that does the operation; ``wrapper`` is a command that runs it, such as strace."""

    def __init__(self, wrapper: Sequence[str] = ()) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [*wrapper, sys.executable, "-P", "-m", "crash.child", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": f"{APP}:{TESTS}", "PYTHONDONTWRITEBYTECODE": "1"},
                start_new_session=True,
            )
        self.line = Line(ours)
        self.said: list[str] = []

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
        self.process.wait()

    def _hear_until(self, *wanted: str) -> bool:
        while (heard := self.line.hear()) is not None:
            self.said.append(heard)
            if heard.split(" ", 1)[0] in wanted:
                return True
        return False

    def kill(self) -> None:
        """End it, and whatever it started, now."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

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
    """Kills operations on copies of one stage; the next process warms up while one looks at the last."""

    def __init__(self, theatre: Theatre, random: Random) -> None:
        self._theatre = theatre
        self._random = random
        self._durations: dict[str, float] = {}
        self._next = Actor()
        self._kills = 0

    def close(self) -> None:
        """End the process that waits."""
        with self._next:
            pass

    def __enter__(self) -> Assassin:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _actor(self) -> Actor:
        actor, self._next = self._next, Actor()
        return actor

    def duration(self, operation: str) -> float:
        """Measure, once, how long the operation takes in seconds; it has to succeed and leave all in order."""
        if operation not in self._durations:
            stage = self._theatre.fresh()
            with self._actor() as actor:
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
        with self._actor() as actor:
            actor.prepare(operation, stage)
            actor.line.say("go")
            time.sleep(delay)
            actor.kill()
            actor.finish()
        ways = CODES if self._kills % EVERY_WAY_EACH else EVERY_WAY
        self._kills += 1
        found = breaches(stage, operation, actor.said, ways=ways)
        return Trial(operation, delay, actor.where, tuple(actor.said), tuple(found))
