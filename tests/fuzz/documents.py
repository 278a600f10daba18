"""Hostile documents by the thousand, by hand: ``python -m fuzz.documents [COUNT] [SEED] [FOLDER]``.

Each goes to the real document child. A child answers as many as it survives. What breaks a promise of
`support.hostile` is written to FOLDER; the figures are printed.
"""

from __future__ import annotations

import collections
import logging
import resource
import sys
import tempfile
from pathlib import Path

from signet.documents.asking import SECONDS
from signet.services.verdicts import Verdict
from support.bench import Bench, bench
from support.hostile import Hostile, may_be_valid, mutants

MEBIBYTES = 1024


def main(count: int, seed: int, folder: Path) -> int:
    """Run; return how many promises were broken."""
    logging.disable()
    verdicts: collections.Counter[str] = collections.Counter()
    finds, slowest = 0, 0.0
    with bench(folder) as work:
        for number, hostile in enumerate(mutants(seed, count)):
            problem, verdict, seconds = one(work, hostile)
            slowest = max(slowest, seconds)
            verdicts[f"{hostile.kind}: {verdict}"] += 1
            if problem:
                finds += 1
                (folder / f"found-{seed}-{number}-{hostile.how}").write_bytes(hostile.content)
                sys.stdout.write(f"{number} {hostile.how}: {problem}\n")
                sys.stdout.flush()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    finds += peak > MEBIBYTES
    sys.stdout.write(f"seed {seed}: {count} files, {finds} finds; the child died {work.died} times\n")
    sys.stdout.write(f"slowest {slowest:.1f} s; largest child {peak:.0f} MiB\n")
    for verdict, times in sorted(verdicts.items()):
        sys.stdout.write(f"  {verdict}: {times}\n")
    return finds


def one(work: Bench, hostile: Hostile) -> tuple[str, str, float]:
    """Verify one file; say which promise it broke, "" if none, the verdict, and the seconds."""
    try:
        told = work.check(hostile)
    except Exception as error:  # noqa: BLE001 - nothing may leave the services
        return f"raised {error!r}", "raised", 0.0
    verdict = told.verification.verdict
    if verdict is Verdict.VALID and not may_be_valid(hostile):
        return f"valid: {told.verification.sentence}", verdict.value, told.seconds
    slow = told.seconds > 2 * SECONDS + 1  # CMS asks twice
    return ("too slow" if slow else ""), verdict.value, told.seconds


if __name__ == "__main__":
    words = [*sys.argv[1:], "", "", ""][:3]
    place = Path(words[2] or tempfile.mkdtemp(prefix="signet-hostile-"))
    sys.exit(1 if main(int(words[0] or 2000), int(words[1] or 1), place) else 0)
