"""What the header of an encrypted file says, without any key and without a vault. Nothing of it is proven."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from signet.crypto.esdk_decrypt import read_header
from signet.crypto.esdk_ecdh import recipient_name
from signet.crypto.esdk_size import plaintext_size
from signet.formats.esdk import MAX_ENCRYPTED_DATA_KEYS, ContentType, EncryptedDataKey, MessageHeader
from signet.formats.esdk_keyring import PROVIDER_ID, raw_aes_key_name
from signet.services.context import context_said
from signet.services.files_items import opened, own_folder, place_of, refuse_own
from signet.services.session import Session

SHOWN_LENGTH = 200
"""Characters of a recipient's name that are shown; the format allows 65535 bytes of anything."""
SHOWN_SENTENCE = 2000
"""Characters of a context that are shown."""


@dataclass(frozen=True)
class Recipient:
    """One who can open the file: ``provider`` and ``name`` as they stand in the header, made printable.

    ``key_id`` and ``version`` are set where a vault's key opens it (provider ``signet``), ``fingerprint`` where a
    public key was encrypted to: its SHA-256 in hexadecimal.
    """

    provider: str
    name: str
    key_id: str | None = None
    version: int | None = None
    fingerprint: str | None = None


@dataclass(frozen=True)
class Inspection:
    """What a header says. Sizes in bytes; ``context`` is visible to everyone; ``signed``: by a key made for it alone.

    ``plaintext_size`` is exact, None for a file that was cut or has something behind the message. ``said`` is the
    person's part of the context as a sentence. ``message_id`` and ``suite`` are hexadecimal; ``frame_length`` is 0
    for unframed content, which is always ``legacy``.
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
    plaintext_size: int | None = None
    said: str = ""


def inspect_file(path: str, *, session: Session | None = None) -> Inspection:
    """Read the header of the file at ``path``, of any version; with a vault open, nothing of the vault's own.

    Raises SourceNotFound, SourceUnsupported, FolderReadOnly, StorageError, FormatUnrecognised, CiphertextInvalid.
    """
    if session is not None:
        refuse_own(own_folder(session), place_of(path), path)
    with opened(path) as source:
        header, length = read_header(source, legacy=True, source_name=path)
        size = os.fstat(source).st_size
        plain = plaintext_size(source, header, header_length=length, name=path)
    own = False
    if session is not None:
        with session.records.read() as reading:
            own = reading.catalogue.written_here(header.message_id)
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
        plaintext_size=plain,
        said=shown(context_said(header.context, own=own), limit=SHOWN_SENTENCE),
    )


def recipients(header: MessageHeader) -> tuple[Recipient, ...]:
    """Name everyone for whom the data key was wrapped."""
    return tuple(_recipient(wrapped) for wrapped in header.encrypted_data_keys)


@lru_cache(maxsize=2 * MAX_ENCRYPTED_DATA_KEYS)  # asked for up to eight times a message
def vault_key(wrapped: EncryptedDataKey) -> tuple[str, int] | None:
    """Return key id and version if a vault's key wrapped this (``KEY-UUID/VERSION``), else None."""
    name = raw_aes_key_name(wrapped, provider_id=PROVIDER_ID)
    key_id, slash, version = (name or "").partition("/")
    if not slash or not (version.isascii() and version.isdigit()) or len(version) > 9 or version.startswith("0"):
        return None
    return key_id, int(version)


def recipient_names(header: MessageHeader) -> frozenset[str]:
    """How the catalogue names for whom a message is: ``KEY-UUID/VERSION``, the SHA-256 of public keys in hexadecimal.

    Keyrings of others, which name their keys as they like, are left out.
    """
    found = set()
    for wrapped in header.encrypted_data_keys:
        key, public = vault_key(wrapped), recipient_name(wrapped)
        if key is not None:
            found.add(f"{key[0]}/{key[1]}")
        elif public is not None:
            found.add(public)
    return frozenset(found)


def _recipient(wrapped: EncryptedDataKey) -> Recipient:
    found = vault_key(wrapped)
    public = recipient_name(wrapped)
    name = raw_aes_key_name(wrapped, provider_id=wrapped.provider_id) or public
    if name is None:
        name = wrapped.key_info.decode("utf-8", "replace")
    key_id, version = found or (None, None)
    return Recipient(
        shown(wrapped.provider_id), shown(name), key_id if key_id is None else shown(key_id), version, public
    )


def shown(text: str, *, limit: int = SHOWN_LENGTH) -> str:
    """Make text from outside fit for a screen: printable characters only, not endless."""
    clean = "".join(character if character.isprintable() else "\ufffd" for character in text[:limit])
    return clean + ("…" if len(text) > limit else "")
