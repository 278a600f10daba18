"""What about a vault needs attention: said again and again until it is mended (DESIGN.md, sections 6 and 10).

Each family of concerns has a module ``attention_*``, which says what they are and how it is known; this one asks them
all, in the order in which the person should see to them.
"""

from __future__ import annotations

from signet.services.attention_certificates import certificates_ending
from signet.services.attention_copies import backups, last_backup_elsewhere, old_copies, saved
from signet.services.attention_deletion import deletions
from signet.services.attention_documents import proofs_ending
from signet.services.attention_keys import exposed_keys, one_guard, rotations_due, worn_keys
from signet.services.attention_log import unsigned
from signet.services.attention_ways import not_proven, renewal, ways_out
from signet.services.concerns import Attention, Concern
from signet.services.methods import list_methods
from signet.services.session import Session

__all__ = ["Attention", "Concern", "last_backup_elsewhere", "needs_attention"]


def needs_attention(session: Session) -> tuple[Attention, ...]:
    """Everything that needs attention now, worst first; empty if all is well."""
    now = session.workplace.clock.now()
    ways = [view.way(now) for view in list_methods(session)]
    return (
        *ways_out(ways),
        *renewal(session, ways),
        *exposed_keys(session),
        *old_copies(session),
        *not_proven(ways),
        *deletions(session),
        *one_guard(session),
        *worn_keys(session),
        *rotations_due(session),
        *certificates_ending(session),
        *proofs_ending(session),
        *saved(session),
        *backups(session),
        *unsigned(session),
    )
