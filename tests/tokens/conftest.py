"""A real SoftHSM token with a key of every kind, made once; each test gets hubs of its own on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from signet.keys.spec import KeySpec
from signet.secret import Secret
from signet.tokens.hub import TokenHub
from signet.tokens.model import TokenKey, TokenKeyUsage
from signet.tokens.session import TokenSession
from signet.tokens.software import softhsm_module

PIN = b"canary-1234"
SO_PIN = b"canary-5678"


@dataclass(frozen=True)
class Station:
    """The module, what its child needs, and the token's label and serial number."""

    module: str
    environment: Mapping[str, str]
    label: str
    serial: str

    def hub(self, *, time_limit: float = 20.0) -> TokenHub:
        return TokenHub([self.module], environment=self.environment, time_limit=time_limit)


def configure(folder: Path) -> dict[str, str]:
    (folder / "tokens").mkdir(mode=0o700)
    configuration = folder / "softhsm2.conf"
    configuration.write_text(
        f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
        "slots.removable = false\n"
    )
    return {"SOFTHSM2_CONF": str(configuration)}


KEYS = {
    "p256": (KeySpec.ECC_NIST_P256, TokenKeyUsage.AGREE),
    "p384": (KeySpec.ECC_NIST_P384, TokenKeyUsage.AGREE),
    "p521": (KeySpec.ECC_NIST_P521, TokenKeyUsage.AGREE),
    "p256-sign": (KeySpec.ECC_NIST_P256, TokenKeyUsage.SIGN),
    "p384-sign": (KeySpec.ECC_NIST_P384, TokenKeyUsage.SIGN),
    "p521-sign": (KeySpec.ECC_NIST_P521, TokenKeyUsage.SIGN),
    "ed25519": (KeySpec.ECC_NIST_EDWARDS25519, TokenKeyUsage.SIGN),
    "rsa2048": (KeySpec.RSA_2048, TokenKeyUsage.DECRYPT),
    "rsa3072": (KeySpec.RSA_3072, TokenKeyUsage.DECRYPT),
    "rsa2048-sign": (KeySpec.RSA_2048, TokenKeyUsage.SIGN),
}


def key_of(session: TokenSession, label: str) -> TokenKey:
    found = session.keys()
    return next(key for key in found if key.label == label)


@pytest.fixture(scope="session")
def station(tmp_path_factory: pytest.TempPathFactory) -> Station:
    module = softhsm_module(())
    environment = configure(tmp_path_factory.mktemp("softhsm"))
    with TokenHub([module], environment=environment) as hub:
        token = hub.initialise(module, label="test card", pin=Secret(PIN), so_pin=Secret(SO_PIN))
        with hub.login(token, Secret(PIN)) as session:
            for label, (spec, usage) in KEYS.items():
                session.generate(spec=spec, label=label, usage=usage)
    return Station(module, environment, token.label, token.serial)


@pytest.fixture
def hub(station: Station) -> Iterator[TokenHub]:
    with station.hub() as opened:
        yield opened


@pytest.fixture
def session(hub: TokenHub, station: Station) -> Iterator[TokenSession]:
    with hub.login(hub.find(station.label), Secret(PIN)) as opened:
        yield opened
