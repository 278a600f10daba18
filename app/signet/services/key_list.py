"""All keys of a vault for showing: 100 000 of them in a second, and after a change only what changed.

Every row is checked against its MAC before it is shown. Nothing is used from here: whoever acts on a key names it by
its id, and the service reads it anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from signet.errors import Cancelled
from signet.keys.model import Key
from signet.services.session import Session
from signet.store.records import Reading
from signet.store.tables.key_list import KeyListReading, UseTotals
from signet.store.tables.keys import key_of
from signet.store.tables.sealed import KEY_ROTATIONS, KEYS, Unchecked
from signet.store.tables.uses import Uses

T = TypeVar("T")
Row = tuple[str, ...]
IsCancelled = Callable[[], bool]

ID = KEYS.columns.index("id")
SPEC, USAGE, STATE, ORIGIN, PROTECTION, VERSION, CREATED, DESCRIPTION, TAGS = (
    KEYS.columns.index(name)
    for name in ("spec", "usage", "state", "origin", "protection", "version", "created", "description", "tags")
)
"""Where a value stands in a `Row`; all are text as the database has it but the version, a number."""
_ROTATED, _NEXT = (KEY_ROTATIONS.columns.index(name) for name in ("key_id", "next"))
MOST_NEWS = 2000
"""Keys that changed; if there are more, everything is read anew."""
NEVER = Uses()
UNUSED = UseTotals(0, 0, "")


@dataclass(frozen=True)
class KeyList:
    """The keys as of one moment: their rows and names by id; a beginning, by name, if it is not ``complete``.

    ``entry`` is the log's last entry then, and ``totals`` what the counters of use came to.
    """

    rows: Mapping[str, Row] = field(default_factory=dict, repr=False)
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    uses: Mapping[str, Uses] = field(default_factory=dict, repr=False)
    complete: bool = True
    entry: int = 0
    totals: UseTotals = UNUSED

    @cached_property
    def names(self) -> dict[str, str]:
        """What each key is called: its first name, else its id."""
        aliases = self.aliases
        return {key_id: aliases[key_id][0] if key_id in aliases else key_id for key_id in self.rows}

    @cached_property
    def order(self) -> list[str]:
        """The ids by name, as people look for one: capital letters do not count."""
        folded = {key_id: (name.casefold(), key_id) for key_id, name in self.names.items()}
        return sorted(folded, key=folded.__getitem__)

    def key(self, key_id: str) -> Key:
        """Make the key of that id; raise KeyError if it is not in the list."""
        row = dict(zip(KEYS.columns, self.rows[key_id], strict=False))
        return key_of(row, self.aliases.get(key_id, ()))


def count_keys(session: Session) -> int:
    """Return how many keys there are."""
    with session.records.read() as reading:
        return reading.key_list.count()


def read_beginning(session: Session, count: int, cancelled: IsCancelled) -> KeyList:
    """Read the first ``count`` keys by name, so that there is something to see at once.

    Not counted beforehand: to count 100 000 rows takes SQLCipher as long as to read them. ``complete`` is false.
    """
    with session.records.read() as reading:
        first = _checked(reading.key_list.first_aliases(count), cancelled)
        ids = list(dict.fromkeys(row[1] for row in first))
        rows, aliases = _some(reading.key_list, ids, cancelled)
        uses = reading.key_list.some_uses(ids)
    return KeyList(rows, aliases, uses, complete=False)


def next_rotations(session: Session, cancelled: IsCancelled) -> dict[str, str]:
    """Return when each key that is rotated by schedule is next (RFC 3339), by id. Raises as `read_all`."""
    with session.records.read() as reading:
        raw = reading.rotations.rows()
    return {row[_ROTATED]: row[_NEXT] for row in _checked(raw, cancelled)}


def read_all(session: Session, cancelled: IsCancelled) -> KeyList:
    """Read every key; raises RecordDisagrees, Cancelled."""
    with session.records.read() as reading:
        entry = reading.audit.head().count
        raw_rows, raw_aliases = reading.key_list.rows(), reading.key_list.aliases()
        uses, totals = reading.uses.all(), reading.key_list.use_totals()
    # Checked outside the transaction: no other thread has to wait for it.
    rows = {row[ID]: row for row in _checked(raw_rows, cancelled)}
    aliases = _by_key(_checked(raw_aliases, cancelled))
    _refuse_nonsense(rows.values())
    return KeyList(rows, aliases, uses, entry=entry, totals=totals)


def read_news(session: Session, known: KeyList, cancelled: IsCancelled) -> KeyList:
    """Read what changed since a complete list was read; the same list if nothing did. Raises as `read_all`.

    What changed is named by the log's entries since; the rows themselves are checked as ever.
    """
    with session.records.read() as reading:
        entry, listed = reading.audit.head().count, reading.key_list
        ids = _changed(listed, known)
        if len(ids) <= MOST_NEWS:
            new_rows, new_aliases = _some(listed, sorted(ids), cancelled)
            uses, totals = _new_uses(reading, known)
            rows = _patched(known.rows, ids, new_rows)
            if len(rows) == listed.count():
                if not ids:
                    return KeyList(known.rows, known.aliases, uses, entry=entry, totals=totals)
                aliases = _patched(known.aliases, ids, new_aliases)
                return KeyList(rows, aliases, uses, entry=entry, totals=totals)
    return read_all(session, cancelled)


def _changed(listed: KeyListReading, known: KeyList) -> set[str]:
    """The ids of keys whose row or names changed since, those of keys that are gone included."""
    ids, names = set[str](), set[str]()
    for change in set(listed.changes_since(known.entry)):
        table, _, rest = change.removeprefix("-").partition("/")
        if table == "keys":
            ids.add(rest)
        elif table == "aliases":
            names.add(rest)
    if names:
        ids |= listed.owners(sorted(names))
        ids.update(key_id for key_id, aliases in known.aliases.items() if not names.isdisjoint(aliases))
    return ids


def _some(
    listed: KeyListReading, ids: Sequence[str], cancelled: IsCancelled
) -> tuple[dict[str, Row], dict[str, tuple[str, ...]]]:
    rows = {row[ID]: row for part in listed.some_rows(ids) for row in _checked(part, cancelled)}
    aliases = _by_key(row for part in listed.some_aliases(ids) for row in _checked(part, cancelled))
    _refuse_nonsense(rows.values())
    return rows, aliases


def _new_uses(reading: Reading, known: KeyList) -> tuple[Mapping[str, Uses], UseTotals]:
    listed = reading.key_list
    totals = listed.use_totals()
    if totals == known.totals:
        return known.uses, totals
    used = sorted(listed.used_since(known.totals.newest))
    new = listed.some_uses(used)
    more = sum(new[key_id].uses for key_id in new) - sum(known.uses.get(key_id, NEVER).uses for key_id in used)
    if more != totals.uses - known.totals.uses:  # a clock was set back: the times do not tell
        return reading.uses.all(), totals
    return _patched(known.uses, used, new), totals


def _patched(known: Mapping[str, T], ids: Iterable[str], new: Mapping[str, T]) -> dict[str, T]:
    patched = dict(known)
    for key_id in ids:
        patched.pop(key_id, None)
    patched.update(new)
    return patched


def _checked(raw: Unchecked, cancelled: IsCancelled) -> Iterable[Row]:
    yield from raw.checked(lambda: not cancelled())
    if cancelled():
        raise Cancelled


def _by_key(rows: Iterable[Row]) -> dict[str, tuple[str, ...]]:
    """The names of each key, the one that it has had for longest first: by the entry that wrote it."""
    several: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    found: dict[str, tuple[str, str]] = {}
    for alias, key_id, entry, *_ in rows:
        if key_id in found:
            several[key_id].append((entry, alias))
        else:
            found[key_id] = (entry, alias)
    names: dict[str, tuple[str, ...]] = {key_id: (alias,) for key_id, (_, alias) in found.items()}
    for key_id, more in several.items():
        names[key_id] = tuple(alias for _, alias in sorted((found[key_id], *more)))
    return names


def _refuse_nonsense(rows: Iterable[Row]) -> None:
    """Raise RecordDisagrees for what no Signet writes; each kind of key and each set of tags is tried once."""
    kinds: dict[tuple[str, ...], Row] = {}
    for row in rows:
        kinds[row[SPEC : PROTECTION + 1]] = kinds[(row[TAGS],)] = row
    for row in kinds.values():
        key_of(dict(zip(KEYS.columns, row, strict=False)), ())
