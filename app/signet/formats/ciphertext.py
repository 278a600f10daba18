"""The ciphertext of small secrets and of data keys: where its fields stand, and what is derived and bound from them.

    header | salt | commitment | AES-256-GCM ciphertext and tag

Described in ``docs/formats/ciphertext.md``; laid down in DESIGN.md, section 6. The encryption context is not in it:
whoever opens one has to bring the same.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from signet.errors import CiphertextInvalid, FormatUnrecognised
from signet.formats.esdk import serialise_context

MAGIC = b"signet"
FORMAT_VERSION = 1
ALGORITHM = 1
"""HKDF with SHA-512, AES-256-GCM, a commitment to the key; the only one there is."""
HEADER_LENGTH = 46
"""Bytes: magic 6, format version 1, content 1, algorithm 2, vault id 16, key id 16, key version 4."""
SALT_LENGTH = 32
COMMITMENT_LENGTH = 32
TAG_LENGTH = 16
MIN_PLAINTEXT = 1
"""AWS KMS API reference, Encrypt: Plaintext has 1 to 4096 bytes."""
MAX_PLAINTEXT = 4096
OVERHEAD = HEADER_LENGTH + SALT_LENGTH + COMMITMENT_LENGTH + TAG_LENGTH
MIN_CIPHERTEXT = OVERHEAD + MIN_PLAINTEXT
MAX_CIPHERTEXT = OVERHEAD + MAX_PLAINTEXT
MAX_VERSION = 2**32 - 1

_HEADER = struct.Struct(">6sBBH16s16sI")


class Content(IntEnum):
    """What is inside; each derives its key under a name of its own, so that one is never taken for the other."""

    SECRET = 1
    DATA_KEY = 2

    @property
    def label(self) -> bytes:
        """The beginning of HKDF's info."""
        return b"signet/v1/secret" if self is Content.SECRET else b"signet/v1/data-key"

    @property
    def said(self) -> str:
        """What it is called, in errors and in the audit log."""
        return "secret" if self is Content.SECRET else "data-key"


_WANTED = {Content.SECRET: "an encrypted secret", Content.DATA_KEY: "an encrypted data key"}


@dataclass(frozen=True)
class Header:
    """What everyone can read: whose key of which vault this is under. Ids are UUIDs in lower case."""

    content: Content
    vault_id: str
    key_id: str
    version: int

    def serialise(self) -> bytes:
        """Write the 46 bytes; raise ValueError for an id that is no UUID or a version out of its range."""
        if not 1 <= self.version <= MAX_VERSION:
            raise ValueError("a key version is from 1 to 2^32-1")
        ids = (uuid.UUID(self.vault_id).bytes, uuid.UUID(self.key_id).bytes)
        return _HEADER.pack(MAGIC, FORMAT_VERSION, self.content, ALGORITHM, *ids, self.version)

    def info(self) -> bytes:
        """HKDF's info: the content's name and the header."""
        return self.content.label + self.serialise()

    def associated(self, context: Mapping[str, str]) -> bytes:
        """What AES-GCM binds besides: the header, and the context as Encryption SDK messages write it.

        Raises ContextInvalid if it is longer than 65535 bytes or not text.
        """
        return self.serialise() + serialise_context(context)


@dataclass(frozen=True)
class Ciphertext:
    """One ciphertext in its parts; ``sealed`` is AES-GCM's output, tag last."""

    header: Header
    salt: bytes
    commitment: bytes
    sealed: bytes

    def serialise(self) -> bytes:
        """Write it; raise ValueError if a part has a length that it cannot have."""
        lengths = (len(self.salt), len(self.commitment))
        plain = len(self.sealed) - TAG_LENGTH
        if lengths != (SALT_LENGTH, COMMITMENT_LENGTH) or not MIN_PLAINTEXT <= plain <= MAX_PLAINTEXT:
            raise ValueError("a part of the ciphertext has the wrong length")
        return self.header.serialise() + self.salt + self.commitment + self.sealed


def parse(data: bytes, wanted: Content) -> Ciphertext:
    """Read a ciphertext that is to hold ``wanted``.

    Raises FormatUnrecognised for anything else, another version or algorithm too; CiphertextInvalid for one that was
    cut off or has grown.
    """
    if not data.startswith(MAGIC):
        raise FormatUnrecognised(what=_WANTED[wanted])
    if not MIN_CIPHERTEXT <= len(data) <= MAX_CIPHERTEXT:
        raise CiphertextInvalid
    _, version, content, algorithm, vault_id, key_id, number = _HEADER.unpack(data[:HEADER_LENGTH])
    if (version, content, algorithm) != (FORMAT_VERSION, wanted, ALGORITHM):
        raise FormatUnrecognised(what=_WANTED[wanted])
    if number == 0:
        raise CiphertextInvalid
    header = Header(wanted, str(uuid.UUID(bytes=vault_id)), str(uuid.UUID(bytes=key_id)), number)
    rest = data[HEADER_LENGTH:]
    return Ciphertext(
        header,
        salt=rest[:SALT_LENGTH],
        commitment=rest[SALT_LENGTH : SALT_LENGTH + COMMITMENT_LENGTH],
        sealed=rest[SALT_LENGTH + COMMITMENT_LENGTH :],
    )
