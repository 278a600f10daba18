"""Small secrets under a key of the vault: a password, a recovery code, up to 4096 bytes (DESIGN.md, section 6).

What is given back names the key, so that opening one finds it by itself. Nothing is kept in the vault but the entry
in the log, which holds the context and never a byte of the secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.crypto.small import open_sealed, seal
from signet.errors import (
    CiphertextInvalid,
    KeyIncorrect,
    KeyNotFound,
    KeyNotHere,
    KeyUsageRefused,
    PlaintextLengthInvalid,
)
from signet.formats.ciphertext import MAX_PLAINTEXT, MIN_PLAINTEXT, Content, Header, parse
from signet.keys.model import Key
from signet.keys.spec import Protection
from signet.keys.state import Operation
from signet.secret import Secret
from signet.services.context import checked_pairs
from signet.services.session import Session
from signet.services.use import Grant, use_key

FILES_ONLY = "encrypting and decrypting files"


@dataclass(frozen=True)
class Sealed:
    """What a key and its version (a number from 1) made."""

    key: Key
    version: int
    ciphertext: bytes = field(repr=False)


@dataclass(frozen=True)
class Opened:
    """What was inside, which the caller wipes, and the key and version that opened it."""

    key: Key
    version: int
    plaintext: Secret = field(repr=False)


def check_length(length: int) -> None:
    """Raise PlaintextLengthInvalid unless a secret may have so many bytes."""
    if not MIN_PLAINTEXT <= length <= MAX_PLAINTEXT:
        raise PlaintextLengthInvalid(maximum=MAX_PLAINTEXT)


def encrypt_secret(
    session: Session, plaintext: Secret, *, key: str, context: Mapping[str, str] | None = None
) -> Sealed:
    """Encrypt 1 to 4096 bytes under the current version of ``key``; the context has to be given again to open it.

    Raises PlaintextLengthInvalid, ContextInvalid, what `use_key` raises.
    """
    pairs = checked_pairs(context or {})
    check_length(len(plaintext))
    details: dict[str, Detail] = {"content": Content.SECRET.said, "context": pairs}
    with use_key(session, key, Operation.ENCRYPT, details=details, context=pairs) as grant:
        grant.add(content=Content.SECRET.said)
        return sealed_under(session, grant, plaintext, content=Content.SECRET, context=pairs)


def decrypt_secret(
    session: Session, ciphertext: bytes, *, key: str | None = None, context: Mapping[str, str] | None = None
) -> Opened:
    """Decrypt what `encrypt_secret` made; raises as `opened`."""
    return opened(session, ciphertext, content=Content.SECRET, key=key, context=context)


def sealed_under(
    session: Session, grant: Grant, plaintext: Secret, *, content: Content, context: Mapping[str, str]
) -> Sealed:
    """Encrypt under what was granted; raise KeyUsageRefused for a key pair: `rsa_secrets` is for those."""
    if not grant.key.spec.is_symmetric:
        usage = FILES_ONLY if grant.key.protection is Protection.TOKEN else "small secrets by RSA-OAEP"
        raise KeyUsageRefused(key=grant.key.alias, usage=usage, operation="encrypt small secrets and data keys")
    header = Header(content, session.vault_id, grant.key.id, grant.version.number)
    with grant.material() as material:
        ciphertext = seal(material, plaintext, header=header, context=context)
    return Sealed(grant.key, grant.version.number, ciphertext)


def opened(
    session: Session, ciphertext: bytes, *, content: Content, key: str | None, context: Mapping[str, str] | None
) -> Opened:
    """Decrypt with the key that the ciphertext names; ``key`` is the one that the caller expects, or None.

    Raises FormatUnrecognised, KeyNotHere, KeyIncorrect, CiphertextInvalid (damaged, or another context), what
    `use_key` raises, ContextInvalid.
    """
    pairs = checked_pairs(context or {})
    parsed = parse(ciphertext, content)
    header = parsed.header
    details: dict[str, Detail] = {"content": content.said, "context": pairs}
    named, key_id = _looked_up(session, header, key, details)
    with use_key(
        session, key_id, Operation.DECRYPT, details=details, version=header.version, by_id=True, context=pairs
    ) as grant:
        grant.add(content=content.said)
        if named is not None and named.id != key_id:
            raise KeyIncorrect(key=named.alias)
        if not grant.key.spec.is_symmetric:
            raise CiphertextInvalid  # no such key ever made one
        with grant.material() as material:
            return Opened(grant.key, header.version, open_sealed(material, parsed, context=pairs))


def _looked_up(
    session: Session, header: Header, expected: str | None, details: Mapping[str, Detail]
) -> tuple[Key | None, str]:
    """Return the key that the caller expects, and the id of the one that opens this, if it is here.

    The id comes from outside, so nothing but a whole id counts.
    """
    with session.records.read() as reading:
        named = None if expected is None else reading.keys.find(expected)
        try:
            reading.keys.version(header.key_id, header.version)
            return named, header.key_id
        except KeyNotFound:
            error = KeyNotHere(wanted=f"{header.key_id}/{header.version} of the vault {header.vault_id}")
    with session.records.change() as change:
        refusal: dict[str, Detail] = {**details, "wanted": header.key_id, "error": type(error).__name__}
        change.append(Draft(str(Operation.DECRYPT), Outcome.REFUSED, details=refusal))
    raise error
