"""A key on its way to another vault of the same person: the request, the parcel, and what is sealed in it.

All three are canonical JSON; docs/formats/key-transfer.md has them byte by byte. Request and parcel are signed by
the identity of the vault that wrote them. Nothing here checks signatures or opens anything: `signet.crypto.transfer`
does.
"""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from signet.clock import parse_timestamp
from signet.formats import canonical

REQUEST_FORMAT = "signet-key-request"
PARCEL_FORMAT = "signet-key-parcel"
KEY_FORMAT = "signet-key"
VERSION = 1
MAX_REQUEST = 4096
MAX_PARCEL = 8 * 1024 * 1024
"""Bytes; RSA keys of 4096 bits have 2.4 KB a version, and are never rotated; symmetric keys 200 bytes a version."""
MAX_VERSIONS = 16384
MAX_ALIASES = 50  # AWS KMS developer guide, Quotas
MAX_TEXT = 65536
KEY_BYTES = 32
SIGNATURE_BYTES = 64

Json = Mapping[str, canonical.JsonValue]
Found = TypeVar("Found", "Request", "Parcel", "SentKey")


@dataclass(frozen=True)
class Request:
    """A vault asks for a key: its one-time public key (X25519) and until when it is good (RFC 3339)."""

    id: str
    vault_id: str
    identity: bytes
    public_key: bytes
    created: str
    expires: str
    signature: bytes = b""

    def signed_bytes(self) -> bytes:
        """What the signature covers: everything but itself."""
        return canonical.encode({**self._fields(), "signature": ""})

    def encoded(self) -> bytes:
        """The request as it stands in its file."""
        return canonical.encode(self._fields())

    def signed(self, signature: bytes) -> Request:
        """The same with its signature."""
        return replace(self, signature=signature)

    def _fields(self) -> dict[str, canonical.JsonValue]:
        return {"format": REQUEST_FORMAT, "version": VERSION, **_texts(vars(self))}


@dataclass(frozen=True)
class Parcel:
    """A key sealed to a request: ``sender`` and ``receiver`` are vault ids, ``identity`` is the sender's."""

    request: str
    sender: str
    receiver: str
    identity: bytes
    key_id: str
    created: str
    sealed: bytes = field(default=b"", repr=False)
    signature: bytes = b""

    def info(self, public_key: bytes) -> bytes:
        """What the seal is bound to: everything around it, and the one-time key that it is for."""
        bound = {name: value for name, value in self._fields().items() if name not in ("sealed", "signature")}
        return canonical.encode({**bound, "public_key": _text_of(public_key)})

    def signed_bytes(self) -> bytes:
        """What the signature covers: everything but itself."""
        return canonical.encode({**self._fields(), "signature": ""})

    def encoded(self) -> bytes:
        """The parcel as it stands in its file."""
        return canonical.encode(self._fields())

    def with_seal(self, sealed: bytes) -> Parcel:
        """The same with what is sealed in it."""
        return replace(self, sealed=sealed)

    def signed(self, signature: bytes) -> Parcel:
        """The same with its signature."""
        return replace(self, signature=signature)

    def _fields(self) -> dict[str, canonical.JsonValue]:
        return {"format": PARCEL_FORMAT, "version": VERSION, **_texts(vars(self))}


@dataclass(frozen=True)
class SentVersion:
    """One version of a sent key; ``wraps`` counts the AES-GCM uses of its material so far."""

    number: int
    created: str
    material: bytes = field(repr=False)
    public_key: bytes | None = None
    wraps: int = 0


@dataclass(frozen=True)
class SentKey:
    """A whole key as it is sealed in a parcel: names as in `signet.keys.model.Key`, all versions from 1.

    ``expires`` is when imported material does; ``policy`` is canonical JSON of its limits, of whose number of uses
    ``policy_uses`` were taken.
    """

    id: str
    spec: str
    usage: str
    origin: str
    protection: str
    created: str
    description: str
    aliases: tuple[str, ...]
    tags: tuple[tuple[str, str], ...]
    expires: str | None
    policy: str | None
    policy_uses: int
    versions: tuple[SentVersion, ...] = field(repr=False)

    def encoded(self) -> bytes:
        """The key as bytes, to be sealed."""
        plain: dict[str, canonical.JsonValue] = {
            "format": KEY_FORMAT,
            "version": VERSION,
            "id": self.id,
            "spec": self.spec,
            "usage": self.usage,
            "origin": self.origin,
            "protection": self.protection,
            "created": self.created,
            "description": self.description,
            "aliases": list(self.aliases),
            "tags": dict(self.tags),
            "expires": self.expires,
            "policy": self.policy,
            "policy_uses": self.policy_uses,
            "versions": [
                {
                    "number": version.number,
                    "created": version.created,
                    "material": _text_of(version.material),
                    "public_key": None if version.public_key is None else _text_of(version.public_key),
                    "wraps": version.wraps,
                }
                for version in self.versions
            ],
        }
        return canonical.encode(plain)


