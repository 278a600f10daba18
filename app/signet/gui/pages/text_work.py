"""Small secrets in the window, below the forms: bytes and text, notes, and what went wrong in a person's words."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from signet.errors import CiphertextInvalid, FormatUnrecognised, KeyNotHere, SignetError, UsageError
from signet.formats.ciphertext import MAX_CIPHERTEXT, MAX_PLAINTEXT
from signet.gui.sentences import words
from signet.secret import Secret
from signet.services import macs, small_secrets
from signet.services.context import checked_pairs
from signet.services.publishing import published, write_all
from signet.services.session import Session
from signet.services.small_secrets import Opened, Sealed
from signet.store.files import read_small

WHAT = "a text that Signet encrypted"
MOST_TEXT = 4 * MAX_CIPHERTEXT
"""Bytes of a file that may hold a ciphertext as text, in whatever lines."""
RANDOM_BYTES = 18
"""Bytes of a random password: 144 bits, 24 characters of base64."""
LINE = 64
"""Characters of a line of ciphertext as text."""


def seal_text(session: Session, text: Secret, key_id: str, notes: Mapping[str, str]) -> Sealed:
    """Encrypt text, which is wiped; blocking, for a task. Raises as `encrypt_secret`."""
    with text:
        return small_secrets.encrypt_secret(session, text, key=key_id, context=notes)


def open_text(session: Session, ciphertext: bytes, notes: Mapping[str, str]) -> Opened:
    """Decrypt; blocking, for a task. Raises as `decrypt_secret`."""
    return small_secrets.decrypt_secret(session, ciphertext, context=notes)


def random_password(session: Session) -> Secret:
    """Return 24 characters from the system's random source, recorded as any random bytes; blocking, for a task."""
    with macs.random_bytes(session, RANDOM_BYTES) as made:
        return Secret(base64.urlsafe_b64encode(made.reveal()))


def as_text(ciphertext: bytes) -> str:
    """Write a ciphertext as text: base64 in lines, which mail and chat leave alone."""
    written = base64.b64encode(ciphertext).decode("ascii")
    return "\n".join(written[start : start + LINE] for start in range(0, len(written), LINE))


def from_text(text: str) -> bytes:
    """Read what `as_text` wrote, however it was broken into lines; raise FormatUnrecognised."""
    try:
        found = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise FormatUnrecognised(what=WHAT, legacy=None) from error
    if not found or len(found) > MAX_CIPHERTEXT:
        raise FormatUnrecognised(what=WHAT, legacy=None)
    return found


def from_file(content: bytes) -> bytes:
    """Take a file's content: a ciphertext as it is, as the command line writes it, or as text."""
    try:
        return from_text(content.decode("ascii"))
    except (UnicodeDecodeError, FormatUnrecognised):
        return content


def save(session: Session, path: str, ciphertext: bytes) -> str:
    """Write a ciphertext as text to a new file (0600), return its path; blocking. Raises as `published`."""
    with published(session, path) as output:
        write_all(output, as_text(ciphertext).encode("ascii") + b"\n")
    return path


def read_file(path: str) -> bytes:
    """Read a file that may hold a ciphertext; blocking. Raises as `read_small`."""
    return from_file(read_small(path, limit=MOST_TEXT))


def read_notes(text: str) -> dict[str, str]:
    """Read ``for=mail, year=2026``; raise ContextInvalid, and UsageError for a name that comes twice."""
    pairs: dict[str, str] = {}
    for part in text.split(","):
        name, _, value = (piece.strip() for piece in part.partition("="))
        if not name and not value:
            continue
        if name in pairs:
            raise UsageError(reason=f"There are two notes called “{name}”.")
        pairs[name] = value
    return checked_pairs(pairs)


def shown_text(plaintext: Secret) -> tuple[str, bool]:
    """Return what is shown of a secret, and whether it is text; bytes that are none are shown as base64."""
    try:
        return plaintext.text(), True
    except UnicodeDecodeError:
        return base64.b64encode(plaintext.reveal()).decode("ascii"), False


def counted(text: str) -> tuple[str, bool]:
    """Say how much of a small secret is used, and whether it fits."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_PLAINTEXT:
        return f"{size - MAX_PLAINTEXT} bytes too long. Put it into a file and encrypt that.", False
    return f"{size} of {MAX_PLAINTEXT} bytes" if size else "", size > 0


def why_not(error: SignetError, vault_id: str) -> tuple[str, str]:
    """Say why a text did not open: title, and sentence with the next step."""
    if isinstance(error, KeyNotHere) and vault_id not in error.wanted:
        return "Encrypted in another vault", "This vault has no key for it. Open the vault that it was encrypted in."
    if isinstance(error, CiphertextInvalid):
        return (
            "It does not open",
            "Either the text was changed or cut off, or it was encrypted with other notes. Paste all of it; under "
            "“Notes” give exactly those that were given then. The page Activity has them.",
        )
    told = words(error)
    return told.title, told.text
