"""A batch of files under one decision: proven outputs wait, are entered in the log together, then published.

The order is the rule (DESIGN.md, section 4): an output gets its name only after its entry is committed. Small files
wait for one another, so that a thousand of them do not cost a thousand synced transactions.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.errors import Cancelled, SignetError, StorageError, VaultError
from signet.keys.state import Operation
from signet.services.files_items import Item, Tally, Target, own_folder, places_of, refuse_own
from signet.services.files_outputs import Notes
from signet.services.session import Session
from signet.services.use import Grant
from signet.store.output import FileMark, Unpublished, sync_folder
from signet.store.records import Change

GROUP_FILES = 128
"""Outputs that wait at most; each holds an open descriptor."""
GROUP_BYTES = 64 << 20
"""Bytes of sources that wait at most; a longer file is published by itself."""

SETTLERS = 8
"""Outputs that are put on the disk side by side."""

Note = Callable[[Change], None]
"""What is written in the same transaction as a file's entry."""


@dataclass(frozen=True)
class Proven:
    """An output that is complete and proven and not yet published; ``replaces`` is the only file it may replace.

    ``note`` is written with its entry, ``published`` once it has its name, ``undo`` if it cannot have it. ``said`` is
    what a message says of itself.
    """

    index: int
    output: Unpublished
    grants: Sequence[Grant]
    details: Mapping[str, Detail]
    size: int
    note: Note | None = None
    undo: Note | None = None
    published: Note | None = None
    replaces: FileMark | None = None
    said: str = ""


@dataclass(frozen=True)
class _Failed:
    grants: Sequence[Grant]
    details: Mapping[str, Detail]


@dataclass
class Batch:
    """Collects what becomes of each path; leaving ``with`` by an exception discards what was not published."""

    session: Session
    operation: Operation
    paths: Sequence[str]
    overwrite: bool
    places: tuple[Target, ...] = field(init=False)
    own: str = field(init=False)
    notes: Notes = field(init=False)
    items: dict[int, Item] = field(default_factory=dict)
    beginning: int | None = None
    """The first entry of a batch that uses no key of the vault; see `begin`."""
    _proven: list[Proven] = field(default_factory=list)
    _bytes: int = 0
    _failed: list[_Failed] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.places = places_of(self.paths)
        self.own = own_folder(self.session)
        self.notes = Notes(self.session)

    def begin(self, details: Mapping[str, Detail]) -> None:
        """Write ``allowed`` for a batch that uses no key of the vault: its files are for other people alone."""
        with self.session.records.change() as change:
            self.beginning = change.append(Draft(str(self.operation), Outcome.ALLOWED, details=details))

    def proven(self, result: Proven) -> None:
        """Take a proven output; it is published with its group."""
        self._proven.append(result)
        self._bytes += result.size
        if len(self._proven) >= GROUP_FILES or self._bytes >= GROUP_BYTES:
            self.publish()

    def failed(self, index: int, error: SignetError, grants: Sequence[Grant]) -> None:
        """Take a file that could not be done; its entry comes with the next group."""
        self.items[index] = Item(self.paths[index], None, "failed", error)
        entry = {"source": self.paths[index], "error": type(error).__name__}
        self._failed.append(_Failed(tuple(grants), entry))
        if len(self._failed) >= GROUP_FILES:
            self.publish()

    def skipped(self, index: int) -> None:
        """Take a file that needs no work."""
        self.items[index] = Item(self.paths[index], None, "skipped")

    def publish(self) -> None:
        """Enter everything that waits, in one transaction, then give the outputs their names."""
        waiting = tuple(self._proven)
        if not waiting and not self._failed:
            return
        _settle([each.output for each in waiting])
        if self.overwrite:
            self.notes.plan(each.output for each in waiting)
        with self.session.records.change() as change:
            self.notes.write(change)
            drafts: list[Draft] = []
            for result in waiting:
                for grant in result.grants:
                    grant.count(change)
                if result.grants or self.beginning is not None:  # else its ``note`` enters it
                    drafts += self._drafts(Outcome.DONE, result.grants, result.details)
            for failure in self._failed:
                drafts += self._drafts(Outcome.FAILED, failure.grants, failure.details)
            if drafts:
                change.append_all(drafts)
            for result in waiting:
                if result.note is not None:
                    result.note(change)
        self._failed, self._bytes = [], 0
        unpublished: list[tuple[Proven, SignetError]] = []
        named: list[Note] = []
        while self._proven:
            result = self._proven[0]
            try:
                result.output.publish(overwrite=self.overwrite, durable=False, replaces=result.replaces)
            except SignetError as error:
                result.output.discard()
                unpublished.append((result, error))
                self.items[result.index] = Item(self.paths[result.index], None, "failed", error)
            else:
                self.items[result.index] = Item(
                    self.paths[result.index], result.output.path, "done", said=result.said
                )
                if result.published is not None:
                    named.append(result.published)
            self._proven.pop(0)
        for folder in {os.path.dirname(each.output.path) for each in waiting}:
            # The content is on the disk by now; a folder that has gone since, or cannot be synced, undoes nothing.
            with suppress(StorageError):
                sync_folder(folder)
        for note in named:  # only now: the names would not have outlived a power failure before
            self.notes.published(note)
        if unpublished:
            self._take_back(unpublished)

    def _drafts(self, outcome: Outcome, grants: Sequence[Grant], details: Mapping[str, Detail]) -> list[Draft]:
        """Write one entry a key that was used for a file, or one that names no key."""
        if not grants:
            return [Draft(str(self.operation), outcome, of=self.beginning, details=details)]
        return [grant.draft(outcome, details) for grant in grants]

    def _take_back(self, unpublished: Sequence[tuple[Proven, SignetError]]) -> None:
        """Enter that outputs could not be published after all: someone else took the name in between."""
        with self.session.records.change() as change:
            for result, error in unpublished:
                details = {**result.details, "error": type(error).__name__}
                change.append_all(self._drafts(Outcome.FAILED, result.grants, details))
                if result.undo is not None:
                    result.undo(change)

    def stopped(self, grants: Sequence[Grant]) -> None:
        """Enter that the person cancelled: what is proven is published, what is left is failed with Cancelled."""
        self.publish()
        left = [index for index in range(len(self.paths)) if index not in self.items]
        for index in left:
            self.items[index] = Item(self.paths[index], None, "failed", Cancelled())
        if left:
            with self.session.records.change() as change:
                change.append_all(self._drafts(Outcome.CANCELLED, grants, {"files-left": len(left)}))

    def result(self) -> tuple[Item, ...]:
        """Return the items in the order of the paths."""
        return tuple(self.items[index] for index in range(len(self.paths)))

    def __enter__(self) -> Batch:
        return self

    def __exit__(self, *_: object) -> None:
        while self._proven:
            self._proven.pop().output.discard()
        # A note too many is swept away; it is no reason to hide what went wrong.
        with suppress(SignetError):
            self.notes.settle()


def _settle(outputs: Sequence[Unpublished]) -> None:
    """Put all contents on the disk side by side: a disk does many at once in little more time than one."""

    def settle(output: Unpublished) -> None:
        with suppress(StorageError):  # publishing says it again, for that one file
            output.settle()

    def settle_some(first: int) -> None:
        for output in outputs[first::SETTLERS]:
            settle(output)

    if len(outputs) > 1:
        with ThreadPoolExecutor(SETTLERS, thread_name_prefix="settle") as pool:
            list(pool.map(settle_some, range(min(SETTLERS, len(outputs)))))


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
