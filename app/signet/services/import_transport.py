"""Material that comes wrapped to a key of this vault, as AWS KMS takes it: parameters given out, material taken in.

A wrapping key lives for 24 hours and for one import; its private half is sealed in the database, and what opens it
there also makes the MAC of the import token, so that a token says nothing that this vault did not write.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from signet.audit.entry import Draft, Outcome
from signet.clock import timestamp
from signet.crypto.importing import token_mac, unwrap_material
from signet.crypto.keyreading import read_wrapped
from signet.crypto.software import generate
from signet.errors import ImportTokenRefused, UsageError
from signet.formats.key_import import (
    MAX_TOKEN,
    MAX_WRAPPED,
    Token,
    WrappingAlgorithm,
    WrappingSpec,
    parse_token,
)
from signet.keys.model import Key
from signet.keys.spec import KeySpec
from signet.secret import Secret
from signet.services.import_keys import VALID_HOURS, is_over, open_token, seal_token
from signet.services.importing import import_material, waiting_key
from signet.services.publishing import published_together, write_all
from signet.services.session import Session
from signet.store.files import read_small
from signet.store.tables.imports import ImportToken

PARAMETERS = "GetParametersForImport"
MOST_WAITING = 16
"""Wrapping keys that wait for one key at the same time."""


@dataclass(frozen=True)
class Parameters:
    """What was given out: both files, how to wrap, and until when (RFC 3339)."""

    key: Key
    public_key_path: str
    token_path: str
    wrapping_spec: WrappingSpec
    algorithm: WrappingAlgorithm
    expires: str


def import_parameters(
    session: Session,
    name: str,
    public_key_out: str,
    token_out: str,
    *,
    wrapping_spec: WrappingSpec = WrappingSpec.RSA_4096,
    algorithm: WrappingAlgorithm | None = None,
) -> Parameters:
    """Write a new wrapping key (DER SubjectPublicKeyInfo) and its import token for a key that waits for material.

    ``algorithm`` is by default what fits: RSA-OAEP alone for the few bytes of a symmetric key, else with an AES key
    in between. Raises ProofOfPresenceMissing, UsageError, KeyStateRefused, OutputExists and kin.
    """
    session.require_presence()
    key = waiting_key(session, name)
    chosen = _algorithm(key, algorithm)
    with session.records.read() as reading:
        if sum(token.key_id == key.id for token in reading.imports.tokens()) >= MOST_WAITING:
            raise UsageError(reason=f"{MOST_WAITING} import tokens wait for “{key.alias}”; use one, or wait a day.")
    paths = os.path.abspath(public_key_out), os.path.abspath(token_out)
    made = generate(KeySpec(wrapping_spec.value))
    public = made.public_key or b""
    now = session.workplace.clock.now()
    with (
        made.material as private,
        published_together(session, *paths) as (key_file, token_file),
    ):
        token = Token(
            id=str(uuid.uuid4()),
            vault_id=session.vault_id,
            key_id=key.id,
            key_spec=key.spec.value,
            wrapping_spec=wrapping_spec.value,
            algorithm=chosen.value,
            public_key=hashlib.sha256(public).hexdigest(),
            created=timestamp(now),
            expires=timestamp(now + timedelta(hours=VALID_HOURS)),
        )
        token = replace(token, mac=token_mac(private, token.signed_bytes(), salt=session.header.salt))
        write_all(key_file, public)
        write_all(token_file, token.encoded())
        with session.records.change() as change:
            change.imports.put_token(_row(session, token, public, private))
            details = {"wrapping": wrapping_spec.value, "algorithm": chosen.value, "expires": token.expires}
            change.append(Draft(PARAMETERS, Outcome.DONE, key=key.id, details={**details, "token": token.id}))
    return Parameters(key, *paths, wrapping_spec, chosen, token.expires)


def import_wrapped(
    session: Session,
    name: str,
    wrapped_path: str,
    token_path: str,
    *,
    expires: datetime | None = None,
    guards: tuple[str, ...] = (),
) -> Key:
    """Take in material that was wrapped to the key of an import token, which is used up with it.

    Raises ImportTokenRefused, WrappedKeyInvalid, and what `import_material` raises; nothing has changed then, and
    the token can be used again within its day.
    """
    session.require_presence()
    key = waiting_key(session, name)
    wrapped = read_small(os.path.abspath(wrapped_path), limit=MAX_WRAPPED)
    row = _checked(session, key, read_small(os.path.abspath(token_path), limit=MAX_TOKEN))
    with open_token(session, row) as private:
        opened = unwrap_material(private, wrapped, WrappingAlgorithm(row.algorithm))
    with opened:
        found = read_wrapped(opened, key.spec)
    with found.material:
        details = {"path": os.path.abspath(wrapped_path), "token": row.id}
        return import_material(
            session, key.id, found, expires=expires, guards=guards, details=dict(details), used=row.id
        )


def _algorithm(key: Key, algorithm: WrappingAlgorithm | None) -> WrappingAlgorithm:
    fitting = (
        WrappingAlgorithm.RSAES_OAEP_SHA_256 if key.spec.is_symmetric else WrappingAlgorithm.RSA_AES_KEY_WRAP_SHA_256
    )
    if algorithm is WrappingAlgorithm.RSAES_OAEP_SHA_256 and not key.spec.is_symmetric:
        raise UsageError(reason=f"A private key is too long for {algorithm} alone; wrap it with {fitting}.")
    return algorithm or fitting


def _row(session: Session, token: Token, public: bytes, private: Secret) -> ImportToken:
    return ImportToken(
        id=token.id,
        key_id=token.key_id,
        spec=token.wrapping_spec,
        algorithm=token.algorithm,
        created=token.created,
        expires=token.expires,
        public_key=public,
        material=seal_token(session, private, token.id),
    )


def _checked(session: Session, key: Key, data: bytes) -> ImportToken:
    """Return the wrapping key that a token means; raise ImportTokenRefused with the reason it is of no use."""
    try:
        token = parse_token(data)
    except ValueError as error:
        raise ImportTokenRefused(reason=str(error)) from error
    if token.vault_id != session.vault_id:
        raise ImportTokenRefused(reason="it was made by another vault")
    with session.records.read() as reading:
        row = reading.imports.token(token.id)
        over = row is not None and is_over(session, reading, row)
    if row is None or row.key_id is None:
        raise ImportTokenRefused(reason="it was used already, or its 24 hours are over")
    with open_token(session, row) as private:
        mac = token_mac(private, token.signed_bytes(), salt=session.header.salt)
    if not hmac.compare_digest(mac, token.mac):
        raise ImportTokenRefused(reason="it was changed after it was made")
    if over:
        raise ImportTokenRefused(reason="its 24 hours are over")
    if row.key_id != key.id:
        raise ImportTokenRefused(reason="it was made for another key")
    return row
