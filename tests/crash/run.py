"""Kills many operations at random instants and prints what came of it, operation by operation.

    .venv/bin/python tests/crash/run.py --kills 200 [--seed N] [--only OPERATION]...
    .venv/bin/python tests/crash/run.py --system-calls [--only OPERATION]...

With ``--system-calls`` each operation is killed at every single system call that writes, one run for each.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

if __name__ == "__main__":
    _ROOT = Path(__file__).resolve().parents[2]
    sys.path[:0] = [str(_ROOT / "app"), str(_ROOT / "tests")]

from crash.harness import AFTER, BEFORE, WITHIN, Assassin, Trial
from crash.nursery import Nursery
from crash.operations import OPERATIONS
from crash.stage import Theatre
from crash.syscalls import Injector

WEIGHTS = {"create": 4, "key-create": 4, "encrypt": 4, "decrypt": 4, "rotate-master": 4}
"""How often an operation is drawn against the others, which count once."""


def shares(operations: list[str], kills: int) -> dict[str, int]:
    """Divide the kills among the operations; every one gets at least one."""
    total = sum(WEIGHTS.get(name, 1) for name in operations)
    return {name: max(1, round(kills * WEIGHTS.get(name, 1) / total)) for name in operations}


def row(operation: str, trials: list[Trial], seconds: float) -> str:
    """Write one line of the table."""
    hits = Counter(trial.hit for trial in trials)
    failed = sum(1 for trial in trials if trial.breaches)
    counts = "".join(f"{hits[where]:>8}" for where in (BEFORE, WITHIN, AFTER))
    return f"{operation:<16}{seconds * 1000:>8.0f}{len(trials):>8}{counts}{failed:>10}"


def at_random(theatre: Theatre, nursery: Nursery, operations: list[str], kills: int, seed: int) -> int:
    """Kill at random instants and print the table; return how many kills left something wrong."""
    print(f"seed {seed}")
    print(f"{'operation':<16}{'ms':>8}{'kills':>8}{'before':>8}{'within':>8}{'after':>8}{'failures':>10}", flush=True)
    every: list[Trial] = []
    assassin = Assassin(theatre, nursery, Random(seed))
    for operation, share in shares(operations, kills).items():
        trials = [assassin.kill(operation) for _ in range(share)]
        print(row(operation, trials, assassin.duration(operation)), flush=True)
        for trial in trials:
            for breach in trial.breaches:
                print(f"    {trial.delay * 1000:.1f} ms, {trial.hit}, {trial.said[-1:]}: {breach}", flush=True)
        every += trials
    failed = sum(1 for trial in every if trial.breaches)
    print(f"{len(every)} kills, {failed} with failures")
    return failed


def at_every_call(theatre: Theatre, nursery: Nursery, operations: list[str]) -> int:
    """Kill at every writing call and print the table; return how many kills left something wrong."""
    print(f"{'operation':<16}{'calls':>8}{'failures':>10}", flush=True)
    failed = 0
    for operation in operations:
        faults = list(Injector(theatre, nursery).step(operation))
        broken = [fault for fault in faults if fault.breaches]
        print(f"{operation:<16}{len(faults):>8}{len(broken):>10}", flush=True)
        for fault in broken:
            print(f"    call {fault.number}, {fault.said[-1:]}: {'; '.join(fault.breaches)}", flush=True)
        failed += len(broken)
    return failed


def main() -> int:
    """Kill, look, print; 1 if anything was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=time.time_ns())
    parser.add_argument("--only", action="append", choices=sorted(OPERATIONS))
    parser.add_argument("--system-calls", action="store_true")
    asked = parser.parse_args()
    operations = asked.only or list(OPERATIONS)
    with tempfile.TemporaryDirectory() as folder, Nursery() as nursery:
        theatre = Theatre(Path(folder))
        if asked.system_calls:
            return 1 if at_every_call(theatre, nursery, operations) else 0
        return 1 if at_random(theatre, nursery, operations, asked.kills, asked.seed) else 0


if __name__ == "__main__":
    sys.exit(main())
