"""What about a vault needs attention: said again and again until it is mended (DESIGN.md, sections 6 and 10)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from signet.audit.entry import Outcome
from signet.services.exposed import exposed
from signet.services.guards import guards_of_all
from signet.services.keys import list_keys
from signet.services.loss import Answer, Proof, Way, losses
from signet.services.methods import list_methods
from signet.services.old_copies import left_behind
from signet.services.renewal import renewal_under_way
from signet.services.saved_codes import saved_codes
from signet.services.session import Session

BACKUP = "Backup"
_BACKUP_ENTRIES = 500
"""Entries about backups that are looked through; ten automatic ones are kept, one a day is made."""


class Concern(StrEnum):
    """What can need attention."""

    ONE_WAY_IN = "one-way-in"
    LOCKED_OUT = "locked-out"
    """There are several ways in, and one card's loss takes all of them."""
    NOT_PROVEN = "not-proven"
    """A way in was never tested, or not for a year, or failed when it was."""
    ONE_GUARD = "one-guard"
    """A guarded key has one guard left: if that is lost, the key is."""
    SAVED_CODE = "saved-code"
    RENEWAL = "renewal"
    """A new card was to take the place of another, and that is not finished."""
    OLD_COPIES = "old-copies"
    """Copies in the vault's folder still open by a way in that was removed."""
    EXPOSED_KEYS = "exposed-keys"
    """Keys, or files, are still as somebody with a lost card and its PIN may know them."""
    NO_BACKUP_ELSEWHERE = "no-backup-elsewhere"


@dataclass(frozen=True)
class Attention:
    """One thing that needs attention; ``path`` is the file of a saved code, ``way`` the way in it is about.

    ``key`` is the name of the key, ``guard`` that of its only guard.
    ``count`` is of copies, or of keys and files.
    """

    concern: Concern
    path: str = ""
    way: Way | None = None
    key: str = ""
    guard: str = ""
    count: int = 0


def needs_attention(session: Session) -> tuple[Attention, ...]:
    """Everything that needs attention now, worst first; empty if all is well."""
    found: list[Attention] = []
    now = session.workplace.clock.now()
    ways = [view.way(now) for view in list_methods(session)]
    if len(ways) == 1:
        found.append(Attention(Concern.ONE_WAY_IN))
    elif losses(ways)[0].answer is Answer.NO:
        found.append(Attention(Concern.LOCKED_OUT))
    found += _unfinished(session, ways)
    found += [Attention(Concern.NOT_PROVEN, way=way) for way in ways if way.proof is not Proof.PROVEN]
    found += _one_guard(session)
    found += [Attention(Concern.SAVED_CODE, path) for path in saved_codes(session)]
    if last_backup_elsewhere(session) is None:
        found.append(Attention(Concern.NO_BACKUP_ELSEWHERE))
    return tuple(found)


def _one_guard(session: Session) -> list[Attention]:
    aliases = {key.id: key.alias for key in list_keys(session)}
    return [
        Attention(Concern.ONE_GUARD, key=aliases[key_id], guard=guards[0].label)
        for key_id, guards in guards_of_all(session).items()
        if len(guards) == 1
    ]


def _unfinished(session: Session, ways: Sequence[Way]) -> list[Attention]:
    """What a lost card, or a new one, has left to do."""
    found: list[Attention] = []
    renewal = renewal_under_way(session)
    if renewal is not None:
        old = next((way for way in ways if way.id == renewal.old.id), None)
        found.append(Attention(Concern.RENEWAL, way=old))
    known = exposed(session, quick=True)
    if known.work:
        found.append(Attention(Concern.EXPOSED_KEYS, count=len(known.keys) + len(known.files)))
    copies = left_behind(session)
    if copies:
        found.append(Attention(Concern.OLD_COPIES, count=len(copies)))
    return found


def last_backup_elsewhere(session: Session) -> str | None:
    """When the last backup outside the vault's own folder was made (RFC 3339), None if there was none."""
    own = os.path.join(session.folder.path, "")
    with session.records.read() as reading:
        for entry in reading.audit.list(limit=_BACKUP_ENTRIES, operation=BACKUP):
            path = entry.details.get("path")
            elsewhere = isinstance(path, str) and not path.startswith(own)
            if entry.outcome is Outcome.DONE and elsewhere and "reason" not in entry.details:
                return entry.time
    return None
