"""What keys are for: files and documents, which other pages do."""

from __future__ import annotations

from signet.gui.pages.key_action import KeyAction, Place, Rows
from signet.gui.pages.key_host import KeyHost
from signet.gui.pages.keys_model import KeyRow

USE_SHORTCUT = "Ctrl+Return"


def _usable(row: KeyRow) -> bool:
    return row.usable


def _encrypts(row: KeyRow) -> bool:
    return row.key.encrypts_files


def _signs(row: KeyRow) -> bool:
    return row.key.signs_documents


def _encrypt(host: KeyHost, rows: Rows) -> None:
    host.use_wanted.emit(ENCRYPT_FILES.name, rows[0].key.id)


def _sign(host: KeyHost, rows: Rows) -> None:
    host.use_wanted.emit(SIGN_DOCUMENTS.name, rows[0].key.id)


ENCRYPT_FILES = KeyAction(
    "encrypt-files",
    "Encrypt files",
    "Choose files to be encrypted with this key.",
    _encrypt,
    offered=_encrypts,
    enabled=_usable,
    place=Place.FIRST,
    shortcut=USE_SHORTCUT,
)
SIGN_DOCUMENTS = KeyAction(
    "sign-documents",
    "Sign documents",
    "Choose files to be signed with this key.",
    _sign,
    offered=_signs,
    enabled=_usable,
    place=Place.FIRST,
    shortcut="Ctrl+Shift+Return",
)
