"""What a check is given: files read with care, keys and certificates in them, the door for keys of the vault."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from signet.crypto.certificate_bundles import MAX_BUNDLE, read_bundle
from signet.crypto.certificates import MAX_CERTIFICATE, read_certificate
from signet.crypto.esdk_io import Source
from signet.crypto.publickeys import MAX_FILE, load_minisign_key, load_public_keys, pem_blocks
from signet.errors import FormatUnrecognised, KeyFileUnrecognised, NoCertificate, UsageError
from signet.formats.minisign import MinisignKey
from signet.keys.model import Key
from signet.keys.state import Operation
from signet.services.files_inspect import shown
from signet.services.files_items import opened
from signet.services.publishing import recorded
from signet.services.session import Session
from signet.services.use import use_key
from signet.store.foreign import translated

MAX_CRL = 32 << 20
"""Bytes of a file of revocation lists: what the child is told has to fit into one message."""
_PEM_CRL = re.compile(rb"-----BEGIN X509 CRL-----(.+?)-----END X509 CRL-----", re.DOTALL)


def keys_in(path: str) -> tuple[bytes, ...]:
    """Return the public keys in a file, DER SubjectPublicKeyInfo; raise KeyFileUnrecognised."""
    try:
        return load_public_keys(read_whole(path, limit=MAX_FILE))
    except FormatUnrecognised as error:
        raise KeyFileUnrecognised(path=path, what=error.details["what"]) from error


def certificates_in(path: str) -> tuple[bytes, ...]:
    """Return the certificates in a file of keys, DER; none if it holds bare keys only."""
    data = read_whole(path, limit=MAX_FILE)
    if b"-----BEGIN " in data:
        blocks = [block[0] for block in pem_blocks(data) if block[1].endswith(b"CERTIFICATE")]
    else:
        blocks = [data] if data[:1] == b"\x30" and len(data) <= MAX_CERTIFICATE else []
    found = []
    for block in blocks:
        try:
            found.append(read_certificate(block).der)
        except FormatUnrecognised:
            continue  # a bare key in DER, or one for other uses; `keys_in` has read it
    return tuple(found)


def minisign_keys_in(path: str) -> tuple[MinisignKey, ...]:
    """Return minisign's public key in a file with the name that signatures give it, none in any other file."""
    data = read_whole(path, limit=MAX_FILE)
    try:
        return (load_minisign_key(data),)
    except FormatUnrecognised:
        return ()


def fingerprint(blob: bytes) -> str:
    """Return an SSH public key's fingerprint as ssh-keygen prints it: SHA-256, base64 without padding."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii").rstrip("=")


@contextmanager
def door(session: Session | None, key: Key | None, path: str) -> Iterator[None]:
    """Go through the door with a key of the vault, or only record; without a vault neither."""
    if session is None:
        yield
    elif key is not None:
        with use_key(session, key.id, Operation.VERIFY, details={"source": path}, by_id=True):
            yield
    else:
        with recorded(session, str(Operation.VERIFY), source=path):
            yield


@contextmanager
def stream_of(source: int, path: str) -> Iterator[BinaryIO]:
    """Read an open file from its beginning; raise SourceChanged at the end if somebody wrote to it meanwhile."""
    watched = Source.look(source, path)
    with translated(path), open(source, "rb", buffering=0, closefd=False) as stream:
        yield stream
    if watched is not None:
        watched.check_unchanged()


def crls_in(path: str) -> tuple[bytes, ...]:
    """Return the certificate revocation lists in a file, DER; raise UsageError if it holds none.

    Nobody believes them yet: a check counts what their issuers signed.
    """
    data = read_whole(path, limit=MAX_CRL)
    if data[:1] == b"\x30":
        return (data,)
    blocks = _PEM_CRL.findall(data)
    try:
        found = tuple(base64.b64decode(b"".join(block.split()), validate=True) for block in blocks)
    except (binascii.Error, ValueError):
        found = ()
    if not found or len(data) > MAX_CRL:
        raise UsageError(reason=f"{shown(path)} is no certificate revocation list.")
    return found


def issuers_in(path: str) -> tuple[bytes, ...]:
    """Return the certificates in a file, DER; raise UsageError if it holds none. Nobody believes them yet."""
    try:
        return read_bundle(read_whole(path, limit=MAX_BUNDLE))
    except (FormatUnrecognised, NoCertificate) as error:
        raise UsageError(reason=f"{shown(path)} holds no certificate.") from error


def read_whole(path: str, *, limit: int) -> bytes:
    """Read a small file; one byte beyond ``limit`` is enough for its parser to refuse it."""
    with opened(path) as file, translated(path), open(file, "rb", closefd=False) as stream:
        return stream.read(limit + 1)
