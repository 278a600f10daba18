"""The emulated card in its reader, for every test that wants one: one pcscd for each worker of pytest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from support.card.keys import Algorithm, CardKey, make_key
from support.card.pcsc import VARIABLE, PcscDaemon
from support.card.piv import AUTHENTICATION, FIRST_RETIRED, KEY_MANAGEMENT, SIGNATURE
from support.card.vpcd import Reader
from support.modules import all_modules


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
    all_modules(monkeypatch)
    slot.disturbances.clear()
    slot.log.clear()
    yield slot
    slot.remove()
