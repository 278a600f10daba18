"""The limits of a key as sentences, the same in the window and on the command line."""

from __future__ import annotations

from datetime import datetime, timedelta

from signet.keys.dates import written
from signet.keys.policy import Policy, said_list

NONE = "No limits: it may be used for all that it is for."


def sentences(policy: Policy, *, used: int = 0) -> tuple[str, ...]:
    """Say every limit in a sentence of its own, times in local time; empty if there is none."""
    found = []
    if policy.allow is not None:
        found.append(f"May only be used to {said_list(policy.allow)}.")
    if policy.confirm:
        found.append("Asks you each time.")
    if policy.needs_card:
        found.append("Only with a card of this vault in the reader.")
    if policy.context:
        wanted = [name if value is None else f"{name}={value}" for name, value in policy.context]
        found.append(f"Only where the encryption context says {_and(wanted)}.")
    if policy.not_before is not None or policy.not_after is not None:
        found.append(f"Only {_span(policy.not_before, policy.not_after)}.")
    if policy.most_uses is not None:
        times = "once" if policy.most_uses == 1 else f"{policy.most_uses} times"
        found.append(f"At most {times}, {used} used.")
    if policy.never_export:
        found.append("Never exported, for good.")
    return tuple(found)


def _span(first: datetime | None, last: datetime | None) -> str:
    parts = []
    if first is not None:
        parts.append(f"from {_first_said(first)}")
    if last is not None:
        parts.append(f"until {_last_said(last)}")
    return " ".join(parts)


def _first_said(moment: datetime) -> str:
    text = written(moment)
    return text.removesuffix(", 00:00")


def _last_said(moment: datetime) -> str:
    """The last second of a day is said as that day."""
    following = written(moment + timedelta(seconds=1))
    if following.endswith(", 00:00"):
        return f"the end of {written(moment).split(',')[0]}"
    return written(moment)


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
