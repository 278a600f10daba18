"""When a key that is to be deleted may be destroyed: dates alone, no clock is read here (DESIGN.md, section 6).

All moments are aware and in UTC, so neither a time zone nor the end of summer time moves a date. No date destroys
anything: when it has come, the person is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MIN_DAYS = 7
MAX_DAYS = 30
DEFAULT_DAYS = 30
"""AWS KMS API reference, ScheduleKeyDeletion: PendingWindowInDays."""
_LAST = datetime.max.replace(microsecond=0, tzinfo=UTC)
"""A clock that once ran that far ahead must not make every deletion fail."""
NEAR = timedelta(days=7)
"""From so long before its date on, a deletion needs attention."""


@dataclass(frozen=True)
class KeyDeletion:
    """A key that is to be deleted: when that was asked for and from when on it may be destroyed (RFC 3339, UTC).

    ``entry`` is the number of the log's entry that wrote it: attempts to use the key meanwhile come after it.
    """

    key_id: str
    requested: str
    due: str
    entry: int = 0


def date_of(now: datetime, days: int, *, latest: datetime | None) -> datetime:
    """Return from when on a key may be destroyed if that is asked for ``now``.

    ``latest`` is the latest time that the log has: a clock that was set back, or starts in 1970 for want of a
    battery, must not shorten the wait, so it counts from the later of the two. Raises ValueError for fewer days than
    7, or more than 30.
    """
    if not MIN_DAYS <= days <= MAX_DAYS:
        raise ValueError(f"{days} days: a deletion waits {MIN_DAYS} to {MAX_DAYS} days")
    start = now if latest is None else max(now, latest)
    wait = timedelta(days=days)
    return min(start, _LAST - wait) + wait


def is_due(due: datetime, now: datetime) -> bool:
    """Whether the date has come, so that the person may be asked."""
    return now >= due


def is_near(due: datetime, now: datetime) -> bool:
    """Whether the date is at most 7 days away, or has come."""
    return now >= due - NEAR
