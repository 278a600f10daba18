"""AWS Encryption SDK message header: suites, limits, parsing, serialising.

Source: AWS Encryption SDK Specification, ``data-format/message-header.md`` and ``framework/algorithm-suites.md``.
Numbers are big-endian. Version 2 (committing suites) is read and written, version 1 is read where the caller says
``legacy``. Nothing here touches a key. `FormatUnrecognised` means "not a message, or beyond Signet's limits";
`CiphertextInvalid` means a message that breaks its own format's rules.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from signet.errors import CiphertextInvalid, ContextInvalid, FormatUnrecognised

MAX_ENCRYPTED_DATA_KEYS = 16
"""Signet's own limit (DESIGN.md, 5); the format's is 65535."""
MAX_HEADER = 1 << 20
"""Signet's own limit in bytes (DESIGN.md, 5); the format allows about 12 GiB."""
MAX_FRAME = 64 << 20
"""Signet's own limit in bytes (DESIGN.md, 5); the format's is 2^32-1."""
MAX_FIELD = 0xFFFF
"""Bytes in the context and in each of its keys and values, and in each field of an encrypted data key: all u16."""
PUBLIC_KEY_CONTEXT_KEY = "aws-crypto-public-key"
"""Reserved: the signing suites put their fresh public key here (``framework/default-cmm.md``)."""

TAG_LENGTH = 16
IV_LENGTH = 12
COMMITMENT_LENGTH = 32
_AUTHENTICATED_DATA_TYPE = 0x80
_MESSAGE = "an encrypted file"


class HeaderIncomplete(Exception):
    """The bytes so far are the beginning of a header; more are needed. Never leaves the layers that read files."""


class ContentType(enum.IntEnum):
    """How the body is cut."""

    UNFRAMED = 1
    FRAMED = 2


@dataclass(frozen=True)
class AlgorithmSuite:
    """One row of the specification's table; lengths in bytes, names as hashlib and SECG write them."""

    id: int
    version: int
    key_length: int
    kdf_hash: str | None
    signature_curve: str | None

    @property
    def committing(self) -> bool:
        """Whether the header commits to its data key; exactly the version 2 suites do."""
        return self.version == 2

    @property
    def message_id_length(self) -> int:
        """Length of the message id: 32 in version 2, 16 in version 1."""
        return 32 if self.version == 2 else 16


SUITES: Mapping[int, AlgorithmSuite] = MappingProxyType(
    {
        suite.id: suite
        for suite in (
            AlgorithmSuite(0x0578, 2, 32, "sha512", "secp384r1"),
            AlgorithmSuite(0x0478, 2, 32, "sha512", None),
            AlgorithmSuite(0x0378, 1, 32, "sha384", "secp384r1"),
            AlgorithmSuite(0x0346, 1, 24, "sha384", "secp384r1"),
            AlgorithmSuite(0x0214, 1, 16, "sha256", "secp256r1"),
            AlgorithmSuite(0x0178, 1, 32, "sha256", None),
            AlgorithmSuite(0x0146, 1, 24, "sha256", None),
            AlgorithmSuite(0x0114, 1, 16, "sha256", None),
            AlgorithmSuite(0x0078, 1, 32, None, None),
            AlgorithmSuite(0x0046, 1, 24, None, None),
            AlgorithmSuite(0x0014, 1, 16, None, None),
        )
    }
)
"""Every suite by its id (``framework/algorithm-suites.md``, supported algorithm suites)."""

WRITTEN_SUITE = SUITES[0x0478]
"""The one suite that Signet writes."""


@dataclass(frozen=True)
class EncryptedDataKey:
    """The data key, wrapped for one recipient."""

    provider_id: str
    key_info: bytes
    ciphertext: bytes


