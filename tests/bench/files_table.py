"""The programs that `files.py` measures: whole processes, and what they make for one another."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve()
APP, TESTS = HERE.parents[2] / "app", HERE.parents[1]
WORK = (sys.executable, str(HERE.with_name("files_work.py")))
MIB = 1 << 20


@dataclass(frozen=True)
class Spent:
    """Of one process: wall and processor seconds, peak memory in MiB, what it printed."""

    wall: float
    cpu: float
    peak: float
    said: str = ""


def run(arguments: tuple[str, ...], target: Path) -> Spent:
    """Run a program that makes ``target``, which is removed before; its time ends when that is on the disk."""
    shutil.rmtree(target) if target.is_dir() else target.unlink(missing_ok=True)
    os.sync()  # nobody pays for what another left to be written
    environment = {**os.environ, "PYTHONPATH": f"{APP}:{TESTS}", "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= {"XDG_STATE_HOME": str(target.parent / "state"), "XDG_CONFIG_HOME": str(target.parent / "config")}
    started = time.perf_counter()
    child = subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE)
    assert child.stdout is not None
    said = child.stdout.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    child.stdout.close()
    if child.returncode:
        raise SystemExit(f"{arguments} failed with {child.returncode}")
    if target.is_file():
        with target.open("rb") as file:
            os.fsync(file.fileno())
    else:
        os.sync()
    return Spent(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said)


@dataclass(frozen=True)
class Command:
    """One program's way to make ``{target}`` of ``{source}``; ``result`` names what it makes for the others."""

    name: str
    arguments: tuple[str, ...]
    source: str = "plain"
    result: str | None = None
    spent: list[Spent] = field(default_factory=list)
    idle: list[Spent] = field(default_factory=list)

    def run(self, folder: Path, *, empty: bool = False) -> Spent:
        """Run it on what is in ``folder``."""
        source, target = folder / f"{self.source}{'.empty' if empty else ''}", folder / "target"
        names = {"{source}": str(source), "{target}": str(target)}
        return run(tuple(names.get(part, part) for part in self.arguments), target)

    def net(self) -> float:
        """Median seconds less the median of the same command on an empty file."""
        return statistics.median(each.wall for each in self.spent) - statistics.median(
            each.wall for each in self.idle
        )


def signet(folder: Path, job: str, *more: str) -> tuple[str, ...]:
    """The whole command, as a person types it; it makes a folder with the one file in it."""
    place = folder / "vault"
    opening = ("--vault", str(place / "personal.signet"), "--recovery", "--pin-file", str(place / "personal.code"))
    return (sys.executable, "-P", "-m", "signet", job, "{source}", "--output", "{target}", "--quiet", *more, *opening)


def age(folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """How age encrypts and decrypts, for a recipient that is made here."""
    (folder / "age.key").unlink(missing_ok=True)
    made = subprocess.run(["age-keygen", "-o", folder / "age.key"], check=True, capture_output=True, text=True)
    return ("age", "-r", made.stderr.split()[-1]), ("age", "-d", "-i", str(folder / "age.key"))


def large(folder: Path) -> list[tuple[Command, ...]]:
    """Return the table: who is measured, and how it is called. Messages are made before they are read.

    Copying a message is to decrypting it what copying the plaintext is to encrypting. Each tuple is compared closely:
    who begins changes from round to round. What memory costs depends on when it was last in use: a virtual machine
    may give what is free back to its host, and whoever takes it again pays (seen here: `cp` of 4 GiB took twice its
    time where a message already lay beside the plaintext).
    """
    shut, open_ = age(folder)
    made, out = ("{source}", "{target}"), ("-o", "{target}", "{source}")
    return [
        (Command("cp", ("cp", *made)), Command("engine encrypt", (*WORK, "engine", "encrypt", *made), result="esdk")),
        (
            Command("cp message", ("cp", *made), source="esdk"),
            Command("engine decrypt", (*WORK, "engine", "decrypt", *made), source="esdk"),
        ),
        (Command("signet encrypt", signet(folder, "encrypt", "--key", "benchmark"), result="signet"),),
        (Command("signet decrypt", signet(folder, "decrypt"), source="signet"),),
        (Command("age encrypt", (*shut, *out), result="age"),),
        (Command("age decrypt", (*open_, *out), source="age"),),
        (Command("SDK encrypt", (*WORK, "sdk", "encrypt", *made), result="sdk"),),
        (Command("SDK decrypt", (*WORK, "sdk", "decrypt", *made), source="sdk"),),
    ]


def run_once(table: list[tuple[Command, ...]], folder: Path, *, turned: bool) -> None:
    """Run every command on the file and on an empty one; a message is made, read by the next tuple, and removed.

    So no more than source, message and result are there at once, and for all programs in the same state: what does
    not fit into memory would be read from the disk by whoever comes late. ``turned`` has the last of a tuple begin.
    """
    for beside in table:
        for command in reversed(beside) if turned else beside:
            command.spent.append(command.run(folder))
            keep_result(command, folder)
            command.idle.append(command.run(folder, empty=True))
            keep_result(command, folder, empty=True)
        for source in {command.source for command in beside} - {"plain"}:
            for name in (source, f"{source}.empty"):
                (folder / name).unlink()


def keep_result(command: Command, folder: Path, *, empty: bool = False) -> None:
    """Keep a message for the command that reads it; remove anything else, which nobody is to pay for."""
    made = folder / "target"
    if made.is_dir():
        made = next(made.iterdir())
    if command.result:
        made.rename(folder / f"{command.result}{'.empty' if empty else ''}")
    shutil.rmtree(folder / "target") if (folder / "target").is_dir() else (folder / "target").unlink(missing_ok=True)
