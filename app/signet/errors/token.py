"""Tokens, their modules and their PINs."""

from __future__ import annotations

from typing import ClassVar

from signet.errors.unlocking import NotUnlocked


class TokenError(NotUnlocked):
    """Something about a card, its module or its PIN."""

    title = "The card did not work"
    sentence = "The card could not be used."
    next_step = "Take it out, put it in again and retry."


class TokenNotFound(TokenError):
    """No token of that name, or none that opens this vault, is present; ``others``: what else opens the vault."""

    name: str
    others: str | None
    title = "No card found"
    sentence = "No card that fits “{name}” is present."
    next_step = "Put the card in; `signet token list` shows what can be seen. Or use another way in."


class KeyTokenNotFound(TokenNotFound):
    """The token that holds a key of the vault is not present; ``name`` is that token's, as far as it is known."""

    key: str
    title = "The key's card is not here"
    sentence = "The key “{key}” is on the card “{name}”, which is not present."
    next_step = "Put that card in and try again; `signet token list` shows what can be seen."


class KeyGuardNotFound(TokenNotFound):
    """None of a guarded key's guards is present; ``name`` names them."""

    key: str
    title = "None of the key's guards is here"
    sentence = "The key “{key}” is guarded by {name}; none of them is present."
    next_step = "Put one of these cards in and try again; `signet token list` shows what can be seen."


class CardNeeded(TokenNotFound):
    """A key is limited to use with a card in the reader, and none that opens the vault is there; ``name``: all."""

    key: str
    rule: ClassVar[str] = "needs-card"
    title = "This key needs a card"
    sentence = "The key “{key}” may only be used while a card that opens this vault is in the reader: {name}."
    next_step = "Put one of these cards in and try again; `signet token list` shows what can be seen."


class TokenRemoved(TokenError):
    """The token went away while it was being used."""

    title = "The card was removed"
    sentence = "The card was taken out while it was being used."
    next_step = "Put the card back in and try again."


class TokenLoginLost(TokenError):
    """The login ended: the token was reset, another program logged it out, or its module had to be started anew."""

    title = "The card wants its PIN again"
    sentence = "The card was logged out in the meantime."
    next_step = "Give the PIN once more and try again."


class TokenKeyNotFound(TokenError):
    """The token holds no such key."""

    key: str
    title = "The key is not on this card"
    sentence = "The card holds no key that fits “{key}”."
    next_step = "See `signet token keys NAME` for the keys on the card."


class TokenKeyUnusable(TokenError):
    """A key on the token cannot do what is asked of it."""

    reason: str
    title = "The card's key cannot be used for this"
    sentence = "The key on the card cannot be used: {reason}."
    next_step = "Choose another key or another card; `signet token test NAME` shows what works."


class TokenOperationFailed(TokenError):
    """The module refused an operation for a reason of its own."""

    operation: str
    code: str
    title = "The card refused"
    sentence = "The card's module refused to {operation} ({code})."
    next_step = "Take the card out, put it in again and retry; `signet token test NAME` tells more."


class TokenFull(TokenError):
    """No room for another object, or the token cannot be written."""

    title = "The card cannot take more"
    sentence = "The card has no room left or cannot be written to."
    next_step = "Use another card, or make room on this one with its maker's own program."


class TokenPlaceTaken(TokenError):
    """A key was to be made where the token has one already; ``place`` is its CKA_ID in hexadecimal, or a slot."""

    place: str
    title = "There is a key already"
    sentence = "There is a key or a certificate in the place {place} of the card already; nothing was overwritten."
    next_step = "Use that key, or name an empty place with --id; without --id an empty one is taken."


class TokenCannotMake(TokenError):
    """The module makes no keys on such a token; ```commands`` do it elsewhere, in their order, and may be none."""

    token: str
    reason: str
    commands: tuple[str, ...]
    title = "Keys cannot be made on this card from here"
    sentence = "Signet cannot make this key on “{token}”: {reason}."
    next_step = "Look for the card's own program, make a key with it, and come back."

    @property
    def hint(self) -> str:
        """What the person can do next: the commands, in their order, where there are some."""
        if not self.commands:
            return super().hint
        return "\n".join(("These commands make it, one after the other; then come back:", *self.commands))


class PinError(TokenError):
    """The PIN, not the card, is the problem."""

    title = "The PIN was not accepted"
    sentence = "The PIN was not accepted."
    next_step = "Check which PIN this card wants before trying again."


class PinIncorrect(PinError):
    """A try was spent; ``attempts_left`` only where the token says, ``final_try`` if the next one is the last."""

    token: str
    attempts_left: int | None
    final_try: bool
    title = "Wrong PIN"
    sentence = "That is not the PIN of “{token}”."
    next_step = "Check the PIN before trying again: most cards block themselves after three wrong tries."

    @property
    def hint(self) -> str:
        """What the person can do next; before the last try, that it is the last."""
        if self.final_try:
            return "Only one try is left before the card blocks itself: be sure of the PIN, or use another way in."
        return super().hint


class PinLocked(PinError):
    """No tries are left."""

    token: str
    title = "The card is blocked"
    sentence = "“{token}” has blocked itself after too many wrong PINs."
    next_step = (
        "Unblock it with its PUK, or open the vault another way; nothing in the vault is lost. "
        "`signet token unblock NAME` unblocks it."
    )


class ManagementKeyIncorrect(PinError):
    """The management key, by which a PIV card lets its slots be written, is another one; no try is spent."""

    token: str
    title = "Wrong management key"
    sentence = "That is not the management key of the card."
    next_step = "A card fresh from its maker has 0102030405060708 three times; else whoever set it up has it."


class PinLengthInvalid(PinError):
    """The token refuses a PIN of this length; no try was spent."""

    token: str
    title = "The PIN has the wrong length"
    sentence = "“{token}” does not take a PIN of this length; no try was used up."
    next_step = "Check which PIN this card wants and how long it has to be."


class ModuleError(TokenError):
    """The PKCS#11 module, not the card, is the problem."""

    module: str
    title = "The card software did not work"
    sentence = "The PKCS#11 module {module} could not be used."
    next_step = "Check the path, or install the card's software again."


class ModuleNotFound(ModuleError):
    """There is no file at the module's path, or no module at all."""

    title = "Card software not found"
    sentence = "There is no PKCS#11 module at {module}."
    next_step = "Install the card's software (SoftHSM, OpenSC, ykcs11), or give its path with --module."


class ModuleUnusable(ModuleError):
    """The file is no PKCS#11 library, or it refuses to start."""

    reason: str
    title = "Not a PKCS#11 module"
    sentence = "{module} cannot be used as a PKCS#11 module: {reason}."
    next_step = "Give the path of the card's PKCS#11 library with --module."


class ModuleCrashed(ModuleError):
    """The child process that hosted the module ended by itself."""

    title = "The card software crashed"
    sentence = "The card software {module} ended unexpectedly; the vault is not affected."
    next_step = "Try again: Signet starts it anew. If it happens again, update the card's software."


class ModuleTimedOut(ModuleError):
    """The module did not answer within its time limit; its process was ended.

    ``others`` is a sentence that names the other programs at the reader, or empty.
    """

    seconds: float
    others: str
    title = "The card software does not answer"
    sentence = "The card software {module} did not answer within {seconds} seconds and was ended.{others}"
    next_step = "Take the card out, put it in again and retry; another program may be holding the card."
