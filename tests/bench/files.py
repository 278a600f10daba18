"""Compares encrypting and decrypting one large file with ``cp`` and ``age``: whole processes, interleaved rounds.

    .venv/bin/python tests/bench/files.py --folder /dev/shm --size 1024 --rounds 7

Every command is also run on an empty file; that time (starting, unlocking) is taken off. Ratios are what counts:
absolute numbers say more about the machine. `commands` is the table to change when another program joins.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

APP = Path(__file__).resolve().parents[2] / "app"

_ENGINE = """
import os, sys
from signet.crypto.esdk_keys import RawAesKeyring, unwrap_with
from signet.secret import Secret
from signet.store.output import Output
keyring = RawAesKeyring("signet", "benchmark/1", Secret(b"k" * 32))
job, source, target = sys.argv[1:]
fd = os.open(source, os.O_RDONLY)
with Output(target) as output:
    if job == "encrypt":
        from signet.crypto.esdk_encrypt import encrypt
        encrypt(fd, output.fd, keyrings=[keyring], context={"signet-content": "file"})
    else:
        from signet.crypto.esdk_decrypt import decrypt
        decrypt(fd, output.fd, unwrap=unwrap_with([keyring]))
    output.publish()
"""


@dataclass(frozen=True)
class Command:
    """One program's way to make ``{target}`` of ``{source}``; ``result`` names what it makes for the others."""

    name: str
    arguments: tuple[str, ...]
    source: str = "plain"
    result: str | None = None
    seconds: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)
    peaks: list[int] = field(default_factory=list)

    def net(self) -> float:
        """Median seconds less the median of the same command on an empty file."""
        return statistics.median(self.seconds) - statistics.median(self.idle)


def commands(folder: Path) -> list[Command]:
    """Return the table: who is measured, and how it is called. Messages are made before they are read."""
    engine = (sys.executable, "-c", _ENGINE)
    table = [
        Command("cp", ("cp", "{source}", "{target}")),
        Command("engine encrypt", (*engine, "encrypt", "{source}", "{target}"), result="esdk"),
        Command("engine decrypt", (*engine, "decrypt", "{source}", "{target}"), source="esdk"),
    ]
    if shutil.which("age") and shutil.which("age-keygen"):
        key = folder / "age.key"
        made = subprocess.run(["age-keygen", "-o", key], check=True, capture_output=True, text=True)
        recipient = made.stderr.split()[-1]
        table += [
            Command("age encrypt", ("age", "-r", recipient, "-o", "{target}", "{source}"), result="age"),
            Command("age decrypt", ("age", "-d", "-i", str(key), "-o", "{target}", "{source}"), source="age"),
        ]
    return table


def measure(command: Command, *, source: Path, target: Path) -> tuple[float, int]:
    """Run once; return the wall seconds and the process's peak memory in KiB."""
    target.unlink(missing_ok=True)
    arguments = [part.replace("{source}", str(source)).replace("{target}", str(target)) for part in command.arguments]
    environment: Mapping[str, str] = {**os.environ, "PYTHONPATH": str(APP), "PYTHONDONTWRITEBYTECODE": "1"}
    started = time.perf_counter()
    child = subprocess.Popen(arguments, env=environment)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{command.name} failed with {child.returncode}")
    return seconds, usage.ru_maxrss


def prepare(table: list[Command], folder: Path, size: int) -> None:
    """Make the plain file, the empty one, and every message that a command reads."""
    with (folder / "plain").open("wb") as file:
        for _ in range(size):
            file.write(os.urandom(1 << 20))
    (folder / "plain.empty").touch()
    for command in table:
        if command.result is not None:
            for ending in ("", ".empty"):
                measure(command, source=folder / f"plain{ending}", target=folder / f"{command.result}{ending}")


def report(table: list[Command], size: int) -> None:
    """Print medians and ratios."""
    baseline = table[0].net()
    print(f"{'':16}{'whole s':>9}{'start s':>9}{'net s':>8}{'MiB/s':>8}{'x cp':>7}{'best x cp':>11}{'MiB RSS':>9}")
    best = min(table[0].seconds) - statistics.median(table[0].idle)
    for command in table:
        whole, idle, net = statistics.median(command.seconds), statistics.median(command.idle), command.net()
        fastest = (min(command.seconds) - idle) / best
        print(
            f"{command.name:16}{whole:9.3f}{idle:9.3f}{net:8.3f}{size / net:8.0f}{net / baseline:7.2f}{fastest:11.2f}"
            f"{max(command.peaks) / 1024:9.0f}"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--folder", default=tempfile.gettempdir(), help="where the files are made, and removed")
    parser.add_argument("--size", type=int, default=1024, help="MiB")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        table = commands(folder)
        prepare(table, folder, options.size)
        for _ in range(options.rounds):
            for command in table:
                seconds, peak = measure(command, source=folder / command.source, target=folder / "target")
                idle, _ = measure(command, source=folder / f"{command.source}.empty", target=folder / "target")
                command.seconds.append(seconds)
                command.idle.append(idle)
                command.peaks.append(peak)
        report(table, options.size)


if __name__ == "__main__":
    main()
