"""What the unlock screen says, as a function of what it sees."""

from __future__ import annotations

from dataclasses import dataclass

from signet.errors import PinIncorrect, SecretIncorrect, SignetError
from signet.formats.header import MethodKind
from signet.gui.sentences import words
from signet.gui.unlock_look import VaultLook, WayLook
from signet.gui.widgets.text import Role
from signet.tokens.model import PinState, Token
from signet.tokens.pin_setting import unblocking_word

LAST_TRY = "This is the last try before the card blocks itself."
FEW_TRIES = "A wrong PIN was given before; few tries are left."
REFUSED_BEFORE = "The card has refused that PIN already, so it was not sent again."


@dataclass(frozen=True)
class Said:
    """A sentence below the title, and a second one with its tone (``warn``, ``bad`` or ``muted``) by the field."""

    sentence: str
    note: str = ""
    tone: Role = "muted"
    can_try: bool = True


def say(look: VaultLook, way: WayLook) -> Said:
    """What to say while this way in is chosen."""
    if way.kind is MethodKind.PASSPHRASE:
        return Said("Type the passphrase of this vault.")
    if way.kind is MethodKind.RECOVERY_CODE:
        return Said("Type the recovery code from your sheet, group by group.")
    if way.kind is MethodKind.RECOVERY_SHARES:
        return Said("Type the words of one recovery sheet, then of the next. Four letters of each word are enough.")
    if way.token is None:
        return _away(look, way)
    if way.blocked:
        return Said(
            f"“{way.token.label}” has blocked itself after too many wrong PINs.",
            f"Nothing in the vault is lost. Unblock the card with its {unblocking_word(way.token)}, "
            "or use another way in.",
            "bad",
            can_try=False,
        )
    note = {PinState.LOW: FEW_TRIES, PinState.FINAL: LAST_TRY}.get(way.token.pin_state, "")
    if way.token.pin_pad:
        return Said("Press Unlock, then type the PIN on the reader's own keys.", note, "warn")
    return Said(f"Enter the {pin_name(way.token)} of the card in the reader.", note, "warn")


def pin_name(token: Token) -> str:
    """Which PIN this card wants; a YubiKey has several."""
    about = f"{token.model} {token.manufacturer}".lower()
    return "PIV PIN (not the FIDO PIN)" if "yubi" in about or "piv" in about else "PIN"


def secret_name(way: WayLook) -> str:
    """What is typed for a way in, and what for; the accessible name of its field."""
    if way.kind is MethodKind.PASSPHRASE:
        return "Passphrase of the vault"
    if way.kind is MethodKind.RECOVERY_CODE:
        return "Recovery code of the vault"
    if way.kind is MethodKind.RECOVERY_SHARES:
        return "Recovery share of the vault"
    return f"PIN of “{way.token.label if way.token else way.label}”, which opens the vault"


def refusal(error: SignetError) -> str:
    """What to say by the field when a secret was refused; tries only as the card tells them."""
    if isinstance(error, PinIncorrect):
        said = [f"That is not the PIN of “{error.token}”."]
        if error.final_try:
            said.append(LAST_TRY)
        elif error.attempts_left is not None:
            tries = "1 try is" if error.attempts_left == 1 else f"{error.attempts_left} tries are"
            said.append(f"{tries} left before the card blocks itself.")
        return " ".join(said)
    if isinstance(error, SecretIncorrect):
        return words(error).sentence
    return words(error).text


def _away(look: VaultLook, way: WayLook) -> Said:
    if look.cards_trouble is not None:
        return Said(f"“{way.label}” cannot be looked for.", words(look.cards_trouble).text, "bad", can_try=False)
    if look.strangers:
        names = ", ".join(f"“{token.label}”" for token in look.strangers)
        return Said(
            f"Put in “{way.label}”, or use another way in.",
            f"{names} does not open this vault.",
            "warn",
            can_try=False,
        )
    return Said(f"Put in “{way.label}”, or use another way in.", can_try=False)
