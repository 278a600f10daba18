"""How fast files are encrypted and decrypted, and with how much memory: whole processes, interleaved rounds, ratios.

    files.py [--folder F]                     one large file (1 GiB): cp, Signet, age, official SDK       2 min
    files.py --size 4096 --rounds 5           the same with 4 GiB (needs 24 GiB of room)                  6 min
    files.py --files 100 1000 10000 100000    many files of 4 KiB, and how that grows                     5 min
    files.py --files 10000 --profile          the three largest costs                                     1 min
    files.py --tree 20000                     a folder as one file, beside tar and age                    2 min
    files.py --grow 64 1024 16384 --folder D  peak memory up to 16 GiB, on a disk (needs 32 GiB)         10 min

as ``PYTHONPATH=app:tests .venv/bin/python tests/bench/files.py``; minutes on two quiet cores. ``--folder`` is where
the files are made, and removed: one in memory (/dev/shm) shows the work, one on a disk what a person gets. Until its
output is on the disk no program's time ends. ``cpu`` are processor seconds, which other programs disturb less than
the wall's. Every command of the first table is run on an empty file too (``start``); ``net`` is without it. ``x cp``
and ``x age`` compare net times, decrypting with decrypting. `large` is the table to add to when a program joins.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve()
APP, TESTS = HERE.parents[2] / "app", HERE.parents[1]
WORK = (sys.executable, str(HERE.with_name("files_work.py")))
MIB = 1 << 20
SMALL = 4096  # bytes of each of many files


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

    def run(self, folder: Path, *, empty: bool = False, target: str = "target") -> Spent:
        """Run it on what is in ``folder``."""
        names = {
            "{source}": str(folder / f"{self.source}{'.empty' if empty else ''}"),
            "{target}": str(folder / target),
        }
        filled = tuple(names.get(part, part) for part in self.arguments)
        return run(filled, folder / target)

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
    made = subprocess.run(["age-keygen", "-o", folder / "age.key"], check=True, capture_output=True, text=True)
    return ("age", "-r", made.stderr.split()[-1]), ("age", "-d", "-i", str(folder / "age.key"))


def large(folder: Path) -> list[Command]:
    """Return the table: who is measured, and how it is called. Messages are made before they are read."""
    shut, open_ = age(folder)
    made, out = ("{source}", "{target}"), ("-o", "{target}", "{source}")
    return [
        Command("cp", ("cp", *made)),
        Command("engine encrypt", (*WORK, "engine", "encrypt", *made), result="esdk"),
        Command("engine decrypt", (*WORK, "engine", "decrypt", *made), source="esdk"),
        Command("signet encrypt", signet(folder, "encrypt", "--key", "benchmark"), result="signet"),
        Command("signet decrypt", signet(folder, "decrypt"), source="signet"),
        Command("age encrypt", (*shut, *out), result="age"),
        Command("age decrypt", (*open_, *out), source="age"),
        Command("SDK encrypt", (*WORK, "sdk", "encrypt", *made), result="sdk"),
        Command("SDK decrypt", (*WORK, "sdk", "decrypt", *made), source="sdk"),
    ]


def make_plain(path: Path, size: int) -> None:
    """Make a file of so many MiB."""
    with path.open("wb") as file:
        for _ in range(size):
            file.write(os.urandom(MIB))


def make_vault(folder: Path) -> None:
    """Make the vault that all jobs share, and its key."""
    (folder / "nothing").mkdir()
    run(
        (*WORK, "services", "encrypt", str(folder / "nothing"), str(folder / "t"), str(folder / "vault")),
        folder / "t",
    )


def keep_results(table: list[Command], folder: Path) -> None:
    """Make every message that a command reads."""
    for command in table:
        for empty in (False, True) if command.result else ():
            name = f"{command.result}{'.empty' if empty else ''}"
            command.run(folder, empty=empty, target="made")
            made = next((folder / "made").iterdir()) if (folder / "made").is_dir() else folder / "made"
            made.rename(folder / name)


def print_large(folder: Path, size: int, rounds: int) -> None:
    """Measure and print the table of one large file."""
    make_plain(folder / "plain", size)
    (folder / "plain.empty").touch()
    table = large(folder)
    keep_results(table, folder)
    for _ in range(rounds):
        for command in table:
            command.spent.append(command.run(folder))
            command.idle.append(command.run(folder, empty=True))
    nets = {command.name: command.net() for command in table}
    print(f"one file of {size} MiB, medians of {rounds} rounds")
    columns = ("whole s", "start s", "net s", "cpu s", "MiB/s", "x cp", "x age", "MiB RSS")
    print(f"{'':16}{''.join(f'{column:>9}' for column in columns)}")
    for command in table:
        whole, idle = (statistics.median(each.wall for each in runs) for runs in (command.spent, command.idle))
        cpu, net = statistics.median(each.cpu for each in command.spent), nets[command.name]
        others = nets.get(f"age {command.name.rpartition(' ')[2]}", nets["age encrypt"])
        print(
            f"{command.name:16}{whole:9.3f}{idle:9.3f}{net:9.3f}{cpu:9.2f}{size / net:9.0f}{net / nets['cp']:9.2f}"
            f"{net / others:9.2f}{max(each.peak for each in command.spent):9.0f}"
        )


def many(folder: Path, count: int) -> Path:
    """Make a folder with so many files."""
    plain, data = folder / "many", os.urandom(SMALL)
    plain.mkdir()
    for number in range(count):
        (plain / f"file-{number:06}.bin").write_bytes(data)
    return plain


def print_files(folder: Path, count: int, *, profile: bool) -> None:
    """Encrypt and decrypt many small files, with log and catalogue; print a line each."""
    plain = many(folder, count)
    source = str(plain)
    for job in ("encrypt", "decrypt"):
        more = ("--profile",) if profile else ()
        target = folder / job
        spent = run((*WORK, "services", job, source, str(target), str(folder / "vault"), *more), target)
        said = json.loads(spent.said)
        rate, each = count / said["wall"], said["cpu"] / count * 1e6
        taken = f"{said['wall']:9.2f} s{rate:8.0f} files/s{each:7.0f} us cpu each{spent.peak:7.0f} MiB"
        print(f"{count:7} files, {job}{taken}", flush=True)
        for cost in said.get("costs", ()):
            print(f"{'':16}{cost}")
        source = str(target)
    for name in ("many", "encrypt", "decrypt"):
        shutil.rmtree(folder / name)


def print_tree(folder: Path, count: int, rounds: int) -> None:
    """Encrypt a folder into one file and lay it out again, beside tar and age."""
    plain, vault = many(folder, count), str(folder / "vault")
    shut, open_ = (" ".join(part) for part in age(folder))
    target = folder / "target"
    message, archive = str(folder / "kept" / "many.tar.esdk"), str(folder / "kept.age")
    unpack = f"mkdir '{target}' && {open_} {archive} | tar -x -C '{target}'"
    table = [
        ("tar | age", ("sh", "-c", f"tar -c -C '{folder}' many | {shut} -o '{target}'")),
        ("age | tar", ("sh", "-c", unpack)),
        ("signet pack", (*WORK, "services-folder", "encrypt", str(plain), str(target), vault)),
        ("signet unpack", (*WORK, "services-folder", "decrypt", message, str(target), vault)),
    ]
    run(table[0][1], target)
    target.rename(folder / "kept.age")
    run(table[2][1], target)
    target.rename(folder / "kept")
    found: dict[str, list[Spent]] = {name: [] for name, _ in table}
    for _ in range(rounds):
        for name, arguments in table:
            found[name].append(run(arguments, target))
    print(f"a folder of {count} files of 4 KiB, medians of {rounds} rounds; Signet's with log, not start")
    for name, runs in found.items():
        each = [json.loads(run.said) if run.said else {"wall": run.wall, "cpu": run.cpu} for run in runs]
        wall, cpu = (statistics.median(spent[what] for spent in each) for what in ("wall", "cpu"))
        print(f"{name:16}{wall:9.3f} s{cpu:9.2f} s cpu{max(run.peak for run in runs):7.0f} MiB")


def print_growth(folder: Path, sizes: list[int]) -> None:
    """Encrypt and decrypt ever larger files with the engine; print seconds and peak memory."""
    for size in sizes:
        make_plain(folder / "plain", size)
        for job, source, target in (("encrypt", "plain", "esdk"), ("decrypt", "esdk", "again")):
            spent = run((*WORK, "engine", job, str(folder / source), str(folder / target)), folder / target)
            (folder / source).unlink()
            print(
                f"{size:7} MiB, {job}{spent.wall:9.2f} s{size / spent.wall:8.0f} MiB/s{spent.peak:7.0f} MiB",
                flush=True,
            )
        (folder / "again").unlink()


def main() -> None:
    """Measure and print what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--folder", default=tempfile.gettempdir())
    parser.add_argument("--size", type=int, default=1024, help="MiB of the one large file")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--files", type=int, nargs="+", default=[], help="many files: how many")
    parser.add_argument("--profile", action="store_true", help="name the largest costs of many files")
    parser.add_argument("--tree", type=int, help="a folder as one file: of how many")
    parser.add_argument("--grow", type=int, nargs="+", default=[], help="growing files: MiB")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        make_vault(folder)
        for count in options.files:
            print_files(folder, count, profile=options.profile)
        if options.tree:
            print_tree(folder, options.tree, options.rounds)
        print_growth(folder, options.grow)
        if not (options.files or options.tree or options.grow):
            print_large(folder, options.size, options.rounds)


if __name__ == "__main__":
    main()
