"""Rows that decide: each carries a MAC over itself and the sequence of the audit entry that wrote it last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from signet.audit.chain import NO_HASH, Head, RowWitness, head_holds, row_mac
from signet.audit.rows import RowMacs, Value
from signet.errors import RecordDisagrees
from signet.secret import Secret
from signet.store.database import Cursor

Row = dict[str, Value]
_CHECK_EVERY = 1024  # rows between two questions whether to go on


@dataclass(frozen=True)
class SealedTable:
    """The name, key columns and other columns of a table whose rows decide; ``entry`` and ``mac`` come on top."""

    name: str
    key: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that the MAC covers."""
        return (*self.key, *self.others, "entry")

    @property
    def select(self) -> str:
        """The statement that reads columns and MAC, without a condition."""
        return " ".join(("SELECT", ", ".join((*self.columns, "mac")), "FROM", self.name))

    @property
    def upsert(self) -> str:
        """The statement that writes a row, over the one with the same key if there is one."""
        columns = (*self.columns, "mac")
        places = ", ".join("?" * len(columns))
        updates = ", ".join(" = ".join((name, "excluded." + name)) for name in (*self.others, "entry", "mac"))
        head = " ".join(("INSERT INTO", self.name, "(", ", ".join(columns), ") VALUES (", places, ")"))
        return " ".join((head, "ON CONFLICT (", ", ".join(self.key), ") DO UPDATE SET", updates))

    @property
    def condition(self) -> str:
        """The condition that meets one row by its key."""
        return " AND ".join(name + " = ?" for name in self.key)

    def name_of(self, row: Mapping[str, Value]) -> str:
        """How the log names a row: ``key_versions/ID/1``."""
        return "/".join((self.name, *(str(row[part]) for part in self.key)))


META = SealedTable("meta", ("name",), ("value",))
KEYS = SealedTable(
    "keys",
    ("id",),
    ("spec", "usage", "state", "origin", "protection", "version", "created", "description", "tags"),
)
ALIASES = SealedTable("aliases", ("alias",), ("key_id",))
KEY_VERSIONS = SealedTable("key_versions", ("key_id", "number"), ("created", "material", "public_key"))
METHODS = SealedTable("methods", ("id",), ("kind", "label", "holder", "place", "created", "proven_at"))
KEY_GUARDS = SealedTable("key_guards", ("key_id", "number", "method_id"), ("created", "wrapped"))
KEY_DELETIONS = SealedTable("key_deletions", ("key_id",), ("requested", "due"))
KEY_ROTATIONS = SealedTable("key_rotations", ("key_id",), ("days", "next"))
KEY_POLICIES = SealedTable("key_policies", ("key_id",), ("policy", "since", "uses"))
KEY_IMPORTS = SealedTable("key_imports", ("key_id",), ("digest", "expires"))
IMPORT_TOKENS = SealedTable(
    "import_tokens", ("id",), ("key_id", "spec", "algorithm", "created", "expires", "public_key", "material")
)
CHECKPOINTS = SealedTable(
    "checkpoints", ("sequence",), ("epoch", "hash", "time", "method", "public_key", "signature")
)
KEY_HOMES = SealedTable("key_homes", ("key_id",), ("vault_id",))
PEOPLE = SealedTable("people", ("id",), ("name", "folded", "note", "created"))
PERSON_KEYS = SealedTable(
    "person_keys", ("person_id", "fingerprint"), ("kind", "content", "comment", "certificate", "added", "trusted")
)
TRUSTED_ISSUERS = SealedTable("trusted_issuers", ("fingerprint",), ("name", "certificate", "since"))
TRUSTED_LISTS = SealedTable(
    "trusted_lists",
    ("territory",),
    ("operator", "sequence", "issued", "next_update", "signer", "named_by", "digest", "source", "added"),
)
CERTIFICATES = SealedTable(
    "certificates", ("fingerprint",), ("key_id", "der", "chain", "source", "added", "preferred")
)
SEALED_TABLES = (
    META,
    KEYS,
    ALIASES,
    KEY_VERSIONS,
    METHODS,
    KEY_GUARDS,
    KEY_DELETIONS,
    KEY_ROTATIONS,
    KEY_POLICIES,
    KEY_IMPORTS,
    IMPORT_TOKENS,
    CHECKPOINTS,
    KEY_HOMES,
    PEOPLE,
    PERSON_KEYS,
    TRUSTED_ISSUERS,
    TRUSTED_LISTS,
    CERTIFICATES,
)


