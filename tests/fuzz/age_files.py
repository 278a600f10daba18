"""age files: the header, and the whole decryption, as they come and as a liar who has the key would write them.

The first byte of an input says how the rest is meant. Bit 0: header MAC and chunks are put right before it is read.
Bits 1 and 2: how many full chunks of zeros then stand before the content; bit 3: the last chunk does not
say that it is the last.
"""

from __future__ import annotations

import hashlib
import hmac
import io
from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fuzz.target import Target
from signet.crypto import age, age_recipients
from signet.crypto.age_recipients import PassphraseIdentity, PassphraseRecipient, X25519Identity
from signet.errors import CiphertextInvalid, FileSecretIncorrect, FormatUnrecognised, KeyNotHere
from signet.formats import age as layout
from signet.secret import Secret

FORGED, FULL, OPEN_END = 1, 6, 8
PLAIN = b"tax return 2025\n" * 16
FILE_KEY = bytes(range(16))
WORK_FACTOR = 4
_CHUNK = 64 * 1024
_NONCE = 16
_IDENTITY = X25519Identity(Secret(bytes(range(1, 33))))
_PASSPHRASE = Secret(b"correct horse")
_REFUSALS = (CiphertextInvalid, FormatUnrecognised, KeyNotHere, FileSecretIncorrect)


class _Known:
    """Has the file key, whatever the header says."""

    def unwrap(self, stanzas: Sequence[layout.Stanza]) -> Secret | None:
        """Return it."""
        return Secret(FILE_KEY) if stanzas else None


def run(data: bytes) -> bool:
    """Read one file; what opens is what was encrypted."""
    if not data:
        return False
    content, expected = data[1:], None
    forged = bool(data[0] & FORGED)
    if forged:
        content, expected = _forge(content, full=(data[0] & FULL) >> 1, ended=not data[0] & OPEN_END)
    _check_header(content)
    target = io.BytesIO()
    identities: list[age_recipients.Identity] = [_Known()] if forged else [_IDENTITY, PassphraseIdentity(_PASSPHRASE)]
    try:
        age.decrypt(io.BytesIO(content), target, identities=identities)
    except _REFUSALS:
        assert expected is None, "refused, although the specification allows it"
        return False
    if forged:
        assert target.getvalue() == expected, "not what the specification says"
    else:
        assert target.getvalue() in (PLAIN, b""), "something else than what was encrypted"
    return True


def seeds() -> list[bytes]:
    """Files for a key, for a passphrase and for several; an empty one; each also to be forged."""
    recipient = _IDENTITY.recipient
    passphrase = PassphraseRecipient(_PASSPHRASE, work_factor=WORK_FACTOR)
    made = []
    for recipients, content in (([recipient], PLAIN), ([passphrase], PLAIN), ([recipient, recipient], b"")):
        target = io.BytesIO()
        age.encrypt(io.BytesIO(content), target, recipients=recipients)
        made.append(b"\0" + target.getvalue())
    stanzas = (layout.Stanza("X25519", ("abc", "d"), bytes(48)), layout.Stanza("ssh-rsa", (), b""))
    signed = layout.authenticated_part(stanzas)
    forged = layout.serialise(layout.Header(stanzas, bytes(32), signed)) + bytes(_NONCE) + PLAIN
    return [*made, bytes([FORGED]) + forged, bytes([FORGED | 2]) + forged]


def _check_header(content: bytes) -> None:
    """A header that is accepted has one spelling."""
    try:
        data = age.read_header(io.BytesIO(content))
        header = layout.parse(data)
    except FormatUnrecognised:
        return
    assert content.startswith(data)
    assert layout.serialise(header) == data
    assert header.authenticated == layout.authenticated_part(header.stanzas)


def _forge(content: bytes, *, full: int, ended: bool) -> tuple[bytes, bytes | None]:
    """Put the MAC right and encrypt what follows the nonce; return the file and what must come out of it."""
    try:
        data = age.read_header(io.BytesIO(content))
        header = layout.parse(data)
    except FormatUnrecognised:
        return content, None
    if len(header.stanzas) > 1 and any(stanza.kind == "scrypt" for stanza in header.stanzas):
        return content, None  # "a scrypt stanza, if present, MUST be the only stanza in the header"
    mac = hmac.new(_derived(b"", b"header"), header.authenticated, hashlib.sha256).digest()
    start = layout.serialise(layout.Header(header.stanzas, mac, header.authenticated))
    nonce, plain = content[len(data) : len(data) + _NONCE], content[len(data) + _NONCE :]
    if len(nonce) < _NONCE:
        return start + nonce, None
    aead = ChaCha20Poly1305(_derived(nonce, b"payload"))
    pieces = [bytes(_CHUNK)] * full + [plain[:_CHUNK]]
    out = b"".join(
        aead.encrypt(number.to_bytes(11, "big") + bytes([ended and number == len(pieces) - 1]), piece, None)
        for number, piece in enumerate(pieces)
    )
    # "the last chunk can be empty only if the whole payload is"
    allowed = ended and (bool(pieces[-1]) or len(pieces) == 1)
    return start + nonce + out, b"".join(pieces) if allowed else None


def _derived(salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, info).derive(FILE_KEY)


TARGET = Target("age", run, seeds, eased=((age_recipients, "MAX_WORK_FACTOR", WORK_FACTOR + 2),))
