"""The versions of a key as people look at them: since when, why, how often used, which files hang on each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from signet.audit.entry import Outcome
from signet.keys.model import Key
from signet.keys.spec import Origin
from signet.services.rotation import OPERATION as ROTATE
from signet.services.rotation import Reason
from signet.services.session import Session
from signet.store.records import Reading
from signet.store.tables.uses import Uses


class Cause(StrEnum):
    """Why there is a version."""

    CREATED = "created"
    IMPORTED = "imported"
    ON_CARD = "on-card"
    """It is that of a key pair on a card."""
    ON_DEMAND = "on-demand"
    AUTOMATIC = "automatic"
    EXPOSED = "exposed"
    """Somebody else may know the version before it."""


@dataclass(frozen=True)
class KeyVersionView:
    """One version of a key.

    ``created`` is RFC 3339 in UTC; ``files`` counts the known files whose newest message is under this version.
    ``current``: it is what protects from now on.
    """

    number: int
    created: str
    cause: Cause
    uses: Uses
    files: int
    current: bool


def versions_of(session: Session, name: str) -> tuple[Key, tuple[KeyVersionView, ...]]:
    """Return a key and its versions, the newest first; raise KeyNotFound, NameAmbiguous."""
    with session.records.read() as reading:
        key = reading.keys.find(name)
        causes = _causes(reading, key)
        uses, files = reading.uses.of_key(key.id), reading.catalogue.versions(key.id)
        return key, tuple(
            KeyVersionView(
                number=version.number,
                created=version.created,
                cause=causes.get(version.number, _FIRST[key.origin]),
                uses=uses.get(version.number, Uses()),
                files=files.get(version.number, 0),
                current=version.number == key.version,
            )
            for version in reversed(reading.keys.versions(key.id))
        )


_FIRST = {Origin.VAULT: Cause.CREATED, Origin.EXTERNAL: Cause.IMPORTED, Origin.TOKEN: Cause.ON_CARD}


def _causes(reading: Reading, key: Key) -> dict[int, Cause]:
    """What the log says of each later version; before it said why, all were asked for."""
    causes = {}
    for entry in reading.audit.list(key=key.id, operation=ROTATE):
        number = entry.details.get("version")
        if entry.outcome is Outcome.DONE and isinstance(number, int):
            causes[number] = Cause(str(entry.details.get("reason", Reason.ON_DEMAND.value)))
    return causes
