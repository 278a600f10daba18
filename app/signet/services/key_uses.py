"""How often keys were used, and when last: what the door counted (`signet.services.use`)."""

from __future__ import annotations

from signet.services.session import Session
from signet.store.tables.uses import Uses

__all__ = ["Uses", "key_uses"]


def key_uses(session: Session) -> dict[str, Uses]:
    """Return the uses of every key, by key id, in one query; a key that never was used is not in it.

    A use is what `signet.keys.state.Operation` names; making, switching and refused attempts are none.
    """
    with session.records.read() as reading:
        return reading.uses.all()
