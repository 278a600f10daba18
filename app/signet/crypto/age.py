"""age files, version 1: encrypting and decrypting streams (C2SP, age.md), with the payload in authenticated chunks.

Rule: what `decrypt` has written is to be trusted only once it has returned. Until then chunks may be missing at the
end, so the caller writes where nobody looks and publishes afterwards.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

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
#: Chunks that are read, worked on and written at once.
BATCH = 16

_FILE_KEY_SIZE = 16
_NONCE_SIZE = 16

Progress = Callable[[int], None]
IsCancelled = Callable[[], bool]


class Readable(Protocol):
    """What is read from: an ordinary binary file, buffered or not."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill some of a buffer; 0 at the end."""

    def readline(self, size: int | None = -1, /) -> bytes:
        """Read to the end of a line, at most ``size`` bytes."""


class Writable(Protocol):
    """What is written to; takes all that it is given, and keeps nothing of the buffer."""

    def write(self, data: bytes | memoryview, /) -> object:
        """Write all of it."""


@dataclass(frozen=True)
class Written:
    """What was written: the SHA-256 of the header, by which the file is known again; bytes of plaintext."""

    header_id: bytes
    size: int


@dataclass(frozen=True)
class Read:
    """What was read: the header and its SHA-256, bytes of plaintext, the place of the identity that opened it."""

    header: age.Header
    header_id: bytes
    size: int
    identity: int


