"""A new master key: a new database beside the old one, to which the header moves in one step (DESIGN.md, section 3).

The old database is not touched until the header names the new one; a kill at any instant leaves one of the two.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace

from signet.audit.entry import Draft, Outcome
from signet.clock import timestamp
from signet.crypto.wrapping import wrap_master_key
from signet.errors import ConfirmationMissing, LastUnlockMethod, SignetError, UsageError
from signet.formats.header import UnlockMethod, VaultHeader
from signet.formats.header_parser import parse_header
from signet.secret import Secret
from signet.services import backup, header_change
from signet.services.enrolment import check_opens
from signet.services.guards import refuse_last_of_any
from signet.services.master_making import Following, Target, new_vault
from signet.services.old_copies import delete_copies, old_copies
from signet.services.session import Session


@dataclass(frozen=True)
class RotatedMaster:
    """What a new master key came to: the header's generation, the labels of ways in that were taken out, and the
    backups that the ways in of before still open."""

    generation: int
    removed: tuple[str, ...]
    old_backups: tuple[str, ...]


def rotate_master(
    session: Session, *, remove: frozenset[str] = frozenset(), lose: frozenset[str] = frozenset()
) -> RotatedMaster:
    """Give the vault a new master key, wrapped to every way in that stays.

    Copies of guard keys for the ways in that go are dropped; all others stay as they are, byte for byte. Raises
    LastUnlockMethod if none would stay, LastGuard if a guarded key would have no guard left but for those to ``lose``
    (ids), UsageError if the way in that opened the vault is to go, VaultInUse if another Signet has the vault open.
    Nothing has changed then.
    """
    session.presented()
    refuse_removal(session, remove, lose=lose)
    stay = [method for method in session.header.methods if method.id not in remove]
    if remove and len(stay) == 1:
        session.workplace.prompt.confirm(
            f"“{stay[0].label}” will be the only way in; if it is lost, all is lost. Continue all the same?"
        )
    removed = tuple(method.label for method in session.header.methods if method.id in remove)

    def wrapped(master: Secret, header: VaultHeader) -> tuple[UnlockMethod, ...]:
        return _wrapped(session, master, header, remove)

    return replace_master(session, Following(wrapped, lose=lose), removed=removed)


def replace_master(session: Session, following: Following, *, removed: tuple[str, ...]) -> RotatedMaster:
    """Make the new vault that ``following`` describes; ``removed`` are the labels of the ways in that it leaves out.

    Older copies are named, and offered for deletion if a way in was left out. Raises VaultInUse, VaultBusy and what
    the making raises; nothing has changed then.
    """
    session.require_alone()
    backup.automatic_backup(session, "new-master-key")
    old_backups = old_copies(session)
    with session.folder.header_lock(), session.alone():
        header_change.require_unchanged(session)
        _replace(session, following)
    with header_change.afterwards(session.workplace):
        if following.identity is None:
            header_change.raise_pin(session)
        else:
            _pin_new_identity(session)
    if removed:
        _offer_deletion(session, old_backups)
    left = tuple(path for path in old_backups if os.path.lexists(path))
    return RotatedMaster(session.header.generation, removed, left)


def refuse_removal(session: Session, remove: frozenset[str], *, lose: frozenset[str] = frozenset()) -> None:
    """Raise LastUnlockMethod if no way in would stay, UsageError if the one that opened the vault is to go.

    LastGuard if a guarded key would have no guard left, but for those to ``lose``.
    """
    if all(method.id in remove for method in session.header.methods):
        raise LastUnlockMethod
    if session.method.id in remove:
        raise UsageError(
            reason="This way in has opened the vault just now. Open it by one that stays, with --recovery or "
            "--unlock-method, and remove this one then."
        )
    refuse_last_of_any(session, remove, lose=lose)


def _replace(session: Session, following: Following) -> None:
    """Make the new database, let the header name it, move the session over; the header decides what a failure means.

    Until it is written, everything new is taken away again and the session goes on as before. From then on there is
    no way back: a session that could not be moved is locked, and the next opening settles the rest.
    """
    with ExitStack() as stack:
        target = new_vault(session, following, stack)
        try:
            if following.identity is not None:
                _offer_pin(session, target, stack)
            header_change.put_header(session.folder, target.header)
            following.in_place()
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
        for method_id in following.proven:
            change.methods.set_proven(method_id, timestamp(session.workplace.clock.now()))
        change.append(Draft(following.operation, Outcome.DONE, of=target.begun))
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


def _wrapped(
    session: Session, master: Secret, header: VaultHeader, remove: frozenset[str]
) -> tuple[UnlockMethod, ...]:
    """Wrap the new master key to every way in that stays, from public keys alone, and open what can be presented."""
    methods = tuple(
        replace(method, wrapped_key=wrap_master_key(master, method, vault_id=header.vault_id, salt=header.salt))
        for method in session.header.methods
        if method.id not in remove
    )
    opener = next((method for method in methods if method.id == session.method.id), None)
    if opener is None:
        raise LastUnlockMethod
    check_opens(session.presented(), opener, header, master)
    return methods


def _offer_pin(session: Session, target: Target, stack: ExitStack) -> None:
    """Announce the new identity to this computer: whichever header a crash leaves, fits one of the two pins."""
    if not session.pinned:
        return
    with target.records.read() as reading:
        head = reading.audit.head()
    pins, vault_id = session.workplace.pins, session.vault_id
    stack.callback(_withdraw_pin, session, target.header.identity)
    pins.offer(vault_id, header_change.pin_for(target.header, head, session.workplace))


def _withdraw_pin(session: Session, identity: bytes) -> None:
    """Take the announcement back, unless the header on disk is of the new identity already."""
    with suppress(SignetError):  # the next opening withdraws what could not be withdrawn now
        if parse_header(session.folder.read_header()).identity != identity:
            session.workplace.pins.withdraw(session.vault_id)


def _pin_new_identity(session: Session) -> None:
    if session.pinned:
        session.workplace.pins.replace(session.vault_id, header_change.pin_of(session))
