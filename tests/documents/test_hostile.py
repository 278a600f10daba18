"""Hostile and broken documents against the real child: a sample; ``python -m fuzz.documents`` runs thousands."""

from __future__ import annotations

from pathlib import Path

from signet.services.verdicts import Verdict
from support.bench import bench
from support.hostile import Hostile, may_be_valid, mutants
from support.pdf import tiny_pdf

SAMPLE = 30
SEED = 20261122


def test_nothing_hostile_is_valid_and_one_child_survives_it_all(tmp_path: Path) -> None:
    with bench(tmp_path) as work:
        for hostile in mutants(SEED, SAMPLE):
            told = work.check(hostile)
            assert told.verification.verdict is not Verdict.VALID or may_be_valid(hostile), hostile.how
        assert work.died == 0


def test_what_never_was_a_document_is_not_called_unsigned(tmp_path: Path) -> None:
    with bench(tmp_path) as work:
        for content in (b"%PDF-1.7\n" + b"[" * 100_000, tiny_pdf(1)[:-60] + b"9" * 5000, b"%PDF-", b""):
            told = work.check(Hostile("pdf", "generated", content, b""))
            assert told.verification.verdict is Verdict.UNKNOWN
        limits = Path(f"/proc/{work.pid}/limits").read_text()
    line = next(line for line in limits.splitlines() if line.startswith("Max address space"))
    assert line.split()[3] == str(1 << 30), "a child that checks has a gibibyte"
