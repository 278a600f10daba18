"""Outputs of a session: temporary names are noted in the vault before they exist, and swept after a kill."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from signet.clock import timestamp
from signet.errors import StorageError
from signet.services.catalogue import settle_replacement
from signet.services.session import Session
from signet.store.naming import KnownFolder
from signet.store.output import Output, Unpublished
from signet.store.records import Change
from signet.store.staging import StagedFolder
from signet.store.sweeping import sweep


def new_output(session: Session, path: str) -> Output:
    """Open an output for ``path``; a temporary name, where one is needed, is noted in a transaction of its own.

    Raises DiskFull, FolderReadOnly, StorageError, SourceNotFound, VaultError.
    """

    def note(folder: str, name: str) -> None:
        with session.records.change() as change:
            change.outputs.note(folder, name, timestamp(session.workplace.clock.now()))

    def forget(folder: str, name: str) -> None:
        with session.records.change() as change:
            change.outputs.forget(folder, name)

    return Output(path, note=note, forget=forget)


class Notes:
    """The notes of a batch: a planned name is noted with its group's entries, a settled one forgotten later.

    A name that must exist at once is noted at once. A note too many harms nothing: sweeping finds no file.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._folder = KnownFolder()
        self._planning = False
        self._planned: list[tuple[str, str]] = []
        self._settled: list[tuple[str, str]] = []
        self._published: list[Callable[[Change], None]] = []

    def new_output(self, path: str) -> Output:
        """Open an output for ``path``; raises as `new_output` does."""
        return Output(path, note=self._note, forget=self._forget, open_folder=self._folder.open)

    def new_folder(self, path: str) -> StagedFolder:
        """Open a folder to be laid out for ``path``; raises as `new_output` does."""
        return StagedFolder(path, note=self._note, forget=self._forget)

    def plan(self, outputs: Iterable[Unpublished]) -> None:
        """Have each choose the name by which it will replace a file; `write` is to follow before it does."""
        self._planning = True
        try:
            for output in outputs:
                output.plan_replacing()
        finally:
            self._planning = False

    def published(self, note: Callable[[Change], None]) -> None:
        """Take what is to be written now that an output has its name; it waits for the next transaction."""
        self._published.append(note)

    def write(self, change: Change) -> None:
        """Note what is planned and what was published, and forget what is settled."""
        self._folder.let_go()  # the person may move it meanwhile: no longer than for a group is it taken as known
        now = timestamp(self._session.workplace.clock.now())
        for folder, name in self._planned:
            change.outputs.note(folder, name, now)
        for note in self._published:
            note(change)
        for folder, name in self._settled:
            change.outputs.forget(folder, name)
        self._planned, self._settled, self._published = [], [], []

    def settle(self) -> None:
        """Forget what is settled, in a transaction of its own; none if nothing is. Let go of the folder."""
        self._folder.let_go()
        if self._settled or self._published:
            self._planned = []
            with self._session.records.change() as change:
                self.write(change)

    def _forget(self, folder: str, name: str) -> None:
        self._settled.append((folder, name))

    def _note(self, folder: str, name: str) -> None:
        self._planned.append((folder, name))
        if not self._planning:
            with self._session.records.change() as change:
                self.write(change)


def sweep_leftovers(session: Session) -> int:
    """Remove what a killed Signet left behind, and forget it; return how many notes were settled.

    What another Signet is still writing stays, and so does what cannot be reached now: it is tried again next time.
    """
    with session.records.read() as reading:
        noted = reading.outputs.all()
    settled = [output for output in noted if _swept(output.folder, output.name)]
    if settled:
        with session.records.change() as change:
            for output in settled:
                settle_replacement(change, output)
                change.outputs.forget(output.folder, output.name, tied=True)
    return len(settled)


def _swept(folder: str, name: str) -> bool:
    try:
        return sweep(folder, name)
    except StorageError:
        return False
