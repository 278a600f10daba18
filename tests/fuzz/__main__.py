"""Runs one target under atheris: ``python -m fuzz NAME [SECONDS] [FOLDER]``. The README says how."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

SECONDS = 600
MEGABYTES = 1024
SECONDS_AN_INPUT = 10


def main(name: str, seconds: int, folder: Path) -> None:
    """Fuzz one target; what is found is written to ``folder`` beside its corpus, and ends the run."""
    with atheris.instrument_imports(include=["signet"]):
        from fuzz.targets import TARGETS
    target = TARGETS[name]
    for module, limit, value in target.eased:
        setattr(module, limit, value)
    corpus = folder / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={target.longest}",
        f"-rss_limit_mb={MEGABYTES}",
        f"-timeout={SECONDS_AN_INPUT}",
        f"-artifact_prefix={folder}/found-{name}-",
        "-print_final_stats=1",
        "-verbosity=1",
    ]

    def run(data: bytes) -> None:
        target.run(data)

    atheris.Setup([sys.argv[0], *options, str(corpus)], run)
    atheris.Fuzz()


if __name__ == "__main__":
    words = [*sys.argv[1:], "", "", ""][:3]
    place = Path(words[2] or Path(tempfile.gettempdir()) / "signet-fuzz")
    main(words[0], int(words[1] or SECONDS), place)
