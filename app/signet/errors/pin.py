"""Changing a card's PIN, and unblocking it: what cannot be done, and what was not taken."""

from __future__ import annotations

from signet.errors.token import PinError


class PinSentBefore(PinError):
    """The token has refused this very PIN already; it was not sent, and no try was spent."""

    token: str
    title = "The card has refused that PIN already"
    sentence = "“{token}” has refused that PIN already, so it was not sent again."
    next_step = "Type another one, or look it up first: too many wrong ones block the card."


class NewPinInvalid(PinError):
    """The new PIN has a length that the token says it does not take; nothing was sent to it."""

    token: str
    rule: str
    title = "The new PIN has the wrong length"
    sentence = "“{token}” takes a PIN of {rule}."
    next_step = "Choose another one; nothing was changed, and no try was used up."


class NewPinRefused(PinError):
    """The token took the old PIN, or the PUK, and refused the new PIN; ``code`` is the module's answer."""

    token: str
    code: str
    title = "The card refused the new PIN"
    sentence = "“{token}” did not take the new PIN ({code})."
    next_step = "Choose another one: six to eight digits suit most cards. Nothing was changed, as far as can be told."


class PinToolNeeded(PinError):
    """The token's module cannot do it, or cannot be asked to; ``command`` is a program that can."""

    token: str
    task: str
    command: str
    title = "The card's own program has to do this"
    sentence = "Signet cannot {task} of “{token}” through its card software; this command can: {command}"
    next_step = "Run it in a terminal; Signet sees the change by itself."


class NoPuk(PinError):
    """A software token that Signet made: its SO PIN was thrown away when it was made."""

    token: str
    title = "There is nothing to unblock it with"
    sentence = "“{token}” is a software token, for trying out: nobody has a PUK or SO PIN of it."
    next_step = "It never blocks itself. If its PIN is forgotten, use another way in and remove this one."


class PukIncorrect(PinError):
    """A try of the PUK, SO PIN or Admin PIN was spent; ``what`` is this card's word for it."""

    token: str
    what: str
    final_try: bool
    title = "That does not unblock the card"
    sentence = "That is not the {what} of “{token}”."
    next_step = "Look it up before you try again: most cards take three wrong ones, and then nobody can unblock them."

    @property
    def hint(self) -> str:
        """What the person can do next; before the last try, that it is the last."""
        if self.final_try:
            return "Only one try is left before nobody can unblock this card any more; look it up, or ask its maker."
        return super().hint


class PukLocked(PinError):
    """No tries of the PUK, SO PIN or Admin PIN are left."""

    token: str
    what: str
    title = "The card cannot be unblocked any more"
    sentence = "“{token}” takes no {what} any more, after too many wrong ones."
    next_step = (
        "Open the vault another way and add another card. Its maker's program can only reset it, keys and all."
    )


class PukLengthInvalid(PinError):
    """The token refuses a PUK, SO PIN or Admin PIN of this length; no try was spent."""

    token: str
    what: str
    title = "It has the wrong length"
    sentence = "The {what} of “{token}” has another length; no try was used up."
    next_step = "Look it up where you keep it; a PUK is mostly eight digits."
