"""Outputs of a session: temporary names are noted in the vault before they exist, and swept after a kill."""

from __future__ import annotations

from signet.clock import timestamp
from signet.errors import StorageError
from signet.services.session import Session
from signet.store.output import Output, sweep


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
                change.outputs.forget(output.folder, output.name)
    return len(settled)


def _swept(folder: str, name: str) -> bool:
    try:
        return sweep(folder, name)
    except StorageError:
        return False
