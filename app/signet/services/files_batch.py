"""A batch of files under one decision: proven outputs wait for one another and are published in groups.

Publishing a group on a thread of its own while the next one is worked on was tried, and is slower: most of both is
work of the interpreter, which does one thing at a time, and handing over costs a quarter more of it.
"""

from __future__ import annotations

import resource
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.errors import Cancelled, SignetError, VaultError
from signet.keys.state import Operation
from signet.services.files_items import Item, Tally, Target, own_folder, places_of, refuse_own
from signet.services.files_outputs import Notes
from signet.services.files_publishing import Failed, Group, Proven, Publisher
from signet.services.session import Session
from signet.services.use import Grant

PARALLEL = 2
"""Jobs that run side by side: a long one should not keep a short one waiting, a disk has only so much to give."""
GROUP_FILES = 256
"""Outputs that wait at most."""
GROUP_BYTES = 64 << 20
"""Bytes of sources that wait at most; a longer file is published by itself."""
HELD = 3
"""Descriptors that an output holds while it waits: a file two, a folder three."""
DESCRIPTORS = PARALLEL * HELD * GROUP_FILES + 512
"""Descriptors that a process wants: for the groups of all jobs (a paused one keeps its own), and for all else."""
_ALL_ELSE = 128
"""Descriptors that are left for all else where the system does not give enough."""


class Batch:
    """Collects what becomes of each path; leaving ``with`` by an exception discards what was not published."""

    def __init__(self, session: Session, operation: Operation, paths: Sequence[str], overwrite: bool) -> None:
        self.session = session
        self.operation = operation
        self.paths = paths
        self.places: tuple[Target, ...] = places_of(paths)
        self.own = own_folder(session)
        self.notes = Notes(session)
        self._publisher = Publisher(session, operation, overwrite, paths, self.notes)
        self._group = Group()
        self._group_files = _group_files()

    @property
    def items(self) -> dict[int, Item]:
        """What became of paths, by their index."""
        return self._publisher.items

    def begin(self, details: Mapping[str, Detail]) -> None:
        """Write ``allowed`` for a batch that uses no key of the vault: its files are for other people alone."""
        with self.session.records.change() as change:
            draft = Draft(str(self.operation), Outcome.ALLOWED, details=details)
            self._publisher.beginning = change.append(draft)

    def proven(self, result: Proven) -> None:
        """Take a proven output; it is published with its group."""
        self._group.proven.append(result)
        self._group.size += result.size
        if len(self._group.proven) >= self._group_files or self._group.size >= GROUP_BYTES:
            self.publish()

    def failed(self, index: int, error: SignetError, grants: Sequence[Grant]) -> None:
        """Take a file that could not be done; its entry comes with the next group."""
        self.items[index] = Item(self.paths[index], None, "failed", error)
        entry = {"source": self.paths[index], "error": type(error).__name__}
        self._group.failed.append(Failed(tuple(grants), entry))
        if len(self._group.failed) >= self._group_files:
            self.publish()

    def skipped(self, index: int) -> None:
        """Take a file that needs no work."""
        self.items[index] = Item(self.paths[index], None, "skipped")

    def publish(self) -> None:
        """Publish everything that waits."""
        self._publisher.publish(self._group)

    def stopped(self, grants: Sequence[Grant]) -> None:
        """Enter that the person cancelled: what is proven is published, what is left is failed with Cancelled."""
        self.publish()
        left = [index for index in range(len(self.paths)) if index not in self.items]
        for index in left:
            self.items[index] = Item(self.paths[index], None, "failed", Cancelled())
        if left:
            with self.session.records.change() as change:
                drafts = self._publisher.drafts(Outcome.CANCELLED, grants, {"files-left": len(left)})
                change.append_all(drafts)

    def result(self) -> tuple[Item, ...]:
        """Return the items in the order of the paths."""
        return tuple(self.items[index] for index in range(len(self.paths)))

    def __enter__(self) -> Batch:
        return self

    def __exit__(self, *_: object) -> None:
        self._group.discard()
        # A note too many is swept away; it is no reason to hide what went wrong.
        with suppress(SignetError):
            self.notes.settle()


def _group_files() -> int:
    """How many outputs may wait; the system is asked for more descriptors if it gave few (macOS: 256)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < DESCRIPTORS:
        wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    if soft == resource.RLIM_INFINITY:
        return GROUP_FILES
    return max(1, min(GROUP_FILES, (soft - _ALL_ELSE) // (PARALLEL * HELD)))


class FileWork(ABC):
    """What is done with each file of a batch; ``using`` are the grants that the current file uses."""

    def __init__(self, batch: Batch, tally: Tally) -> None:
        self.batch = batch
        self.tally = tally
        self.using: tuple[Grant, ...] = ()

    @property
    @abstractmethod
    def grants(self) -> Sequence[Grant]:
        """Every grant that the batch holds so far."""

    @abstractmethod
    def process(self, index: int, path: str) -> Proven | None:
        """Do one file up to a proven output, None if it needs nothing; what it raises becomes the file's item."""

    def run(self) -> tuple[Item, ...]:
        """Do every file once and return the items, in order.

        A file's error stops nothing, a VaultError everything; a cancel fails what is left with Cancelled.
        """
        with self.batch:
            try:
                self._each()
                self.batch.publish()
            except Cancelled:
                self.batch.stopped(self.grants)
        for grant in self.grants:
            grant.ended()
        return self.batch.result()

    def _each(self) -> None:
        seen: set[Target] = set()
        for index, path in enumerate(self.batch.paths):
            self.tally.check()
            place = self.batch.places[index]
            if place in seen:
                self.batch.skipped(index)
            else:
                seen.add(place)
                self._one(index, path)
            self.tally.finished(index)

    def _one(self, index: int, path: str) -> None:
        self.using = ()
        try:
            refuse_own(self.batch.own, self.batch.places[index], path)
            result = self.process(index, path)
        except (Cancelled, VaultError):
            raise
        except SignetError as error:
            self.batch.failed(index, error, self.using)
        else:
            if result is None:
                self.batch.skipped(index)
            else:
                self.batch.proven(result)
