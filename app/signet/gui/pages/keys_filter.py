"""Which keys the page shows: words typed, a chip chosen, and what the filter menu ticks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from signet.gui.pages.keys_snapshot import KeysSnapshot
from signet.keys.spec import KeyUsage
from signet.keys.state import KeyState
from signet.services import key_list

Kind = tuple[str, str, str, str, str]
"""Spec, usage, state, origin, protection, as the database has them; state as it is shown."""


class Chip(StrEnum):
    """The filters above the table; the value is what is written on them."""

    ALL = "All"
    ENCRYPT = "Encrypt"
    SIGN = "Sign"
    CODES = "Codes"
    OFF = "Not enabled"
    ATTENTION = "Needs attention"

    def shows(self, kind: Kind) -> bool:
        """Whether keys of this kind pass; what needs attention is no matter of kind."""
        _, usage, state, *_ = kind
        return {
            Chip.ALL: True,
            Chip.ENCRYPT: usage == KeyUsage.ENCRYPT_DECRYPT,
            Chip.SIGN: usage == KeyUsage.SIGN_VERIFY,
            Chip.CODES: usage == KeyUsage.GENERATE_VERIFY_MAC,
            Chip.OFF: state != KeyState.ENABLED,
            Chip.ATTENTION: True,
        }[self]


@dataclass(frozen=True)
class KeyFilter:
    """All conditions hold at once; of one set any value will do, and an empty set lets everything pass.

    The values are those of the enums.
    """

    words: str = ""
    chip: Chip = Chip.ALL
    specs: frozenset[str] = frozenset()
    usages: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    protections: frozenset[str] = frozenset()

    @property
    def ticks(self) -> int:
        """How many values the filter menu has ticked."""
        return sum(map(len, (self.specs, self.usages, self.states, self.origins, self.protections)))

    @property
    def is_open(self) -> bool:
        """Whether every key passes."""
        return not self.words.split() and self.chip is Chip.ALL and not self.ticks

    def admits(self, kind: Kind) -> bool:
        """Whether keys of this kind pass, whatever they are called."""
        wanted = (self.specs, self.usages, self.states, self.origins, self.protections)
        fits = (not values or value in values for values, value in zip(wanted, kind, strict=True))
        return self.chip.shows(kind) and all(fits)

    def narrows(self, other: KeyFilter) -> bool:
        """Whether everything that passes this one passes the other: as when one goes on typing."""
        return replace(self, words=other.words) == other and self.words.startswith(other.words)

    def apply(self, snapshot: KeysSnapshot, among: Iterable[str]) -> list[str]:
        """Return the ids of those that pass, in the order in which they came. 100 000 in some hundredths of a second.

        Every word typed has to be somewhere in names, tags, description or id; capital letters do not count.
        """
        found = list(among)
        kinds = [kind for kind in snapshot.kinds if self.admits(kind)]
        if len(kinds) < len(snapshot.kinds):
            rows, start, end, away = snapshot.listed.rows, key_list.SPEC, key_list.PROTECTION + 1, snapshot.away
            allowed = set(kinds)
            found = [key_id for key_id in found if rows[key_id][start:end] in allowed or key_id in away]
            if away:
                found = [each for each in found if each not in away or _kind_away(rows[each][start:end]) in allowed]
        if self.chip is Chip.ATTENTION:
            found = [key_id for key_id in found if key_id in snapshot.attention]
        texts = snapshot.texts
        for word in self.words.casefold().split():
            found = [key_id for key_id in found if word in texts[key_id]]
        return found


def _kind_away(kind: tuple[str, ...]) -> tuple[str, ...]:
    return (*kind[:2], KeyState.UNAVAILABLE, *kind[3:])
