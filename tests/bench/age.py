"""Compares age files by Signet's engine with the age program: one large file, whole processes, interleaved rounds.

    .venv/bin/python tests/bench/age.py --folder /dev/shm --size 512 --rounds 7

Starting is in the times of both, and taken off by a run on an empty file. Ratios are what counts.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

APP = Path(__file__).resolve().parents[2] / "app"

ENGINE = """
import sys
from signet.crypto import age
from signet.crypto.age_recipients import X25519Identity, X25519Recipient
job, key, source, target = sys.argv[1:]
with open(source, "rb") as plain, open(target, "wb", buffering=0) as made:
    if job == "encrypt":
        age.encrypt(plain, made, recipients=[X25519Recipient.parse(key)])
    else:
        age.decrypt(plain, made, identities=[X25519Identity.parse(open(key).read().split()[-1])])
"""


def timed(*words: str) -> float:
    """Run one program and return its wall seconds."""
    started = time.perf_counter()
    subprocess.run(words, check=True, env={"PYTHONPATH": str(APP), "PATH": "/usr/bin:/bin"})
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--folder", default=tempfile.gettempdir())
    parser.add_argument("--size", type=int, default=512, help="MiB")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        made = subprocess.run(["age-keygen", "-o", folder / "key"], check=True, capture_output=True, text=True)
        public, key = made.stderr.split()[-1], str(folder / "key")
        for size, ending in ((options.size, ""), (0, ".empty")):
            subprocess.run(
                ["head", "-c", f"{size}M", "/dev/urandom"], check=True, stdout=(folder / f"plain{ending}").open("wb")
            )
            timed("age", "-r", public, "-o", str(folder / f"age{ending}"), str(folder / f"plain{ending}"))
        engine, target = (sys.executable, "-c", ENGINE), str(folder / "target")
        jobs = {
            "age encrypt": ("plain", ("age", "-r", public, "-o", target)),
            "engine encrypt": ("plain", (*engine, "encrypt", public)),
            "age decrypt": ("age", ("age", "-d", "-i", key, "-o", target)),
            "engine decrypt": ("age", (*engine, "decrypt", key)),
        }
        net: dict[str, list[float]] = {job: [] for job in jobs}
        for _ in range(options.rounds):
            for job, (source, words) in jobs.items():
                times = []
                for ending in ("", ".empty"):
                    (folder / "target").unlink(missing_ok=True)
                    last = (target,) if words[0] != "age" else ()
                    times.append(timed(*words, str(folder / f"{source}{ending}"), *last))
                net[job].append(times[0] - times[1])
        for direction in ("encrypt", "decrypt"):
            theirs, ours = (statistics.median(net[f"{who} {direction}"]) for who in ("age", "engine"))
            print(f"{direction}: age {theirs:.3f} s, engine {ours:.3f} s, ratio {ours / theirs:.2f}")


if __name__ == "__main__":
    main()
