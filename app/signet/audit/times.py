"""How late it has been by the log, although the clock was set back since.

As long as the clock goes forward, the last entry's time is the latest. Each time it is set back, the time before is
kept with its entry's sequence. What is kept falls like stairs: sequences rise, times fall, and each is later than the
clock was when it was written down; so the latest time from any entry on can be told. Times are RFC 3339 in UTC with
``Z``, which sort as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from signet.audit.canonical import Detail, canonical, read_canonical

Stair = tuple[str, int]
"""A time, and the sequence of the last entry that had it."""
MOST = 16
"""Stairs that are kept; beyond, the two oldest become one that counts for longer, which is the safe side."""


def step_back(stairs: Sequence[Stair], *, last: Stair) -> tuple[Stair, ...]:
    """Note that the clock is set back behind ``last``, the last entry."""
    kept = [stair for stair in stairs if stair[0] > last[0]] + [last]
    if len(kept) > MOST:
        kept[:2] = [(kept[0][0], kept[1][1])]
    return tuple(kept)


def times_from(sequence: int, stairs: Iterable[Stair]) -> list[str]:
    """Return the times that entries from ``sequence`` on had, as far as later ones do not hide them."""
    return [time for time, noted in stairs if noted >= sequence]


def read_stairs(value: bytes | None) -> tuple[Stair, ...]:
    """Read what `write_stairs` wrote; none for None. Raises ValueError."""
    if value is None:
        return ()
    found = read_canonical(value.decode("ascii"))
    if not isinstance(found, list):
        raise ValueError("not a list of times")
    return tuple(_stair(each) for each in found)


def _stair(value: Detail) -> Stair:
    if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], int):
        return value[0], value[1]
    raise ValueError("not a time and a sequence")


def write_stairs(stairs: Sequence[Stair]) -> bytes:
    """Write stairs as canonical JSON."""
    return canonical([list(stair) for stair in stairs])
