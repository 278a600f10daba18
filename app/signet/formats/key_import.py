"""The import token: which wrapping key was given out, for which key of which vault, and until when.

Its layout is in docs/formats/key-import.md. It is public; its MAC shows that this vault wrote it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, fields
from enum import StrEnum

from signet.clock import parse_timestamp
from signet.formats import canonical

FORMAT = "signet-import-token"
VERSION = 1
MAX_TOKEN = 8192
"""Bytes of a token's file; Signet's own have some 600."""
MAX_WRAPPED = 16384
"""Bytes of wrapped key material: 512 of RSA, and a PKCS#8 document (AWS KMS API, ImportKeyMaterial: 6144)."""
_SHORT = 128


class WrappingSpec(StrEnum):
    """The wrapping key (AWS KMS API, GetParametersForImport)."""

    RSA_3072 = "RSA_3072"
    RSA_4096 = "RSA_4096"


class WrappingAlgorithm(StrEnum):
    """How material is wrapped (AWS KMS API, GetParametersForImport); those with SHA-1 are not offered."""

    RSAES_OAEP_SHA_256 = "RSAES_OAEP_SHA_256"
    RSA_AES_KEY_WRAP_SHA_256 = "RSA_AES_KEY_WRAP_SHA_256"


@dataclass(frozen=True)
class Token:
    """An import token; ``public_key`` is SHA-256 of the wrapping key (SPKI) in hexadecimal, ``mac`` likewise."""

    id: str
    vault_id: str
    key_id: str
    key_spec: str
    wrapping_spec: str
    algorithm: str
    public_key: str
    created: str
    expires: str
    mac: str = ""

    def signed_bytes(self) -> bytes:
        """What the MAC covers: everything but itself."""
        return canonical.encode({name: value for name, value in self._fields().items() if name != "mac"})

    def encoded(self) -> bytes:
        """The token as it stands in its file."""
        return canonical.encode(self._fields())

    def _fields(self) -> dict[str, canonical.JsonValue]:
        return {"format": FORMAT, "version": VERSION, **vars(self)}


def parse_token(data: bytes) -> Token:
    """Read a token; raise ValueError, saying why, for anything that Signet would not have written."""
    if len(data) > MAX_TOKEN:
        raise ValueError("it is too long to be one")
    value = canonical.decode(data)
    names = {field.name for field in fields(Token)}
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise ValueError("it is no import token")
    if value.get("version") != VERSION or set(value) != names | {"format", "version"}:
        raise ValueError("it was made by another version of Signet")
    texts = {name: value[name] for name in names}
    token = Token(**{name: _text(text) for name, text in texts.items()})
    try:
        same = all(str(uuid.UUID(text)) == text for text in (token.id, token.vault_id, token.key_id))
        parse_timestamp(token.created)
        parse_timestamp(token.expires)
    except ValueError as error:
        raise ValueError("an id or a moment in it cannot be") from error
    if not same:
        raise ValueError("an id or a moment in it cannot be")
    return token


def _text(value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= _SHORT:
        raise ValueError("a field of it cannot be")
    return value
