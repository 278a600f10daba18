"""Data keys for other programs: made here, wrapped under a key of the vault, kept by whoever asked (DESIGN.md, 6)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from signet.audit.canonical import Detail
from signet.crypto.software import generate
from signet.errors import UsageError
from signet.formats.ciphertext import Content
from signet.keys.model import Key
from signet.keys.spec import KeySpec
from signet.keys.state import Operation
from signet.secret import Secret
from signet.services.context import checked_pairs
from signet.services.session import Session
from signet.services.small_secrets import Opened, opened, sealed_under
from signet.services.use import use_key

DEFAULT_BYTES = 32
MAX_BYTES = 1024
"""AWS KMS API reference, GenerateDataKey: NumberOfBytes is from 1 to 1024."""
PAIR_SPECS = tuple(spec for spec in KeySpec if not spec.is_symmetric)


@dataclass(frozen=True)
class DataKey:
    """A new data key. ``ciphertext`` is what to keep; ``plaintext`` is wiped by the caller, None if not wanted.

    Of a pair, ``plaintext`` is the private key as PKCS#8 DER and ``public_key`` DER SubjectPublicKeyInfo.
    """

    key: Key
    version: int
    ciphertext: bytes = field(repr=False)
    plaintext: Secret | None = field(repr=False)
    public_key: bytes | None = None


def generate_data_key(
    session: Session,
    *,
    key: str,
    size: int = DEFAULT_BYTES,
    context: Mapping[str, str] | None = None,
    with_plaintext: bool = True,
) -> DataKey:
    """Make ``size`` random bytes (1 to 1024), wrapped under the current version of ``key``.

    Raises UsageError, ContextInvalid, what `use_key` raises.
    """
    if not 1 <= size <= MAX_BYTES:
        raise UsageError(reason=f"A data key has 1 to {MAX_BYTES} bytes.")
    pairs = checked_pairs(context or {})
    operation = Operation.GENERATE_DATA_KEY if with_plaintext else Operation.GENERATE_DATA_KEY_WITHOUT_PLAINTEXT
    details: dict[str, Detail] = {"bytes": size, "context": pairs}
    door = use_key(session, key, operation, details=details, context=pairs)
    with door as grant, Secret(secrets.token_bytes(size)) as fresh:
        sealed = sealed_under(session, grant, fresh, content=Content.DATA_KEY, context=pairs)
        return DataKey(sealed.key, sealed.version, sealed.ciphertext, fresh.copy() if with_plaintext else None)


def generate_data_key_pair(
    session: Session,
    *,
    key: str,
    spec: KeySpec,
    context: Mapping[str, str] | None = None,
    with_plaintext: bool = True,
) -> DataKey:
    """Make a key pair of ``spec``, its private half wrapped under the current version of ``key``.

    Raises UsageError for a spec without a public half, ContextInvalid, what `use_key` raises.
    """
    if spec not in PAIR_SPECS:
        raise UsageError(reason=f"A key of the kind {spec} is no key pair.")
    pairs = checked_pairs(context or {})
    operation = (
        Operation.GENERATE_DATA_KEY_PAIR if with_plaintext else Operation.GENERATE_DATA_KEY_PAIR_WITHOUT_PLAINTEXT
    )
    details: dict[str, Detail] = {"spec": spec.value, "context": pairs}
    with use_key(session, key, operation, details=details, context=pairs) as grant:
        made = generate(spec)
        with made.material as private:
            sealed = sealed_under(session, grant, private, content=Content.DATA_KEY, context=pairs)
            plaintext = private.copy() if with_plaintext else None
        return DataKey(sealed.key, sealed.version, sealed.ciphertext, plaintext, made.public_key)


def decrypt_data_key(
    session: Session, ciphertext: bytes, *, key: str | None = None, context: Mapping[str, str] | None = None
) -> Opened:
    """Unwrap a data key, or the private half of a pair; raises as `signet.services.small_secrets.opened`."""
    return opened(session, ciphertext, content=Content.DATA_KEY, key=key, context=context)