def encrypt(
    source: Readable,
    target: Writable,
    *,
    recipients: Sequence[Recipient],
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> Written:
    """Encrypt what is left to read in ``source`` into ``target`` so that each recipient alone can open it.

    ``progress`` is called with the plaintext bytes done so far, ``cancelled`` is asked between batches of chunks.
    Raises UsageError without a recipient, for too many or for a passphrase beside others, Cancelled, and what a
    recipient raises.
    """
    if not recipients or (len(recipients) > 1 and any(isinstance(one, PassphraseRecipient) for one in recipients)):
        raise UsageError(reason="An age file is for one passphrase, or for one or more public keys.")
    if len(recipients) > age.MAX_STANZAS:
        raise UsageError(reason=f"An age file is for at most {age.MAX_STANZAS} recipients.")
    nonce = os.urandom(_NONCE_SIZE)
    with Secret(os.urandom(_FILE_KEY_SIZE)) as file_key:
        stanzas = tuple(recipient.wrap(file_key) for recipient in recipients)
        signed = age.authenticated_part(stanzas)
        header = age.serialise(age.Header(stanzas, _mac(file_key, signed), signed))
        payload_key = _derive(file_key, salt=nonce, info=b"payload")
    target.write(header + nonce)
    with payload_key:
        cipher = ChaCha20Poly1305(payload_key.reveal())

        def seal(chunk: memoryview, place: bytes, into: memoryview) -> int:
            return cipher.encrypt_into(place, chunk, None, into)

        size = _run(source, target, seal, CHUNK, CHUNK + TAG, progress, cancelled)
    return Written(header_id(header), size)


def decrypt(
    source: Readable,
    target: Writable,
    *,
    identities: Sequence[Identity],
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> Read:
    """Decrypt what is left to read in ``source`` into ``target``, with the first identity that opens it.

    Raises FormatUnrecognised if it is not an age file of version 1 or one too costly to try, KeyNotHere if no
    identity fits, FileSecretIncorrect for another passphrase, CiphertextInvalid if changed or cut off, Cancelled.
    """
    data = read_header(source)
    header = age.parse(data)
    file_key, place = unwrap(header, identities)
    with file_key:
        nonce = bytearray(_NONCE_SIZE)
        if _fill(source, memoryview(nonce)) != _NONCE_SIZE:
            raise CiphertextInvalid
        payload_key = _derive(file_key, salt=bytes(nonce), info=b"payload")
    with payload_key:
        cipher = ChaCha20Poly1305(payload_key.reveal())

        def open_chunk(chunk: memoryview, number: bytes, into: memoryview) -> int:
            # Only an empty file ends in an empty chunk; otherwise one content would have two files.
            if len(chunk) < TAG or (len(chunk) == TAG and any(number[:-1])):
                raise CiphertextInvalid
            try:
                return cipher.decrypt_into(number, chunk, None, into)
            except InvalidTag:
                raise CiphertextInvalid from None

        size = _run(source, target, open_chunk, CHUNK + TAG, CHUNK, progress, cancelled)
    return Read(header, header_id(data), size, place)


def unwrap(header: age.Header, identities: Sequence[Identity]) -> tuple[Secret, int]:
    """Return the file key, the header's MAC checked with it, and the place of the identity that opened it.

    Raises KeyNotHere, FileSecretIncorrect, FormatUnrecognised, CiphertextInvalid.
    """
    # A passphrase beside other recipients is forbidden: whoever knows it must be the only one who could have written.
    if len(header.stanzas) > 1 and any(stanza.kind == PASSPHRASE_KIND for stanza in header.stanzas):
        raise FormatUnrecognised(what="an age file")
    for place, identity in enumerate(identities):
        file_key = identity.unwrap(header.stanzas)
        if file_key is None:
            continue
        if not hmac.compare_digest(_mac(file_key, header.authenticated), header.mac):
            file_key.wipe()
            raise CiphertextInvalid
        return file_key, place
    raise KeyNotHere(wanted=wanted(header))


def wanted(header: age.Header) -> str:
    """Name what kinds of keys would open a file; nothing in it says whose they are."""
    return ", ".join(sorted({stanza.kind for stanza in header.stanzas}))


def header_id(header: bytes) -> bytes:
    """Return what an age file is known by: the SHA-256 of its header, which is random like nothing else in it."""
    return hashlib.sha256(header).digest()


def read_header(source: Readable) -> bytes:
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


def _run(
    source: Readable,
    target: Writable,
    work: Callable[[memoryview, bytes, memoryview], int],
    size_in: int,
    size_out: int,
    progress: Progress | None,
    cancelled: IsCancelled | None,
) -> int:
    """Do every chunk and return the bytes of plaintext; the buffers are used again and again."""
    out = memoryview(bytearray(size_out))
    plain_in = size_in == CHUNK
    counter = done = 0
    for batch, last in _batches(source, size_in):
        _stop_if(cancelled)
        if len(batch) > size_in and len(out) == size_out:
            out = memoryview(bytearray(BATCH * size_out))
        written = 0
        # An empty source has one chunk, which is empty.
        for at in range(0, len(batch) or 1, size_in):
            chunk = batch[at : at + size_in]
            number = _chunk_nonce(counter, last=last and at + size_in >= len(batch))
            # A chunk's room is as long as what comes out of it: the library takes no other.
            room = len(chunk) + size_out - size_in
            written += work(chunk, number, out[written : written + max(room, 0)])
            counter += 1
        target.write(out[:written])
        done += len(batch) if plain_in else written
        if progress is not None:
            progress(done)
    return done


def _batches(source: Readable, size: int) -> Iterator[tuple[memoryview, bool]]:
    """Yield bytes and whether they are the last: one chunk of ``size``, then `BATCH` of them at once.

    An empty source has one empty batch. Most files are small, and room for a large one takes time to make.
    """
    ahead = memoryview(bytearray(size))
    have = _fill(source, ahead)
    other = memoryview(bytearray(BATCH * size if have == size else 0))
    while True:
        following = _fill(source, other) if have == len(ahead) else 0
        yield ahead[:have], not following
        if not following:
            return
        spare = ahead if len(ahead) == len(other) else memoryview(bytearray(len(other)))
        ahead, other, have = other, spare, following


def _fill(source: Readable, view: memoryview) -> int:
    """Fill ``view``, less only at the end: pipes and raw files return less when they like."""
    have = 0
    while have < len(view) and (got := source.readinto(view[have:])):
        have += got
    return have


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
