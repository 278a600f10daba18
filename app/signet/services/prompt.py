"""The prompt seam: whom services ask. Implemented by the command line, the window and the tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from signet.secret import Secret
from signet.tokens.waiting import Wait


@dataclass(frozen=True)
class NamedVault:
    """By what a vault is told from others: its id, and its identity's fingerprint, which people compare."""

    vault_id: str
    fingerprint: str


class SecretKind(StrEnum):
    """Which secret is asked for; each has its own file option on the command line."""

    PIN = "pin"
    """The PIN of the token that opens the vault."""
    TOKEN_PIN = "token-pin"
    """The PIN of another token than the one that opens the vault."""
    PASSPHRASE = "passphrase"
    RECOVERY_CODE = "recovery-code"
    RECOVERY_SHARE = "recovery-share"
    """One share, or several of them, one a line."""
    OTHER_SECRET = "other-secret"
    """The passphrase, recovery code or shares of another way in than the one that opened the vault."""
    NEW_PIN = "new-pin"
    """The PIN of a token that is being enrolled, or that is being set."""
    PUK = "puk"
    """What unblocks a token: PUK, SO PIN or Admin PIN, as the card says."""
    NEW_PASSPHRASE = "new-passphrase"
    MANAGEMENT_KEY = "management-key"
    """Of a PIV card, in hexadecimal: by it the card's slots can be written."""
    FILE_PASSPHRASE = "file-passphrase"
    """Of an exported or imported file, a file that is decrypted, or a private key in a file."""
    NEW_FILE_PASSPHRASE = "new-file-passphrase"
    """Of a file that is made for whoever knows it."""


@dataclass(frozen=True)
class SecretRequest:
    """What is asked for: the kind, the sentence that people see, and a warning if there is one.

    ``what`` names the secret within a sentence: ``PIN of “Nitrokey”``. ``purpose`` is a sentence that says what it is
    needed for, where that is not the vault itself. ``rule`` says, of a secret that is being
    chosen, what it has to be like. ``long`` is one that nobody can type without seeing it; it has ``words`` words,
    if that is known, and may be typed in several lines. ``on_reader`` is one that is typed on the reader's own keys:
    unless it was given beforehand nobody is asked for it, only told, and an empty secret comes back. ``check`` raises
    a SignetError for what cannot be right; a prompt that asks a person says so and asks again. ``token`` tells the
    token that a PIN is for from others with the same label; nobody is shown it.
    """

    kind: SecretKind
    what: str
    warning: str = ""
    rule: str = ""
    long: bool = False
    words: int = 0
    on_reader: bool = False
    check: Callable[[Secret], None] | None = field(default=None, compare=False)
    purpose: str = ""
    token: str = field(default="", compare=False)


class Prompt(Protocol):
    """Asks the person. Never called inside a transaction."""

    def secret(self, request: SecretRequest) -> Secret:
        """Return the secret; raise SecretMissing if nobody can be asked, Cancelled if the person gives up."""

    def confirm(self, question: str, *, about: Sequence[str] = ()) -> None:
        """Return if the person says yes; raise ConfirmationMissing otherwise.

        ``about`` are the facts that are decided upon, one a sentence: shown where the question is asked, and noted.
        """

    def typed_fingerprint(self, fingerprint: str, sentence: str) -> str:
        """Show ``sentence`` and return the identity fingerprint that the person typed from elsewhere.

        Raises IdentityUnconfirmed if nobody can be asked; no option answers this.
        """

    def recovery_code(self, code: Secret, vault: NamedVault) -> Secret:
        """Show a new recovery code for ``vault``, take it from the screen again, and return what was typed back.

        Raises SecretMissing if nobody is there to see it, Cancelled if the person gives up.
        """

    def note(self, sentence: str) -> None:
        """Say something that the person should know and need not answer."""

    def waiting(self, wait: Wait | None) -> bool:
        """Say that a card may want to be touched, or a reader a PIN, and how long it waits; None: it is over.

        Called about ten times a second in the thread that waits, so it must not block. True gives up.
        """
