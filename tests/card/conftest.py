"""One pcscd for every worker of pytest; a fresh card for every test, through OpenSC and through ykcs11."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from signet.services.prompt import SecretKind
from signet.services.workplace import Workplace
from signet.tokens.hub import TokenHub
from signet.tokens.model import Token, TokenKey
from support.card.keys import Algorithm, CardKey, make_key
from support.card.modules import OPENSC, YKCS11, module_path
from support.card.pcsc import VARIABLE, PcscDaemon
from support.card.piv import AUTHENTICATION, FIRST_RETIRED, KEY_MANAGEMENT, PIN, SIGNATURE, PivApplication
from support.card.vpcd import Reader
from support.card.yubikey import YubiKeyApplication
from support.clock import SettableClock
from support.prompt import ScriptedPrompt
from support.vaults import make_workplace

GENERAL_AUTHENTICATE = 0x87
#: CKA_ID of a slot's key: OpenSC and ykcs11 number them alike.
IDS = {AUTHENTICATION: b"\x01", SIGNATURE: b"\x02", KEY_MANAGEMENT: b"\x03", 0x82: b"\x05", 0x83: b"\x06"}


@dataclass(frozen=True)
class Keys:
    """Key pairs made once: making RSA keys takes longer than most tests."""

    rsa: CardKey
    rsa_for_signing: CardKey
    p256: CardKey
    p256_for_signing: CardKey
    p384: CardKey

    @property
    def imported(self) -> CardKey:
        """A key that was brought to the card from outside."""
        return replace(self.p256_for_signing, made_on_card=False)

    @property
    def elliptic(self) -> dict[int, CardKey]:
        """A card with elliptic curves only; it opens a vault by 9D."""
        return {AUTHENTICATION: self.p256_for_signing, SIGNATURE: self.p384, KEY_MANAGEMENT: self.p256}

    @property
    def with_rsa(self) -> dict[int, CardKey]:
        """A card with RSA where cards have it most often; it opens a vault by 9D."""
        return {SIGNATURE: self.rsa_for_signing, KEY_MANAGEMENT: self.rsa}

    @property
    def everything(self) -> dict[int, CardKey]:
        """Every kind of key in one card, two of them in retired slots."""
        retired = {FIRST_RETIRED: self.p256, FIRST_RETIRED + 1: self.p384}
        return {AUTHENTICATION: self.p256_for_signing, **self.with_rsa, **retired}


@pytest.fixture(scope="session")
def keys() -> Keys:
    rsa, p256 = Algorithm.RSA_2048, Algorithm.P256
    return Keys(make_key(rsa), make_key(rsa), make_key(p256), make_key(p256), make_key(Algorithm.P384))


@pytest.fixture(scope="session")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PcscDaemon, Reader]]:
    with PcscDaemon(tmp_path_factory.mktemp("pcscd")) as started:
        yield started, started.start()


@pytest.fixture
def reader(daemon: tuple[PcscDaemon, Reader], monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """The reader, empty; whatever the test leaves in it is taken out again."""
    running, slot = daemon
    monkeypatch.setenv(VARIABLE, running.socket)
    slot.disturbances.clear()
    slot.log.clear()
    yield slot
    slot.remove()


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
