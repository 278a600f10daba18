"""Keys, their aliases, tags and versions.

The wrapped material never leaves `KeyVersion`. The counters of use are notes apart from the rows that decide.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from signet.audit.canonical import canonical, read_canonical
from signet.audit.rows import Value
from signet.errors import AliasTaken, KeyNotFound, NameAmbiguous, RecordDisagrees
from signet.keys.model import Key, KeyVersion
from signet.keys.spec import KeySpec, KeyUsage, Origin, Protection
from signet.keys.state import KeyState
from signet.store.tables.sealed import ALIASES, KEY_HOMES, KEY_VERSIONS, KEYS, Row, Witness

HOMES_SINCE = 3
"""The schema from which on there is ``key_homes``."""
PREFIX_MINIMUM = 8  # DESIGN.md, section 9: a unique id prefix of 8 or more.
CANDIDATES_SHOWN = 8
_NO_TAGS = "{}"
_PREFIX = re.compile(r"[0-9a-f][0-9a-f-]*")


class KeysReading:
    """Read keys; every row that decides is checked against its MAC (RecordDisagrees names it)."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness

    def get(self, key_id: str) -> Key:
        """Return the key with that id; raises KeyNotFound, RecordDisagrees."""
        row = self._witness.row(KEYS, key_id)
        if row is None:
            raise KeyNotFound(name=key_id)
        names = _in_order(self._witness.rows(ALIASES, "WHERE key_id = ?", (key_id,)))
        return key_of(row, names, next(self._homes("WHERE key_id = ?", (key_id,)), None))

    def find(self, name: str) -> Key:
        """Return the key that ``name`` means: an alias, else an id, else a unique prefix of 8 or more of an id.

        Raises KeyNotFound, NameAmbiguous, RecordDisagrees.
        """
        alias = self._witness.row(ALIASES, name)
        if alias is not None:
            return self.get(str(alias["key_id"]))
        prefix = name.lower()
        if len(prefix) < PREFIX_MINIMUM or not _PREFIX.fullmatch(prefix):
            raise KeyNotFound(name=name)
        # "g" follows every character that an id has, so the range holds exactly the ids that begin so.
        found = self._witness.cursor.execute(
            "SELECT id FROM keys WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
            (prefix, prefix + "g", CANDIDATES_SHOWN),
        ).fetchall()
        ids = [row[0] for row in found]
        if prefix in ids:
            ids = [prefix]
        if not ids:
            raise KeyNotFound(name=name)
        if len(ids) > 1:
            raise NameAmbiguous(name=name, candidates=tuple(ids))
        return self.get(ids[0])

    def all(self) -> list[Key]:
        """Return every key, by name; three queries, however many there are."""
        aliases: dict[str, list[Row]] = defaultdict(list)
        for row in self._witness.rows(ALIASES):
            aliases[str(row["key_id"])].append(row)
        homes = {str(row["key_id"]): row for row in self._homes()}
        keys = [
            key_of(row, _in_order(aliases.get(str(row["id"]), ())), homes.get(str(row["id"])))
            for row in self._witness.rows(KEYS)
        ]
        return sorted(keys, key=lambda key: (key.alias, key.id))

    def ids_of(self, protection: Protection) -> list[str]:
        """Return the ids of the keys with that protection, by id."""
        return [
            str(row["id"]) for row in self._witness.rows(KEYS, "WHERE protection = ? ORDER BY id", (str(protection),))
        ]

    def versions(self, key_id: str) -> list[KeyVersion]:
        """Return every version of one key, the first one first; empty if there is no such key."""
        uses = dict(
            self._witness.cursor.execute("SELECT number, wraps FROM key_uses WHERE key_id = ?", (key_id,)).fetchall()
        )
        rows = self._witness.rows(KEY_VERSIONS, "WHERE key_id = ? ORDER BY number", (key_id,))
        return [_version(row, uses) for row in rows]

    def version(self, key_id: str, number: int) -> KeyVersion:
        """Return one version of a key; raises KeyNotFound, RecordDisagrees."""
        row = self._witness.row(KEY_VERSIONS, key_id, number)
        if row is None:
            raise KeyNotFound(name=f"{key_id}/{number}")
        return _version(row, {number: self._wraps(key_id, number)})

    def holder_of(self, public_key: bytes) -> Key | None:
        """Return a key of which a version has that public key (DER SubjectPublicKeyInfo), None if none has."""
        rows = self._witness.rows(KEY_VERSIONS, "WHERE public_key = ? ORDER BY key_id LIMIT 1", (public_key,))
        row = next(rows, None)
        return None if row is None else self.get(str(row["key_id"]))

    def versions_of_spec(self, spec: KeySpec) -> list[KeyVersion]:
        """Return every version of every key of a spec, without their counters."""
        where = "WHERE key_id IN (SELECT id FROM keys WHERE spec = ?) ORDER BY key_id, number"
        return [_version(row, {}) for row in self._witness.rows(KEY_VERSIONS, where, (spec.value,))]

    def all_versions(self) -> list[KeyVersion]:
        """Return every version of every key, by key and number."""
        uses: dict[str, dict[int, int]] = defaultdict(dict)
        for key_id, number, wraps in self._witness.cursor.execute("SELECT key_id, number, wraps FROM key_uses"):
            uses[key_id][number] = wraps
        rows = self._witness.rows(KEY_VERSIONS, "ORDER BY key_id, number")
        return [_version(row, uses.get(str(row["key_id"]), {})) for row in rows]

    def versions_since(self, time: str) -> int:
        """Return how many versions of keys were made after ``time`` (RFC 3339), first ones included; unchecked."""
        row = self._witness.cursor.execute("SELECT COUNT(*) FROM key_versions WHERE created > ?", (time,)).fetchone()
        return int(row[0])

    def _wraps(self, key_id: str, number: int) -> int:
        row = self._witness.cursor.execute(
            "SELECT wraps FROM key_uses WHERE key_id = ? AND number = ?", (key_id, number)
        ).fetchone()
        return 0 if row is None else int(row[0])

    def _homes(self, rest: str = "", values: Sequence[Value] = ()) -> Iterator[Row]:
        """Read ``key_homes``; a database that was not brought up to date, as in a backup that is tried, has none."""
        if self._witness.schema >= HOMES_SINCE:
            yield from self._witness.rows(KEY_HOMES, rest, values)


