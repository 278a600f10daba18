"""Choosing a way in and asking for its secret: one secret goes to one way in, never to a second."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from signet.crypto import typed
from signet.errors import (
    NameAmbiguous,
    PinLocked,
    PinSentBefore,
    SecretIncorrect,
    TokenNotFound,
    UnlockMethodNotFound,
)
from signet.formats.header import MethodKind, UnlockMethod, VaultHeader
from signet.formats.recovery import read_code
from signet.secret import Secret
from signet.services.prompt import SecretKind, SecretRequest
from signet.services.recovery_shares import present_shares
from signet.services.ways import Presenter, TokenPresenter, TypedPresenter
from signet.services.workplace import Workplace
from signet.tokens.model import PinState, Token

MIN_ID_PREFIX = 8


@dataclass(frozen=True)
class Selection:
    """Which way in the person asked for: recovery (the code; the shares of a vault that has none), one by id, or
    (neither) the first that is there."""

    recovery: bool = False
    method_id: str | None = None


def present(workplace: Workplace, header: VaultHeader, selection: Selection) -> tuple[UnlockMethod, Presenter]:
    """Choose a way in and ask for its secret.

    The first enrolled token present, else a passphrase, unless the selection says otherwise. Raises
    UnlockMethodNotFound, TokenNotFound, SecretMissing, RecoveryCodeMalformed, ShareMalformed and kin, PinError,
    SecretIncorrect.
    """
    if selection.method_id is not None:
        return present_method(workplace, header, find_method(header, selection.method_id))
    if selection.recovery:
        return _present_recovery(workplace, header)
    tokens = [method for method in header.methods if method.kind is MethodKind.TOKEN]
    for method in tokens:
        found = workplace.hub.find_key(method.public_key)
        if found is not None:
            return method, _present_token(workplace, method, found[0])
    for method in header.methods:
        if method.kind is MethodKind.PASSPHRASE:
            return present_method(workplace, header, method)
    if tokens:
        raise _missing(header, tokens)
    return _present_recovery(workplace, header)


def find_method(header: VaultHeader, name: str) -> UnlockMethod:
    """Find a way in by id or by the unique beginning of one, of eight characters or more."""
    exact = header.method(name)
    if exact is not None:
        return exact
    fits = [method for method in header.methods if len(name) >= MIN_ID_PREFIX and method.id.startswith(name)]
    if len(fits) > 1:
        raise NameAmbiguous(name=name, candidates=tuple(method.id for method in fits))
    if not fits:
        raise UnlockMethodNotFound(name=name)
    return fits[0]


def present_method(
    workplace: Workplace, header: VaultHeader, method: UnlockMethod, *, second: bool = False, purpose: str = ""
) -> tuple[UnlockMethod, Presenter]:
    """Ask for the secret of this very way in; ``second`` if another way in has opened the vault already.

    ``purpose`` says what a card or a recovery code is needed for, where that is not the vault itself.
    """
    if method.kind is MethodKind.TOKEN:
        found = workplace.hub.find_key(method.public_key)
        if found is None:
            raise _missing(header, [method])
        kind = SecretKind.TOKEN_PIN if second else SecretKind.PIN
        return method, _present_token(workplace, method, found[0], kind=kind, purpose=purpose)
    if method.kind is MethodKind.PASSPHRASE:
        cost = typed.PassphraseCost.of(method)
        kind = SecretKind.OTHER_SECRET if second else SecretKind.PASSPHRASE
        request = SecretRequest(kind=kind, what="passphrase of the vault")
        with workplace.prompt.secret(request) as passphrase:
            return method, TypedPresenter(typed.passphrase_secret(passphrase, cost), what="passphrase")
    if method.kind is MethodKind.RECOVERY_SHARES:
        kind = SecretKind.OTHER_SECRET if second else SecretKind.RECOVERY_SHARE
        return present_shares(workplace, header, [method], kind=kind)
    return present_code(workplace, header, [method], second=second, purpose=purpose)


def present_code(
    workplace: Workplace, header: VaultHeader, among: Sequence[UnlockMethod], *, second: bool, purpose: str = ""
) -> tuple[UnlockMethod, Presenter]:
    """Ask for one of these recovery codes, whichever; as `present_method` does for one.

    Raises SecretIncorrect also for a code that is a way in and none of these.
    """
    kind = SecretKind.OTHER_SECRET if second else SecretKind.RECOVERY_CODE
    chosen, presenter = _present_code(workplace, header, kind=kind, purpose=purpose)
    if chosen.id not in {method.id for method in among}:
        presenter.close()
        raise SecretIncorrect(what="recovery code")
    return chosen, presenter


def _missing(header: VaultHeader, tokens: list[UnlockMethod]) -> TokenNotFound:
    """Say that these tokens are not here, and by what else this vault opens."""
    name = "”, “".join(method.label for method in tokens)
    others = [
        "the recovery code (--recovery)"
        if method.kind is MethodKind.RECOVERY_CODE
        else f"“{method.label}” (--unlock-method {method.id[:MIN_ID_PREFIX]})"
        for method in header.methods
        if method not in tokens
    ]
    return TokenNotFound(name=name, others=" or ".join(dict.fromkeys(others)) or None)


def ask_pin(workplace: Workplace, token: Token, *, kind: SecretKind, purpose: str = "") -> Secret:
    """Ask for a token's PIN, with a warning where the token gives one, and consent for the last try.

    On a reader with a keypad nobody types it here: the PIN is then empty. Raises PinLocked before a PIN is asked for
    in vain; ConfirmationMissing, SecretMissing, TokenRemoved.
    """
    token = workplace.hub.refreshed(token)
    workplace.refused_pins.look(token)
    if token.pin_state is PinState.LOCKED:
        raise PinLocked(token=token.label)
    warning = ""
    if token.pin_state is PinState.FINAL:
        workplace.prompt.confirm(f"Only one PIN try is left before “{token.label}” blocks itself. Use it now?")
        warning = "This is the last try before the card blocks itself."
    elif token.pin_state is PinState.LOW:
        warning = "A wrong PIN was given before; few tries are left."
    what = f"PIN of “{token.label}”"

    def check(pin: Secret) -> None:
        if workplace.refused_pins.refuses(token, pin):
            raise PinSentBefore(token=token.label)

    request = SecretRequest(
        kind=kind,
        what=what,
        warning=warning,
        purpose=purpose,
        on_reader=token.pin_pad,
        token=identity_of(token),
        check=check,
    )
    return workplace.prompt.secret(request)


def identity_of(token: Token) -> str:
    """What tells this token from every other that is present; many cards of one kind have the same label."""
    return f"{token.module} {token.slot} {token.serial}"


def _present_recovery(workplace: Workplace, header: VaultHeader) -> tuple[UnlockMethod, Presenter]:
    """What ``--recovery`` means: a recovery code, or shares where the vault has no code."""
    shares = [method for method in header.methods if method.kind is MethodKind.RECOVERY_SHARES]
    if shares and not any(method.kind is MethodKind.RECOVERY_CODE for method in header.methods):
        return present_shares(workplace, header, shares, kind=SecretKind.RECOVERY_SHARE)
    return _present_code(workplace, header)


def _present_code(
    workplace: Workplace,
    header: VaultHeader,
    *,
    kind: SecretKind = SecretKind.RECOVERY_CODE,
    purpose: str = "",
) -> tuple[UnlockMethod, Presenter]:
    """Ask for a recovery code; the code itself shows which way in it belongs to, by its public key."""
    codes = [method for method in header.methods if method.kind is MethodKind.RECOVERY_CODE]
    if not codes:
        raise UnlockMethodNotFound(name="recovery code")
    request = SecretRequest(kind=kind, what="recovery code", purpose=purpose)
    with workplace.prompt.secret(request) as text:
        code = read_code(text.text())
    public_key = typed.public_key_of(code, header.salt)
    for method in codes:
        if hmac.compare_digest(method.public_key, public_key):
            return method, TypedPresenter(code, what="recovery code")
    code.wipe()
    raise SecretIncorrect(what="recovery code")


def _present_token(
    workplace: Workplace,
    method: UnlockMethod,
    token: Token,
    *,
    kind: SecretKind = SecretKind.PIN,
    purpose: str = "",
) -> Presenter:
    pin = ask_pin(workplace, token, kind=kind, purpose=purpose)
    try:
        session = workplace.login(token, pin)
    except BaseException:
        pin.wipe()
        raise
    try:
        return TokenPresenter(session, method.public_key, pin)
    except BaseException:
        session.close()
        pin.wipe()
        raise
