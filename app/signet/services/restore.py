"""Putting a backup in place: opened and settled in a hidden folder first, then taken over in one step.

The restored vault takes a generation above everything this computer has seen, so that a later look at the pins finds
it newer, and logs the heads of both. What stood in its place is kept under ``backups/`` until the person removes it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass

from signet.audit.canonical import Detail
from signet.clock import timestamp
from signet.crypto.identity import check_header
from signet.errors import (
    ConfirmationMissing,
    HeaderDamaged,
    HeaderForged,
    LastGuard,
    SignetError,
    VaultExists,
    VaultNotFound,
)
from signet.formats.header import UnlockMethod, VaultHeader
from signet.services import header_change
from signet.services.backup_archive import BackupContents, read_backup
from signet.services.enrolment import check_opens
from signet.services.guards import refuse_last_of_any
from signet.services.master import rotate_master
from signet.services.opening import open_vault, read_header
from signet.services.pinning import PinCheck, differences, known_pin
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
    """What was restored: where, which vault, its new generation, the ways in taken out, where the old files went.

    ``shut_out`` are the folders that hold the same vault and no longer open on this computer until they are accepted.
    """

    path: str
    vault_id: str
    generation: int
    removed: tuple[str, ...]
    replaced: str | None
    shut_out: tuple[str, ...] = ()


def restore_backup(
    workplace: Workplace, backup_path: str, target_path: str, *, selection: Selection | None = None
) -> Restored:
    """Make the vault at ``target_path`` out of a backup, in place of the same vault if it stands there.

    Needs a way in of the backup. Differences to what this computer knows are shown and confirmed; so is, where this
    computer knows the vault and it does not stand at ``target_path``, that it will open in one place only, and so is
    replacing what cannot be told to be the same vault. Raises BackupUnusable, VaultExists if another vault is there,
    VaultNewer and StorageError if its header cannot be read, VaultInUse, and what unlocking raises; the vault that
    stood there is untouched then.
    """
    contents = read_backup(backup_path)
    check_header(contents.parsed)
    live = _live_header(target_path, contents.parsed)
    if live is None and os.path.lexists(target_path):
        _confirm_unknown(workplace, target_path)
    elsewhere = _Elsewhere.look(workplace, contents.parsed.vault_id, target_path)
    parent = os.path.dirname(os.path.abspath(target_path))
    with translated(parent):
        os.makedirs(parent, mode=0o700, exist_ok=True)
    sweep_unfinished(parent)
    with unfinished_folder(parent) as place:
        inner = place.inner
        _unpack(contents, inner)
        with open_vault(
            workplace,
            inner,
            selection=selection,
            administer=True,
            pins=PinCheck.REPLACE,
            watch=lambda session: _confirm(session, workplace, elsewhere),
        ) as session:
            removed = _settle(session, live)
            pin = header_change.pin_of(session)
            header = session.header
            session.database.checkpoint()
        source = VaultFolder(inner)
        _name_database(source, contents.database, header.database)
        if os.path.lexists(target_path):
            replaced: str | None = _take_over(workplace, source, VaultFolder(target_path), header, pin)
        else:
            workplace.pins.offer(header.vault_id, pin)
            place.finish(target_path)
            with header_change.afterwards(workplace):
                place.sync_name(target_path)
            replaced = None
        with header_change.afterwards(workplace):
            workplace.pins.replace(header.vault_id, pin)
    return Restored(target_path, header.vault_id, header.generation, removed, replaced, elsewhere.found)


@dataclass(frozen=True)
class _Elsewhere:
    """Where else the vault stands: ``found`` in the data folder; ``likely`` if this computer has seen it anywhere."""

    found: tuple[str, ...]
    likely: bool

    @classmethod
    def look(cls, workplace: Workplace, vault_id: str, target_path: str) -> _Elsewhere:
        """Look into the data folder; a place that was named on the command line only is known by the pin alone."""
        target = os.path.realpath(target_path)
        others = (path for path in workplace.places.vaults() if os.path.realpath(path) != target)
        found = tuple(path for path in others if _vault_id_at(path) == vault_id)
        moved = known_pin(workplace, vault_id) is not None and not os.path.lexists(target_path)
        return cls(found, bool(found) or moved)

    def sentence(self) -> str:
        """Say what restoring to another place means for the vault that stands there already."""
        if self.found:
            return (
                f"This vault stands at {', '.join(self.found)} already. A vault opens in one place only on this "
                "computer: from now on in the new place, and no longer there until it is accepted there. Nothing in "
                "it is changed."
            )
        return (
            "This computer has seen this vault before. If it still stands in another place, it will no longer open "
            "there until it is accepted there; nothing in it is changed."
        )


def _vault_id_at(path: str) -> str | None:
    try:
        return read_header(VaultFolder(path)).vault_id
    except SignetError:
        return None


def _live_header(path: str, restored: VaultHeader) -> VaultHeader | None:
    """The header of the vault that stands there; refuse any other vault or thing.

    None if it is damaged, or is of another identity than the backup: anyone can write such a header, so nothing is
    taken from it. Raises VaultExists, and VaultNewer and StorageError: a header that only this Signet, or only this
    account, cannot read may be that of another vault.
    """
    if not os.path.lexists(path):
        return None
    folder = VaultFolder(path)
    if not os.path.isdir(path) or not (os.path.lexists(folder.header_path) or folder.databases()):
        raise VaultExists(path=path)
    try:
        header = read_header(folder)
    except (HeaderDamaged, HeaderForged, VaultNotFound):
        return None
    if header.vault_id != restored.vault_id:
        raise VaultExists(path=path)
    return header if header.identity == restored.identity else None


def _confirm_unknown(workplace: Workplace, path: str) -> None:
    """Ask before something is replaced that may be another vault."""
    about = (
        f"The header of what stands at {path} is damaged, or is not the one of the vault in the backup: it cannot be "
        "told whether it is the same vault. Its files will be kept in its folder “backups”."
    )
    workplace.prompt.confirm("Replace what stands there by the backup?", about=(about,))


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


def _confirm(session: Session, workplace: Workplace, elsewhere: _Elsewhere) -> None:
    pin = known_pin(workplace, session.vault_id)
    found = list(differences(session, pin) if pin is not None else ())
    if found:
        found.insert(0, "The backup is not what this computer last saw of the vault:")
    question = "Restore it all the same?"
    if elsewhere.likely:
        found.append(elsewhere.sentence())
        question = "Restore the backup to the new place, and open the vault from there from now on?"
    if found:
        workplace.prompt.confirm(f"What came after this backup is not in it. {question}", about=found)


def _settle(session: Session, live: VaultHeader | None) -> tuple[str, ...]:
    """Give the restored vault a generation above all seen, and take out the ways in that were removed since."""
    pin = known_pin(session.workplace, session.vault_id)
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
    if session.method.id in {method.id for method in stale}:
        session.workplace.prompt.confirm(
            f"“{session.method.label}” was removed since, and would open the vault again. Restore all the same?"
        )
        stale = [method for method in stale if method.id != session.method.id]
    stale = _removable(session, stale)
    if not stale:
        return ()
    names = ", ".join(f"“{method.label}”" for method in stale)
    try:
        session.workplace.prompt.confirm(f"The backup still opens with {names}, removed since. Take them out again?")
    except ConfirmationMissing:
        return ()
    return rotate_master(session, remove=frozenset(method.id for method in stale)).removed


def _removable(session: Session, stale: Sequence[UnlockMethod]) -> list[UnlockMethod]:
    """Which of these can go together; one with which a guarded key would be lost stays, and the person is told."""
    found: list[UnlockMethod] = []
    for method in stale:
        try:
            refuse_last_of_any(session, frozenset({each.id for each in (*found, method)}))
        except LastGuard as error:
            session.workplace.prompt.note(f"“{method.label}” was removed since, and stays a way in: {error.message}")
        else:
            found.append(method)
    return found


def _heads(session: Session, pin: Pin | None) -> dict[str, Detail]:
    with session.records.read() as reading:
        head = reading.audit.head()
    details: dict[str, Detail] = {"restored_count": head.count, "restored_hash": head.hash.hex()}
    if pin is not None:
        details |= {"pinned_count": pin.audit_count, "pinned_hash": pin.audit_hash.hex()}
    return details


def _put_aside(target: VaultFolder, kept: str) -> None:
    """Give the files of the vault that is to be replaced second names, so that they outlive it."""
    with translated(target.path):
        os.makedirs(kept, mode=0o700)
        for name in os.listdir(target.path):
            if name.startswith(("vault-", "header.")) and name != "header.lock":
                os.link(os.path.join(target.path, name), os.path.join(kept, name))
        sync_folder(kept)


def _take_over(workplace: Workplace, source: VaultFolder, target: VaultFolder, header: VaultHeader, pin: Pin) -> str:
    """Move the restored database into the vault that stands there and let its header name it; keep the old files.

    The pin of the restored vault is only offered until its header stands, so that whichever vault a crash leaves
    fits what this computer knows.
    """
    with target.header_lock(), target.exclusive_lock():
        kept = os.path.join(target.backups, timestamp(workplace.clock.now()).replace(":", "") + "-before-restore")
        try:
            workplace.pins.offer(header.vault_id, pin)
            _put_aside(target, kept)
            with translated(target.path):
                os.rename(source.database_path(header.database), target.database_path(header.database))
                sync_folder(target.path)
            header_change.put_header(target, header)
        except BaseException:
            if not header_change.stands(target, header):
                shutil.rmtree(kept, ignore_errors=True)
                workplace.pins.withdraw(header.vault_id)
            raise
        with header_change.afterwards(workplace):
            target.delete_unnamed_databases(header.database)
    return kept
