"""What a key is for, in words: files and documents, or one of the uses that the command line alone has."""

from __future__ import annotations

from signet.gui.pages.chain import Link
from signet.keys.model import Key
from signet.keys.spec import KeySpec, KeyUsage

_SAID = {
    KeyUsage.ENCRYPT_DECRYPT: ("Small secrets, on the command line", "Keeps small secrets"),
    KeyUsage.SIGN_VERIFY: ("Raw signatures, on the command line", "Makes raw signatures"),
    KeyUsage.GENERATE_VERIFY_MAC: ("Authentication codes, on the command line", "Authenticates files"),
    KeyUsage.KEY_AGREEMENT: ("Agreeing on secrets, on the command line", "Agrees on secrets with others"),
    KeyUsage.ENCAPSULATE_DECAPSULATE: ("Receiving secrets, on the command line", "Receives secrets from others"),
}
"""For a key that does neither files nor documents: what it is for, and what it does."""


def purpose(key: Key) -> str:
    """Say what a key is for."""
    return "Encrypting files" if key.encrypts_files else _said(key)[0]


def work(key: Key) -> Link:
    """The last link of the chain to a key that encrypts no files: what it does."""
    return Link("document", _said(key)[1])


def _said(key: Key) -> tuple[str, str]:
    if key.signs_documents:
        return ("Signing documents", "Signs documents")
    if key.opens_from_others:
        return ("Files that others encrypt for you", "Opens files from others")
    if key.spec is KeySpec.X25519:
        return ("age files that others encrypt for you", "Opens age files from others")
    return _SAID[key.usage]
