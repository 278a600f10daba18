"""age files, version 1: encrypting and decrypting streams (C2SP, age.md), with the payload in authenticated chunks.

Rule: what `decrypt` has written is to be trusted only once it has returned. Until then chunks may be missing at the
end, so the caller writes where nobody looks and publishes afterwards.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from signet.crypto.age_recipients import PASSPHRASE_KIND, Identity, PassphraseRecipient, Recipient
from signet.errors import Cancelled, CiphertextInvalid, FormatUnrecognised, KeyNotHere, UsageError
from signet.formats import age
from signet.secret import Secret

#: Plaintext in one chunk, and its tag (bytes).
CHUNK = 64 * 1024
TAG = 16

_FILE_KEY_SIZE = 16
_NONCE_SIZE = 16

Progress = Callable[[int], None]
IsCancelled = Callable[[], bool]


def encrypt(
    source: BinaryIO,
    target: BinaryIO,
    *,
    recipients: Sequence[Recipient],
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> None:
    """Encrypt what is left to read in ``source`` into ``target`` so that each recipient alone can open it.

    ``progress`` is called with the plaintext bytes done so far, ``cancelled`` is asked between chunks. Raises
    UsageError without a recipient or for a passphrase beside others, Cancelled, and what a recipient raises.
    """
    if not recipients or (len(recipients) > 1 and any(isinstance(one, PassphraseRecipient) for one in recipients)):
        raise UsageError(reason="An age file is for one passphrase, or for one or more public keys.")
    nonce = os.urandom(_NONCE_SIZE)
    with Secret(os.urandom(_FILE_KEY_SIZE)) as file_key:
        stanzas = tuple(recipient.wrap(file_key) for recipient in recipients)
        signed = age.authenticated_part(stanzas)
        target.write(age.serialise(age.Header(stanzas, _mac(file_key, signed), signed)) + nonce)
        payload_key = _derive(file_key, salt=nonce, info=b"payload")
    with payload_key:
        cipher = ChaCha20Poly1305(payload_key.reveal())
        done = 0
        for counter, chunk, last in _chunks(source, CHUNK):
            _stop_if(cancelled)
            target.write(cipher.encrypt(_chunk_nonce(counter, last=last), chunk, None))
            done += len(chunk)
            if progress is not None:
                progress(done)


def decrypt(
    source: BinaryIO,
    target: BinaryIO,
    *,
    identities: Sequence[Identity],
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> None:
    """Decrypt what is left to read in ``source`` into ``target``, with the first identity that opens it.

    Raises FormatUnrecognised if it is not an age file of version 1 or one too costly to try, KeyNotHere if no
    identity fits, FileSecretIncorrect for another passphrase, CiphertextInvalid if changed or cut off, Cancelled.
    """
    header = age.parse(read_header(source))
    with _file_key(header, identities) as file_key:
        if not hmac.compare_digest(_mac(file_key, header.authenticated), header.mac):
            raise CiphertextInvalid
        nonce = _read(source, _NONCE_SIZE)
        if len(nonce) != _NONCE_SIZE:
            raise CiphertextInvalid
        payload_key = _derive(file_key, salt=nonce, info=b"payload")
    with payload_key:
        cipher = ChaCha20Poly1305(payload_key.reveal())
        done = 0
        for counter, chunk, last in _chunks(source, CHUNK + TAG):
            _stop_if(cancelled)
            try:
                plain = cipher.decrypt(_chunk_nonce(counter, last=last), chunk, None)
            except InvalidTag:
                raise CiphertextInvalid from None
            # Only an empty file ends in an empty chunk; otherwise one content would have two files.
            if not plain and counter:
                raise CiphertextInvalid
            target.write(plain)
            done += len(plain)
            if progress is not None:
                progress(done)


def read_header(source: BinaryIO) -> bytes:
    """Read a header's bytes off the front of a stream, leaving the payload; FormatUnrecognised if it does not end."""
    lines: list[bytes] = []
    size = 0
    while size <= age.MAX_HEADER:
        line = source.readline(age.MAX_HEADER)
        if not lines:
            age.check_version(line.removesuffix(b"\n"))
        lines.append(line)
        size += len(line)
        if not line.endswith(b"\n"):
            break
        if line.startswith(age.MAC_PREFIX):
            return b"".join(lines)
    raise FormatUnrecognised(what="an age file")


def _file_key(header: age.Header, identities: Sequence[Identity]) -> Secret:
    # A passphrase beside other recipients is forbidden: whoever knows it must be the only one who could have written.
    if len(header.stanzas) > 1 and any(stanza.kind == PASSPHRASE_KIND for stanza in header.stanzas):
        raise FormatUnrecognised(what="an age file")
    for identity in identities:
        file_key = identity.unwrap(header.stanzas)
        if file_key is not None:
            return file_key
    raise KeyNotHere(wanted=", ".join(sorted({stanza.kind for stanza in header.stanzas})))


def _chunks(source: BinaryIO, size: int) -> Iterator[tuple[int, bytes, bool]]:
    """Yield number, bytes and whether it is the last for every chunk; an empty source has one empty chunk."""
    counter = 0
    chunk = _read(source, size)
    while True:
        following = _read(source, size) if len(chunk) == size else b""
        yield counter, chunk, not following
        if not following:
            return
        counter, chunk = counter + 1, following


def _read(source: BinaryIO, size: int) -> bytes:
    """Read exactly ``size`` bytes, fewer only at the end: pipes and raw files return less when they like."""
    data = source.read(size)
    while 0 < len(data) < size and (more := source.read(size - len(data))):
        data += more
    return data


def _chunk_nonce(counter: int, *, last: bool) -> bytes:
    return counter.to_bytes(11, "big") + bytes([last])


def _derive(file_key: Secret, *, salt: bytes, info: bytes) -> Secret:
    return Secret(HKDF(SHA256(), 32, salt, info).derive(file_key.reveal()))


def _mac(file_key: Secret, signed: bytes) -> bytes:
    with _derive(file_key, salt=b"", info=b"header") as key:
        return hmac.new(key.reveal(), signed, hashlib.sha256).digest()


def _stop_if(cancelled: IsCancelled | None) -> None:
    if cancelled is not None and cancelled():
        raise Cancelled
