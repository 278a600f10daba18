"""What is due when a vault is unlocked: leftovers of a killed run are swept, keys rotated, the day's backup made.

While a vault stays open, the last two are looked at again from time to time (`hourly`).
"""

from __future__ import annotations

import os
from collections.abc import Callable

from signet.errors import SignetError
from signet.services import backup
from signet.services.editing_leftovers import tell_leftovers
from signet.services.files_outputs import sweep_leftovers
from signet.services.import_expiry import say_expired
from signet.services.rotation import rotate_due
from signet.services.session import Session
from signet.store.unfinished import sweep_unfinished

NAMED = 3
"""Keys that a sentence names."""


def at_unlock(session: Session) -> None:
    """Do what is due; what cannot be done is said, and does not keep the vault locked."""
    _try(session, "What an interrupted run left could not be removed.", sweep_leftovers)
    _try(session, "What an interrupted run left could not be removed.", _sweep_unfinished)
    _try(session, "What was left of a file that was being edited could not be removed.", tell_leftovers)
    hourly(session)


def hourly(session: Session) -> bool:
    """Do what has become due since, and return whether anything was done.

    Rotations come first, so that the day's backup has the new versions.
    """
    expired = _try(session, "What imported keys have expired could not be recorded.", say_expired)
    rotated = _try(session, "Keys that should have got a new version did not.", _rotate)
    backed_up = _try(session, "Today's automatic backup could not be made.", _daily_backup)
    return bool(expired or rotated or backed_up)


def _sweep_unfinished(session: Session) -> None:
    sweep_unfinished(os.path.dirname(session.folder.path))


def _rotate(session: Session) -> bool:
    rotated = rotate_due(session)
    if rotated:
        named = ", ".join(f"“{key.alias}”" for key in rotated[:NAMED])
        more = f" and {len(rotated) - NAMED} more" if len(rotated) > NAMED else ""
        verb = "has" if len(rotated) == 1 else "have"
        session.workplace.prompt.note(
            f"{named}{more} {verb} a new version, as planned. Older versions go on opening what they encrypted; "
            "a backup from before does not have the new one."
        )
    return bool(rotated)


def _daily_backup(session: Session) -> bool:
    due = backup.daily_backup_due(session, session.workplace.clock.now())
    if due:
        backup.automatic_backup(session, "daily")
    return due


def _try(session: Session, failed: str, duty: Callable[[Session], object]) -> object:
    try:
        return duty(session)
    except SignetError as error:
        session.workplace.prompt.note(f"{failed} {error.message}")
        return None