def storable(value: Value) -> bool:
    """Whether SQLite could hold the value: text with half a surrogate pair has no UTF-8."""
    try:
        if isinstance(value, str):
            value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True)
class Unchecked:
    """Rows as they were read: values in the order of ``table.columns``, then the MAC; to be checked at leisure."""

    table: SealedTable
    found: Sequence[tuple[Any, ...]] = field(repr=False)
    macs: RowMacs = field(repr=False)

    def checked(self, go_on: Callable[[], bool]) -> Iterator[tuple[Any, ...]]:
        """Yield them, each MAC checked; raises RecordDisagrees, and stops early once ``go_on`` says no."""
        holds = self.macs.holds
        for place, row in enumerate(self.found):
            if not holds(row, row[-1]):
                raise RecordDisagrees(place=self.table.name_of(dict(zip(self.table.columns, row, strict=False))))
            if not place % _CHECK_EVERY and not go_on():
                return
            yield row


class Witness:
    """What all tables of one transaction share: the cursor, the MAC key, the head, the rows changed so far.

    Rows written before an entry is appended carry that entry's sequence already: in an immediate transaction nobody
    else can take it.
    """

    def __init__(self, cursor: Cursor, *, mac_key: Secret, epoch: int) -> None:
        self.cursor = cursor
        self.mac_key = mac_key
        self.epoch = epoch
        self.pending: dict[str, bool] = {}
        self._schema: int | None = None
        self._head: Head | None = None
        self._sealers: dict[str, RowMacs] = {}

    @property
    def head(self) -> Head:
        """The end of the chain, its MAC checked; raises RecordDisagrees."""
        if self._head is None:
            self._head = self._read_head()
        return self._head

    def _read_head(self) -> Head:
        stored = self.stored_head()
        if stored is None:
            # Without a head there is no entry either, or someone cut it off.
            if self.cursor.execute("SELECT 1 FROM audit LIMIT 1").fetchone() is not None:
                raise RecordDisagrees(place="audit head")
            return Head(count=0, hash=NO_HASH, mac=b"", epoch=self.epoch)
        if stored.epoch != self.epoch or not head_holds(stored, mac_key=self.mac_key):
            raise RecordDisagrees(place="audit head")
        return stored

    def stored_head(self) -> Head | None:
        """The head as it is stored, unchecked; None if there is none."""
        row = self.cursor.execute("SELECT count, hash, mac, epoch FROM audit_head").fetchone()
        return None if row is None else Head(count=row[0], hash=row[1], mac=row[2], epoch=row[3])

    def set_head(self, head: Head) -> None:
        """Store the new end of the chain."""
        self.cursor.execute(
            "INSERT INTO audit_head (id, count, hash, mac, epoch) VALUES (1, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE "
            "SET count = excluded.count, hash = excluded.hash, mac = excluded.mac, epoch = excluded.epoch",
            (head.count, head.hash, head.mac, head.epoch),
        )
        self._head = head

    def take_changes(self) -> tuple[str, ...]:
        """Name the rows changed since the last entry, as the next one lists them, and start anew."""
        changes = tuple(("-" if deleted else "") + name for name, deleted in sorted(self.pending.items()))
        self.pending = {}
        return changes

    def rows(self, table: SealedTable, rest: str = "", values: Sequence[Value] = ()) -> Iterator[Row]:
        """Yield rows of ``table`` (``rest``: WHERE and on), each MAC checked; raises RecordDisagrees."""
        columns = table.columns
        for found in self.tuples(table, rest, values):
            yield dict(zip(columns, found, strict=False))

    def tuples(self, table: SealedTable, rest: str = "", values: Sequence[Value] = ()) -> Iterator[tuple[Value, ...]]:
        """As `rows`, but the values alone, in the order of ``table.columns``, and then the MAC: for many rows."""
        macs = self._macs(table)
        for found in self._raw_rows(table, rest, values):
            if not macs.holds(found, found[-1]):
                raise RecordDisagrees(place=table.name_of(dict(zip(table.columns, found, strict=False))))
            yield found

    def sound_rows(self, table: SealedTable) -> Iterator[Row]:
        """Yield the rows whose MAC is right, by their key; the others are passed over."""
        macs = self._macs(table)
        for found in self._raw_rows(table, " ".join(("ORDER BY", ", ".join(table.key))), ()):
            if macs.holds(found, found[-1]):
                yield dict(zip(table.columns, found, strict=False))

    def unchecked(self, table: SealedTable, rest: str = "", values: Sequence[Value] = ()) -> Unchecked:
        """As `tuples`, but checked later: the transaction need not be held for as long as many rows take."""
        macs = RowMacs(self.mac_key, table.name, table.columns)
        return Unchecked(table, list(self._raw_rows(table, rest, values)), macs)

    @property
    def schema(self) -> int:
        """The version of the schema, as it was when this transaction first asked."""
        if self._schema is None:
            self._schema = int(self.cursor.execute("PRAGMA user_version").fetchone()[0])
        return self._schema

    def row(self, table: SealedTable, *key: Value) -> Row | None:
        """Return the one row with that key, its MAC checked, or None; raises RecordDisagrees.

        None also for a name that UTF-8 cannot write (PEP 383, from a command line): no row was ever stored under it.
        """
        if not all(storable(part) for part in key):
            return None
        return next(self.rows(table, "WHERE " + table.condition, key), None)

    def write(self, table: SealedTable, row: Mapping[str, Value]) -> None:
        """Insert the row, or replace the one with its key, as part of the next entry."""
        full = {**row, "entry": self.head.count + 1}
        self._store(table, full)
        self.pending[table.name_of(full)] = False

    def delete(self, table: SealedTable, *key: Value) -> None:
        """Remove the row with that key, as part of the next entry."""
        self.cursor.execute(" ".join(("DELETE FROM", table.name, "WHERE", table.condition)), key)
        self.pending[table.name_of(dict(zip(table.key, key, strict=True)))] = True

    def reseal(self, mac_key: Secret, *, epoch: int) -> None:
        """Check every row that decides with the old MAC key and seal it with the new one; the entries stay."""
        for table in SEALED_TABLES:
            for row in list(self.rows(table)):
                self._store(table, row, mac_key)
        self.mac_key, self.epoch = mac_key, epoch
        self._sealers.clear()

    def witnesses(self) -> Iterator[RowWitness]:
        """Yield what each row that decides says of itself, for the verifier."""
        for table in SEALED_TABLES:
            macs = self._macs(table)
            for found in self._raw_rows(table, "", ()):
                row = dict(zip(table.columns, found, strict=False))
                entry, sealed = row["entry"], macs.holds(found, found[-1])
                yield RowWitness(name=table.name_of(row), entry=entry if isinstance(entry, int) else 0, sealed=sealed)

    def _raw_rows(self, table: SealedTable, rest: str, values: Sequence[Value]) -> Iterator[tuple[Any, ...]]:
        # A cursor of its own, so that the caller may write while it reads.
        reader = self.cursor.connection.cursor()
        try:
            yield from reader.execute(table.select + " " + rest, values)
        finally:
            reader.close()

    def _macs(self, table: SealedTable) -> RowMacs:
        if table.name not in self._sealers:
            self._sealers[table.name] = RowMacs(self.mac_key, table.name, table.columns)
        return self._sealers[table.name]

    def _store(self, table: SealedTable, row: Mapping[str, Value], mac_key: Secret | None = None) -> None:
        values = [row[name] for name in table.columns]
        mac = row_mac(mac_key or self.mac_key, table.name, row)
        self.cursor.execute(table.upsert, (*values, mac))
