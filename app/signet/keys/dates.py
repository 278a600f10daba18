"""Dates as people give them: a day of their own calendar, or a moment by RFC 3339 with its distance from UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
FIRST_YEAR, LAST_YEAR = 1971, 9998
"""Beyond it a moment may have no date in some time zone."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def read_moment(text: str, *, last: bool) -> datetime:
    """Read ``2027-03-01`` or ``2027-03-01T12:00:00+01:00``; aware, in UTC, whole seconds.

    A day begins and ends where the person is: with ``last`` its last second is meant, else its first. Raises
    ValueError, saying what is wrong, for everything else: a moment without time zone, 29 February of a wrong year.
    """
    given = text.strip()
    if not _DAY.fullmatch(given) and not _MOMENT.fullmatch(given):
        raise ValueError("write a day as 2027-03-01, or a moment with its time zone as 2027-03-01T12:00:00+01:00")
    if not FIRST_YEAR <= int(given[:4]) <= LAST_YEAR:
        raise ValueError(f"the year lies between {FIRST_YEAR} and {LAST_YEAR}")
    try:
        moment = _day(given, last=last) if len(given) == len("2027-03-01") else datetime.fromisoformat(given.upper())
    except ValueError as error:
        raise ValueError(f"there is no {given} in the calendar") from error
    return moment.astimezone(UTC).replace(microsecond=0)


def _day(text: str, *, last: bool) -> datetime:
    day = date.fromisoformat(text)
    if not last:
        return datetime.combine(day, time()).astimezone()
    # The second before the next day, for a day with a change of clocks has not 24 hours.
    return datetime.combine(day + timedelta(days=1), time()).astimezone().astimezone(UTC) - timedelta(seconds=1)


def written(moment: datetime) -> str:
    """Write a moment for people, in local time: ``1 Mar 2027, 12:00``; with seconds if they are not 0."""
    here = moment.astimezone()
    seconds = f":{here.second:02d}" if here.second else ""
    return f"{here.day} {_MONTHS[here.month - 1]} {here.year}, {here.hour:02d}:{here.minute:02d}{seconds}"
