"""Which keys are selected, kept by their ids while the list moves below them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import overload

from signet.gui.pages.keys_model import KeyRow

Selected = tuple[str, ...]
MOST_RANGES = 1000
"""Pieces of a selection that are restored after the list was arranged anew; of more, one key stays selected."""


def places_in_ranges(shown: Sequence[str], chosen: Sequence[str]) -> list[tuple[int, int]]:
    """Return where the chosen keys are shown, first and last row of each piece; empty if they are too many."""
    if not chosen:
        return []
    wanted = set(chosen)
    ranges: list[tuple[int, int]] = []
    for place, key_id in enumerate(shown):
        if key_id not in wanted:
            continue
        if ranges and ranges[-1][1] == place - 1:
            ranges[-1] = (ranges[-1][0], place)
        else:
            ranges.append((place, place))
    return ranges if len(ranges) <= MOST_RANGES else []


class RowsLater(Sequence[KeyRow]):
    """Rows of very many keys, each made when it is asked for."""

    def __init__(self, ids: Sequence[str], make: Callable[[str], KeyRow]) -> None:
        self._ids = ids
        self._make = make

    @overload
    def __getitem__(self, place: int) -> KeyRow: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[KeyRow]: ...

    def __getitem__(self, place: int | slice) -> KeyRow | Sequence[KeyRow]:
        """Make one row, or a part that makes its own later."""
        return RowsLater(self._ids[place], self._make) if isinstance(place, slice) else self._make(self._ids[place])

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._ids)
