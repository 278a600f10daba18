"""No way in was opened."""

from __future__ import annotations

from signet.errors.base import SignetError


class NotUnlocked(SignetError):
    """The vault stays locked."""

    exit_status = 3
    title = "The vault is locked"
    sentence = "The vault was not unlocked."
    next_step = "Unlock it with a card, the passphrase or the recovery code."


class SecretMissing(NotUnlocked):
    """A secret is needed and there is nobody to ask; ``option`` is the one whose file would hold it."""

    what: str
    option: str | None
    title = "A secret is missing"
    sentence = "The {what} is needed, and there is no terminal to ask on."
    next_step = "Give it in a file with --{option}, or run Signet in a terminal."


class SecretIncorrect(NotUnlocked):
    """The passphrase, recovery code or card does not open this way in."""

    what: str
    title = "That does not open the vault"
    sentence = "The {what} does not open this vault."
    next_step = "Check it and try again, or use another way in."


class RecoveryCodeMalformed(NotUnlocked):
    """What was typed cannot be a recovery code: a typing mistake was caught by the check characters."""

    title = "That is not a recovery code"
    sentence = "The recovery code has a typing mistake or is not complete."
    next_step = "Compare it with the sheet, group by group; the letters O, I and L are read as 0, 1 and 1."


class ShareMalformed(NotUnlocked):
    """What was given cannot be a recovery share; ``reason`` names no word, only where it stands."""

    reason: str
    title = "That is not a recovery share"
    sentence = "The recovery share cannot be read: {reason}."
    next_step = "Compare it with the sheet, word by word and in their order; capitals do not matter."


class ShareForeign(NotUnlocked):
    """A good recovery share, but of another set than the vault's, or than the shares before it."""

    title = "A share of another set"
    sentence = "This recovery share belongs to another set: not to this vault, or not to the shares before it."
    next_step = "Look for the sheets that were made for this vault together; each set opens only by its own."


class ShareRepeated(NotUnlocked):
    """The same recovery share a second time."""

    title = "This share was given already"
    sentence = "This recovery share was given already; the same one counts only once."
    next_step = "Give another share of the same set."


class SharesTooFew(NotUnlocked):
    """Fewer recovery shares than the vault needs, and nobody to ask for more."""

    given: int
    needed: int
    title = "More recovery shares are needed"
    sentence = "Recovery shares that were given: {given}; needed: {needed}."
    next_step = "Give as many different shares of one set as are needed, one a line."


class MemoryShort(NotUnlocked):
    """The passphrase's Argon2id wants more memory than there is."""

    mebibytes: int
    title = "Not enough memory"
    sentence = "This passphrase needs {mebibytes} MiB of memory for a moment, and this computer does not have it."
    next_step = "Close other programs and try again, or use another way in."


class UnlockMethodNotFound(NotUnlocked):
    """The vault has no such way in."""

    name: str
    title = "No such way in"
    sentence = "This vault has no way in that fits “{name}”."
    next_step = "See `signet unlock-method list` for the ways in of this vault."


class FileSecretMissing(NotUnlocked):
    """A file is protected by a passphrase of its own, and there is nobody to ask."""

    what: str
    title = "The file's passphrase is missing"
    sentence = "The {what} of this file is needed, and there is no terminal to ask on."
    next_step = "Give it in a file with --file-passphrase-file, or run Signet in a terminal."


class FileSecretIncorrect(NotUnlocked):
    """The passphrase does not open this file."""

    what: str
    title = "That does not open the file"
    sentence = "The {what} does not open this file, or the file was changed."
    next_step = "Check it and try again; the passphrase of a file is not the one of the vault."
