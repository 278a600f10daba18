"""The files in which recovery codes and recovery shares were saved, remembered until they are gone."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable

from signet.audit.entry import Draft, Outcome
from signet.crypto.shares import MAX_SHARES
from signet.formats.header import MAX_METHODS
from signet.services.session import Session
from signet.store.records import Change
from signet.store.tables.meta import MetaReading

SAVED_CODES = "saved-recovery-codes"
"""The name under which the vault remembers the files that hold a recovery code or share."""
MAX_SAVED = MAX_METHODS * MAX_SHARES
"""Signet's own: as many as the ways in of a header could have."""


def note_saved(change: Change, paths: Iterable[str]) -> None:
    """Remember, within a change, that a recovery code or share stands in each file of ``paths``, until it is gone."""
    fresh = [os.path.abspath(path) for path in paths]
    if not fresh:
        return
    kept = list(dict.fromkeys([*_still_there(change.meta), *fresh]))[-MAX_SAVED:]
    change.meta.put(SAVED_CODES, json.dumps(kept).encode())
    change.append(Draft("SaveRecoveryCode", Outcome.DONE, details={"files": len(fresh)}))


def note_saved_code(session: Session, path: str) -> None:
    """Remember a file that services did not write themselves: a sheet that was saved from the window."""
    with session.records.change() as change:
        note_saved(change, [path])


def saved_codes(session: Session) -> tuple[str, ...]:
    """The files with a recovery code or share that are still there."""
    with session.records.read() as reading:
        return _still_there(reading.meta)


def _still_there(meta: MetaReading) -> tuple[str, ...]:
    stored = meta.get(SAVED_CODES)
    paths = json.loads(stored) if stored else []
    return tuple(str(path) for path in paths if os.path.lexists(path))
