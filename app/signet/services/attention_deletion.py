"""What needs attention about keys that are to be deleted: a date that is near or has come, attempts to use one."""

from __future__ import annotations

from signet.services.concerns import Attention, Concern
from signet.services.deletion import Pending, pending_deletions
from signet.services.session import Session


def deletions(session: Session) -> list[Attention]:
    """Keys to be deleted, one line each at most: those that may be destroyed first, then by date."""
    found = [(concern, each) for each in pending_deletions(session) if (concern := _concern(each)) is not None]
    found.sort(key=lambda pair: pair[0] is not Concern.DELETION_DUE)
    return [
        Attention(concern, key=each.key.alias, count=each.attempts, key_id=each.key.id, when=each.date)
        for concern, each in found
    ]


def _concern(pending: Pending) -> Concern | None:
    if pending.due:
        return Concern.DELETION_DUE
    if pending.near:
        return Concern.DELETION_NEAR
    return Concern.DELETION_TRIED if pending.attempts else None