def parse_request(data: bytes) -> Request:
    """Read a request; raise ValueError, saying why, for anything that Signet would not have written."""
    value = _object(data, REQUEST_FORMAT, MAX_REQUEST, "a request for a key")
    request = Request(
        id=_uuid(value, "id"),
        vault_id=_uuid(value, "vault_id"),
        identity=_binary(value, "identity", KEY_BYTES),
        public_key=_binary(value, "public_key", KEY_BYTES),
        created=_moment(value, "created"),
        expires=_moment(value, "expires"),
        signature=_binary(value, "signature", SIGNATURE_BYTES),
    )
    return _same(request, data)


def parse_parcel(data: bytes) -> Parcel:
    """Read a parcel; raise ValueError, saying why, for anything that Signet would not have written."""
    value = _object(data, PARCEL_FORMAT, MAX_PARCEL, "a key from another vault")
    parcel = Parcel(
        request=_uuid(value, "request"),
        sender=_uuid(value, "sender"),
        receiver=_uuid(value, "receiver"),
        identity=_binary(value, "identity", KEY_BYTES),
        key_id=_uuid(value, "key_id"),
        created=_moment(value, "created"),
        sealed=_binary(value, "sealed"),
        signature=_binary(value, "signature", SIGNATURE_BYTES),
    )
    return _same(parcel, data)


def parse_key(data: bytes) -> SentKey:
    """Read what was sealed; raise ValueError, saying why, for anything that Signet would not have written."""
    value = _object(data, KEY_FORMAT, MAX_PARCEL, "a key")
    aliases, tags, versions = value.get("aliases"), value.get("tags"), value.get("versions")
    if not isinstance(aliases, list) or len(aliases) > MAX_ALIASES or not isinstance(tags, dict):
        raise ValueError("its names or tags cannot be")
    if not isinstance(versions, list) or not 1 <= len(versions) <= MAX_VERSIONS:
        raise ValueError("its versions cannot be")
    found = SentKey(
        id=_uuid(value, "id"),
        spec=_text(value, "spec"),
        usage=_text(value, "usage"),
        origin=_text(value, "origin"),
        protection=_text(value, "protection"),
        created=_moment(value, "created"),
        description=_text(value, "description"),
        aliases=tuple(_string(alias) for alias in aliases),
        tags=tuple(sorted((name, _string(text)) for name, text in tags.items())),
        expires=None if value.get("expires") is None else _moment(value, "expires"),
        policy=None if value.get("policy") is None else _text(value, "policy"),
        policy_uses=_count(value, "policy_uses"),
        versions=tuple(_version(version, number) for number, version in enumerate(versions, start=1)),
    )
    return _same(found, data)


def _version(value: canonical.JsonValue, number: int) -> SentVersion:
    if not isinstance(value, dict) or value.get("number") != number:
        raise ValueError("its versions are not in their order")
    return SentVersion(
        number=number,
        created=_moment(value, "created"),
        material=_binary(value, "material"),
        public_key=None if value.get("public_key") is None else _binary(value, "public_key"),
        wraps=_count(value, "wraps"),
    )


def _object(data: bytes, kind: str, limit: int, what: str) -> dict[str, canonical.JsonValue]:
    if len(data) > limit:
        raise ValueError(f"it is too long to be {what}")
    value = canonical.decode(data)
    if not isinstance(value, dict) or value.get("format") != kind:
        raise ValueError(f"it is not {what}")
    if value.get("version") != VERSION:
        raise ValueError("it was made by another version of Signet")
    return value


def _same(found: Found, data: bytes) -> Found:
    if found.encoded() != data:
        raise ValueError("it is not as Signet writes it")
    return found


def _texts(values: Mapping[str, object]) -> dict[str, canonical.JsonValue]:
    return {name: _text_of(value) if isinstance(value, bytes) else str(value) for name, value in values.items()}


def _text_of(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _count(value: Json, name: str) -> int:
    count = value.get(name)
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise ValueError("a counter in it cannot be")
    return count


def _text(value: Json, name: str) -> str:
    return _string(value.get(name))


def _string(value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise ValueError("a text in it cannot be")
    return value


def _moment(value: Json, name: str) -> str:
    text = _text(value, name)
    try:
        parse_timestamp(text)
    except ValueError as error:
        raise ValueError("a moment in it cannot be") from error
    return text


def _uuid(value: Json, name: str) -> str:
    text = _text(value, name)
    try:
        same = str(uuid.UUID(text)) == text
    except ValueError:
        same = False
    if not same:
        raise ValueError("an id in it cannot be")
    return text


def _binary(value: Json, name: str, size: int | None = None) -> bytes:
    text = value.get(name)
    if not isinstance(text, str):
        raise ValueError("a field of it is missing")
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("a field of it is no base64") from error
    if size is not None and len(data) != size:
        raise ValueError("a field of it has the wrong length")
    return data