class Keys(KeysReading):
    """Read and write keys; what is written is named in the next audit entry."""

    def insert(self, key: Key, version: KeyVersion, *older: KeyVersion) -> None:
        """Add a key, its aliases and tags, its current version and older ones; raises AliasTaken."""
        if version.key_id != key.id or version.number != key.version:
            raise ValueError("the version is not the key's current one")
        if any(other.key_id != key.id or other.number >= key.version for other in older):
            raise ValueError("an older version is not the key's")
        for alias in key.aliases:
            self._refuse_taken(alias)
        self._write_key(key)
        for each in (*older, version):
            self._write_version(each)
        if key.home:
            self._witness.write(KEY_HOMES, {"key_id": key.id, "vault_id": key.home})
        for alias in key.aliases:
            self._witness.write(ALIASES, {"alias": alias, "key_id": key.id})

    def set_state(self, key_id: str, state: KeyState) -> None:
        """Put a key in another state; whether it may go there is decided elsewhere. Raises KeyNotFound."""
        self._write_key(replace(self.get(key_id), state=state))

    def set_home(self, key_id: str, home: str) -> None:
        """Say which vault rotates a key, empty for this one; raises KeyNotFound."""
        if home:
            self._witness.write(KEY_HOMES, {"key_id": self.get(key_id).id, "vault_id": home})
        elif self._witness.row(KEY_HOMES, key_id) is not None:
            self._witness.delete(KEY_HOMES, key_id)

    def set_description(self, key_id: str, description: str) -> None:
        """Describe a key anew; raises KeyNotFound."""
        self._write_key(replace(self.get(key_id), description=description))

    def set_tags(self, key_id: str, tags: Mapping[str, str]) -> None:
        """Replace all tags of a key; raises KeyNotFound."""
        self._write_key(replace(self.get(key_id), tags=tuple(sorted(tags.items()))))

    def set_alias(self, alias: str, key_id: str, *, move: bool = False) -> None:
        """Name a key; with ``move``, take the name from the key that has it. Raises AliasTaken, KeyNotFound."""
        self.get(key_id)
        if not move:
            self._refuse_taken(alias)
        self._witness.write(ALIASES, {"alias": alias, "key_id": key_id})

    def show_by(self, alias: str, key_id: str) -> None:
        """Have a name that a key has be its first: the others are written anew, after it. Raises KeyNotFound."""
        for other in self.get(key_id).aliases:
            if other != alias:
                self._witness.write(ALIASES, {"alias": other, "key_id": key_id})

    def remove_alias(self, alias: str) -> None:
        """Take a name away; raises KeyNotFound."""
        if self._witness.row(ALIASES, alias) is None:
            raise KeyNotFound(name=alias)
        self._witness.delete(ALIASES, alias)

    def add_version(self, version: KeyVersion) -> None:
        """Add the next version and make it the current one; raises KeyNotFound."""
        key = self.get(version.key_id)
        if version.number != key.version + 1:
            raise ValueError(f"version {version.number} does not follow version {key.version}")
        self._write_version(version)
        self._write_key(replace(key, version=version.number))

    def replace_material(self, key_id: str, number: int, material: bytes) -> None:
        """Put the same material, wrapped under a new material key, in the old one's place; raises KeyNotFound."""
        self._write_version(replace(self.version(key_id, number), material=material))

    def put_material(self, version: KeyVersion) -> None:
        """Give a version other material and public half: imported material comes, or goes. Raises KeyNotFound."""
        there = self.version(version.key_id, version.number)
        self._write_version(replace(there, material=version.material, public_key=version.public_key))

    def _refuse_taken(self, alias: str) -> None:
        if self._witness.row(ALIASES, alias) is not None:
            raise AliasTaken(alias=alias)

    def _write_key(self, key: Key) -> None:
        row: Row = {
            "id": key.id,
            "spec": str(key.spec),
            "usage": str(key.usage),
            "state": str(key.state),
            "origin": str(key.origin),
            "protection": str(key.protection),
            "version": key.version,
            "created": key.created,
            "description": key.description,
            "tags": canonical(dict(key.tags)).decode("ascii"),
        }
        self._witness.write(KEYS, row)

    def _write_version(self, version: KeyVersion) -> None:
        row: Row = {
            "key_id": version.key_id,
            "number": version.number,
            "created": version.created,
            "material": version.material,
            "public_key": version.public_key,
        }
        self._witness.write(KEY_VERSIONS, row)


