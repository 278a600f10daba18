"""What needs attention about signed documents: proofs that end, while they can still be extended, and once not."""

from __future__ import annotations

from signet.services.concerns import Attention, Concern
from signet.services.session import Session
from signet.services.signed_documents import ending


def proofs_ending(session: Session) -> list[Attention]:
    """Documents whose proof ends within half a year, and those whose proof has ended: the first of each, and how
    many."""
    found = ending(session)
    kinds = (
        (Concern.PROOF_ENDED, [view for view in found if view.ended]),
        (Concern.PROOF_ENDS, [view for view in found if view.soon]),
    )
    return [
        Attention(concern, path=views[0].record.path, when=views[0].record.provable_until, count=len(views))
        for concern, views in kinds
        if views
    ]
