"""What was imported into keys, and wrapping keys that wait for material."""

from __future__ import annotations

from dataclasses import dataclass, field

from signet.store.tables.sealed import IMPORT_TOKENS, KEY_IMPORTS, Row, Witness


@dataclass(frozen=True)
class KeyImport:
    """What was imported into a key: the keyed digest of its material, and when it stops being used (None: never)."""

    key_id: str
    digest: bytes
    expires: str | None = None


@dataclass(frozen=True)
class ImportToken:
    """A wrapping key that waits for material.

    ``key_id`` is the key that it is for, None if a whole key is to be received. ``spec`` and ``algorithm`` are those
    of the wrapping; ``public_key`` is what was given out; ``material`` is the sealed private half. ``entry`` is the
    sequence of the audit entry that it was written with, 0 before that.
    """

    id: str
    key_id: str | None
    spec: str
    algorithm: str
    created: str
    expires: str
    public_key: bytes
    material: bytes = field(repr=False)
    entry: int = 0


class ImportsReading:
    """Read imports and tokens; every row is checked against its MAC (RecordDisagrees names it)."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness

    def of_key(self, key_id: str) -> KeyImport | None:
        """Return what was imported into a key, None if nothing was."""
        row = self._witness.row(KEY_IMPORTS, key_id)
        return None if row is None else _import(row)

    def by_digest(self, digest: bytes) -> KeyImport | None:
        """Return the import of the same material, None if there is none."""
        found = self._witness.rows(KEY_IMPORTS, "WHERE digest = ?", (digest,))
        return next((_import(row) for row in found), None)

    def expired(self, now: str) -> list[KeyImport]:
        """Return every import whose date has come at ``now`` (RFC 3339, UTC), by key."""
        rows = self._witness.rows(KEY_IMPORTS, "WHERE expires IS NOT NULL AND expires <= ? ORDER BY key_id", (now,))
        return [_import(row) for row in rows]

    def without_material(self) -> frozenset[str]:
        """Return the ids of the keys for imported material whose current version has none."""
        found = self._witness.cursor.execute(
            "SELECT id FROM keys JOIN key_versions ON key_id = id AND number = version "
            "WHERE origin = 'EXTERNAL' AND material IS NULL"
        )
        return frozenset(str(row[0]) for row in found)

    def tokens(self) -> list[ImportToken]:
        """Return every wrapping key that waits, the oldest first."""
        return [_token(row) for row in self._witness.rows(IMPORT_TOKENS, "ORDER BY created, id")]

    def token(self, token_id: str) -> ImportToken | None:
        """Return one wrapping key that waits."""
        row = self._witness.row(IMPORT_TOKENS, token_id)
        return None if row is None else _token(row)


class Imports(ImportsReading):
    """Read and write imports and tokens; what is written is named in the next audit entry."""

    def put(self, found: KeyImport) -> None:
        """Write what was imported into a key, over what was there."""
        self._witness.write(KEY_IMPORTS, vars(found))

    def put_token(self, token: ImportToken) -> None:
        """Write a wrapping key, over the one with its id."""
        self._witness.write(IMPORT_TOKENS, vars(token))

    def remove_token(self, token_id: str) -> None:
        """Remove a wrapping key: it is used up, or its day is over."""
        self._witness.delete(IMPORT_TOKENS, token_id)


def _import(row: Row) -> KeyImport:
    digest, expires = row["digest"], row["expires"]
    return KeyImport(
        key_id=str(row["key_id"]),
        digest=digest if isinstance(digest, bytes) else b"",
        expires=None if expires is None else str(expires),
    )


def _token(row: Row) -> ImportToken:
    key_id, public_key, material = row["key_id"], row["public_key"], row["material"]
    return ImportToken(
        id=str(row["id"]),
        key_id=None if key_id is None else str(key_id),
        spec=str(row["spec"]),
        algorithm=str(row["algorithm"]),
        created=str(row["created"]),
        expires=str(row["expires"]),
        public_key=public_key if isinstance(public_key, bytes) else b"",
        material=material if isinstance(material, bytes) else b"",
        entry=int(row["entry"] or 0),
    )
