"""The vault header: who may open it. Public, canonical, signed by the identity key (DESIGN.md, section 3).

A header says nothing about the keys in the vault, and nothing in it is trusted before the pins, the attestation of
the way in and the database have agreed. Anything that Signet would not have written is refused.
"""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from signet.formats import canonical

FORMAT = "signet-vault"
VERSION = 1
MAX_HEADER = 256 * 1024
MAX_METHODS = 64
MAX_LABEL = 200
MAX_PUBLIC_KEY = 4096
"""Bytes of DER; an RSA-8192 key has 1,060."""
MAX_WRAPPED = 4096
MAX_ATTESTATION = 8192
IDENTITY_BYTES = 32
SIGNATURE_BYTES = 64

DATABASE_NAME = re.compile(r"vault-[0-9A-F]{16}\.db")


OPERATIONS = frozenset({"native", "raw"})
"""What ``operation`` of rsa-oaep-sha256 says: who takes the padding off, the token or the host."""


class MethodKind(StrEnum):
    """What kind of secret opens a way in."""

    TOKEN = "token"
    PASSPHRASE = "passphrase"
    RECOVERY_CODE = "recovery-code"
    RECOVERY_SHARES = "recovery-shares"


class Scheme(StrEnum):
    """How the master key is wrapped to a way in's public key."""

    ECDH_X = "ecdh-x"
    RSA_OAEP_SHA256 = "rsa-oaep-sha256"
    RSA_OAEP_SHA1 = "rsa-oaep-sha1"
    RSA_PKCS1V15 = "rsa-pkcs1v15"
    X25519 = "x25519"


PARAMETERS: Mapping[tuple[MethodKind, Scheme], frozenset[str]] = {
    (MethodKind.TOKEN, Scheme.ECDH_X): frozenset(),
    (MethodKind.TOKEN, Scheme.RSA_OAEP_SHA256): frozenset({"operation"}),
    (MethodKind.TOKEN, Scheme.RSA_OAEP_SHA1): frozenset(),
    (MethodKind.TOKEN, Scheme.RSA_PKCS1V15): frozenset(),
    (MethodKind.PASSPHRASE, Scheme.X25519): frozenset({"salt", "memory-kib", "iterations", "lanes"}),
    (MethodKind.RECOVERY_CODE, Scheme.X25519): frozenset(),
    (MethodKind.RECOVERY_SHARES, Scheme.X25519): frozenset({"identifier", "threshold", "shares"}),
}
"""Every pair of kind and scheme that exists, with the parameters it has, all of them required."""


@dataclass(frozen=True)
class UnlockMethod:
    """One way to the master key.

    ``public_key`` is DER SubjectPublicKeyInfo; ``wrapped_key`` as `signet.crypto.wrapping` makes it; ``attestation``
    is empty until the way in has attested: an SSHSIG blob for a token, 32 bytes of HMAC for a typed secret; ``hint``
    has ``model`` and ``serial`` of a token, for messages only.
    """

    id: str
    kind: MethodKind
    label: str
    created: str
    scheme: Scheme
    public_key: bytes
    parameters: tuple[tuple[str, str | int], ...]
    wrapped_key: bytes
    attestation: bytes
    hint: tuple[tuple[str, str], ...] = ()

    def parameter(self, name: str) -> str | int:
        """Return one scheme parameter; the parser has seen to it that it is there."""
        return dict(self.parameters)[name]

    def binding(self, vault_id: str) -> bytes:
        """The associated data of the wrapped master key: this way in, in this vault, and nothing else."""
        return canonical.encode(
            {
                "format": FORMAT,
                "version": VERSION,
                "vault_id": vault_id,
                "id": self.id,
                "kind": self.kind,
                "scheme": self.scheme,
                "public_key": text_of(self.public_key),
                "parameters": dict(self.parameters),
            }
        )

    def attested_message(self, vault_id: str, identity: bytes) -> bytes:
        """What a way in attests: that this vault, with this identity, is the one it opens."""
        return canonical.encode(
            {
                "vault_id": vault_id,
                "id": self.id,
                "public_key": text_of(self.public_key),
                "identity": text_of(identity),
            }
        )

    def as_fields(self) -> dict[str, canonical.JsonValue]:
        """The fields as they stand in the header."""
        fields: dict[str, canonical.JsonValue] = {
            "id": self.id,
            "kind": self.kind,
            "label": self.label,
            "created": self.created,
            "scheme": self.scheme,
            "public_key": text_of(self.public_key),
            "parameters": dict(self.parameters),
            "wrapped_key": text_of(self.wrapped_key),
            "attestation": text_of(self.attestation),
        }
        if self.hint:
            fields["hint"] = dict(self.hint)
        return fields


@dataclass(frozen=True)
class VaultHeader:
    """The whole header; ``identity`` is a raw Ed25519 public key, ``signature`` its 64 bytes over all the rest."""

    vault_id: str
    generation: int
    database: str
    identity: bytes
    methods: tuple[UnlockMethod, ...]
    signature: bytes = b""

    @property
    def salt(self) -> bytes:
        """The vault id as the 16 bytes that salt every derivation."""
        return uuid.UUID(self.vault_id).bytes

    def signed_bytes(self) -> bytes:
        """The bytes that the identity key signs: the header without its signature."""
        return canonical.encode(self._fields())

    def encoded(self) -> bytes:
        """The bytes of the header file."""
        return canonical.encode({**self._fields(), "signature": text_of(self.signature)})

    def method(self, method_id: str) -> UnlockMethod | None:
        """The way in with this id, or None."""
        return next((method for method in self.methods if method.id == method_id), None)

    def with_methods(self, methods: tuple[UnlockMethod, ...], *, database: str | None = None) -> VaultHeader:
        """The next generation with these ways in (and another database), not signed yet."""
        return replace(
            self,
            generation=self.generation + 1,
            methods=methods,
            database=database or self.database,
            signature=b"",
        )

    def _fields(self) -> dict[str, canonical.JsonValue]:
        return {
            "format": FORMAT,
            "version": VERSION,
            "vault_id": self.vault_id,
            "generation": self.generation,
            "database": self.database,
            "identity": text_of(self.identity),
            "methods": [method.as_fields() for method in self.methods],
        }


def text_of(data: bytes) -> str:
    """Write binary fields: standard base64 with padding (RFC 4648, 4)."""
    return base64.b64encode(data).decode("ascii")
