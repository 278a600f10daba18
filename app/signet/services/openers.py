"""Who can open an encrypted file, by name: keys of this vault, cards, persons, and whom this vault does not know.

Read from the header, which only decrypting proves: whoever has the file may have written another one over it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from signet.keys.model import Key
from signet.keys.person import grouped
from signet.services.files_inspect import Inspection, Recipient, inspect_file
from signet.services.key_pairs import own_pairs
from signet.services.keys import token_name
from signet.services.session import Session

FINGERPRINT_SHOWN = 16
"""Characters of a fingerprint in a sentence; Inspect shows all of it."""


class OpenerKind(StrEnum):
    """Who it is that can open a file."""

    KEY = "key"
    """A key of this vault."""
    CARD = "card"
    """A key of this vault that is on a card."""
    PERSON = "person"
    UNKNOWN = "unknown"
    """Somebody with a public key, or another vault's key, that this vault does not know."""


@dataclass(frozen=True)
class Opener:
    """One who can open a file; ``recipient`` is what the header says.

    ``name`` is a key's alias or a person's name, for UNKNOWN what the header calls the key. ``version`` is that of a
    symmetric key of a vault, ``card`` the label of the card if it is known; ``mine`` if it is this vault's.
    """

    kind: OpenerKind
    name: str
    recipient: Recipient
    version: int | None = None
    card: str = ""

    @property
    def mine(self) -> bool:
        """Whether it is a key of this vault."""
        return self.kind in (OpenerKind.KEY, OpenerKind.CARD)

    @property
    def sentence(self) -> str:
        """Say it to the person."""
        if self.kind is OpenerKind.PERSON:
            return f"{self.name} can open it."
        if self.mine:
            version = "" if self.version is None else f", version {self.version}"
            card = f", on the card “{self.card}”" if self.card else ", on a card"
            return f"You can open it with “{self.name}”{card if self.kind is OpenerKind.CARD else version}."
        return f"Somebody else can open it: {self.name}."


def openers(session: Session | None, recipients: Sequence[Recipient]) -> tuple[Opener, ...]:
    """Say of each recipient who it is; without an open vault nobody is known."""
    if session is None:
        return tuple(Opener(OpenerKind.UNKNOWN, _foreign(each), each, each.version) for each in recipients)
    with session.records.read() as reading:
        keys = {key.id: key for key in reading.keys.all()}
        pairs, people = own_pairs(reading), reading.people.all()
    persons = {key.fingerprint: person.name for person in people for key in person.keys}

    def named(recipient: Recipient) -> Opener:
        key: Key | None = keys.get(recipient.key_id or "")
        pair = pairs.get(recipient.fingerprint or "")
        # A header may name any key: one that never had that version, or is no such key, opens nothing.
        if key is not None and key.spec.is_symmetric and 1 <= (recipient.version or 0) <= key.version:
            return Opener(OpenerKind.KEY, key.alias, recipient, recipient.version)
        if pair is not None and pair.on_card:
            return Opener(OpenerKind.CARD, pair.key.alias, recipient, card=token_name(session, pair.key) or "")
        if pair is not None:
            return Opener(OpenerKind.KEY, pair.key.alias, recipient)
        person = persons.get(recipient.fingerprint or "")
        if person is not None:
            return Opener(OpenerKind.PERSON, person, recipient)
        return Opener(OpenerKind.UNKNOWN, _foreign(recipient), recipient, recipient.version)

    return tuple(named(recipient) for recipient in recipients)


def said_of(found: Sequence[Opener]) -> tuple[str, ...]:
    """Say who can open a file, a sentence each: oneself first, then persons, then everybody else."""
    order = list(OpenerKind)
    told = [each.sentence for each in sorted(found, key=lambda each: order.index(each.kind))]
    if not any(each.mine for each in found):
        told.insert(0, "You cannot open it: it is for none of your keys.")
    return tuple(dict.fromkeys(told))


def who_can_open(session: Session, path: str) -> tuple[str, ...]:
    """Say who can open the encrypted file at ``path``; raises as `inspect_file`."""
    return said_of(openers(session, inspect_file(path, session=session).recipients))


def who_can_open_age(session: Session, people: Sequence[str], key: str) -> tuple[str, ...]:
    """Say who can open age files made for these persons (ids) and this key of the vault ("" for none)."""
    with session.records.read() as reading:
        names = [reading.people.get(each).name for each in people]
    persons = tuple(f"{name} can open it." for name in names)
    mine = f"You can open it, with your key “{key}”." if key else "You cannot open it: it is for none of your keys."
    return (mine, *persons)


def inspect_with_names(session: Session | None, path: str) -> tuple[Inspection, tuple[Opener, ...]]:
    """Read a header and say who each recipient is; raises as `inspect_file`."""
    found = inspect_file(path, session=session)
    return found, openers(session, found.recipients)


def print_said(fingerprint: str) -> str:
    """Name a key that nobody here is known by."""
    return f"the key with the fingerprint {grouped(fingerprint[:FINGERPRINT_SHOWN])} …"


def _foreign(recipient: Recipient) -> str:
    if recipient.fingerprint is not None:
        return print_said(recipient.fingerprint)
    if recipient.key_id is not None:
        return f"a key of another vault ({recipient.key_id}, version {recipient.version})"
    return f"“{recipient.name}” ({recipient.provider})"
