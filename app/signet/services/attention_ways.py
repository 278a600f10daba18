"""What needs attention about the ways in: how many there are, whether they were tested, a new card half in place."""

from __future__ import annotations

from collections.abc import Sequence

from signet.services.concerns import Attention, Concern
from signet.services.loss import Answer, Proof, Way, losses
from signet.services.renewal import renewal_under_way
from signet.services.session import Session


def ways_out(ways: Sequence[Way]) -> list[Attention]:
    """Whether one loss would lock the person out."""
    if len(ways) == 1:
        return [Attention(Concern.ONE_WAY_IN)]
    if losses(ways)[0].answer is Answer.NO:
        return [Attention(Concern.LOCKED_OUT)]
    return []


def not_proven(ways: Sequence[Way]) -> list[Attention]:
    """Ways in that may not open the vault when they are needed."""
    return [Attention(Concern.NOT_PROVEN, way=way) for way in ways if way.proof is not Proof.PROVEN]


def renewal(session: Session, ways: Sequence[Way]) -> list[Attention]:
    """A new card that was to take the place of another."""
    found = renewal_under_way(session)
    if found is None:
        return []
    old = next((way for way in ways if way.id == found.old.id), None)
    return [Attention(Concern.RENEWAL, way=old)]
