"""What is due when a vault is unlocked: leftovers of a killed run are swept, the day's first backup is made."""

from __future__ import annotations

import os
from collections.abc import Callable

from signet.errors import SignetError
from signet.services import backup
from signet.services.files_outputs import sweep_leftovers
from signet.services.session import Session
from signet.store.unfinished import sweep_unfinished


def at_unlock(session: Session) -> None:
    """Do what is due; what cannot be done is said, and does not keep the vault locked."""
    _try(session, "What an interrupted run left could not be removed.", sweep_leftovers)
    _try(session, "What an interrupted run left could not be removed.", _sweep_unfinished)
    _try(session, "Today's automatic backup could not be made.", _daily_backup)


def _sweep_unfinished(session: Session) -> None:
    sweep_unfinished(os.path.dirname(session.folder.path))


def _daily_backup(session: Session) -> None:
    if backup.daily_backup_due(session, session.workplace.clock.now()):
        backup.automatic_backup(session, "daily")


def _try(session: Session, failed: str, duty: Callable[[Session], object]) -> None:
    try:
        duty(session)
    except SignetError as error:
        session.workplace.prompt.note(f"{failed} {error.message}")
