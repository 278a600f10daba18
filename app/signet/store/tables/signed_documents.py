"""Documents that were signed or extended with this vault: notes, which decide nothing.

They say until when a signature can be proven, so that it can be extended in time. What the file itself says counts;
a wrong note can make a reminder come too early, or not at all.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from signet.store.database import Cursor

_SELECT = (
    "SELECT path, source, sha256, form, level, signed, key_id, signer, provable_until, extended_as "
    "FROM signed_documents "
)
_NOTE = """INSERT OR REPLACE INTO signed_documents
    (path, source, sha256, form, level, signed, key_id, signer, provable_until, extended_as)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


@dataclass(frozen=True)
class SignedRecord:
    """A file with a signature of this vault's.

    ``path`` is the file that holds the signature, ``source`` the file that it is over: the same for a PDF.
    ``sha256`` is of the file at ``path`` as it was written. ``form`` and ``level`` as in `signet.documents.wishes`;
    ``signed`` and ``provable_until`` are RFC 3339 in UTC, the latter "" where no certificate's end matters.
    ``key_id`` is "" for a key that is not of this vault, ``signer`` what its certificate calls it. ``extended_as`` is
    the file that has a longer proof in place of this one, "" if none has. Paths may hold any file name
    (surrogateescape, PEP 383).
    """

    path: str
    source: str
    sha256: bytes
    form: str
    level: str
    signed: str
    key_id: str
    signer: str
    provable_until: str
    extended_as: str = ""


class SignedDocumentsReading:
    """Read which documents were signed."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def at(self, path: str) -> SignedRecord | None:
        """Return what is known of the file at a path."""
        found = self._read("WHERE path = ?", (os.fsencode(path),))
        return found[0] if found else None

    def all(self) -> list[SignedRecord]:
        """Return every known document, the newest signature first."""
        return self._read("ORDER BY signed DESC, path", ())

    def ending_before(self, moment: str) -> list[SignedRecord]:
        """Return those whose proof ends before a moment (RFC 3339) and that nothing took the place of, first end
        first."""
        rest = "WHERE provable_until <> '' AND provable_until < ? AND extended_as = x'' ORDER BY provable_until, path"
        return self._read(rest, (moment,))

    def _read(self, rest: str, parameters: Sequence[object]) -> list[SignedRecord]:
        return [_record(*row) for row in self._cursor.execute(_SELECT + rest, tuple(parameters))]


def _record(path: bytes, source: bytes, sha256: bytes, *rest: str | bytes) -> SignedRecord:
    *texts, extended_as = rest
    form, level, signed, key_id, signer, provable_until = map(str, texts)
    return SignedRecord(
        os.fsdecode(path),
        os.fsdecode(source),
        bytes(sha256),
        form,
        level,
        signed,
        key_id,
        signer,
        provable_until,
        os.fsdecode(extended_as),
    )


class SignedDocuments(SignedDocumentsReading):
    """Note and forget signed documents."""

    def note(self, record: SignedRecord) -> None:
        """Note a document, in place of what was known at its path."""
        self._cursor.execute(
            _NOTE,
            (
                os.fsencode(record.path),
                os.fsencode(record.source),
                record.sha256,
                record.form,
                record.level,
                record.signed,
                record.key_id,
                record.signer,
                record.provable_until,
                os.fsencode(record.extended_as),
            ),
        )

    def extended(self, path: str, by: str) -> None:
        """Note that the file ``by`` has a longer proof than the one at ``path``."""
        where = (os.fsencode(by), os.fsencode(path))
        self._cursor.execute("UPDATE signed_documents SET extended_as = ? WHERE path = ?", where)

    def forget(self, path: str) -> None:
        """Forget the document at a path; one that is not known is no error."""
        self._cursor.execute("DELETE FROM signed_documents WHERE path = ?", (os.fsencode(path),))
