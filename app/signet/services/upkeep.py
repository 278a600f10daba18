"""What is due when a vault is unlocked: leftovers of a killed run are swept, the day's first backup is made."""

from __future__ import annotations

import os

from signet.errors import SignetError
from signet.services import backup
from signet.services.files_outputs import sweep_leftovers
from signet.services.session import Session
from signet.store.unfinished import sweep_unfinished


def at_unlock(session: Session) -> None:
    """Do what is due; what cannot be done is said, and does not keep the vault locked."""
    sweep_leftovers(session)
    sweep_unfinished(os.path.dirname(session.folder.path))
    if not backup.daily_backup_due(session, session.workplace.clock.now()):
        return
    try:
        backup.automatic_backup(session, "daily")
    except SignetError as error:
        session.workplace.prompt.note(f"Today's automatic backup could not be made. {error.message}")
