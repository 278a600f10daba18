"""Encryption SDK messages: header and body, as they come and as a liar who has the key would write them.

The first byte of an input says how the rest is meant. Bit 0: every tag, the commitment and the signature are put
right before it is read, so that what the header and the frames say reaches the code behind the cryptography. Bit 1:
the legacy switch. A reader of the specification that is written out here says what must come of it.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fuzz.target import Target, in_memory, in_pipe, written
from signet.crypto.esdk_decrypt import decrypt
from signet.crypto.esdk_encrypt import encrypt
from signet.crypto.esdk_keys import RawAesKeyring, derive_commitment, derive_message_key, unwrap_with
from signet.errors import CiphertextInvalid, FormatUnrecognised, KeyNotHere, SignetError
from signet.formats.esdk import (
    SUITES,
    WRITTEN_SUITE,
    AlgorithmSuite,
    ContentType,
    HeaderIncomplete,
    MessageHeader,
    parse_header,
    serialise_context,
    serialise_header_body,
)
from signet.secret import Secret

FORGED, LEGACY = 1, 2
PLAIN = bytes(range(256))
DATA_KEY = bytes(range(32))
SIGNER = "aws-crypto-public-key"
KEYRING = RawAesKeyring("signet", "00000000-0000-4000-8000-000000000001/1", Secret(bytes(32)))
_SIGNING = {
    curve: ec.derive_private_key(4711, kind)
    for curve, kind in (("secp256r1", ec.SECP256R1()), ("secp384r1", ec.SECP384R1()))
}
_DIGESTS: dict[str, hashes.HashAlgorithm] = {"secp256r1": hashes.SHA256(), "secp384r1": hashes.SHA384()}
_TAG = 16
_REFUSALS = (CiphertextInvalid, FormatUnrecognised, KeyNotHere)


def run(data: bytes) -> bool:
    """Read one message from a file and from a pipe: both must say the same, and the truth."""
    if not data:
        return False
    forged, legacy = bool(data[0] & FORGED), bool(data[0] & LEGACY)
    message, expected = data[1:], None
    unwrap: Callable[[MessageHeader], Secret] = unwrap_with([KEYRING])
    if forged:
        message, expected = _forge(message, legacy=legacy)
        unwrap = _known
    _check_header(message, legacy=legacy)
    found: list[bytes | None] = []
    for source in (in_memory, in_pipe):
        with source(message) as reading, in_memory() as target:
            try:
                read = decrypt(reading, target, unwrap=unwrap, workers=1, legacy=legacy)
            except _REFUSALS:
                assert written(target) == b"", "plaintext was left after a refusal"
                found.append(None)
            else:
                found.append(written(target))
                assert read.plaintext_size == len(found[-1] or b"")
    assert found[0] == found[1], "a file and a pipe disagree"
    if forged:
        assert found[0] == expected, "not what the specification says"
    else:
        assert found[0] in (None, b"", PLAIN), "something else than what was encrypted"
    return found[0] is not None


def seeds() -> list[bytes]:
    """Messages that Signet writes and, forged, of every suite and shape."""
    made = []
    for content, context in ((PLAIN, {"signet-content": "file", "for": "tax"}), (b"", {})):
        with in_memory(content) as source, in_memory() as target:
            encrypt(source, target, keyrings=[KEYRING], context=context)
            made += [bytes([0]) + written(target), bytes([FORGED]) + written(target)]
    for suite in SUITES.values():
        for framed in (True, False):
            made.append(bytes([FORGED | LEGACY]) + _unproven(suite, framed=framed))
    return made


def _known(header: MessageHeader) -> Secret:
    return Secret(DATA_KEY[: header.suite.key_length])


def _check_header(message: bytes, *, legacy: bool) -> None:
    """What was parsed is what stands there, and Signet's own writer writes the same."""
    try:
        header, length = parse_header(message, legacy=legacy)
    except (*_REFUSALS, HeaderIncomplete):
        return
    assert header.raw == message[:length]
    assert 1 <= len(header.encrypted_data_keys) <= 16
    in_order = list(header.context) == sorted(header.context, key=lambda key: key.encode())
    if header.suite == WRITTEN_SUITE and header.content_type is ContentType.FRAMED and in_order:
        again = serialise_header_body(
            message_id=header.message_id,
            context=header.context,
            encrypted_data_keys=header.encrypted_data_keys,
            frame_length=header.frame_length,
            commitment=header.commitment,
        )
        assert again == header.body


