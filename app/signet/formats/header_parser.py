"""Reads a vault header: anything that Signet would not have written is refused, with the reason."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from signet.clock import parse_timestamp
from signet.errors import HeaderDamaged, VaultNewer
from signet.formats import canonical
from signet.formats.header import (
    DATABASE_NAME,
    FORMAT,
    IDENTITY_BYTES,
    MAX_ATTESTATION,
    MAX_HEADER,
    MAX_LABEL,
    MAX_METHODS,
    MAX_PUBLIC_KEY,
    MAX_WRAPPED,
    OPERATIONS,
    PARAMETERS,
    SIGNATURE_BYTES,
    VERSION,
    MethodKind,
    Scheme,
    UnlockMethod,
    VaultHeader,
    text_of,
)

Choice = TypeVar("Choice", bound=StrEnum)


def parse_header(data: bytes) -> VaultHeader:
    """Read a header file.

    Raises VaultNewer for a later version, HeaderDamaged, with the reason, for all else that Signet does not write.
    The signature is not checked here: `signet.crypto.identity.check_header` does.
    """
    if len(data) > MAX_HEADER:
        raise HeaderDamaged(reason="it is too long")
    try:
        value = canonical.decode(data)
        if not isinstance(value, dict) or value.get("format") != FORMAT:
            raise ValueError("it is not a vault header")
        version = _number(value, "version")
        if version > VERSION:
            raise VaultNewer(what="header")
        header = _header(value)
        if header.encoded() != data:
            raise ValueError("it is not as Signet writes it")
        return header
    except ValueError as error:
        raise HeaderDamaged(reason=str(error)) from error


_HEADER_FIELDS = frozenset(
    {"format", "version", "vault_id", "generation", "database", "identity", "methods", "signature"}
)
_METHOD_FIELDS = frozenset(
    {"id", "kind", "label", "created", "scheme", "public_key", "parameters", "wrapped_key", "attestation"}
)


def _header(value: dict[str, canonical.JsonValue]) -> VaultHeader:
    _same_fields(value, _HEADER_FIELDS, "the header")
    if value["version"] != VERSION:
        raise ValueError("its version is unknown")
    methods = value["methods"]
    if not isinstance(methods, list) or not 1 <= len(methods) <= MAX_METHODS:
        raise ValueError("its ways in cannot be read")
    parsed = tuple(_method(method) for method in methods)
    if len({method.id for method in parsed}) != len(parsed):
        raise ValueError("a way in stands in it twice")
    if len({method.public_key for method in parsed}) != len(parsed):
        raise ValueError("a way in's public key stands in it twice")
    generation = _number(value, "generation")
    database = _string(value, "database", 64)
    if generation < 1:
        raise ValueError("its generation cannot be")
    if not DATABASE_NAME.fullmatch(database):
        raise ValueError("its database name cannot be")
    return VaultHeader(
        vault_id=_uuid(value, "vault_id"),
        generation=generation,
        database=database,
        identity=_binary(value, "identity", IDENTITY_BYTES, exact=True),
        methods=parsed,
        signature=_binary(value, "signature", SIGNATURE_BYTES, exact=True),
    )


def _method(value: canonical.JsonValue) -> UnlockMethod:
    if not isinstance(value, dict):
        raise ValueError("a way in cannot be read")
    fields = dict(value)
    hint = fields.pop("hint", None)
    _same_fields(fields, _METHOD_FIELDS, "a way in")
    kind = _choice(fields, "kind", MethodKind)
    scheme = _choice(fields, "scheme", Scheme)
    if (kind, scheme) not in PARAMETERS:
        raise ValueError("a way in has a scheme that does not belong to its kind")
    created = _string(fields, "created", 20)
    parse_timestamp(created)
    return UnlockMethod(
        id=_uuid(fields, "id"),
        kind=kind,
        label=_string(fields, "label", MAX_LABEL),
        created=created,
        scheme=scheme,
        public_key=_binary(fields, "public_key", MAX_PUBLIC_KEY),
        parameters=_parameters(fields["parameters"], PARAMETERS[kind, scheme]),
        wrapped_key=_binary(fields, "wrapped_key", MAX_WRAPPED),
        attestation=_binary(fields, "attestation", MAX_ATTESTATION, empty=True),
        hint=_hint(hint, kind),
    )


def _parameters(value: canonical.JsonValue, names: frozenset[str]) -> tuple[tuple[str, str | int], ...]:
    if not isinstance(value, dict):
        raise ValueError("a way in's parameters cannot be read")
    _same_fields(value, names, "a way in's parameters")
    pairs: list[tuple[str, str | int]] = []
    for name, item in sorted(value.items()):
        if isinstance(item, bool) or not isinstance(item, str | int):
            raise ValueError("a way in's parameters cannot be read")
        if name == "operation" and item not in OPERATIONS:
            raise ValueError("a way in's operation is unknown")
        pairs.append((name, item))
    return tuple(pairs)


def _hint(value: canonical.JsonValue, kind: MethodKind) -> tuple[tuple[str, str], ...]:
    if value is None:
        return ()
    if kind is not MethodKind.TOKEN or not isinstance(value, dict):
        raise ValueError("a way in's hint cannot be read")
    _same_fields(value, frozenset({"model", "serial"}), "a way in's hint")
    return tuple((name, _string(value, name, MAX_LABEL, empty=True)) for name in sorted(value))


def _same_fields(value: Mapping[str, canonical.JsonValue], wanted: frozenset[str], where: str) -> None:
    if set(value) - wanted:
        raise ValueError(f"{where} has an unknown field")
    if wanted - set(value):
        raise ValueError(f"a field of {where} is missing")


def _string(value: Mapping[str, canonical.JsonValue], name: str, limit: int, *, empty: bool = False) -> str:
    item = value[name]
    if not isinstance(item, str) or len(item) > limit or not (item or empty):
        raise ValueError(f"its field {name} cannot be read")
    return item


def _number(value: Mapping[str, canonical.JsonValue], name: str) -> int:
    item = value.get(name)
    if isinstance(item, bool) or not isinstance(item, int):
        raise ValueError(f"its field {name} cannot be read")
    return item


def _uuid(value: Mapping[str, canonical.JsonValue], name: str) -> str:
    text = _string(value, name, 36)
    try:
        same = str(uuid.UUID(text)) == text
    except ValueError:
        same = False
    if not same:
        raise ValueError(f"its field {name} cannot be read")
    return text


def _choice(value: Mapping[str, canonical.JsonValue], name: str, choices: type[Choice]) -> Choice:
    try:
        return choices(_string(value, name, 64))
    except ValueError as error:
        raise ValueError(f"its field {name} cannot be read") from error


def _binary(
    value: Mapping[str, canonical.JsonValue], name: str, limit: int, *, exact: bool = False, empty: bool = False
) -> bytes:
    text = _string(value, name, limit * 2, empty=empty)
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"its field {name} cannot be read") from error
    if text_of(data) != text or len(data) > limit or (exact and len(data) != limit):
        raise ValueError(f"its field {name} cannot be read")
    return data
