"""What was decrypted and lies there unprotected, until it is removed or the person says that it may stay.

Noted with the decryption's own entry, in the same transaction, and nowhere else: no content, and in the log nothing
beyond what it says of every decryption.
"""

from __future__ import annotations

import os

from signet.clock import timestamp
from signet.services.catalogue import FILE, FOLDER
from signet.services.session import Session
from signet.store.records import Change
from signet.store.tables.copies import CopyRecord


def noted_copy(change: Change, session: Session, path: str, message_id: bytes, *, folder: bool) -> None:
    """Note that what a message held lies at ``path`` from now on; in the transaction of the decryption's entry."""
    now = timestamp(session.workplace.clock.now())
    change.copies.note(CopyRecord(path, message_id, FOLDER if folder else FILE, now))


def decrypted_copies(session: Session) -> tuple[CopyRecord, ...]:
    """Return the copies that are still there, newest first; what is gone from a folder that is there is forgotten.

    What lies on a medium that is away now is neither returned nor forgotten.
    """
    with session.records.read() as reading:
        known = reading.copies.all()
    gone = [each for each in known if not os.path.lexists(each.path) and os.path.isdir(os.path.dirname(each.path))]
    if gone:
        with session.records.change() as change:
            for each in gone:
                change.copies.forget(each.path)
    return tuple(each for each in known if os.path.lexists(each.path))


def forget_copy(session: Session, path: str) -> None:
    """Do not list a copy any more: the person wants it to stay. One that is not known is no error."""
    with session.records.change() as change:
        change.copies.forget(path)
