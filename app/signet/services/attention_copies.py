"""What needs attention about what lies elsewhere: backups, codes saved in files, copies that old ways in open."""

from __future__ import annotations

import os
from datetime import timedelta

from signet.audit.entry import Outcome
from signet.clock import parse_timestamp
from signet.services.concerns import Attention, Concern
from signet.services.old_copies import left_behind
from signet.services.saved_codes import saved_codes
from signet.services.session import Session

BACKUP = "Backup"
RECENT = timedelta(days=30)
"""How old the last backup in a second place may be although keys came since; without any it may be older."""
_BACKUP_ENTRIES = 500
"""Entries about backups that are looked through; ten automatic ones are kept, one a day is made."""


def old_copies(session: Session) -> list[Attention]:
    """Copies in the vault's folder that a way in opens which was removed."""
    copies = left_behind(session)
    return [Attention(Concern.OLD_COPIES, count=len(copies))] if copies else []


def saved(session: Session) -> list[Attention]:
    """Recovery codes and shares that lie in files."""
    return [Attention(Concern.SAVED_CODE, path) for path in saved_codes(session)]


def backups(session: Session) -> list[Attention]:
    """Whether there is a backup in a second place, from which everything could be opened."""
    last = last_backup_elsewhere(session)
    if last is None:
        return [Attention(Concern.NO_BACKUP_ELSEWHERE)]
    if session.workplace.clock.now() - parse_timestamp(last) < RECENT:
        return []
    with session.records.read() as reading:
        newer = reading.keys.versions_since(last)
    return [Attention(Concern.OLD_BACKUP_ELSEWHERE, when=last, count=newer)] if newer else []


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