def key_of(row: Mapping[str, Value], aliases: Sequence[str], home: Row | None = None) -> Key:
    """Make a key of its row, its names in their order and its row in ``key_homes``.

    Raises RecordDisagrees for what no Signet writes.
    """
    place = KEYS.name_of(row)
    try:
        tags = read_canonical(str(row["tags"])) if row["tags"] != _NO_TAGS else {}
        if not isinstance(tags, Mapping):
            raise RecordDisagrees(place=place)
        return Key(
            id=str(row["id"]),
            aliases=tuple(aliases),
            spec=KeySpec(str(row["spec"])),
            usage=KeyUsage(str(row["usage"])),
            state=KeyState(str(row["state"])),
            origin=Origin(str(row["origin"])),
            protection=Protection(str(row["protection"])),
            version=int(row["version"] or 0),
            created=str(row["created"]),
            description=str(row["description"]),
            tags=tuple(sorted((name, str(value)) for name, value in tags.items())),
            home="" if home is None else str(home["vault_id"]),
        )
    except ValueError as error:
        raise RecordDisagrees(place=place) from error


def _in_order(names: Iterable[Row]) -> list[str]:
    """The name that a key has had for longest comes first: by the entry that wrote it."""
    found = sorted((int(name["entry"] or 0), str(name["alias"])) for name in names)
    return [alias for _, alias in found]


def _version(row: Row, uses: Mapping[int, int]) -> KeyVersion:
    number = int(row["number"] or 0)
    material, public_key = row["material"], row["public_key"]
    return KeyVersion(
        key_id=str(row["key_id"]),
        number=number,
        created=str(row["created"]),
        material=material if isinstance(material, bytes) else None,
        public_key=public_key if isinstance(public_key, bytes) else None,
        wraps=uses.get(number, 0),
    )
