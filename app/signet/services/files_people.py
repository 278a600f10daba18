"""Files for persons: which of their public keys a file opens with, and what has to be said before (DESIGN.md, 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from signet.audit.canonical import Detail
from signet.crypto.esdk_pairs import PublicKeyring, keyring_to
from signet.errors import PersonReceivesNoFiles, UsageError
from signet.formats.esdk import MAX_ENCRYPTED_DATA_KEYS
from signet.keys.person import Person, PersonKey, PersonKeyKind
from signet.services.key_pairs import own_pairs
from signet.services.session import Session

NOT_REVOKED = "Whoever could open a file before may have kept it, or its data key: nothing takes that back."
"""Said when somebody is taken off a file."""


@dataclass(frozen=True)
class Addressee:
    """A public key (DER SubjectPublicKeyInfo) that files are encrypted to; ``name`` is whose it is."""

    name: str
    fingerprint: str
    public_key: bytes

    @property
    def keyring(self) -> PublicKeyring:
        """What wraps to it; raises KeyMaterialInvalid for a key that no file can be encrypted to."""
        return keyring_to(self.public_key)


def file_keys(person: Person) -> tuple[PersonKey, ...]:
    """Return the keys of a person that open Encryption SDK files: RSA, also of SSH, and the NIST curves."""
    return tuple(key for key in person.keys if key.receives_files or key.kind is PersonKeyKind.SSH_RSA)


def addressees(session: Session, names: Sequence[str]) -> tuple[Addressee, ...]:
    """Return every public key of these persons that opens files; the same person twice is one.

    Tells the person whose keys were not compared with them yet. Raises PersonNotFound, NameAmbiguous,
    PersonReceivesNoFiles.
    """
    with session.records.read() as reading:
        persons = {person.id: person for person in map(reading.people.find, names)}
    found: list[Addressee] = []
    strange: list[Addressee] = []
    for person in persons.values():
        keys = file_keys(person)
        if not keys:
            raise PersonReceivesNoFiles(person=person.name, age=bool(person.age_keys))
        found += (Addressee(person.name, key.fingerprint, key.spki or b"") for key in keys)
        strange += (found[-1],) if not all(key.trusted for key in keys) else ()
    if strange:
        what = "fingerprint" if len(strange) == 1 else "fingerprints"
        whose = "the key is" if len(strange) == 1 else "the keys are"
        session.workplace.prompt.note(
            f"You have not compared the {what} of {named(strange)} with them yet: make sure that {whose} theirs."
        )
    return tuple(found)


def check_count(keyrings: int) -> None:
    """Raise UsageError if a file would be for more keys than one header has."""
    if keyrings > MAX_ENCRYPTED_DATA_KEYS:
        raise UsageError(
            reason=f"A file opens with {MAX_ENCRYPTED_DATA_KEYS} keys at most, and these are {keyrings}. "
            "Name fewer persons, or encrypt it twice."
        )


def confirm_without_oneself(session: Session, people: Sequence[Addressee]) -> None:
    """Have the person agree to a file that no key of this vault opens; raise ConfirmationMissing.

    Nobody is asked if one of the keys is the vault's own.
    """
    with session.records.read() as reading:
        own = own_pairs(reading)
    if any(each.fingerprint in own for each in people):
        return
    session.workplace.prompt.confirm(
        f"Encrypt for {named(people)} alone? You cannot open the result yourself unless you name a key of yours too."
    )


def named(people: Sequence[Addressee]) -> str:
    """Name the persons within a sentence, each once."""
    names = [f"“{name}”" for name in dict.fromkeys(each.name for each in people)]
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1] if names else "nobody"


def details_of_people(people: Sequence[Addressee]) -> dict[str, Detail]:
    """Say in the log for whom: names, and the SHA-256 of the public keys; nothing if for nobody."""
    return {"to": [f"{each.name} {each.fingerprint}" for each in people]} if people else {}
