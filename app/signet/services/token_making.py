"""Keys made on tokens: in an empty place only, and tried for real before anybody relies on them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from signet.errors import TokenKeyNotFound, TokenKeyUnusable, UsageError
from signet.keys.spec import KeySpec
from signet.secret import Secret
from signet.services.presenting import ask_pin
from signet.services.prompt import SecretKind, SecretRequest
from signet.services.token_login import Login
from signet.services.tokens import KeyReport, try_key
from signet.services.workplace import Workplace
from signet.tokens import making
from signet.tokens.hub import TokenSession
from signet.tokens.making import Maker, Place
from signet.tokens.model import Token, TokenKey, TokenKeyUsage

MANAGEMENT_KEY_RULE = (
    "48 hexadecimal digits, or 64. A card fresh from its maker has 0102030405060708 three times over; then give the "
    "card its own afterwards, for whoever knows it can replace the card's keys."
)
FACTORY_MANAGEMENT_KEY = "0102030405060708" * 3
"""What YubiKeys come with (Yubico, PIV); known to everybody."""
FACTORY_NOTE = (
    "“{token}” still has its maker's management key. Whoever plugs it in can replace its keys, though not read them; "
    "`yubico-piv-tool -k -a set-mgm-key` gives it one of its own."
)
_MANAGEMENT_KEY = re.compile(rb"(?:[0-9A-Fa-f]{32}|[0-9A-Fa-f]{48}|[0-9A-Fa-f]{64})")
_LABELS = {True: "Signet signing", False: "Signet unlocking"}


class Purpose(StrEnum):
    """What a key is made for."""

    UNLOCK = "unlock"
    SIGN = "sign"


@dataclass(frozen=True)
class Order:
    """What is to be made: ``spec`` None for what the token does best, ``place`` (CKA_ID in hexadecimal, or a PIV slot
    such as 9d) None for an empty one, ``label`` empty for one that says the purpose."""

    purpose: Purpose
    spec: KeySpec | None = None
    place: str | None = None
    label: str = ""

    @property
    def signs(self) -> bool:
        """Whether it is for signing."""
        return self.purpose is Purpose.SIGN


@dataclass(frozen=True)
class Made:
    """A key that was made and tried; ``place`` is what people call where it is: a slot, or its CKA_ID."""

    token: Token
    report: KeyReport
    place: str

    @property
    def key(self) -> TokenKey:
        """The key."""
        return self.report.key


def make_key(
    workplace: Workplace,
    token: Token,
    order: Order,
    *,
    kind: SecretKind = SecretKind.PIN,
    begin: Callable[[], None] | None = None,
) -> Made:
    """Make a key pair on a token, in a place where nothing is, and try what it was made for.

    Secrets come from the prompt: the PIN as ``kind``, and where the card wants it the management key. ``begin`` is
    called when everything that can be known before is known, right before the key is made. Nothing is recorded: that
    is the caller's. Raises TokenCannotMake (with the commands that do it elsewhere), TokenPlaceTaken, TokenFull,
    UsageError, ConfirmationMissing, SecretMissing, PinError (ManagementKeyIncorrect among them), TokenKeyUnusable if
    the new key does not do what it was made for (it stays on the token), TokenError.
    """
    making.refuse_elsewhere(token, sign=order.signs, spec=order.spec)
    spec = order.spec or making.default_spec(workplace.hub.mechanisms(token), sign=order.signs)
    usage = making.usage_of(spec, sign=order.signs)
    seen = frozenset(key.id for key in workplace.hub.keys(token))
    making.place_for(token, usage=usage, wanted=order.place, taken=seen)  # what needs no PIN is said before it
    _consent(workplace, token)
    with ask_pin(workplace, token, kind=kind) as pin:
        if making.maker_of(token) is Maker.OFFICER:
            return _by_officer(workplace, token, order, spec, usage, pin, begin)
        with workplace.login(token, pin) as session:
            place = _place(session, token, order, usage, seen)
            if begin is not None:
                begin()
            key = session.generate(spec=spec, label=_label(order), usage=usage, key_id=place.id)
            return _tried(Login(token, session, pin), key, order, place)


def _by_officer(
    workplace: Workplace,
    token: Token,
    order: Order,
    spec: KeySpec,
    usage: TokenKeyUsage,
    pin: Secret,
    begin: Callable[[], None] | None,
) -> Made:
    """By the management key; the PIN is tried before, so that no key is made that could not be tried."""
    hub = workplace.hub
    with _ask_management_key(workplace, token) as officer:
        with workplace.login(token, pin) as session:
            place = _place(session, token, order, usage, frozenset())
        if begin is not None:
            begin()
        hub.make_as_officer(token, officer, spec=spec, label=_label(order), usage=usage, key_id=place.id)
        if officer == Secret.from_text(FACTORY_MANAGEMENT_KEY):
            workplace.prompt.note(FACTORY_NOTE.format(token=token.label))
    with workplace.login(token, pin) as session:
        keys = session.keys()
        found = next((key for key in keys if key.id == place.id), None)
        if found is None:
            raise TokenKeyNotFound(key=place.name)
        return _tried(Login(token, session, pin), found, order, place)


def _place(session: TokenSession, token: Token, order: Order, usage: TokenKeyUsage, seen: frozenset[bytes]) -> Place:
    """Where the key goes, now that the login shows every key; the child looks once more for itself."""
    keys = session.keys()
    taken = seen | {key.id for key in keys}
    return making.place_for(token, usage=usage, wanted=order.place, taken=taken)


def _tried(login: Login, key: TokenKey, order: Order, place: Place) -> Made:
    report = try_key(login, key)
    if not (report.signs if order.signs else report.unlocks):
        does = "sign" if order.signs else "open what is closed to it"
        raise TokenKeyUnusable(reason=f"it was made, and does not {does}")
    return Made(login.token, report, place.name or key.id.hex())


def _label(order: Order) -> str:
    return order.label or _LABELS[order.signs]


def _consent(workplace: Workplace, token: Token) -> None:
    """What has to be known before a key is made that can never be copied; raise ConfirmationMissing."""
    facts = making.hsm_backup_facts(token)
    if facts:
        question = f"Make a key on “{token.label}”, whether or not it can be copied to a second card?"
        workplace.prompt.confirm(question, about=facts)


def _ask_management_key(workplace: Workplace, token: Token) -> Secret:
    request = SecretRequest(
        kind=SecretKind.MANAGEMENT_KEY,
        what=f"management key of “{token.label}”",
        rule=MANAGEMENT_KEY_RULE,
        check=_check_management_key,
    )
    given = workplace.prompt.secret(request)
    try:
        _check_management_key(given)
    except UsageError:
        given.wipe()
        raise
    return given


def _check_management_key(given: Secret) -> None:
    if not _MANAGEMENT_KEY.fullmatch(given.reveal()):
        raise UsageError(reason="A management key is 48 hexadecimal digits (32 or 64 for AES).")
