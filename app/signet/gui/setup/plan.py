"""What the person has chosen so far in the set-up assistant."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from signet.secret import Secret
from signet.tokens.model import Token

FIRST_KEY = "my-files"
"""The alias of the key that a new vault gets, and that the Files page encrypts with."""


class First(StrEnum):
    """How the vault is unlocked."""

    CARD = "card"
    SOFTWARE = "software"
    PASSPHRASE = "passphrase"


class Second(StrEnum):
    """The second way in."""

    CODE_BY_HAND = "code-by-hand"
    CODE_FILE = "code-file"
    CARD = "card"


@dataclass
class Plan:
    """Filled in step by step; ``secret`` is the PIN or passphrase of the first way in, ``second_secret`` a card's."""

    first: First = First.CARD
    token: Token | None = None
    secret: Secret | None = None
    path: str = ""
    second: Second = Second.CODE_BY_HAND
    code_path: str = ""
    second_token: Token | None = None
    second_secret: Secret | None = None
    saved_sheets: list[str] = field(default_factory=list)
    """Where the recovery sheet was saved as a file."""

    def wipe(self) -> None:
        """Wipe the secrets; the plan is over."""
        for secret in (self.secret, self.second_secret):
            if secret is not None:
                secret.wipe()
        self.secret = self.second_secret = None
