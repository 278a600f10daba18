"""A fresh card for every test, through OpenSC and through ykcs11."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from signet.services.prompt import SecretKind
from signet.services.workplace import Workplace
from signet.tokens.hub import TokenHub
from signet.tokens.model import Token, TokenKey
from support.card.fixtures import Keys
from support.card.keys import CardKey
from support.card.modules import OPENSC, YKCS11, module_path
from support.card.piv import AUTHENTICATION, KEY_MANAGEMENT, PIN, SIGNATURE, PivApplication
from support.card.vpcd import Reader
from support.card.yubikey import YubiKeyApplication
from support.clock import SettableClock
from support.prompt import ScriptedPrompt
from support.vaults import make_workplace

GENERAL_AUTHENTICATE = 0x87
#: CKA_ID of a slot's key: OpenSC and ykcs11 number them alike.
IDS = {AUTHENTICATION: b"\x01", SIGNATURE: b"\x02", KEY_MANAGEMENT: b"\x03", 0x82: b"\x05", 0x83: b"\x06"}


@dataclass(frozen=True)
class Desk:
    """A reader, the module that sees it, and the kind of card that module knows."""

    reader: Reader
    keys: Keys
    module: str
    kind: type[PivApplication]

    def card(self, keys: Mapping[int, CardKey], *, number: int = 1) -> PivApplication:
        """Make a card; ``number`` tells it from others."""
        card = self.kind(name=f"Card {number}", guid=bytes([number]) * 16, keys=keys)
        if isinstance(card, YubiKeyApplication):
            card.serial += number
        return card

    def insert(self, keys: Mapping[int, CardKey], *, number: int = 1) -> PivApplication:
        """Make a card and put it in."""
        card = self.card(keys, number=number)
        self.reader.insert(card)
        return card

    def hub(self, *, time_limit: float = 20.0) -> TokenHub:
        return TokenHub([self.module], time_limit=time_limit)


_FAMILIES = {"opensc": (OPENSC, PivApplication), "ykcs11": (YKCS11, YubiKeyApplication)}


@pytest.fixture(params=_FAMILIES)
def desk(request: pytest.FixtureRequest, reader: Reader, keys: Keys) -> Desk:
    name, kind = _FAMILIES[request.param]
    return Desk(reader, keys, module_path(name), kind)


@pytest.fixture
def prompt() -> ScriptedPrompt:
    """Somebody who knows the card's PIN."""
    return ScriptedPrompt(dict.fromkeys((SecretKind.PIN, SecretKind.NEW_PIN, SecretKind.TOKEN_PIN), PIN))


@pytest.fixture
def any_workplace(tmp_path: Path, clock: SettableClock, prompt: ScriptedPrompt) -> Iterator[Workplace]:
    """A workplace for tests that choose the module themselves."""
    with make_workplace(tmp_path, clock, prompt) as made:
        yield made


@pytest.fixture
def workplace(any_workplace: Workplace, desk: Desk) -> Workplace:
    any_workplace.module = desk.module
    return any_workplace


@pytest.fixture
def opensc(reader: Reader, keys: Keys) -> Desk:
    """For what only one module has to show."""
    return Desk(reader, keys, module_path(OPENSC), PivApplication)


@pytest.fixture
def ykcs11(reader: Reader, keys: Keys) -> Desk:
    """For what only a YubiKey has to show."""
    return Desk(reader, keys, module_path(YKCS11), YubiKeyApplication)


@pytest.fixture
def hub(desk: Desk) -> Iterator[TokenHub]:
    with desk.hub() as opened:
        yield opened


def only(hub: TokenHub) -> Token:
    """The one token that is there."""
    (token,) = hub.tokens()
    return token


def key_in(found: tuple[TokenKey, ...], slot: int) -> TokenKey:
    """The key of a slot of the card."""
    return next(key for key in found if key.id == IDS[slot])
