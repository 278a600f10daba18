"""How often keys were used, and when last: what the door counted (`signet.services.use`)."""

from __future__ import annotations

from signet.keys.model import Key
from signet.services.session import Session
from signet.store.tables.uses import Uses

__all__ = ["Uses", "key_uses", "uses_of"]


def key_uses(session: Session) -> dict[str, Uses]:
    """Return the uses of every key, by key id, in one query; a key that never was used is not in it.

    A use is what `signet.keys.state.Operation` names; making, switching and refused attempts are none.
    """
    with session.records.read() as reading:
        return reading.uses.all()


def uses_of(session: Session, key: Key) -> Uses:
    """Return the uses of one key, of all its versions together."""
    with session.records.read() as reading:
        found = reading.uses.of_key(key.id).values()
    return Uses(
        uses=sum(each.uses for each in found),
        wraps=sum(each.wraps for each in found),
        last_used=max((each.last_used for each in found), default=""),
    )
