"""Use over time: how often keys were used on each day, cheap however long the log is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, timedelta

from signet.services.session import Session
from signet.store.tables.use_days import TOTAL

WEEKS = 13
"""A quarter of a year, which is what a small picture shows."""
DAYS_SUMMED = 30
_WEEK = 7


@dataclass(frozen=True)
class UseOverTime:
    """Uses that were done, day by day in UTC; ``days`` holds every day up to ``today``, oldest first."""

    today: date
    days: tuple[int, ...]

    @property
    def recent(self) -> int:
        """Uses in the last 30 days, today included."""
        return sum(self.days[-DAYS_SUMMED:])

    @property
    def weeks(self) -> tuple[tuple[date, int], ...]:
        """The first day and the uses of each span of seven days, the last of which ends today; oldest first."""
        count = len(self.days) // _WEEK
        spans = [self.days[len(self.days) - _WEEK * back :][:_WEEK] for back in range(count, 0, -1)]
        first = self.today - timedelta(days=_WEEK * count - 1)
        return tuple((first + timedelta(days=_WEEK * place), sum(span)) for place, span in enumerate(spans))

    @property
    def busiest(self) -> tuple[date, int] | None:
        """The day of the last 30 with most uses, the newest of several; None if there was no use."""
        recent = self.days[-DAYS_SUMMED:]
        most = max(recent, default=0)
        if not most:
            return None
        back = recent[::-1].index(most)
        return self.today - timedelta(days=back), most


def uses_over_time(session: Session, key_id: str | None = None, *, weeks: int = WEEKS) -> UseOverTime:
    """Return how often one key, or any key, was used on each day of the last weeks. Counts what was done."""
    today = session.workplace.clock.now().astimezone(UTC).date()
    first = today - timedelta(days=_WEEK * weeks - 1)
    with session.records.read() as reading:
        found = reading.use_days.by_day(TOTAL if key_id is None else key_id, since=first.isoformat())
    days = (first + timedelta(days=place) for place in range(_WEEK * weeks))
    return UseOverTime(today=today, days=tuple(found.get(day.isoformat(), 0) for day in days))
