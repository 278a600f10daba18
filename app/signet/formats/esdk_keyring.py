"""Keyrings: how each names the wrapping key in an encrypted data key (AWS Encryption SDK Specification).

Raw AES (``framework/raw-aes-keyring.md``, key provider information): key name, tag length in bits, IV length in bytes
(both u32), IV. Raw RSA: the key name alone. Raw ECDH (``framework/raw-ecdh-keyring.md``): a version byte, then the
recipient's and the sender's compressed point, each behind its length as u32. Names are compared exactly.
"""

from __future__ import annotations

import re
import struct

from signet.formats.esdk import IV_LENGTH, TAG_LENGTH, EncryptedDataKey

PROVIDER_ID = "signet"
"""The namespace of the keys of a vault (DESIGN.md, 5)."""
PERSON_PROVIDER_ID = "signet-person"
"""The namespace of public keys, whoever has the private half: a person, or a card of one's own (DESIGN.md, 5)."""
_PERSON = re.compile(rb"[0-9a-f]{64}")

_LENGTHS = struct.pack(">II", TAG_LENGTH * 8, IV_LENGTH)
ECDH_PROVIDER_ID = "raw-ecdh"
"""What the official SDKs call every Raw ECDH keyring; the recipient is in the key provider information."""
_ECDH_VERSION = 1
_POINT_LENGTHS = (33, 49, 67)
"""Bytes of a compressed point on P-256, P-384, P-521 (SEC 1, 2.3.3)."""
_U32 = struct.Struct(">I")


def raw_aes_key_info(key_name: str, iv: bytes) -> bytes:
    """Write the key provider information for a wrapping under ``key_name`` with the 12-byte ``iv``."""
    return key_name.encode("utf-8") + _LENGTHS + iv


def parse_raw_aes_key_info(key_info: bytes) -> tuple[str, bytes] | None:
    """Return key name and IV, or None where this is not a Raw AES keyring's (AES-256-GCM) information."""
    name, tail = key_info[: -len(_LENGTHS) - IV_LENGTH], key_info[-len(_LENGTHS) - IV_LENGTH :]
    if len(tail) != len(_LENGTHS) + IV_LENGTH or not tail.startswith(_LENGTHS):
        return None
    try:
        return name.decode("utf-8"), tail[len(_LENGTHS) :]
    except UnicodeDecodeError:
        return None


def raw_aes_key_name(key: EncryptedDataKey, *, provider_id: str = PROVIDER_ID) -> str | None:
    """Return the key name if a Raw AES keyring of ``provider_id`` made this encrypted data key, else None."""
    if key.provider_id != provider_id:
        return None
    parsed = parse_raw_aes_key_info(key.key_info)
    return None if parsed is None else parsed[0]


def person_key_name(key: EncryptedDataKey) -> str | None:
    """Return the SHA-256 of the public key that this was wrapped to, in hexadecimal; None if it was to none."""
    if key.provider_id != PERSON_PROVIDER_ID or not _PERSON.fullmatch(key.key_info):
        return None
    return key.key_info.decode("ascii")


def raw_ecdh_key_info(recipient: bytes, sender: bytes) -> bytes:
    """Write the key provider information for compressed points (``framework/raw-ecdh-keyring.md``)."""
    parts = (bytes([_ECDH_VERSION]), _U32.pack(len(recipient)), recipient, _U32.pack(len(sender)), sender)
    return b"".join(parts)


def parse_raw_ecdh_key_info(key: EncryptedDataKey) -> tuple[bytes, bytes] | None:
    """Return the recipient's and the sender's compressed points, or None where no Raw ECDH keyring wrote this.

    Only the lengths are checked; whether they are points is for who computes with them.
    """
    info = key.key_info
    if key.provider_id != ECDH_PROVIDER_ID or info[:1] != bytes([_ECDH_VERSION]):
        return None
    size = (len(info) - 1) // 2 - _U32.size
    if size not in _POINT_LENGTHS:
        return None
    recipient, sender = info[1 + _U32.size :][:size], info[-size:]
    return (recipient, sender) if info == raw_ecdh_key_info(recipient, sender) else None
