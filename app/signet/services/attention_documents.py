"""Signed documents whose proof ends, with or without a way to extend them, or has ended."""

from __future__ import annotations

from signet.services.concerns import Attention, Concern
from signet.services.session import Session
from signet.services.signed_documents import ending


def proofs_ending(session: Session) -> list[Attention]:
    """Documents whose proof ends within half a year, by whether it can be extended, and those whose proof has ended:
    the first of each, and how many."""
    found = ending(session)
    kinds = (
        (Concern.PROOF_ENDED, [view for view in found if view.ended]),
        (Concern.PROOF_ENDS, [view for view in found if view.soon and view.renewable]),
        (Concern.PROOF_LAST, [view for view in found if view.soon and not view.renewable]),
    )
    return [
        Attention(concern, path=views[0].record.path, when=views[0].record.provable_until, count=len(views))
        for concern, views in kinds
        if views
    ]
