"""Files under the vault's keys: encrypted, decrypted, re-encrypted, inspected; all that ``files_*`` offers."""

from __future__ import annotations

from signet.services.catalogue import CatalogueEntry, list_files
from signet.services.files_decrypt import decrypt_files
from signet.services.files_encrypt import encrypt_files
from signet.services.files_inspect import Inspection, Recipient, inspect_file
from signet.services.files_items import Item
from signet.services.files_reencrypt import re_encrypt_files
from signet.services.openers import Opener, OpenerKind, who_can_open

__all__ = [
    "CatalogueEntry",
    "Inspection",
    "Item",
    "Opener",
    "OpenerKind",
    "Recipient",
    "decrypt_files",
    "encrypt_files",
    "inspect_file",
    "list_files",
    "re_encrypt_files",
    "who_can_open",
]
