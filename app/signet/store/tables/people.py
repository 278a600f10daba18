"""People and their public keys.

Who is in these rows can be given files and is believed as a signer, so they decide. No column is unique by itself:
that no two people have one name, or one key, is seen to within the transaction that writes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from signet.audit.rows import Value
from signet.errors import NameAmbiguous, PersonKeyTaken, PersonNameTaken, PersonNotFound, RecordDisagrees
from signet.keys.person import Person, PersonKey, PersonKeyKind, folded
from signet.store.tables.keys import CANDIDATES_SHOWN, PREFIX_MINIMUM
from signet.store.tables.sealed import PEOPLE, PERSON_KEYS, Row, SealedTable, Witness

PEOPLE_SINCE = 3
"""The schema from which on there are people."""
_KINDS = tuple(PersonKeyKind)
_PREFIX = re.compile(r"[0-9a-f][0-9a-f-]*")


class PeopleReading:
    """Read people; every row is checked against its MAC (RecordDisagrees names it)."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness

    def get(self, person_id: str) -> Person:
        """Return the person with that id; raises PersonNotFound, RecordDisagrees."""
        row = next(self._rows(PEOPLE, "WHERE id = ?", (person_id,)), None)
        if row is None:
            raise PersonNotFound(name=person_id)
        return _person(row, self._rows(PERSON_KEYS, "WHERE person_id = ?", (person_id,)))

    def named(self, name: str) -> Person | None:
        """Return the person of that name, capitals and spaces aside; None if nobody has it."""
        row = next(self._rows(PEOPLE, "WHERE folded = ? ORDER BY id", (_writable(folded(name)),)), None)
        return None if row is None else self.get(str(row["id"]))

    def find(self, name: str) -> Person:
        """Return whom ``name`` means: a name, else an id, else a unique prefix of 8 or more of an id.

        Raises PersonNotFound, NameAmbiguous, RecordDisagrees.
        """
        person = self.named(name)
        if person is not None:
            return person
        prefix = name.lower()
        if len(prefix) < PREFIX_MINIMUM or not _PREFIX.fullmatch(prefix):
            raise PersonNotFound(name=name)
        # "g" follows every character that an id has, so the range holds exactly the ids that begin so.
        rest = "WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"
        ids = [str(row["id"]) for row in self._rows(PEOPLE, rest, (prefix, prefix + "g", CANDIDATES_SHOWN))]
        if prefix in ids:
            ids = [prefix]
        if not ids:
            raise PersonNotFound(name=name)
        if len(ids) > 1:
            raise NameAmbiguous(name=name, candidates=tuple(ids))
        return self.get(ids[0])

    def holder_of(self, fingerprint: str) -> Person | None:
        """Return who has the key with that fingerprint, None if nobody has."""
        row = next(self._rows(PERSON_KEYS, "WHERE fingerprint = ? ORDER BY person_id", (fingerprint,)), None)
        return None if row is None else self.get(str(row["person_id"]))

    def all(self) -> list[Person]:
        """Return everybody, by name; two queries, however many there are."""
        keys: dict[str, list[Row]] = defaultdict(list)
        for row in self._rows(PERSON_KEYS):
            keys[str(row["person_id"])].append(row)
        people = [_person(row, keys.get(str(row["id"]), ())) for row in self._rows(PEOPLE)]
        return sorted(people, key=lambda person: (folded(person.name), person.id))

    def _rows(self, table: SealedTable, rest: str = "", values: Sequence[Value] = ()) -> Iterator[Row]:
        """Read a table; a database that was not brought up to date, as in a backup that is tried, has none."""
        if self._witness.schema >= PEOPLE_SINCE:
            yield from self._witness.rows(table, rest, values)


class People(PeopleReading):
    """Read and write people; what is written is named in the next audit entry."""

    def insert(self, person: Person) -> None:
        """Add somebody with all keys; raises PersonNameTaken, PersonKeyTaken."""
        self._refuse_taken(person.name)
        self._write(person)
        for key in person.keys:
            self.add_key(person.id, key)

    def rename(self, person_id: str, name: str) -> None:
        """Call a person something else; raises PersonNotFound, PersonNameTaken."""
        person = self.get(person_id)
        self._refuse_taken(name, but=person_id)
        self._write(replace(person, name=name))

    def set_note(self, person_id: str, note: str) -> None:
        """Replace the note about a person; raises PersonNotFound."""
        self._write(replace(self.get(person_id), note=note))

    def add_key(self, person_id: str, key: PersonKey) -> None:
        """Give a person another key (``person_keys/PERSON/FINGERPRINT`` in the log); raises PersonKeyTaken."""
        holder = self.holder_of(key.fingerprint)
        if holder is not None:
            raise PersonKeyTaken(person=holder.name)
        self._write_key(person_id, key)

    def set_trust(self, person_id: str, fingerprint: str, since: str) -> None:
        """Say when a key was compared, "" for not; raises PersonNotFound."""
        key = self.get(person_id).key(fingerprint)
        if key is None:
            raise PersonNotFound(name=f"{person_id}/{fingerprint}")
        self._write_key(person_id, replace(key, trusted=since))

    def remove_key(self, person_id: str, fingerprint: str) -> None:
        """Take a key away from a person."""
        self._witness.delete(PERSON_KEYS, person_id, fingerprint)

    def remove(self, person_id: str) -> None:
        """Remove a person with all keys; raises PersonNotFound."""
        for key in self.get(person_id).keys:
            self.remove_key(person_id, key.fingerprint)
        self._witness.delete(PEOPLE, person_id)

    def _refuse_taken(self, name: str, *, but: str = "") -> None:
        holder = self.named(name)
        if holder is not None and holder.id != but:
            raise PersonNameTaken(name=holder.name)

    def _write(self, person: Person) -> None:
        row: Row = {
            "id": person.id,
            "name": person.name,
            "folded": folded(person.name),
            "note": person.note,
            "created": person.created,
        }
        self._witness.write(PEOPLE, row)

    def _write_key(self, person_id: str, key: PersonKey) -> None:
        row: Row = {
            "person_id": person_id,
            "fingerprint": key.fingerprint,
            "kind": str(key.kind),
            "content": key.content,
            "comment": key.comment,
            "certificate": key.certificate,
            "added": key.added,
            "trusted": key.trusted,
        }
        self._witness.write(PERSON_KEYS, row)


def _person(row: Row, keys: Iterable[Row]) -> Person:
    found = [_key(each) for each in keys]
    return Person(
        id=str(row["id"]),
        name=str(row["name"]),
        created=str(row["created"]),
        note=str(row["note"]),
        keys=tuple(sorted(found, key=lambda key: (key.added, _KINDS.index(key.kind), key.fingerprint))),
    )


def _key(row: Row) -> PersonKey:
    place = PERSON_KEYS.name_of(row)
    content, certificate = row["content"], row["certificate"]
    try:
        key = PersonKey(
            kind=PersonKeyKind(str(row["kind"])),
            content=content if isinstance(content, bytes) else b"",
            comment=str(row["comment"]),
            certificate=certificate if isinstance(certificate, bytes) else b"",
            added=str(row["added"]),
            trusted=str(row["trusted"]),
        )
    except ValueError as error:
        raise RecordDisagrees(place=place) from error
    if key.fingerprint != row["fingerprint"]:
        raise RecordDisagrees(place=place)
    return key


def _writable(text: str) -> str:
    """A name that UTF-8 cannot write (PEP 383, from a command line) is nobody's."""
    return text.encode("utf-8", "replace").decode("utf-8")
