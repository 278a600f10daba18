"""Automatic rotation as values: how often, when next, which keys at all (DESIGN.md, section 6).

Time counts in UTC and in days of 24 hours, so neither zones nor leap days move a date. The next date is counted from
the moment of the rotation before, whatever the clock said in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from signet.clock import parse_timestamp, timestamp
from signet.keys.model import Key
from signet.keys.spec import KeyUsage, Origin

FEWEST_DAYS = 1
MOST_DAYS = 2560
"""As many as AWS KMS takes (EnableKeyRotation, RotationPeriodInDays)."""
DEFAULT_DAYS = 365
_LAST_MOMENT = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Schedule:
    """A key gets a new version every ``days``, the next one at ``next`` (RFC 3339 in UTC)."""

    key_id: str
    days: int
    next: str

    def due(self, now: datetime) -> bool:
        """Whether that moment has come."""
        return parse_timestamp(self.next) <= now

    def after(self, now: datetime) -> Schedule:
        """The schedule of a key that is rotated now: once, however many dates have passed."""
        return schedule(self.key_id, self.days, now)


def schedule(key_id: str, days: int, now: datetime) -> Schedule:
    """The schedule of a key whose newest version is from ``now``; raise ValueError for days that cannot be."""
    if not FEWEST_DAYS <= days <= MOST_DAYS:
        raise ValueError(f"a key is rotated every {FEWEST_DAYS} to {MOST_DAYS} days")
    room = _LAST_MOMENT - now
    return Schedule(key_id, days, timestamp(now + min(timedelta(days=days), room)))


def rotates(key: Key) -> bool:
    """Whether such a key can get new versions: it is symmetric, encrypts, and was made in this vault.

    Codes of an HMAC key do not say which version made them; a public half is known to others. What was imported stays
    what it is elsewhere, and a key from another vault gets its versions there.
    """
    encrypts = key.spec.is_symmetric and key.usage is KeyUsage.ENCRYPT_DECRYPT
    return encrypts and key.origin is Origin.VAULT and not key.home
