"""Times for people: local, in a few words; the full moment for whoever hovers.

The words are English like the rest of the window, whatever the system's locale would call a month.
"""

from __future__ import annotations

from datetime import datetime, timedelta

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_WEEK = 7  # days that are told by number before the date is


def moment(text: str) -> datetime:
    """Read RFC 3339 as the log and the records have it; aware, in local time. Raises ValueError."""
    return datetime.fromisoformat(text).astimezone()


def date_of(when: datetime) -> str:
    """Write a date: ``12 Jan 2026``."""
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def clock_of(when: datetime) -> str:
    """Write a time of day: ``09:41``."""
    return f"{when.hour:02d}:{when.minute:02d}"


def ago(text: str | None, now: datetime) -> str:
    """Say how long ago, a dash for never: ``just now``, ``5 minutes ago``, ``yesterday``, then the date."""
    if text is None:
        return "—"
    when = moment(text)
    passed = now - when
    if passed < -_MINUTE:
        return date_of(when)
    if passed < _MINUTE:
        return "just now"
    if passed < _HOUR:
        return _counted(passed // _MINUTE, "minute")
    days = (now.astimezone().date() - when.date()).days
    if days == 0:
        return _counted(passed // _HOUR, "hour")
    if days == 1:
        return "yesterday"
    return _counted(days, "day") if days < _WEEK else date_of(when)


def short(text: str, now: datetime) -> str:
    """Write when something happened, for a list: ``Today, 09:41``, ``20 Nov, 09:41``, the year if it is another."""
    when = moment(text)
    today = now.astimezone().date()
    if when.date() == today:
        return f"Today, {clock_of(when)}"
    if when.date() == today - timedelta(days=1):
        return f"Yesterday, {clock_of(when)}"
    date = date_of(when) if when.year != today.year else f"{when.day} {_MONTHS[when.month - 1]}"
    return f"{date}, {clock_of(when)}"


def full(text: str) -> str:
    """Write the whole moment in local time, with its distance from UTC."""
    when = moment(text)
    offset = when.strftime("%z")
    return f"{date_of(when)}, {clock_of(when)}:{when.second:02d} (UTC{offset[:3]}:{offset[3:5]})"


def _counted(count: int, unit: str) -> str:
    return f"1 {unit} ago" if count == 1 else f"{count} {unit}s ago"
