"""How fast files are encrypted and decrypted, and with how much memory: whole processes, interleaved rounds, ratios.

    files.py [--folder F]                     one large file (1 GiB): cp, Signet, age, official SDK       2 min
    files.py --size 4096 --rounds 5           the same with 4 GiB (needs 13 GiB of room)                  9 min
    files.py --files 100 1000 10000 100000    many files of 4 KiB, and how that grows                     5 min
    files.py --files 10000 --profile          the three largest costs                                     1 min
    files.py --tree 20000                     a folder as one file, beside tar and age                    2 min
    files.py --grow 64 1024 16384 --folder D  peak memory up to 16 GiB, on a disk (needs 32 GiB)         10 min

as ``PYTHONPATH=app:tests .venv/bin/python tests/bench/files.py``; minutes on two quiet cores. ``--folder`` is where
the files are made, and removed: one in memory (/dev/shm) shows the work, one on a disk what a person gets. Until its
output is on the disk no program's time ends. ``cpu`` are processor seconds, which other programs disturb less than
the wall's. Every command of the first table is run on an empty file too (``start``); ``net`` is without it. ``x cp``
and ``x age`` compare net times, decrypting with decrypting, and with copying the message. `large` is the table to add
to when a program joins.
Virtual machines run at half their speed whenever their neighbours are busy: `loop` says how this one ran. Nothing of
many files is removed before the end, and `making` says what making a file costs: for five minutes ext4 gives no inode
out again that was deleted, and passes each of them by for every file that is made (11 us became 600 us). So leave
those minutes between runs with many files.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import timeit
from pathlib import Path

from bench.files_table import MIB, WORK, Spent, age, large, run, run_once

SMALL = 4096  # bytes of each of many files
SINGLE = 200
"""So many of many files are encrypted by a process each."""
MADE = 500
"""So many empty files are made to see what one costs."""


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


def print_large(folder: Path, size: int, rounds: int) -> None:
    """Measure and print the table of one large file."""
    make_plain(folder / "plain", size)
    (folder / "plain.empty").touch()
    groups = large(folder)
    for number in range(rounds):
        run_once(groups, folder, turned=number % 2 == 1)
    table = [command for beside in groups for command in beside]
    nets = {command.name: command.net() for command in table}
    print(f"one file of {size} MiB, medians of {rounds} rounds; a loop in Python took {loop():.3f} s (see the top)")
    columns = ("whole s", "start s", "net s", "cpu s", "MiB/s", "x cp", "x age", "MiB RSS")
    print(f"{'':16}{''.join(f'{column:>9}' for column in columns)}")
    for command in table:
        whole, idle = (statistics.median(each.wall for each in runs) for runs in (command.spent, command.idle))
        cpu, net = statistics.median(each.cpu for each in command.spent), nets[command.name]
        back = command.name.endswith(("decrypt", "message"))
        copying, others = (nets["cp message"], nets["age decrypt"]) if back else (nets["cp"], nets["age encrypt"])
        print(
            f"{command.name:16}{whole:9.3f}{idle:9.3f}{net:9.3f}{cpu:9.2f}{size / net:9.0f}{net / copying:9.2f}"
            f"{net / others:9.2f}{max(each.peak for each in command.spent):9.0f}"
        )


def loop() -> float:
    """How fast the machine is now: seconds for three million additions in Python, the best of three."""
    return min(timeit.repeat("for i in range(3000000): i & 7", number=1, repeat=3))


def making(folder: Path) -> float:
    """What making an empty file costs here now, in microseconds; see the top."""
    place = folder / "made"
    place.mkdir()
    names = iter([place / f"{number}" for number in range(MADE)])
    return timeit.timeit(lambda: next(names).touch(), number=MADE) / MADE * 1e6


def many(folder: Path, count: int) -> Path:
    """Make a folder with so many files."""
    plain, data = folder / "many", os.urandom(SMALL)
    plain.mkdir(parents=True)
    for number in range(count):
        (plain / f"file-{number:06}.bin").write_bytes(data)
    return plain


def print_files(folder: Path, count: int, *, profile: bool) -> None:
    """Encrypt and decrypt many small files, with log and catalogue; print a line each, and what others take."""
    place = folder / f"{count}"
    plain = many(place, count)
    print(f"{count} files of 4 KiB; making an empty one took {making(place):.0f} us, a loop in Python {loop():.3f} s")
    source = str(plain)
    for job in ("encrypt", "decrypt"):
        more = ("--profile",) if profile else ()
        target = place / job
        spent = run((*WORK, "services", job, source, str(target), str(folder / "vault"), *more), target)
        said = json.loads(spent.said)
        print_rate(f"signet {job}", count, said["wall"], said["cpu"], spent.peak)
        for cost in said.get("costs", ()):
            print(f"{'':16}{cost}")
        source = str(target)
    copied = run(("cp", "-r", str(plain), str(place / "copies")), place / "copies")
    print_rate("cp -r", count, copied.wall, copied.cpu, copied.peak)
    shut, others = " ".join(age(folder)[0]), place / "others"
    each = f"cd '{plain}' && for file in $(ls | head -{SINGLE}); do {shut} -o '{others}'/$file $file; done"
    some = run(("sh", "-c", f"mkdir '{others}' && {each}"), others)
    done = min(count, SINGLE)
    print_rate(f"age, {done} times", done, some.wall, some.cpu, some.peak)


def print_rate(name: str, count: int, wall: float, cpu: float, peak: float) -> None:
    """Print one line of many files."""
    each = cpu / count * 1e6
    print(f"  {name:16}{wall:9.2f} s{count / wall:8.0f} files/s{each:8.0f} us cpu each{peak:7.0f} MiB", flush=True)


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
    for number in range(rounds):
        for name, arguments in table:
            found[name].append(run(arguments, target))
            target.rename(folder / f"{number} {name}")
    print(f"a folder of {count} files of 4 KiB, medians of {rounds} rounds; Signet's with log, not start")
    print(f"making an empty file took {making(folder):.0f} us, a loop in Python {loop():.3f} s")
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
