"""What about a vault needs attention: said again and again until it is mended (DESIGN.md, sections 6 and 10)."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from enum import StrEnum

from signet.audit.entry import Draft, Outcome
from signet.services.loss import Answer, Proof, Way, losses
from signet.services.methods import list_methods
from signet.services.session import Session

SAVED_CODES = "saved-recovery-codes"
"""The name under which the vault remembers the files that hold a recovery code."""
MAX_SAVED = 64
"""Signet's own: as many as a header has ways in (`signet.formats.header.MAX_METHODS`)."""
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
    SAVED_CODE = "saved-code"
    NO_BACKUP_ELSEWHERE = "no-backup-elsewhere"


@dataclass(frozen=True)
class Attention:
    """One thing that needs attention; ``path`` is the file of a saved code, ``way`` the way in it is about."""

    concern: Concern
    path: str = ""
    way: Way | None = None


def needs_attention(session: Session) -> tuple[Attention, ...]:
    """Everything that needs attention now, worst first; empty if all is well."""
    found: list[Attention] = []
    now = session.workplace.clock.now()
    ways = [view.way(now) for view in list_methods(session)]
    if len(ways) == 1:
        found.append(Attention(Concern.ONE_WAY_IN))
    elif losses(ways)[0].answer is Answer.NO:
        found.append(Attention(Concern.LOCKED_OUT))
    found += [Attention(Concern.NOT_PROVEN, way=way) for way in ways if way.proof is not Proof.PROVEN]
    found += [Attention(Concern.SAVED_CODE, path) for path in saved_codes(session)]
    if last_backup_elsewhere(session) is None:
        found.append(Attention(Concern.NO_BACKUP_ELSEWHERE))
    return tuple(found)


def note_saved_code(session: Session, path: str) -> None:
    """Remember that a recovery code stands in the file at ``path``, until that file is gone."""
    kept = [*saved_codes(session), os.path.abspath(path)][-MAX_SAVED:]
    with session.records.change() as change:
        change.meta.put(SAVED_CODES, json.dumps(list(dict.fromkeys(kept))).encode())
        change.append(Draft("SaveRecoveryCode", Outcome.DONE))


def saved_codes(session: Session) -> tuple[str, ...]:
    """The files with a recovery code that are still there."""
    with session.records.read() as reading:
        stored = reading.meta.get(SAVED_CODES)
    paths = json.loads(stored) if stored else []
    return tuple(str(path) for path in paths if os.path.lexists(path))


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
