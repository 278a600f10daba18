"""What stands on a recovery sheet: the code or one share, for which vault, and how it is used in ten years. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

from signet.secret import Secret
from signet.services.prompt import NamedVault

PROGRAM = "Signet is free software (Apache-2.0) for Linux."
CODE_COLUMNS = 3
SHARE_COLUMNS = 3


@dataclass(frozen=True)
class Sheet:
    """One page. ``text`` is the code, or the words of a share; ``made`` is a date in words.

    ``number`` is that of a share, from 1, of ``shares``, any ``threshold`` of which open the vault; 0 for a code.
    """

    vault: str
    named: NamedVault
    made: str
    text: Secret
    number: int = 0
    shares: int = 0
    threshold: int = 0

    @property
    def is_share(self) -> bool:
        """Whether it is a share, which opens nothing alone."""
        return self.number > 0

    @property
    def title(self) -> str:
        """The first line."""
        return f"Recovery share {self.number} of {self.shares}" if self.is_share else "Recovery code"

    @property
    def sentence(self) -> str:
        """What the sheet is."""
        if not self.is_share:
            return f"Opens the vault “{self.vault}” without card or passphrase."
        return (
            f"Any {self.threshold} of the {self.shares} sheets of this set open the vault “{self.vault}”. "
            f"{'One alone tells' if self.threshold == 2 else 'Fewer tell'} nothing."
        )

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Names and values."""
        return (
            ("Vault", self.vault),
            ("Vault id", self.named.vault_id),
            ("Fingerprint", self.named.fingerprint),
            ("Made", self.made),
        )

    @property
    def parts(self) -> tuple[str, ...]:
        """The groups of the code, or the words of the share."""
        return tuple(self.text.text().split() if self.is_share else self.text.text().split("-"))

    @property
    def steps(self) -> tuple[str, ...]:
        """How to use it, one after the other."""
        if self.is_share:
            enter = (
                f"Choose “Recovery shares” and type the words of {self.threshold} sheets, one sheet after the other; "
                "four letters of each word are enough. Or scan the QR code: it holds the same words."
            )
        else:
            enter = (
                "Choose “Recovery code” and type it group by group. Capitals and hyphens do not matter; O is read as "
                "0, I and L as 1. Or scan the QR code: it holds the same text."
            )
        return (
            f"Have the vault at hand: the folder {self.vault}.signet, or a backup of it.",
            f"Install Signet and start it. {PROGRAM} Restore the backup if there is no folder.",
            enter,
            "If Signet asks for the fingerprint of the vault, compare it with the one above.",
        )

    @property
    def keeping(self) -> tuple[str, ...]:
        """What to mind."""
        other = (
            "Keep the sheets in different places or with different people. Whoever has enough of them and the vault "
            "opens it."
            if self.is_share
            else "Keep it where you keep what is worth most to you, not beside the computer. Whoever has it and the "
            "vault opens it."
        )
        return (
            "This sheet does not replace the vault. Keep a backup of the vault in a second place.",
            other,
            "If it is lost or was seen, remove it under “Cards & recovery” and make another.",
        )

    @property
    def without_signet(self) -> str:
        """Where the format is documented, for those who have no Signet."""
        how = "the words are a SLIP-39 share, which other programs combine" if self.is_share else "Crockford base32"
        return (
            f"Without Signet: {how}. docs/formats in Signet's source says how the secret opens header.json "
            "(HKDF-SHA256, X25519, AES-256-GCM) and the database (SQLCipher 4). Encrypted files are AWS Encryption "
            "SDK messages."
        )
