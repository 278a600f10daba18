"""All keys as the page Keys shows them, as of one moment: read in tasks, never changed, quick with very many."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from functools import cached_property

from signet.formats.header import UnlockMethod
from signet.gui.pages import times
from signet.gui.pages.keys_model import PROTECTIONS, PURPOSES, STATES, TYPES, KeyRow
from signet.gui.pages.keys_selection import RowsLater
from signet.keys.spec import Protection
from signet.keys.state import KeyState
from signet.services import catalogue, key_list, keys, methods
from signet.services.attention import needs_attention
from signet.services.guards import able_to_guard, guards_of_all
from signet.services.key_list import NEVER, KeyList
from signet.services.methods import MethodView
from signet.services.session import Session

BEGINNING = 200
"""Keys that are shown at once where there are many more; the rest follows."""
SAMPLED = 500
"""Selected keys that are looked at one by one; of more, one of each kind."""
MANY = 2000
"""Keys from which on a beginning is shown first."""
IsCancelled = Callable[[], bool]


class Column(IntEnum):
    """The columns of the table, from left to right."""

    NAME = 0
    TYPE = 1
    PURPOSE = 2
    PROTECTION = 3
    STATE = 4
    LAST_USE = 5
    USES = 6
    TAGS = 7
    VERSION = 8
    CREATED = 9
    NEXT_ROTATION = 10


@dataclass(frozen=True)
class KeysSnapshot:
    """The list and what else the page shows of keys; ``opened_by`` and ``opened_with``: name and id of the way in.

    ``files`` counts known files by key id, ``away`` are keys whose card is not here, ``guards`` are those of guarded
    keys, ``texts`` is what the search looks at: names, tags, description and id in small letters. ``rotations`` are
    the times of the next ones by key id, if anybody wants to see them.
    """

    listed: KeyList = field(default_factory=KeyList)
    files: Mapping[str, int] = field(default_factory=dict)
    away: frozenset[str] = frozenset()
    guards: Mapping[str, tuple[UnlockMethod, ...]] = field(default_factory=dict)
    able: tuple[UnlockMethod, ...] = ()
    ways: tuple[MethodView, ...] = ()
    opened_by: str = ""
    opened_with: str = ""
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    attention: frozenset[str] = frozenset()
    attention_known: bool = False
    rotations: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def total(self) -> int:
        """How many keys there are in the list: all of them, if it is complete."""
        return len(self.listed.rows)

    @property
    def rows(self) -> tuple[KeyRow, ...]:
        """Every key, by name; for few."""
        return tuple(self.row_of(key_id) for key_id in self.listed.order)

    def row(self, key_id: str | None) -> KeyRow | None:
        """Return the row of a key, None if it is not in the list."""
        return self.row_of(key_id) if key_id in self.listed.rows and key_id is not None else None

    def row_of(self, key_id: str) -> KeyRow:
        """Return the row of a key that is in the list; kept once it was made."""
        if key_id not in self._made:
            key, uses = self.listed.key(key_id), self.listed.uses.get(key_id, NEVER)
            if key_id in self.away:
                key = replace(key, state=KeyState.UNAVAILABLE)
            guards = self.guards.get(key_id, ())
            others = tuple(method for method in self.able if method not in guards) if key_id in self.guards else ()
            self._made[key_id] = KeyRow(
                key, uses.last_used or None, self.files.get(key_id, 0), guards, others, uses.uses
            )
        return self._made[key_id]

    def several(self, ids: Sequence[str]) -> tuple[Sequence[KeyRow], Sequence[KeyRow]]:
        """Return the rows of several keys, and a sample that has one of each kind: to be looked at in their stead."""
        rows = RowsLater(ids, self.row_of)
        if len(ids) <= SAMPLED:
            return rows, rows
        listed, start, end = self.listed.rows, key_list.SPEC, key_list.PROTECTION + 1
        kinds = {(listed[key_id][start:end], key_id in self.away): key_id for key_id in ids}
        return rows, [self.row_of(key_id) for key_id in kinds.values()]

    def state(self, key_id: str) -> str:
        """The state of a key as its row has it, or Unavailable."""
        return KeyState.UNAVAILABLE if key_id in self.away else self.listed.rows[key_id][key_list.STATE]

    @cached_property
    def _made(self) -> dict[str, KeyRow]:
        return {}

    @cached_property
    def _orders(self) -> dict[Column, list[str]]:
        return {}

    def has_order(self, column: Column) -> bool:
        """Whether the order by that column was made already, or takes no time."""
        return column is Column.NAME or column in self._orders or len(self.listed.rows) < MANY

    def order(self, column: Column) -> list[str]:
        """Every id, by what stands in a column, then by name."""
        order = self.listed.order
        if column is Column.NAME:
            return order
        if column not in self._orders:
            self._orders[column] = sorted(order, key=self._rank(column))
        return self._orders[column]

    def _rank(self, column: Column) -> Callable[[str], str | int]:
        rows, uses = self.listed.rows, self.listed.uses
        if column is Column.LAST_USE:
            return lambda key_id: uses.get(key_id, NEVER).last_used
        if column is Column.USES:
            return lambda key_id: uses.get(key_id, NEVER).uses
        if column is Column.NEXT_ROTATION:
            return lambda key_id: self.rotations.get(key_id, _NEVER_ROTATED)
        if column is Column.STATE:
            return lambda key_id: STATES[KeyState(self.state(key_id))][0]
        words: Mapping[str, str] = {
            Column.TYPE: {spec.value: said for spec, said in TYPES.items()},
            Column.PURPOSE: {usage.value: said for usage, said in PURPOSES.items()},
            Column.PROTECTION: {protection.value: said for protection, said in PROTECTIONS.items()},
        }.get(column, {})
        place = _PLACES[column]
        return lambda key_id: words.get(rows[key_id][place], rows[key_id][place])

    def text(self, row: KeyRow, column: Column, now: datetime) -> str:
        """Return what a cell says."""
        key = row.key
        if column in (Column.LAST_USE, Column.CREATED):
            return times.ago(row.last_used if column is Column.LAST_USE else key.created, now)
        if column is Column.NEXT_ROTATION:
            planned = self.rotations.get(key.id)
            return "—" if planned is None else times.date_of(times.moment(planned))
        return {
            Column.NAME: key.alias,
            Column.TYPE: TYPES[key.spec],
            Column.PURPOSE: PURPOSES[key.usage],
            Column.PROTECTION: PROTECTIONS[key.protection],
            Column.STATE: STATES[key.state][0],
            Column.USES: str(row.uses) if row.uses else "—",
            Column.TAGS: tags_said(dict(key.tags)) or "—",
            Column.VERSION: str(key.version),
        }[column]

    @cached_property
    def kinds(self) -> Counter[tuple[str, str, str, str, str]]:
        """How many keys there are of each spec, usage, state, origin and protection (as the database has them)."""
        start, end = key_list.SPEC, key_list.PROTECTION + 1
        found = Counter(row[start:end] for row in self.listed.rows.values())
        for key_id in self.away:
            kind = self.listed.rows[key_id][start:end]
            found[kind] -= 1
            found[kind[0], kind[1], KeyState.UNAVAILABLE, kind[3], kind[4]] += 1
        return +found  # type: ignore[return-value]


NOTHING = KeysSnapshot()
_NEVER_ROTATED = "~"
"""Behind every time."""
_PLACES = {
    Column.TYPE: key_list.SPEC,
    Column.PURPOSE: key_list.USAGE,
    Column.PROTECTION: key_list.PROTECTION,
    Column.VERSION: key_list.VERSION,
    Column.CREATED: key_list.CREATED,
    Column.TAGS: key_list.TAGS,
}


def tags_said(tags: Mapping[str, str]) -> str:
    """Write tags as people type them: ``finance, year=2026``."""
    return ", ".join(f"{name}={value}" if value else name for name, value in tags.items())


def texts_of(listed: KeyList, known: KeysSnapshot) -> dict[str, str]:
    """Write down what the search looks at, taken over from an older snapshot where nothing changed."""
    aliases, old, texts = listed.aliases, known.listed, known.texts
    tags: dict[str, str] = {}
    found = {}
    for key_id, row in listed.rows.items():
        if key_id in texts and old.rows[key_id] is row and old.aliases.get(key_id) is aliases.get(key_id):
            found[key_id] = texts[key_id]
            continue
        written = row[key_list.TAGS]
        if written not in tags:
            tags[written] = tags_said(json.loads(written))
        words = (*aliases.get(key_id, ()), tags[written], row[key_list.DESCRIPTION], key_id)
        found[key_id] = " ".join(words).casefold()
    return found


def read_beginning(session: Session, cancelled: IsCancelled) -> KeysSnapshot:
    """Read what is to be seen first: all keys of a vault that has few."""
    first = key_list.read_beginning(session, BEGINNING, cancelled)
    if len(first.rows) < BEGINNING:
        return read_keys(session, cancelled)
    return _around(session, first, NOTHING)


def read_keys(session: Session, cancelled: IsCancelled, known: KeysSnapshot | None = None) -> KeysSnapshot:
    """Read the snapshot, from a complete one only what changed since; blocking, for a task."""
    if known is None or not known.listed.complete or not known.listed.entry:
        found = _around(session, key_list.read_all(session, cancelled), NOTHING)
    else:
        found = _around(session, key_list.read_news(session, known.listed, cancelled), known)
    _ = found.kinds, found.listed.order  # made here, so that the window has not to make them
    return found


def _around(session: Session, listed: KeyList, known: KeysSnapshot) -> KeysSnapshot:
    """Add what else is shown; what is asked for keys on cards and guarded ones is asked once for all of them."""
    rows = listed.rows
    cards = [key_id for key_id, row in rows.items() if row[key_list.PROTECTION] != Protection.VAULT]
    present = keys.with_presence_of_tokens(session, [listed.key(key_id) for key_id in cards])
    return KeysSnapshot(
        listed,
        catalogue.count_files(session),
        frozenset(key.id for key in present if key.state is KeyState.UNAVAILABLE),
        guards_of_all(session) if cards else {},
        able_to_guard(session.header),
        methods.list_methods(session),
        session.method.label,
        session.method.id,
        texts_of(listed, known),
        known.attention & listed.rows.keys(),
        rotations=known.rotations,
    )


def completed(session: Session, snapshot: KeysSnapshot, cancelled: IsCancelled, *, rotations: bool) -> KeysSnapshot:
    """Add what nobody has to wait for: which keys something is to be seen to about, and when ``rotations`` are."""
    wanted = {each.key for each in needs_attention(session) if each.key}
    found = (key_id for key_id, name in snapshot.listed.names.items() if name in wanted) if wanted else ()
    planned = key_list.next_rotations(session, cancelled) if rotations else {}
    return replace(snapshot, attention=frozenset(found), attention_known=True, rotations=planned)
