"""The vault's own key pairs that open files which anybody encrypted to their public halves: here, and on cards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from signet.crypto.esdk_rsa import person_name
from signet.keys.model import Key
from signet.keys.spec import Protection
from signet.store.records import Reading


@dataclass(frozen=True)
class OwnPair:
    """A key pair of the vault and its public half, DER SubjectPublicKeyInfo."""

    key: Key
    public_key: bytes

    @property
    def on_card(self) -> bool:
        """Whether a card has to open what is for it."""
        return self.key.protection is Protection.TOKEN


def own_pairs(reading: Reading) -> Mapping[str, OwnPair]:
    """Return every such pair by how messages name it: the SHA-256 of the public half, in hexadecimal."""
    found = {}
    for key in reading.keys.all():
        if key.opens_from_others:
            public = reading.keys.version(key.id, key.version).public_key
            if public is not None:
                found[person_name(public)] = OwnPair(key, public)
    return found
