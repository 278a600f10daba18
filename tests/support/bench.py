"""One document child for many files: each is written into the same open file, which the child reads by position."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from signet.child import Child
from signet.clock import timestamp
from signet.documents.asking import DocumentChild, Unchecked
from signet.documents.facts import Anchors
from signet.services.known_signers import KnownSigners
from signet.services.verdicts import Verification
from signet.services.verifying_documents import facts_in, judged, not_checked
from support import pki
from support.hostile import CONTENT, Hostile


@dataclass(frozen=True)
class Told:
    """What came of one file: the verification, and how long the child took (seconds)."""

    verification: Verification
    seconds: float


class Bench:
    """A child at work, replaced when it has died; ``died`` counts how often."""

    def __init__(self, folder: Path) -> None:
        root = folder / "root.pem"
        root.write_bytes(pki.root().pem)
        self._signers = KnownSigners([str(root)], None)
        self._anchors = Anchors(timestamp(pki.NOW), roots=(pki.root().der,)).packed()
        self._file = os.memfd_create("document")
        self._child: Child | None = None
        self.died = 0

    @property
    def pid(self) -> int:
        """The child's process id."""
        assert self._child is not None
        return self._child.pid

    def check(self, hostile: Hostile) -> Told:
        """Verify one file, as the services do; nothing but what they raise gets out."""
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, hostile.content, 0)
        child = self._alive()
        began = time.monotonic()
        try:
            found = judged("d", "d", facts_in(self._answer(child, hostile)), self._signers, form="", unsigned="none")
        except Unchecked as error:
            found = not_checked("d", "d", error.reason, self._signers, form="")
        return Told(found, time.monotonic() - began)

    def _answer(self, child: DocumentChild, hostile: Hostile) -> Mapping[str, object]:
        if hostile.kind != "cms":
            operation = {"pdf": "verify_pdf", "asic": "verify_asic"}[hostile.kind]
            return child.ask(operation, file=self._file, anchors=self._anchors)
        wanted = child.ask("look_at_cms", file=self._file).get("digests")
        names = wanted if isinstance(wanted, list) else []
        digests = {name: hashlib.new(name, CONTENT, usedforsecurity=False).digest() for name in names}
        return child.ask("verify_cms", file=self._file, anchors=self._anchors, digests=digests)

    def _alive(self) -> DocumentChild:
        if self._child is not None and not self._child.alive:
            self.died += 1
            self._child = None
        if self._child is None:
            self._child = Child.spawn("document", files=[self._file])
            for operation in ("verify_pdf", "verify_cms"):
                DocumentChild(self._child, None).prepare(operation)
        return DocumentChild(self._child, None)

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.__exit__(None, None, None)
        os.close(self._file)


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    """A bench for the time being."""
    made = Bench(folder)
    try:
        yield made
    finally:
        made.close()
