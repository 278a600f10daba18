"""People: whose public keys are in the vault, added, named, compared, removed.

Who is in the list can be given files and is believed as a signer, so adding, naming and trusting are administration;
taking trust away is not, because a stop must never wait for a PIN. Every change is one transaction with its entry.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.clock import timestamp
from signet.crypto.certificates import Certificate, Validity, read_certificate
from signet.crypto.personkeys import recipient_of, ssh_fingerprint
from signet.errors import FormatUnrecognised, LastPersonKey, PersonChanged, UsageError
from signet.keys.person import (
    MAX_KEYS,
    MAX_NAME,
    MAX_NOTE,
    Person,
    PersonKey,
    PersonKeyKind,
    PublicPart,
    folded,
    grouped,
    readable,
    tidied,
)
from signet.services.key_rules import LOOKS_LIKE_AN_ID
from signet.services.session import Session
from signet.store.records import Change

__all__ = [
    "ADD",
    "ADD_KEY",
    "NOTE",
    "REMOVE",
    "REMOVE_KEY",
    "RENAME",
    "TRUST",
    "UNTRUST",
    "KeyView",
    "Person",
    "PersonKey",
    "PersonKeyKind",
    "PublicPart",
    "Validity",
    "add_key_to_person",
    "add_person",
    "check_person_name",
    "find_person",
    "fits",
    "grouped",
    "holder_of_key",
    "list_people",
    "note_person",
    "remove_key_from_person",
    "remove_person",
    "rename_person",
    "trust_person",
    "untrust_person",
    "view_of",
]

ADD, REMOVE, RENAME, NOTE = "AddPerson", "RemovePerson", "RenamePerson", "DescribePerson"
ADD_KEY, REMOVE_KEY, TRUST, UNTRUST = "AddPersonKey", "RemovePersonKey", "TrustPerson", "UntrustPerson"
"""What the log calls what is done here."""

_TAKEN_FOR_KEYS = ("age1", "ssh-", "ecdsa-", "-")
"""How names cannot begin: a recipient or an option would be meant where a person is named."""


@dataclass(frozen=True)
class KeyView:
    """A public key for showing: fingerprints grouped and as ssh-keygen prints it ("" if SSH has no such kind).

    ``recipient`` is how age names it, "" if it does not; ``certificate`` and ``validity`` are None without one.
    """

    fingerprint: str
    ssh_fingerprint: str
    recipient: str
    certificate: Certificate | None = None
    validity: Validity | None = None


def list_people(session: Session) -> list[Person]:
    """Return everybody, by name."""
    with session.records.read() as reading:
        return reading.people.all()


def fits(person: Person, text: str) -> bool:
    """Whether every word of ``text`` stands in a person's name, note, keys' comments or id; capitals aside."""
    there = folded(" ".join((person.name, person.note, person.id, *(key.comment for key in person.keys))))
    return all(word in there for word in folded(text).split())


def find_person(session: Session, name: str) -> Person:
    """Return whom ``name`` means: a name (capitals and spaces aside), an id, a unique prefix of 8 or more of an id.

    Raises PersonNotFound, NameAmbiguous.
    """
    with session.records.read() as reading:
        return reading.people.find(name)


def holder_of_key(session: Session, fingerprint: str) -> Person | None:
    """Return who has the public key with that fingerprint (SHA-256 of the SPKI, hexadecimal), None if nobody has."""
    with session.records.read() as reading:
        return reading.people.holder_of(fingerprint)


def view_of(session: Session, part: PublicPart) -> KeyView:
    """Return what a key is recognised by, and what its certificate says as of now."""
    try:
        certificate = read_certificate(part.certificate) if part.certificate else None
    except FormatUnrecognised:  # another version of a library may read more strictly than the one that added it
        certificate = None
    return KeyView(
        fingerprint=grouped(part.fingerprint),
        ssh_fingerprint=ssh_fingerprint(part),
        recipient=recipient_of(part),
        certificate=certificate,
        validity=None if certificate is None else certificate.validity(session.workplace.clock.now()),
    )


def add_person(session: Session, name: str, sources: Sequence[PublicPart], *, note: str = "") -> Person:
    """Add somebody by their public keys (`signet.services.people_reading` reads them); nothing is trusted yet.

    Raises ProofOfPresenceMissing, UsageError for what is no name and for no or too many keys, PersonNameTaken,
    PersonKeyTaken.
    """
    session.require_presence()
    now = timestamp(session.workplace.clock.now())
    keys = tuple(_key(part, now) for part in _different(sources))
    _check_count(len(keys))
    person = Person(
        id=str(uuid.uuid4()), name=check_person_name(name), created=now, note=_checked_note(note), keys=keys
    )
    with session.records.change() as change:
        change.people.insert(person)
        return _entered(change, ADD, person, keys=[key.fingerprint for key in keys])


def add_key_to_person(session: Session, name: str, sources: Sequence[PublicPart]) -> Person:
    """Give somebody further public keys, not trusted yet, whatever is thought of the others.

    Raises ProofOfPresenceMissing, PersonNotFound, NameAmbiguous, UsageError, PersonKeyTaken.
    """
    session.require_presence()
    now = timestamp(session.workplace.clock.now())
    with session.records.change() as change:
        person = change.people.find(name)
        new = _different(sources)
        _check_count(len(person.keys) + len(new), at_least=len(person.keys) + 1)
        for part in new:
            change.people.add_key(person.id, _key(part, now))
        return _entered(change, ADD_KEY, person, keys=[part.fingerprint for part in new])


def remove_key_from_person(session: Session, name: str, fingerprint: str) -> Person:
    """Take a key away from somebody who has others; ``fingerprint`` as `PersonKey.fingerprint`, or how it begins.

    Raises ProofOfPresenceMissing, PersonNotFound, NameAmbiguous, UsageError for no or several such keys,
    LastPersonKey.
    """
    session.require_presence()
    with session.records.change() as change:
        person = change.people.find(name)
        wanted = "".join(fingerprint.lower().split())
        found = [key for key in person.keys if len(wanted) >= 8 and key.fingerprint.startswith(wanted)]
        if len(found) != 1:
            raise UsageError(reason=f"“{person.name}” has {len(found) or 'no'} keys with that fingerprint.")
        if len(person.keys) == 1:
            raise LastPersonKey(person=person.name)
        change.people.remove_key(person.id, found[0].fingerprint)
        return _entered(change, REMOVE_KEY, person, keys=[found[0].fingerprint])


def remove_person(session: Session, name: str) -> Person:
    """Remove somebody with all keys, and return who it was. Files that they can read stay readable for them.

    Raises ProofOfPresenceMissing, PersonNotFound, NameAmbiguous.
    """
    session.require_presence()
    with session.records.change() as change:
        person = change.people.find(name)
        change.people.remove(person.id)
        change.append(Draft(REMOVE, Outcome.DONE, details={"person": person.id, "name": person.name}))
    return person


def trust_person(session: Session, name: str, *, fingerprints: Collection[str] | None = None) -> Person:
    """Note that the fingerprints of somebody's keys were compared just now: signatures by them count from here on.

    ``fingerprints`` are those that were shown (None: of all keys); if the person has other keys by now, nothing is
    noted. Raises ProofOfPresenceMissing, PersonNotFound, NameAmbiguous, PersonChanged.
    """
    session.require_presence()
    with session.records.change() as change:
        person = change.people.find(name)
        there = [key.fingerprint for key in person.keys]
        wanted = there if fingerprints is None else list(dict.fromkeys(fingerprints))
        if not set(wanted) <= set(there):
            raise PersonChanged(person=person.name)
        now = timestamp(session.workplace.clock.now())
        for each in wanted:
            change.people.set_trust(person.id, each, now)
        return _entered(change, TRUST, person, keys=wanted)


def untrust_person(session: Session, name: str) -> Person:
    """Take trust away from all of somebody's keys; raises PersonNotFound, NameAmbiguous."""
    with session.records.change() as change:
        person = change.people.find(name)
        before = [key.fingerprint for key in person.keys if key.trusted]
        for each in before:
            change.people.set_trust(person.id, each, "")
        return _entered(change, UNTRUST, person, keys=before)


