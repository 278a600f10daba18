"""What needs attention about the log: cards have not signed it for long, though one could."""

from __future__ import annotations

from signet.errors import SignetError
from signet.services.checkpoints import due
from signet.services.concerns import Attention, Concern
from signet.services.session import Session


def unsigned(session: Session) -> list[Attention]:
    """A checkpoint that was due for a month, where a card among the ways in could have signed it."""
    try:
        waiting = due(session)
    except SignetError:  # records that disagree are told by verifying
        return []
    long = waiting is not None and waiting.long(session.workplace.clock.now())
    return [Attention(Concern.CHECKPOINT_DUE)] if long else []
