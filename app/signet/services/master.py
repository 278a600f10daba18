"""A new master key: a new database beside the old one, to which the header moves in one step (DESIGN.md, section 3).

The old database is not touched until the header names the new one; a kill at any instant leaves one of the two.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace

from signet.audit.entry import Draft, Outcome
from signet.crypto import sealing
from signet.crypto.derive import database_key, material_key
from signet.crypto.identity import check_header, sign_header
from signet.crypto.wrapping import wrap_master_key
from signet.errors import ConfirmationMissing, DatabaseDamaged, LastUnlockMethod, SignetError, UsageError
from signet.formats.header import VaultHeader
from signet.formats.header_parser import parse_header
from signet.secret import Secret
from signet.services import backup, header_change
from signet.services.creation import MAC_KEY_BYTES, MASTER_BYTES
from signet.services.enrolment import check_opens
from signet.services.guards import drop_guards, refuse_last_of_any
from signet.services.old_copies import delete_copies, old_copies
from signet.services.opening import AUDIT_EPOCH, AUDIT_KEY
from signet.services.session import Session
from signet.store.database import Database
from signet.store.records import Change, Records

OPERATION = "RotateMasterKey"


@dataclass(frozen=True)
class RotatedMaster:
    """What a new master key came to: the header's generation, the labels of ways in that were taken out, and the
    backups that the ways in of before still open."""

    generation: int
    removed: tuple[str, ...]
    old_backups: tuple[str, ...]


@dataclass(frozen=True)
class _Target:
    """The vault as it is to be: its master key, its signed header, and the entry that announced it."""

    master: Secret
    header: VaultHeader
    records: Records
    begun: int


def rotate_master(session: Session, *, remove: frozenset[str] = frozenset()) -> RotatedMaster:
    """Give the vault a new master key, wrapped to every way in that stays.

    Copies of guard keys for the ways in that go are dropped; all others stay as they are, byte for byte. Raises
    LastUnlockMethod if none would stay, LastGuard if a guarded key would have no guard left, UsageError if the way in
    that opened the vault is to go, VaultInUse if another Signet has the vault open. Nothing has changed then.
    """
    session.presented()
    refuse_removal(session, remove)
    stay = [method for method in session.header.methods if method.id not in remove]
    if remove and len(stay) == 1:
        session.workplace.prompt.confirm(
            f"“{stay[0].label}” will be the only way in; if it is lost, all is lost. Continue all the same?"
        )
    removed = tuple(method.label for method in session.header.methods if method.id in remove)
    backup.automatic_backup(session, "new-master-key")
    old_backups = old_copies(session)
    with session.folder.header_lock(), session.alone():
        header_change.require_unchanged(session)
        _replace(session, remove)
    with header_change.afterwards(session.workplace):
        header_change.raise_pin(session)
    if removed:
        _offer_deletion(session, old_backups)
    left = tuple(path for path in old_backups if os.path.lexists(path))
    return RotatedMaster(session.header.generation, removed, left)


def refuse_removal(session: Session, remove: frozenset[str]) -> None:
    """Raise LastUnlockMethod if no way in would stay, UsageError if the one that opened the vault is to go.

    LastGuard if a guarded key would have no guard left.
    """
    if all(method.id in remove for method in session.header.methods):
        raise LastUnlockMethod
    if session.method.id in remove:
        raise UsageError(
            reason="This way in has opened the vault just now. Open it by one that stays, with --recovery or "
            "--unlock-method, and remove this one then."
        )
    refuse_last_of_any(session, remove)


def _replace(session: Session, remove: frozenset[str]) -> None:
    """Make the new database, let the header name it, move the session over; the header decides what a failure means.

    Until it is written, everything new is taken away again and the session goes on as before. From then on there is
    no way back: a session that could not be moved is locked, and the next opening settles the rest.
    """
    with ExitStack() as stack:
        target = _new_vault(session, remove, stack)
        try:
            header_change.put_header(session.folder, target.header)
            session.move_to(header=target.header, records=target.records, master=target.master)
            stack.pop_all()
        except BaseException:
            if parse_header(session.folder.read_header()).database == target.header.database:
                session.farewell = None  # the old database is history: nothing of it is pinned any more
                session.close()
            raise
    with header_change.afterwards(session.workplace), session.records.change() as change:
        header_change.make_current(change, target.header)
        header_change.follow_header(change, target.header)
        change.append(Draft(OPERATION, Outcome.DONE, of=target.begun))
    with header_change.afterwards(session.workplace):
        session.folder.delete_unnamed_databases(target.header.database)


def _offer_deletion(session: Session, old_backups: tuple[str, ...]) -> None:
    """What was taken out still opens older copies; offer to delete them, once there is a new backup."""
    with header_change.afterwards(session.workplace):
        backup.automatic_backup(session, "ways-in-changed")
        with suppress(ConfirmationMissing):
            one = len(old_backups) == 1
            session.workplace.prompt.confirm(
                f"{'1 older copy' if one else f'{len(old_backups)} older copies'} in the vault's folder still "
                f"{'opens' if one else 'open'} by what was removed. Delete {'it' if one else 'them'}?"
            )
            delete_copies(session, old_backups)


def _new_vault(session: Session, remove: frozenset[str], stack: ExitStack) -> _Target:
    """Make and prove the new database; ``stack`` takes it away again unless it is taken over."""
    name = session.folder.new_database_name()
    path = session.folder.database_path(name)
    stack.callback(_remove_unless_named, session, name)
    master = Secret(os.urandom(MASTER_BYTES))
    stack.callback(master.wipe)
    header = _candidate(session, master, name, remove)
    with database_key(master, header.salt) as key:
        session.database.checkpoint()
        session.database.copy_to(path, key)
        database = Database.open(path, key)
    stack.callback(database.close)
    records, begun = _rewrap(session, database, master, header, remove)
    stack.callback(records.mac_key.wipe)
    _verify(database, records, master, header)
    database.checkpoint()
    return _Target(master, header, records, begun)


def _candidate(session: Session, master: Secret, name: str, remove: frozenset[str]) -> VaultHeader:
    """Wrap the new master key to every way in that stays, from public keys alone, and open what can be presented."""
    header = session.header
    methods = tuple(
        replace(method, wrapped_key=wrap_master_key(master, method, vault_id=header.vault_id, salt=header.salt))
        for method in header.methods
        if method.id not in remove
    )
    with header_change.open_identity(session) as identity:
        candidate = sign_header(header.with_methods(methods, database=name), identity)
    check_header(parse_header(candidate.encoded()))
    opener = candidate.method(session.method.id)
    if opener is None:
        raise LastUnlockMethod
    check_opens(session.presented(), opener, candidate, master)
    return candidate


def _rewrap(
    session: Session, database: Database, master: Secret, header: VaultHeader, remove: frozenset[str]
) -> tuple[Records, int]:
    """Start a new epoch in the new database and wrap everything in it under the new material key.

    What a guarded key has inside, and the copies of its guard keys, need no guard for it and stay as they are.
    """
    old_mac_key = session.records.mac_key.copy()
    records = Records(
        database,
        mac_key=old_mac_key,
        epoch=session.records.epoch,
        actor=session.records.actor,
        clock=session.workplace.clock,
    )
    mac_key = Secret(os.urandom(MAC_KEY_BYTES))
    with old_mac_key, material_key(master, header.salt) as new_key, records.change() as change:
        change.begin_epoch(mac_key, Draft("BeginEpoch", Outcome.DONE))
        _rewrap_own(session, change, new_key, mac_key)
        keys = {key.id: key for key in change.keys.all()}
        for version in change.keys.all_versions():
            if version.material is None:
                continue
            key = keys[version.key_id]
            with session.open_material(key, version) as material:
                sealed = sealing.seal_material(
                    new_key, material, key_id=key.id, version=version.number, spec=key.spec
                )
            change.keys.replace_material(key.id, version.number, sealed)
        drop_guards(change, session.header, remove)
        change.meta.put(header_change.INTENT, header_change.HeaderMark.of(header).encoded())
        begun = change.append(Draft(OPERATION, Outcome.ALLOWED, details={"generation": header.generation}))
    return records, begun


def _rewrap_own(session: Session, change: Change, new_key: Secret, mac_key: Secret) -> None:
    vault_id = session.vault_id
    with header_change.open_identity(session) as identity:
        for name, secret in ((header_change.IDENTITY, identity), (AUDIT_KEY, mac_key)):
            change.meta.put(name, sealing.seal_own(new_key, secret, name=name, vault_id=vault_id))
    change.meta.put(AUDIT_EPOCH, str(session.records.epoch + 1).encode())


def _verify(database: Database, records: Records, master: Secret, header: VaultHeader) -> None:
    """Prove the new database before anything points to it."""
    problems = database.page_problems()
    with material_key(master, header.salt) as key, records.read() as reading:
        problems += [f"{problem.place}: {problem.what}" for problem in reading.audit.verify()]
        specs = {known.id: known.spec for known in reading.keys.all()}
        for version in reading.keys.all_versions():
            if version.material is not None:
                sealing.open_material(
                    key,
                    version.material,
                    key_id=version.key_id,
                    version=version.number,
                    spec=specs[version.key_id],
                ).wipe()
    if problems:
        raise DatabaseDamaged(reason=problems[0])


def _remove_unless_named(session: Session, name: str) -> None:
    """Remove the files of a new database, unless the header on disk names it already."""
    with suppress(SignetError):  # what cannot be removed now, the next opening removes
        named = parse_header(session.folder.read_header()).database
        if named != name:
            session.folder.delete_unnamed_databases(named)
