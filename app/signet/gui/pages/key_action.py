"""One thing that can be done with a key, or with several at once: what it is called and when it is offered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from signet.gui.pages.key_host import KeyHost
from signet.gui.pages.keys_model import KeyRow

Rows = Sequence[KeyRow]


class Place(IntEnum):
    """Where an action stands in the details; menus have all of them, in this order, with a line between two kinds."""

    FIRST = 1
    """The one button that stands out: what the key is for."""
    BUTTON = 2
    """Beside it; of those that are offered only the first is a button."""
    USE = 3
    """What else the key is for."""
    LIFE = 4
    """Names, rotation, policy, guards: what becomes of the key."""
    COPY = 5
    """What leaves the vault: exports, copies."""
    END = 6
    """Archiving and deleting."""


def always(_: KeyRow) -> bool:
    """Offered for every key."""
    return True


@dataclass(frozen=True)
class KeyAction:
    """An action as the table `signet.gui.pages.key_actions` lists it.

    ``words`` are on the button and in menus, with “…” if something is asked first; ``sentence`` is the tool tip.
    ``offered`` says whether it makes sense for a key, ``enabled`` whether it can be done just now (grey otherwise).
    ``do`` gets the panel and the keys that it is offered for and enabled: one, or several if ``many``.
    ``shortcut`` is Qt's spelling (``Ctrl+E``), used by one action only.
    """

    name: str
    words: str
    sentence: str
    do: Callable[[KeyHost, Rows], None]
    offered: Callable[[KeyRow], bool] = always
    enabled: Callable[[KeyRow], bool] = always
    place: Place = Place.LIFE
    shortcut: str = ""
    many: bool = False

    def takes(self, count: int) -> bool:
        """Whether it can be done with so many keys at once."""
        return count == 1 or (count > 1 and self.many)

    def fit(self, rows: Rows) -> Rows:
        """The keys that it would be done with; empty if it is not offered, or grey, for all of them."""
        return [row for row in rows if self.offered(row) and self.enabled(row)] if self.takes(len(rows)) else ()

    def is_offered(self, rows: Rows) -> bool:
        """Whether it is shown at all for these keys."""
        return self.takes(len(rows)) and any(self.offered(row) for row in rows)
