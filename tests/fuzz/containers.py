"""Hostile containers by the hundred, by hand: ``python -m fuzz.containers [COUNT] [SEED] [FOLDER]``.

Each goes to the real document child, which answers as many as it survives. What breaks a promise of
`support.hostile_asic` is written to FOLDER; the figures are printed. The tests run some of them without a child.
"""

from __future__ import annotations

import collections
import logging
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from signet.clock import timestamp
from signet.documents.asking import SECONDS, DocumentChild, Unchecked, document_child
from signet.documents.facts import Anchors, unpacked_facts
from signet.services.judging import judge
from signet.services.known_signers import Known
from signet.services.verdicts import Verdict, worst
from support import pki
from support.asic_forge import packed
from support.hostile_asic import Hostile, contents, mutants, originals

MEBIBYTES = 1024
Ask = Callable[[bytes], Mapping[str, object]]
Said = tuple[tuple[bytes, ...], str, str, str, object]
Told = tuple[Verdict, list[Said]]


def anchors() -> Anchors:
    """The tests' own authority is trusted."""
    moment = timestamp(pki.NOW + timedelta(days=3))
    return Anchors(moment, roots=(pki.root().der,), others=(pki.issuing().der,))


def told(answer: Mapping[str, object]) -> Told:
    """The verdict over a container, and what is told of each signature."""
    if "refused" in answer:
        return Verdict.UNKNOWN, []
    facts = [unpacked_facts(each) for each in answer["signatures"]]  # type: ignore[attr-defined]
    views = [judge(each, lambda _: Known(), given=(pki.root().der,)) for each in facts]
    covers = answer["covers"]
    assert isinstance(covers, list)
    said = [(each.chain[:1], each.claimed_time, each.place, each.reason, names)
            for each, names in zip(facts, covers, strict=True)]  # fmt: skip
    return worst(view.verdict for view in views), said


def broken(hostile: Hostile, found: Told, first: list[Told]) -> str:
    """Which promise a container broke, "" if none."""
    verdict, said = found
    if verdict is not Verdict.VALID:
        return ""
    inside = contents(hostile.content)
    if inside != contents(packed(originals()[hostile.original])):
        return f"valid, with other files: {inside and list(inside)}"
    return "" if said == first[hostile.original][1] else f"valid, and told otherwise: {said}"


class _Children:
    """A child at a time, over one file that each container is written to."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.died = file, 0
        self._stack = ExitStack()
        self._child: DocumentChild | None = None

    def ask(self, data: bytes) -> Mapping[str, object]:
        """Have a child look at a container; a child that died or was late is followed by another."""
        self.file.seek(0)
        self.file.truncate()
        self.file.write(data)
        self.file.flush()
        child = self._child
        if child is None:
            child = self._child = self._stack.enter_context(document_child([self.file.fileno()]))
            child.prepare("verify_asic")
        try:
            return child.ask("verify_asic", file=self.file.fileno(), anchors=anchors().packed())
        except Unchecked as error:
            if error.reason in ("it takes too long to read", "it is damaged, or no document of its kind"):
                self.died += 1
                self.close()
            return {"refused": error.reason}

    def close(self) -> None:
        """End the child."""
        self._stack.close()
        self._stack, self._child = ExitStack(), None


def main(count: int, seed: int, folder: Path) -> int:
    """Run; return how many promises were broken."""
    logging.disable()
    verdicts: collections.Counter[str] = collections.Counter()
    finds, slowest = 0, 0.0
    with tempfile.TemporaryFile() as file:
        children = _Children(file)
        first = [told(children.ask(packed(each))) for each in originals()]
        assert all(verdict is Verdict.VALID for verdict, _ in first), first
        for number, hostile in enumerate(mutants(seed, count)):
            begun = time.monotonic()
            found = told(children.ask(hostile.content))
            seconds = time.monotonic() - begun
            slowest = max(slowest, seconds)
            verdicts[found[0].value] += 1
            problem = broken(hostile, found, first) or ("too slow" if seconds > SECONDS + 1 else "")
            if problem:
                finds += 1
                (folder / f"found-{seed}-{number}{hostile.how}").write_bytes(hostile.content)
                sys.stdout.write(f"{number} {hostile.how}: {problem}\n")
        children.close()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    finds += peak > MEBIBYTES
    sys.stdout.write(f"seed {seed}: {count} containers, {finds} finds; the child was ended {children.died} times\n")
    sys.stdout.write(f"slowest {slowest:.1f} s; largest child {peak:.0f} MiB\n")
    for verdict, times in sorted(verdicts.items()):
        sys.stdout.write(f"  {verdict}: {times}\n")
    return finds


if __name__ == "__main__":
    words = [*sys.argv[1:], "", "", ""][:3]
    place = Path(words[2] or tempfile.mkdtemp(prefix="signet-containers-"))
    sys.exit(1 if main(int(words[0] or 1000), int(words[1] or 1), place) else 0)
