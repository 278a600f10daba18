"""Putting a backup in place: opened and settled in a hidden folder first, then taken over in one step.

The restored vault takes a generation above everything this computer has seen, so that a later look at the pins finds
it newer, and logs the heads of both. What stood in its place is kept under ``backups/`` until the person removes it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from signet.audit.canonical import Detail
from signet.clock import timestamp
from signet.crypto.identity import check_header
from signet.errors import ConfirmationMissing, SignetError, VaultExists
from signet.formats.header import VaultHeader
from signet.services import header_change
from signet.services.backup_archive import BackupContents, read_backup
from signet.services.enrolment import check_opens
from signet.services.master import rotate_master
from signet.services.opening import open_vault, read_header
from signet.services.pinning import PinCheck, differences
from signet.services.presenting import Selection
from signet.services.session import Session
from signet.services.workplace import Workplace
from signet.store.files import sync_folder
from signet.store.folder import VaultFolder
from signet.store.foreign import translated
from signet.store.pins import Pin
from signet.store.unfinished import sweep_unfinished, unfinished_folder

OPERATION = "RestoreBackup"


@dataclass(frozen=True)
class Restored:
    """What was restored: where, which vault, its new generation, the ways in taken out, where the old files went."""

    path: str
    vault_id: str
    generation: int
    removed: tuple[str, ...]
    replaced: str | None


def restore_backup(
    workplace: Workplace, backup_path: str, target_path: str, *, selection: Selection | None = None
) -> Restored:
    """Make the vault at ``target_path`` out of a backup, in place of the same vault if it stands there.

    Needs a way in of the backup. Differences to what this computer knows are shown and confirmed. Raises
    BackupUnusable, VaultExists if another vault is there, VaultInUse, and what unlocking raises; the vault that
    stood there is untouched then.
    """
    contents = read_backup(backup_path)
    check_header(contents.parsed)
    live = _live_header(target_path, contents.parsed)
    parent = os.path.dirname(os.path.abspath(target_path))
    with translated(parent):
        os.makedirs(parent, mode=0o700, exist_ok=True)
    sweep_unfinished(parent)
    with unfinished_folder(parent) as place:
        inner = os.path.join(place.path, "vault")
        _unpack(contents, inner)
        with open_vault(
            workplace,
            inner,
            selection=selection,
            administer=True,
            pins=PinCheck.REPLACE,
            watch=lambda session: _confirm(session, workplace),
        ) as session:
            removed = _settle(session, live)
            pin = header_change.pin_of(session)
            header = session.header
            session.database.checkpoint()
        _name_database(VaultFolder(inner), contents.database, header.database)
        old_pin = workplace.pins.read(header.vault_id)
        workplace.pins.replace(header.vault_id, _lenient(pin, old_pin))
        if os.path.lexists(target_path):
            replaced = _take_over(workplace, VaultFolder(inner), VaultFolder(target_path), header)
        else:
            place.finish(inner, target_path)
            replaced = None
        with header_change.afterwards(workplace):
            workplace.pins.replace(header.vault_id, pin)
    return Restored(target_path, header.vault_id, header.generation, removed, replaced)


def _live_header(path: str, restored: VaultHeader) -> VaultHeader | None:
    """The header of the vault that stands there, None if it cannot be read; refuse any other vault or thing."""
    if not os.path.lexists(path):
        return None
    folder = VaultFolder(path)
    if not os.path.isdir(path) or not (os.path.lexists(folder.header_path) or folder.databases()):
        raise VaultExists(path=path)
    try:
        header = read_header(folder)
    except SignetError:
        return None
    if header.vault_id != restored.vault_id:
        raise VaultExists(path=path)
    return header


def _unpack(contents: BackupContents, path: str) -> None:
    """Lay the backup out as a vault."""
    folder = VaultFolder.create(path)
    contents.extract_database(folder.database_path(contents.database))
    folder.write_header(contents.header)


def _name_database(folder: VaultFolder, opened: str, named: str) -> None:
    """Give the database the name that the new header has for it; never that of a file in the vault to be replaced."""
    if os.path.exists(folder.database_path(named)):
        return  # a new master key has made it already
    with translated(folder.path):
        os.rename(folder.database_path(opened), folder.database_path(named))
        sync_folder(folder.path)


def _confirm(session: Session, workplace: Workplace) -> None:
    pin = workplace.pins.read(session.vault_id)
    found = differences(session, pin) if pin is not None else ()
    for sentence in found:
        workplace.prompt.note(sentence)
    if found:
        workplace.prompt.confirm("Restore this backup all the same? What came after it is not in it.")


def _settle(session: Session, live: VaultHeader | None) -> tuple[str, ...]:
    """Give the restored vault a generation above all seen, and take out the ways in that were removed since."""
    pin = session.workplace.pins.read(session.vault_id)
    seen = max(session.header.generation, pin.generation if pin else 0, live.generation if live else 0)
    presenter = session.presented()

    def prove(candidate: VaultHeader) -> None:
        opener = candidate.method(session.method.id)
        if opener is not None:
            check_opens(presenter, opener, candidate, session.master)

    header_change.change_methods(
        session,
        lambda header: header.methods,
        operation=OPERATION,
        details=_heads(session, pin),
        prove=prove,
        rows=lambda change: header_change.follow_header(change, session.header),
        generation=seen + 1,
        database=session.folder.new_database_name(),
    )
    stale = [method for method in session.header.methods if live is not None and live.method(method.id) is None]
    if not stale or session.method in stale:
        return ()
    names = ", ".join(f"“{method.label}”" for method in stale)
    try:
        session.workplace.prompt.confirm(f"The backup still opens with {names}, removed since. Take them out again?")
    except ConfirmationMissing:
        return ()
    return rotate_master(session, remove=frozenset(method.id for method in stale)).removed


def _heads(session: Session, pin: Pin | None) -> dict[str, Detail]:
    with session.records.read() as reading:
        head = reading.audit.head()
    details: dict[str, Detail] = {"restored_count": head.count, "restored_hash": head.hash.hex()}
    if pin is not None:
        details |= {"pinned_count": pin.audit_count, "pinned_hash": pin.audit_hash.hex()}
    return details


def _lenient(pin: Pin, old: Pin | None) -> Pin:
    """A pin that both the old vault and the restored one satisfy, for the instants between the two."""
    return replace(pin, generation=min(pin.generation, old.generation if old else 0), audit_count=0)


def _take_over(workplace: Workplace, source: VaultFolder, target: VaultFolder, header: VaultHeader) -> str:
    """Move the restored database into the vault that stands there and let its header name it; keep the old files."""
    with target.exclusive_lock(), target.header_lock():
        kept = os.path.join(target.backups, timestamp(workplace.clock.now()).replace(":", "") + "-before-restore")
        with translated(target.path):
            os.makedirs(kept, mode=0o700)
            for name in os.listdir(target.path):
                if name.startswith(("vault-", "header.")) and name != "header.lock":
                    os.link(os.path.join(target.path, name), os.path.join(kept, name))
            sync_folder(kept)
            os.rename(source.database_path(header.database), target.database_path(header.database))
            sync_folder(target.path)
        header_change.put_header(target, header)
        with header_change.afterwards(workplace):
            target.delete_unnamed_databases(header.database)
    return kept
