"""Whom the person knows: the vault's own keys, people, what was given with the command, trusted issuers.

Looked up by public key, in the one spelling in which Signet writes it; never by a name in a certificate.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass

from signet.formats.minisign import MinisignKey
from signet.keys.decide import decide
from signet.keys.model import Key
from signet.keys.spec import KeyUsage
from signet.keys.state import Operation
from signet.services.issuers import trusted_roots
from signet.services.listed import listed_roots
from signet.services.session import Session
from signet.services.verifying_given import certificates_in, keys_in, minisign_keys_in

ED25519 = bytes.fromhex("302a300506032b6570032100")
"""DER of SubjectPublicKeyInfo before the 32 bytes of an Ed25519 key (RFC 8410, 4)."""


@dataclass(frozen=True)
class Known:
    """What is known of one public key.

    ``key`` is the vault's with that public half, ``allowed`` whether its state lets signatures be checked with it.
    ``person`` has that key, ``compared`` says whether its fingerprint was; ``given`` is the file that vouches for it.
    """

    key: Key | None = None
    allowed: bool = False
    person: str | None = None
    compared: bool = False
    given: str | None = None

    @property
    def trusted_by(self) -> str:
        """Where direct trust comes from, as `SignatureView.trusted_by`; "" if there is none."""
        if self.key is not None and self.allowed:
            return "vault"
        if self.given is not None:
            return "given"
        return "person" if self.person is not None and self.compared else ""


class KnownSigners:
    """Everybody who is known to one check. ``roots`` are certificates (DER) that may vouch for others."""

    def __init__(self, files: Sequence[str], session: Session | None) -> None:
        self.session = session
        self._named: dict[bytes, str] = {}
        given: list[bytes] = []
        self._minisign: list[MinisignKey] = []
        for path in files:
            for public_key in keys_in(path):
                self._named.setdefault(public_key, os.path.basename(path))
            given += certificates_in(path)
            self._minisign += minisign_keys_in(path)
        self.given = frozenset(given)
        self.issuers = frozenset(trusted_roots(session))
        self.listed = frozenset(listed_roots(session))
        self._own: dict[bytes, Key] = {}
        if session is not None:
            with session.records.read() as reading:
                signing = [key for key in reading.keys.all() if key.usage is KeyUsage.SIGN_VERIFY]
                for key in signing:
                    for version in reading.keys.versions(key.id):
                        self._own[version.public_key or b""] = key

    @property
    def roots(self) -> tuple[bytes, ...]:
        """The certificates that a chain may end at."""
        return tuple(sorted(self.given | self.issuers | self.listed))

    def minisign_keys(self) -> list[MinisignKey]:
        """Every Ed25519 key at hand: minisign's by their names, the others without one."""
        there = [*self._named, *self._own]
        if self.session is not None:
            with self.session.records.read() as reading:
                there += [key.spki or b"" for person in reading.people.all() for key in person.keys]
        named = {key.public_key for key in self._minisign}
        bare = dict.fromkeys(spki[len(ED25519) :] for spki in there if spki.startswith(ED25519))
        return [*self._minisign, *(MinisignKey(b"", each) for each in bare if each not in named)]

    def key(self, key_id: str) -> Key | None:
        """Return the vault's signing key with that id."""
        return next((key for key in self._own.values() if key.id == key_id), None)

    def known(self, public_key: bytes) -> Known:
        """Return what is known of a public key (DER SubjectPublicKeyInfo)."""
        own = self._own.get(public_key)
        person, compared = self._person(public_key)
        return Known(
            key=own,
            allowed=own is not None and decide(own, Operation.VERIFY).allowed,
            person=person,
            compared=compared,
            given=self._named.get(public_key),
        )

    def _person(self, public_key: bytes) -> tuple[str | None, bool]:
        if self.session is None:
            return None, False
        fingerprint = hashlib.sha256(public_key).hexdigest()
        with self.session.records.read() as reading:
            holder = reading.people.holder_of(fingerprint)
        key = None if holder is None else holder.key(fingerprint)
        return (None, False) if holder is None or key is None else (holder.name, bool(key.trusted))
