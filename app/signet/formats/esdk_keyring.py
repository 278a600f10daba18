"""Raw AES keyring: how it names the wrapping key in an encrypted data key.

Source: AWS Encryption SDK Specification, ``framework/raw-aes-keyring.md``, key provider information: key name, tag
length in bits, IV length in bytes (both u32), IV. Names are compared exactly.
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
