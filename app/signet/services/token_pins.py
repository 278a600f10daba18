"""The PIN of a card: changed, or set anew after the card blocked itself.

None of this opens a vault, so no log records it; the key on the card stays the same, and so does every vault that it
opens. Everything is asked for and checked before anything is sent, and each secret is sent in one try.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from signet.errors import (
    ModuleCrashed,
    ModuleTimedOut,
    NewPinInvalid,
    NoPuk,
    PinError,
    PinIncorrect,
    PinSentBefore,
    PinToolNeeded,
    PukLocked,
    SignetError,
    TokenRemoved,
    UsageError,
)
from signet.secret import Secret
from signet.services.presenting import ask_pin
from signet.services.prompt import SecretKind, SecretRequest
from signet.services.tokens import FOR_TRYING_OUT
from signet.services.workplace import Workplace
from signet.tokens.model import PinState, Token
from signet.tokens.pin_setting import PinRules, TokenPins, unblocking_word

FEW_TRIES = "Most cards take three wrong ones; then nobody can unblock the card any more."
"""Said before every try of a PUK: unlike the PIN's, hardly any module tells its counter."""
NOT_KNOWN = (
    "Whether the PIN was changed before this happened is not known: try the new one first, and the old one after it."
)


@dataclass(frozen=True)
class PinOutlook:
    """What can be done about a token's PIN, before anything is asked for.

    ``rule`` is what a new PIN has to be like, empty if the token does not say; ``word`` what it calls the secret that
    unblocks it; ``refusal`` why Signet cannot unblock it; ``last`` that one try of that secret is left.
    """

    word: str
    rule: str
    refusal: SignetError | None
    last: bool


def pin_outlook(workplace: Workplace, token: Token) -> PinOutlook:
    """Look, and ask nobody; blocking. Raises TokenRemoved, ModuleError."""
    rules, word = workplace.hub.pins(token).rules(), unblocking_word(token)
    refusal: SignetError | None = None
    try:
        unblockable(workplace, token)
    except PinError as error:
        refusal = error
    if refusal is None and rules.officer is PinState.LOCKED:
        refusal = PukLocked(token=token.label, what=word)
    return PinOutlook(word, rules.words, refusal, last=rules.officer is PinState.FINAL)


def change_pin(workplace: Workplace, token: Token) -> Token:
    """Change the PIN of a token and return it; the old PIN is asked for as every PIN is, then the new one.

    Raises PinLocked before anything is asked; ConfirmationMissing (the last try), SecretMissing, NewPinInvalid before
    anything is sent; PinIncorrect, NewPinRefused, PinToolNeeded, TokenRemoved, ModuleError.
    """
    pins = workplace.hub.pins(token)
    rules = pins.rules()
    with ask_pin(workplace, token, kind=SecretKind.PIN) as old, _ask_new(workplace, token, rules) as new:
        _both_or_none(token, old, new)
        with _told_if_unclear(workplace), _remembered(workplace, token, old):
            pins.change(old, new)
    return replace(token, pin_state=PinState.OK)


def unblock(workplace: Workplace, token: Token) -> Token:
    """Set a new PIN with what this card calls PUK, SO PIN or Admin PIN; return the token.

    Raises NoPuk, PinToolNeeded and PukLocked before anything is asked; ConfirmationMissing (the last try),
    SecretMissing, NewPinInvalid before anything is sent; PukIncorrect, PukLengthInvalid, NewPinRefused, TokenRemoved,
    ModuleError.
    """
    pins = unblockable(workplace, token)
    rules = pins.rules()
    with _ask_puk(workplace, pins, rules) as puk, _ask_new(workplace, token, rules) as new:
        _both_or_none(token, puk, new)
        with _told_if_unclear(workplace):
            pins.unblock(puk, new)
    workplace.refused_pins.forget(token)
    return replace(token, pin_state=PinState.OK)


@contextmanager
def _remembered(workplace: Workplace, token: Token, old: Secret) -> Iterator[None]:
    """A PIN that is refused is not sent a second time."""
    refused = workplace.refused_pins
    if refused.refuses(token, old):
        raise PinSentBefore(token=token.label)
    try:
        yield
    except PinIncorrect:
        if len(old):
            refused.refused(token, old)
        raise
    refused.forget(token)


def unblockable(workplace: Workplace, token: Token) -> TokenPins:
    """Return what unblocks this token; raise NoPuk, or PinToolNeeded with the command of a program that does it."""
    pins = workplace.hub.pins(token)
    if token.label.endswith(FOR_TRYING_OUT):
        raise NoPuk(token=token.label)
    if pins.how is None:
        raise PinToolNeeded(token=token.label, task="unblock the PIN", command=pins.unblock_command)
    return pins


def _ask_puk(workplace: Workplace, pins: TokenPins, rules: PinRules) -> Secret:
    label, word = pins.token.label, unblocking_word(pins.token)
    if rules.officer is PinState.LOCKED:
        raise PukLocked(token=label, what=word)
    if rules.officer is PinState.FINAL:
        workplace.prompt.confirm(
            f"Only one try of the {word} is left before nobody can unblock “{label}”. Use it now?"
        )
    request = SecretRequest(
        kind=SecretKind.PUK, what=f"{word} of “{label}”", warning=FEW_TRIES, on_reader=pins.token.pin_pad
    )
    return workplace.prompt.secret(request)


def _ask_new(workplace: Workplace, token: Token, rules: PinRules) -> Secret:
    """Ask for the new PIN until its length is one that the token says it takes; raise NewPinInvalid."""
    check = _checking(token, rules)
    request = SecretRequest(
        kind=SecretKind.NEW_PIN,
        what=f"new PIN of “{token.label}”",
        rule=f"It has {rules.words}." if rules.words else "",
        check=check,
        on_reader=token.pin_pad,
    )
    new = workplace.prompt.secret(request)
    try:
        if not (token.pin_pad and len(new) == 0):
            check(new)
    except NewPinInvalid:
        new.wipe()
        raise
    return new


def _checking(token: Token, rules: PinRules) -> Callable[[Secret], None]:
    def check(pin: Secret) -> None:
        if not rules.allows(pin):
            raise NewPinInvalid(token=token.label, rule=rules.words)

    return check


def _both_or_none(token: Token, first: Secret, second: Secret) -> None:
    """A reader with a keypad asks for both, or for none."""
    if token.pin_pad and (len(first) == 0) != (len(second) == 0):
        raise UsageError(reason="Give both in files, or type both on the reader.")


@contextmanager
def _told_if_unclear(workplace: Workplace) -> Iterator[None]:
    """Say that nobody knows, where the card may have changed its PIN and could not say so any more."""
    try:
        yield
    except (ModuleCrashed, ModuleTimedOut, TokenRemoved):
        workplace.prompt.note(NOT_KNOWN)
        raise
