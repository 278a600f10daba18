"""Publishing a group of proven outputs: entered in the log together, then given their names.

The order is the rule (DESIGN.md, section 4): an output gets its name only after its entry is committed. Small files
wait for one another, so that a thousand of them do not cost a thousand synced transactions.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.errors import SignetError, StorageError
from signet.keys.state import Operation
from signet.services.files_items import Item, Proof
from signet.services.files_outputs import Notes
from signet.services.session import Session
from signet.services.use import Grant
from signet.store.output import FileMark, Unpublished, sync_folder
from signet.store.records import Change

SETTLERS = 8
"""Outputs that are put on the disk side by side."""

Note = Callable[[Change], None]
"""What is written in the same transaction as a file's entry."""


@dataclass(frozen=True)
class Proven:
    """An output that is complete and proven and not yet published; ``replaces`` is the only file it may replace.

    ``note`` is written with its entry, ``published`` once it has its name, ``undo`` if it cannot have it. ``said`` is
    what a message says of itself, ``proof`` that of a signature.
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
    proof: Proof | None = None


@dataclass(frozen=True)
class Failed:
    """A file that could not be done, as its entry is to say it."""

    grants: Sequence[Grant]
    details: Mapping[str, Detail]


@dataclass
class Group:
    """What waits to be published together; ``size`` is that of the sources, in bytes."""

    proven: list[Proven] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    size: int = 0

    def discard(self) -> None:
        """Remove what was not published."""
        while self.proven:
            self.proven.pop().output.discard()


@dataclass
class Publisher:
    """Publishes one group after the other; ``items`` takes what became of each."""

    session: Session
    operation: Operation
    overwrite: bool
    paths: Sequence[str]
    notes: Notes
    items: dict[int, Item] = field(default_factory=dict)
    beginning: int | None = None
    """The first entry of a batch that uses no key of the vault."""

    def publish(self, group: Group) -> None:
        """Enter everything that waits, in one transaction, then give the outputs their names.

        What an exception leaves in ``group`` was not published.
        """
        waiting = tuple(group.proven)
        if not waiting and not group.failed:
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
                    drafts += self.drafts(Outcome.DONE, result.grants, result.details)
            for failure in group.failed:
                drafts += self.drafts(Outcome.FAILED, failure.grants, failure.details)
            if drafts:
                change.append_all(drafts)
            for result in waiting:
                if result.note is not None:
                    result.note(change)
        group.failed, group.size = [], 0
        unpublished = self._name(group)
        for folder in {os.path.dirname(each.output.path) for each in waiting}:
            # The content is on the disk by now; a folder that has gone since, or cannot be synced, undoes nothing.
            with suppress(StorageError):
                sync_folder(folder)
        refused = {id(result) for result, _ in unpublished}
        for result in waiting:  # only now: the names would not have outlived a power failure before
            if result.published is not None and id(result) not in refused:
                self.notes.published(result.published)
        if unpublished:
            self._take_back(unpublished)

    def _name(self, group: Group) -> list[tuple[Proven, SignetError]]:
        """Give each output its name; return those that cannot have it: someone else took it in between."""
        unpublished: list[tuple[Proven, SignetError]] = []
        while group.proven:
            result = group.proven[0]
            try:
                result.output.publish(overwrite=self.overwrite, durable=False, replaces=result.replaces)
            except SignetError as error:
                result.output.discard()
                unpublished.append((result, error))
                self.items[result.index] = Item(self.paths[result.index], None, "failed", error)
            else:
                self.items[result.index] = Item(
                    self.paths[result.index],
                    result.output.path,
                    "done",
                    said=result.said,
                    proof=result.proof,
                )
            group.proven.pop(0)
        return unpublished

    def drafts(self, outcome: Outcome, grants: Sequence[Grant], details: Mapping[str, Detail]) -> list[Draft]:
        """Write one entry a key that was used for a file, or one that names no key."""
        if not grants:
            return [Draft(str(self.operation), outcome, of=self.beginning, details=details)]
        return [grant.draft(outcome, details) for grant in grants]

    def _take_back(self, unpublished: Sequence[tuple[Proven, SignetError]]) -> None:
        """Enter that outputs could not be published after all."""
        with self.session.records.change() as change:
            for result, error in unpublished:
                details = {**result.details, "error": type(error).__name__}
                change.append_all(self.drafts(Outcome.FAILED, result.grants, details))
                if result.undo is not None:
                    result.undo(change)


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