def _forge(message: bytes, *, legacy: bool) -> tuple[bytes, bytes | None]:
    """Put all cryptography of a message right; return it, and its plaintext if the specification allows it."""
    try:
        header, length = parse_header(message, legacy=legacy)
    except (SignetError, HeaderIncomplete):
        return message, None
    with _known(header) as data_key:
        body = header.body
        if header.suite.committing:
            body = body[:-32] + derive_commitment(header.suite, header.message_id, data_key)
        with derive_message_key(header.suite, header.message_id, data_key) as message_key:
            aead = AESGCM(bytes(message_key.reveal()))
    iv = b"" if header.suite.version == 2 else header.iv
    start = body + iv + aead.encrypt(header.iv, b"", body)
    walk = _framed if header.content_type is ContentType.FRAMED else _unframed
    put_right, rest, plain = walk(header, aead, message[length:])
    whole = start + put_right
    curve = header.suite.signature_curve
    if (SIGNER in header.context) != (curve is not None):
        plain = None
    elif curve is not None:
        if header.context[SIGNER] != _point(curve):
            plain = None
        elif plain is not None:
            signature = _SIGNING[curve].sign(whole, ec.ECDSA(_DIGESTS[curve]))
            whole += struct.pack(">H", len(signature)) + signature
    return whole + rest, plain if not rest else None


def _framed(header: MessageHeader, aead: AESGCM, rest: bytes) -> tuple[bytes, bytes, bytes | None]:
    """Return the frames put right, what follows them, and the plaintext, None if it is not to be had."""
    out, plain, number = bytearray(), bytearray(), 0
    fits = True
    while True:
        final = rest[:4] == b"\xff\xff\xff\xff"
        size = 24 if final else 16
        if len(rest) < size:
            return bytes(out), rest, None
        head = rest[:size]
        stated, iv = struct.unpack(">I12s", head[4:20] if final else head)
        length = int.from_bytes(head[20:24], "big") if final else header.frame_length
        content = rest[size : size + length]
        if len(content) < length or len(rest) < size + length + _TAG:
            return bytes(out), rest, None
        number += 1
        fits = fits and stated == number and length <= header.frame_length
        kind = b"AWSKMSEncryptionClient Final Frame" if final else b"AWSKMSEncryptionClient Frame"
        out += head + aead.encrypt(iv, content, header.message_id + kind + struct.pack(">IQ", stated, length))
        plain += content
        rest = rest[size + length + _TAG :]
        if final:
            return bytes(out), rest, bytes(plain) if fits else None


def _unframed(header: MessageHeader, aead: AESGCM, rest: bytes) -> tuple[bytes, bytes, bytes | None]:
    if len(rest) < 20:
        return b"", rest, None
    iv, length = struct.unpack(">12sQ", rest[:20])
    content = rest[20 : 20 + length]
    if len(content) < length or len(rest) < 20 + length + _TAG:
        return b"", rest, None
    bound = header.message_id + b"AWSKMSEncryptionClient Single Block" + struct.pack(">IQ", 1, length)
    return rest[:20] + aead.encrypt(iv, content, bound), rest[20 + length + _TAG :], content


def _point(curve: str) -> str:
    public = _SIGNING[curve].public_key()
    return base64.b64encode(public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)).decode()


def _unproven(suite: AlgorithmSuite, *, framed: bool) -> bytes:
    """A message of any suite whose tags are zeros: 20 bytes, in frames of 8 or in one piece."""
    context = {"a": "b", **({SIGNER: _point(suite.signature_curve)} if suite.signature_curve else {})}
    packed = serialise_context(context)
    key = b"".join(struct.pack(">H", len(part)) + part for part in (b"signet", b"key", bytes(48)))
    start = struct.pack(">BH", 2, suite.id) if suite.version == 2 else struct.pack(">BBH", 1, 0x80, suite.id)
    start += bytes(suite.message_id_length) + struct.pack(">H", len(packed)) + packed + struct.pack(">H", 1) + key
    start += struct.pack(">B", 2 if framed else 1)
    start += b"" if suite.version == 2 else struct.pack(">IB", 0, 12)
    start += struct.pack(">I", 8 if framed else 0)
    start += bytes(32 + _TAG) if suite.version == 2 else bytes(12 + _TAG)
    if not framed:
        return start + struct.pack(">12sQ", bytes(12), 20) + bytes(20 + _TAG)
    frames = b"".join(struct.pack(">I12s", number, bytes(12)) + bytes(8 + _TAG) for number in (1, 2))
    return start + frames + struct.pack(">II12sI", 0xFFFFFFFF, 3, bytes(12), 4) + bytes(4 + _TAG)


TARGET = Target("message", run, seeds)
