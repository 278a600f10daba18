"""Kills many operations at random instants and prints what came of it, operation by operation.

.venv/bin/python tests/crash/run.py --kills 200 [--seed N] [--only OPERATION]... [--system-calls]
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
from crash.operations import OPERATIONS
from crash.stage import Theatre

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


def main() -> int:
    """Kill, look, print; 1 if anything was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=time.time_ns())
    parser.add_argument("--only", action="append", choices=sorted(OPERATIONS))
    asked = parser.parse_args()
    print(f"seed {asked.seed}")
    print(f"{'operation':<16}{'ms':>8}{'kills':>8}{'before':>8}{'within':>8}{'after':>8}{'failures':>10}", flush=True)
    every: list[Trial] = []
    with tempfile.TemporaryDirectory() as folder, Assassin(Theatre(Path(folder)), Random(asked.seed)) as assassin:
        for operation, kills in shares(asked.only or list(OPERATIONS), asked.kills).items():
            trials = [assassin.kill(operation) for _ in range(kills)]
            print(row(operation, trials, assassin.duration(operation)), flush=True)
            for trial in trials:
                for breach in trial.breaches:
                    print(f"    {trial.delay * 1000:.1f} ms, {trial.hit}, {trial.said[-1:]}: {breach}", flush=True)
            every += trials
    failed = sum(1 for trial in every if trial.breaches)
    print(f"{len(every)} kills, {failed} with failures")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
