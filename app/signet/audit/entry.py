"""One entry of the audit log, before (`Draft`) and after (`Entry`) it was chained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from signet.audit.canonical import Detail


class Outcome(StrEnum):
    """What became of an operation; ``allowed`` is followed by one of the last three."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Actor:
    """Who acted: the unlock method's id ("" before one is known), the system user, ``cli`` or ``window``."""

    method: str
    user: str
    front_end: str


@dataclass(frozen=True)
class Draft:
    """What the one who acts says; sequence, time, actor and hashes are added when it is appended.

    ``key`` is a key id; ``of`` is the sequence of the ``allowed`` entry that this one finishes; ``details`` are plain
    JSON without floats, and never hold a secret.
    """

    operation: str
    outcome: Outcome
    key: str | None = None
    of: int | None = None
    details: Mapping[str, Detail] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One link of the chain.

    ``sequence`` and ``epoch`` count from 1; ``time`` is RFC 3339 in UTC; ``changes`` names the rows that were written
    with it (``keys/ID``, a leading ``-`` means deleted); ``previous``, ``hash`` and ``mac`` are 32 bytes each.
    ``spelled`` are details and changes in canonical JSON if it was just chained: they were hashed, and are stored.
    """

    sequence: int
    epoch: int
    time: str
    actor: Actor
    operation: str
    key: str | None
    outcome: Outcome
    of: int | None
    details: Mapping[str, Detail]
    changes: tuple[str, ...]
    previous: bytes
    hash: bytes
    mac: bytes
    spelled: tuple[str, str] | None = field(default=None, compare=False, repr=False)
