"""People: whose public keys files are encrypted to and signatures are compared with.

Pure values and the rule of names. A person has one or more public keys, none private. Trust is a key's, not a name's:
it is the date on which the holder of the vault compared that key's fingerprint with the person.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

MAX_KEYS = 16
"""Keys of one person: as many recipients as a file may have (DESIGN.md, section 5)."""
MAX_NAME = 100
MAX_NOTE = 8192
"""As a key's description."""

_JOINERS = "\u200c\u200d"
"""ZERO WIDTH NON-JOINER and JOINER: names in Persian and in Indic scripts are spelt with them."""


class PersonKeyKind(StrEnum):
    """What a public key can be used for, by the form in which it came."""

    RSA = "rsa"
    """SPKI; receives Encryption SDK files (Raw RSA keyring)."""
    EC = "ec"
    """SPKI on P-256, P-384 or P-521; receives Encryption SDK files (Raw ECDH keyring)."""
    X25519 = "x25519"
    """SPKI; an age recipient, ``age1...``."""
    SSH_RSA = "ssh-rsa"
    """SPKI of an SSH key; an age recipient as its SSH line, and RSA all the same (services/files_people.py)."""
    SSH_ED25519 = "ssh-ed25519"
    """SPKI of an SSH key; an age recipient as its SSH line."""
    AGE_PLUGIN = "age-plugin"
    """The recipient as text, ``age1NAME1...``: what is in it is the plugin's own."""
    SIGNING_ONLY = "signing-only"
    """SPKI of a key that opens no files: of such a kind, or its certificate says so."""


_IN_FILES = frozenset({PersonKeyKind.RSA, PersonKeyKind.EC})
_IN_AGE = frozenset(
    {PersonKeyKind.X25519, PersonKeyKind.SSH_RSA, PersonKeyKind.SSH_ED25519, PersonKeyKind.AGE_PLUGIN}
)


@dataclass(frozen=True)
class PublicPart:
    """A public key as it was given: ``content`` is DER SubjectPublicKeyInfo, of an age plugin the recipient (ASCII).

    ``comment`` is what stood beside it (an SSH line's comment, a certificate's subject), ``certificate`` the DER of
    the certificate that it came by, empty if none.
    """

    kind: PersonKeyKind
    content: bytes
    comment: str = ""
    certificate: bytes = b""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of ``content`` in hexadecimal, by which a key is known."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def spki(self) -> bytes | None:
        """DER SubjectPublicKeyInfo, None for an age plugin's recipient."""
        return None if self.kind is PersonKeyKind.AGE_PLUGIN else self.content

    @property
    def receives_files(self) -> bool:
        """Whether Encryption SDK files can be encrypted to it."""
        return self.kind in _IN_FILES

    @property
    def receives_age(self) -> bool:
        """Whether age files can be encrypted to it."""
        return self.kind in _IN_AGE


@dataclass(frozen=True)
class PersonKey(PublicPart):
    """A public key of somebody in the vault; ``added`` and ``trusted`` are RFC 3339 in UTC, the latter "" or a date.

    ``trusted`` says when its fingerprint was compared.
    """

    added: str = ""
    trusted: str = ""


@dataclass(frozen=True)
class Person:
    """Somebody: ``id`` a UUID in lower case, ``created`` RFC 3339 in UTC, ``keys`` in the order they were added."""

    id: str
    name: str
    created: str
    note: str = ""
    keys: tuple[PersonKey, ...] = ()

    @property
    def trusted(self) -> bool:
        """Whether the fingerprint of every one of the keys was compared."""
        return bool(self.keys) and all(key.trusted for key in self.keys)

    @property
    def trusted_since(self) -> str:
        """When the last of them was compared; "" unless all were."""
        return max(key.trusted for key in self.keys) if self.trusted else ""

    @property
    def file_keys(self) -> tuple[PersonKey, ...]:
        """The keys that Encryption SDK files can be encrypted to."""
        return tuple(key for key in self.keys if key.receives_files)

    @property
    def age_keys(self) -> tuple[PersonKey, ...]:
        """The keys that age files can be encrypted to."""
        return tuple(key for key in self.keys if key.receives_age)

    def key(self, fingerprint: str) -> PersonKey | None:
        """Return the key with that fingerprint, None if the person has none."""
        return next((key for key in self.keys if key.fingerprint == fingerprint), None)


def grouped(fingerprint: str) -> str:
    """Write a fingerprint in groups of four, as it is read out and compared."""
    return " ".join(fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4))


def tidied(name: str) -> str:
    """Write a name in the one way it is kept: NFC, single spaces, none around it."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def folded(name: str) -> str:
    """Return what two names must differ in: compatible forms, capitals, joiners and spaces make no difference."""
    plain = "".join(char for char in unicodedata.normalize("NFKC", name) if char not in _JOINERS)
    return " ".join(unicodedata.normalize("NFKC", plain.casefold()).split())


def readable(text: str) -> bool:
    """Whether every character shows itself: no controls, no turns of direction, nothing invisible but joiners."""
    return all(char.isprintable() or char in _JOINERS for char in text)
