"""Containers judged: whom to believe, what is told of files beside those that are signed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from signet.services.verdicts import Verdict
from signet.services.verifying import verify_file
from support import asic_forge as forge
from support import pki
from support.asic_forge import Forged


def lt() -> Forged:
    return replace(Forged(), stamper=pki.time_stamper(), lists=(pki.crl(),))


def by_another() -> bytes:
    """Somebody else signed a file that was added, and nobody looked at the first signature again."""
    files = {**forge.FILES, "more.txt": b"x"}
    second = replace(lt(), signer=pki.signer("rsa", "Juhan Liiv"), identifier="S1", files=files)
    return forge.packed(forge.entries(lt(), second, files=files))


def two() -> bytes:
    changed = replace(lt(), identifier="S1", files={**forge.FILES, "lease.txt": b"other"})
    return forge.container(lt(), changed)


CASES: dict[str, tuple[Callable[[], bytes], list[Verdict], str]] = {
    "honest": (lambda: forge.container(lt()), [Verdict.VALID], "“Mari Maasikas” signed it"),
    "a file added and signed by another": (
        by_another,
        [Verdict.CHANGED, Verdict.VALID],
        "not covered by this signature",
    ),
    "one of two is not of these files": (
        two,
        [Verdict.VALID, Verdict.INVALID],
        "2 signatures. The signature does not fit",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_container_gets_the_verdict_that_it_deserves(tmp_path: Path, case: str) -> None:
    made, verdicts, said = CASES[case]
    container, root = tmp_path / "deed.asice", tmp_path / "root.pem"
    container.write_bytes(made())
    root.write_bytes(pki.root().pem)
    found = verify_file(str(container), trust=[str(root)])
    assert [view.verdict for view in found.signatures] == verdicts
    assert found.form == "asic"
    assert said in " ".join((found.sentence, *(view.sentence for view in found.signatures)))
    if verdicts and Verdict.UNKNOWN not in verdicts:
        assert found.notes[0].startswith("The container holds ")