@dataclass(frozen=True)
class MessageHeader:
    """A whole header; ``body`` is what the tag authenticates, byte for byte as it stands in the message.

    ``commitment`` is empty in version 1. ``frame_length`` is 0 where the content is unframed.
    """

    suite: AlgorithmSuite
    message_id: bytes
    context: Mapping[str, str]
    encrypted_data_keys: tuple[EncryptedDataKey, ...]
    content_type: ContentType
    frame_length: int
    commitment: bytes
    body: bytes
    iv: bytes
    tag: bytes

    @property
    def raw(self) -> bytes:
        """The header as it stands in the message; version 2 leaves the IV out, which is all zeros."""
        return self.body + (b"" if self.suite.version == 2 else self.iv) + self.tag


class _Cursor:
    """Reads forward through the bytes of a header."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def take(self, length: int) -> bytes:
        """Return the next ``length`` bytes; raise HeaderIncomplete, or FormatUnrecognised past `MAX_HEADER`."""
        end = self.position + length
        if end > MAX_HEADER:
            raise FormatUnrecognised(what="an encrypted file with a header of at most 1 MiB")
        if end > len(self.data):
            raise HeaderIncomplete
        taken = self.data[self.position : end]
        self.position = end
        return taken

    def number(self, width: int) -> int:
        """Return the next ``width`` bytes as a number."""
        return int.from_bytes(self.take(width), "big")

    def field(self) -> bytes:
        """Return a field that its length in two bytes precedes."""
        return self.take(self.number(2))

    def text(self) -> str:
        """Return such a field as UTF-8; raise CiphertextInvalid if it is not."""
        try:
            return self.field().decode("utf-8")
        except UnicodeDecodeError as error:
            raise CiphertextInvalid from error


def parse_header(data: bytes, *, legacy: bool = False) -> tuple[MessageHeader, int]:
    """Read the header at the start of ``data``; return it and its length in bytes, tag included.

    Raises HeaderIncomplete if ``data`` ends too early, FormatUnrecognised for anything that is not a message, or is
    one beyond Signet's limits (without ``legacy``: version 1, unframed content), CiphertextInvalid for a message
    that contradicts the specification. Nothing has been authenticated yet.
    """
    cursor = _Cursor(data)
    suite = _parse_suite(cursor, legacy=legacy)
    message_id = cursor.take(suite.message_id_length)
    context = parse_context(cursor.field())
    encrypted_data_keys = _parse_encrypted_data_keys(cursor)
    content_type, frame_length = _parse_content(cursor, suite, legacy=legacy)
    commitment = cursor.take(COMMITMENT_LENGTH if suite.committing else 0)
    body = data[: cursor.position]
    iv = bytes(IV_LENGTH) if suite.version == 2 else cursor.take(IV_LENGTH)
    tag = cursor.take(TAG_LENGTH)
    header = MessageHeader(
        suite, message_id, context, encrypted_data_keys, content_type, frame_length, commitment, body, iv, tag
    )
    return header, cursor.position


def _parse_suite(cursor: _Cursor, *, legacy: bool) -> AlgorithmSuite:
    version = cursor.number(1)
    if version not in (1, 2):
        raise FormatUnrecognised(what=_MESSAGE)
    if version == 1 and cursor.number(1) != _AUTHENTICATED_DATA_TYPE:
        raise FormatUnrecognised(what=_MESSAGE)
    suite = SUITES.get(cursor.number(2))
    if suite is None or suite.version != version:
        raise FormatUnrecognised(what=_MESSAGE)
    if version == 1 and not legacy:
        raise FormatUnrecognised(what="an encrypted file of version 2", legacy=True)
    return suite


@lru_cache(maxsize=16)  # a batch has one context
def parse_context(data: bytes) -> Mapping[str, str]:
    """Read a serialised encryption context; raise CiphertextInvalid unless it is exactly that.

    Source: ``framework/structures.md``, encryption context serialization. The order of the keys is not checked: the
    JavaScript SDK sorts by locale.
    """
    if not data:
        return MappingProxyType({})
    cursor = _Cursor(data)
    context: dict[str, str] = {}
    try:
        count = cursor.number(2)
        for _ in range(count):
            key, value = cursor.text(), cursor.text()
            context[key] = value
    except HeaderIncomplete as error:
        raise CiphertextInvalid from error
    if count == 0 or len(context) != count or cursor.position != len(data):
        raise CiphertextInvalid
    return MappingProxyType(context)


def _parse_encrypted_data_keys(cursor: _Cursor) -> tuple[EncryptedDataKey, ...]:
    count = cursor.number(2)
    if count == 0:
        raise CiphertextInvalid
    if count > MAX_ENCRYPTED_DATA_KEYS:
        raise FormatUnrecognised(what=f"an encrypted file with at most {MAX_ENCRYPTED_DATA_KEYS} recipients")
    return tuple(EncryptedDataKey(cursor.text(), cursor.field(), cursor.field()) for _ in range(count))


def _parse_content(cursor: _Cursor, suite: AlgorithmSuite, *, legacy: bool) -> tuple[ContentType, int]:
    try:
        content_type = ContentType(cursor.number(1))
    except ValueError as error:
        raise CiphertextInvalid from error
    if suite.version == 1 and (cursor.number(4) != 0 or cursor.number(1) != IV_LENGTH):
        raise CiphertextInvalid
    frame_length = cursor.number(4)
    if (content_type is ContentType.FRAMED) != (frame_length > 0):
        raise CiphertextInvalid
    if content_type is ContentType.UNFRAMED and not legacy:
        raise FormatUnrecognised(what="an encrypted file with framed content", legacy=True)
    if frame_length > MAX_FRAME:
        raise FormatUnrecognised(what="an encrypted file with frames of at most 64 MiB")
    return content_type, frame_length


def serialise_context(context: Mapping[str, str]) -> bytes:
    """Write an encryption context, sorted by the UTF-8 bytes of the keys; an empty one is no bytes at all.

    Raises ContextInvalid if it is longer than 65535 bytes or not text.
    """
    return _serialised(tuple(context.items())) if context else b""


@lru_cache(maxsize=64)  # a batch has one context, and each of its messages needs it twice
def _serialised(context: tuple[tuple[str, str], ...]) -> bytes:
    try:
        pairs = sorted((key.encode("utf-8"), value.encode("utf-8")) for key, value in context)
    except UnicodeEncodeError as error:
        raise ContextInvalid(reason="it has characters that are not text") from error
    if len(pairs) > MAX_FIELD or sum(len(key) + len(value) + 4 for key, value in pairs) + 2 > MAX_FIELD:
        raise ContextInvalid(reason="it is longer than 65535 bytes")
    return struct.pack(">H", len(pairs)) + b"".join(_field(key) + _field(value) for key, value in pairs)


def serialise_header_body(
    *,
    message_id: bytes,
    context: Mapping[str, str],
    encrypted_data_keys: tuple[EncryptedDataKey, ...],
    frame_length: int,
    commitment: bytes,
) -> bytes:
    """Write a version 2 header of `WRITTEN_SUITE`, framed, without its tag.

    Raises ContextInvalid for a context that does not fit, ValueError for anything else that does not.
    """
    if not 1 <= len(encrypted_data_keys) <= MAX_ENCRYPTED_DATA_KEYS:
        raise ValueError(f"a message has 1 to {MAX_ENCRYPTED_DATA_KEYS} encrypted data keys")
    if len(message_id) != WRITTEN_SUITE.message_id_length or len(commitment) != COMMITMENT_LENGTH:
        raise ValueError("message id and commitment are 32 bytes each")
    if not 1 <= frame_length <= MAX_FRAME:
        raise ValueError("the frame length is out of range")
    keys = b"".join(
        _field(key.provider_id.encode("utf-8")) + _field(key.key_info) + _field(key.ciphertext)
        for key in encrypted_data_keys
    )
    return b"".join(
        (
            struct.pack(">BH", WRITTEN_SUITE.version, WRITTEN_SUITE.id),
            message_id,
            _field(serialise_context(context)),
            struct.pack(">H", len(encrypted_data_keys)),
            keys,
            struct.pack(">BI", ContentType.FRAMED, frame_length),
            commitment,
        )
    )


def _field(value: bytes) -> bytes:
    if len(value) > MAX_FIELD:
        raise ValueError("a header field is longer than 65535 bytes")
    return struct.pack(">H", len(value)) + value
