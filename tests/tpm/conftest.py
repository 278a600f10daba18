"""One emulated TPM for every worker of pytest, with a token and one key on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from signet.keys.spec import KeySpec
from signet.secret import Secret
from signet.services.prompt import SecretKind
from signet.services.workplace import Workplace
from signet.tokens.hub import TokenHub
from signet.tokens.model import TokenKey, TokenKeyUsage
from support.clock import SettableClock
from support.prompt import ScriptedPrompt
from support.tpm import PIN, SoftwareTpm, tpm_module, tpm_with_token
from support.vaults import make_workplace


@pytest.fixture(scope="session")
def machine() -> Iterator[SoftwareTpm]:
    with tpm_with_token() as started:
        yield started


@pytest.fixture
def tpm(machine: SoftwareTpm, monkeypatch: pytest.MonkeyPatch) -> SoftwareTpm:
    """The TPM, found as a person's module finds it."""
    for name, value in machine.environment.items():
        monkeypatch.setenv(name, value)
    return machine


@pytest.fixture(scope="session")
def made(machine: SoftwareTpm) -> TokenKey:
    """The one key on it, which opens and signs: the TPM's module makes no key that does only one."""
    with TokenHub([tpm_module()], environment=machine.environment) as hub:
        (token,) = hub.tokens()
        with hub.login(token, Secret.from_text(PIN)) as session:
            return session.generate(spec=KeySpec.RSA_2048, label="both", usage=TokenKeyUsage.DECRYPT)


@pytest.fixture
def prompt() -> ScriptedPrompt:
    """Somebody who knows its PIN."""
    return ScriptedPrompt(dict.fromkeys((SecretKind.PIN, SecretKind.NEW_PIN, SecretKind.TOKEN_PIN), PIN))


@pytest.fixture
def workplace(tpm: SoftwareTpm, tmp_path: Path, clock: SettableClock, prompt: ScriptedPrompt) -> Iterator[Workplace]:
    with make_workplace(tmp_path, clock, prompt) as opened:
        opened.module = tpm_module()
        yield opened
