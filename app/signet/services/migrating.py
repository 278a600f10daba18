"""Bringing a vault of an older Signet to this one's schema: forward only, after a backup, in one transaction."""

from __future__ import annotations

from signet.audit.entry import Draft, Outcome
from signet.services import backup
from signet.services.session import Session
from signet.store.migrations import NEWEST

OPERATION = "MigrateVault"
REASON = "migration"


def bring_up_to_date(session: Session) -> None:
    """Migrate the database of a vault that was found to be in order; nothing happens if it is of this version.

    A backup is made before. Raises VaultInUse if another Signet has the vault open, DiskFull and kin; the vault is
    as it was then, and opens with the Signet that it was made with.
    """
    if not session.database.outdated:
        return
    session.require_alone()
    backup.automatic_backup(session, REASON)
    with session.folder.header_lock(), session.alone(), session.records.change() as change:
        version = session.database.schema_version
        if version < NEWEST:
            change.migrate(version)
            change.append(Draft(OPERATION, Outcome.DONE, details={"from": version, "to": NEWEST}))