def rename_person(session: Session, name: str, new: str) -> Person:
    """Call somebody something else; who is meant by a name changes with it.

    Raises ProofOfPresenceMissing, PersonNotFound, NameAmbiguous, UsageError, PersonNameTaken.
    """
    session.require_presence()
    wanted = check_person_name(new)
    with session.records.change() as change:
        person = change.people.find(name)
        change.people.rename(person.id, wanted)
        return _entered(change, RENAME, person, to=wanted)


def note_person(session: Session, name: str, note: str) -> Person:
    """Say anew what is to be remembered about somebody; raises PersonNotFound, NameAmbiguous, UsageError."""
    checked = _checked_note(note)
    with session.records.change() as change:
        person = change.people.find(name)
        change.people.set_note(person.id, checked)
        return _entered(change, NOTE, person)


def check_person_name(name: str) -> str:
    """Return a name as it is kept, if somebody may be called that; raise UsageError, saying why not."""
    tidy = tidied(name)
    if not 1 <= len(tidy) <= MAX_NAME or not folded(tidy):
        raise UsageError(reason=f"A name has 1 to {MAX_NAME} characters.")
    if not readable(tidy):
        raise UsageError(reason="A name has letters, digits, spaces and signs, and nothing that cannot be seen.")
    if folded(tidy).startswith(_TAKEN_FOR_KEYS) or LOOKS_LIKE_AN_ID.fullmatch(folded(tidy)):
        raise UsageError(reason=f"“{tidy}” could be mistaken for a key, an id or an option; choose another name.")
    return tidy


def _checked_note(note: str) -> str:
    if len(note) > MAX_NOTE or not readable(" ".join(note.split())):
        raise UsageError(reason=f"A note has at most {MAX_NOTE} characters, all of which can be seen.")
    return note.strip()


def _check_count(count: int, *, at_least: int = 1) -> None:
    if not at_least <= count <= MAX_KEYS:
        raise UsageError(reason=f"A person has 1 to {MAX_KEYS} public keys; give those that are really theirs.")


def _different(sources: Sequence[PublicPart]) -> list[PublicPart]:
    """Each key once; by certificate rather than bare, if it is there both ways."""
    found: dict[str, PublicPart] = {}
    for part in sources:
        if part.fingerprint not in found or part.certificate:
            found[part.fingerprint] = part
    return list(found.values())


def _key(part: PublicPart, added: str) -> PersonKey:
    return PersonKey(part.kind, part.content, part.comment, part.certificate, added=added)


def _entered(change: Change, operation: str, person: Person, **details: Detail) -> Person:
    """Write the entry, and return the person as it is now."""
    change.append(Draft(operation, Outcome.DONE, details={"person": person.id, "name": person.name, **details}))
    return change.people.get(person.id)
