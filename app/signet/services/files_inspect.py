"""What the header of an encrypted file says, without any key and without a vault. Nothing of it is proven."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from signet.crypto.esdk_decrypt import read_header
from signet.crypto.esdk_ecdh import recipient_name
from signet.formats.esdk import ContentType, EncryptedDataKey, MessageHeader
from signet.formats.esdk_keyring import PROVIDER_ID, raw_aes_key_name
from signet.services.files_items import opened, own_folder, place_of, refuse_own
from signet.services.session import Session

SHOWN_LENGTH = 200
"""Characters of a recipient's name that are shown; the format allows 65535 bytes of anything."""


@dataclass(frozen=True)
class Recipient:
    """One who can open the file: ``provider`` and ``name`` as they stand in the header, made printable.

    ``key_id`` and ``version`` are set where a vault's key opens it (provider ``signet``).
    """

    provider: str
    name: str
    key_id: str | None = None
    version: int | None = None


@dataclass(frozen=True)
class Inspection:
    """What a header says. Sizes in bytes; ``context`` is visible to everyone; ``signed``: by a key made for it alone.

    ``message_id`` and ``suite`` are hexadecimal; ``frame_length`` is 0 for unframed content, which is always
    ``legacy``.
    """

    path: str
    size: int
    header_size: int
    format_version: int
    suite: str
    message_id: str
    context: Mapping[str, str]
    recipients: tuple[Recipient, ...]
    frame_length: int
    signed: bool
    legacy: bool


def inspect_file(path: str, *, session: Session | None = None) -> Inspection:
    """Read the header of the file at ``path``, of any version; with a vault open, nothing of the vault's own.

    Raises SourceNotFound, SourceUnsupported, FolderReadOnly, StorageError, FormatUnrecognised, CiphertextInvalid.
    """
    if session is not None:
        refuse_own(own_folder(session), place_of(path), path)
    with opened(path) as source:
        header, length = read_header(source, legacy=True, source_name=path)
        size = os.fstat(source).st_size
    return Inspection(
        path=path,
        size=size,
        header_size=length,
        format_version=header.suite.version,
        suite=f"0x{header.suite.id:04X}",
        message_id=header.message_id.hex(),
        context=dict(header.context),
        recipients=recipients(header),
        frame_length=header.frame_length,
        signed=header.suite.signature_curve is not None,
        legacy=header.suite.version == 1 or header.content_type is ContentType.UNFRAMED,
    )


def recipients(header: MessageHeader) -> tuple[Recipient, ...]:
    """Name everyone for whom the data key was wrapped."""
    return tuple(_recipient(wrapped) for wrapped in header.encrypted_data_keys)


def vault_key(wrapped: EncryptedDataKey) -> tuple[str, int] | None:
    """Return key id and version if a vault's key wrapped this (``KEY-UUID/VERSION``), else None."""
    name = raw_aes_key_name(wrapped, provider_id=PROVIDER_ID)
    key_id, slash, version = (name or "").partition("/")
    if not slash or not (version.isascii() and version.isdigit()) or len(version) > 9 or version.startswith("0"):
        return None
    return key_id, int(version)


def _recipient(wrapped: EncryptedDataKey) -> Recipient:
    found = vault_key(wrapped)
    name = raw_aes_key_name(wrapped, provider_id=wrapped.provider_id) or recipient_name(wrapped)
    if name is None:
        name = wrapped.key_info.decode("utf-8", "replace")
    key_id, version = found or (None, None)
    return Recipient(shown(wrapped.provider_id), shown(name), key_id if key_id is None else shown(key_id), version)


def shown(text: str) -> str:
    """Make text from outside fit for a screen: printable characters only, not endless."""
    clean = "".join(character if character.isprintable() else "\ufffd" for character in text[:SHOWN_LENGTH])
    return clean + ("…" if len(text) > SHOWN_LENGTH else "")
