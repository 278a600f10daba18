"""SoftHSM tokens for tests of the services: a fresh one, with the keys that a test wants on it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from signet.keys.spec import KeySpec
from signet.secret import Secret
from signet.services.workplace import Workplace
from signet.tokens.model import Token, TokenKey, TokenKeyUsage
from signet.tokens.software import softhsm_module

PIN = "canary-648219"
SO_PIN = "canary-912846"


@dataclass
class Card:
    """One token; what is changed on it is changed behind Signet's back."""

    workplace: Workplace
    token: Token

    @property
    def label(self) -> str:
        return self.token.label

    def make_key(self, spec: KeySpec, usage: TokenKeyUsage, *, label: str = "key") -> TokenKey:
        with self.workplace.hub.login(self.token, Secret.from_text(PIN)) as session:
            return session.generate(spec=spec, label=label, usage=usage)

    def tool(self, *arguments: str) -> None:
        """Let OpenSC's pkcs11-tool do something on the card."""
        command = ["pkcs11-tool", "--module", self.token.module, "--token-label", self.label, "--login", "--pin", PIN]
        subprocess.run([*command, *arguments], env=os.environ, capture_output=True, check=True)
        self.look_again()

    def delete_key(self, key: TokenKey) -> None:
        for half in ("privkey", "pubkey"):
            self.tool("--delete-object", "--type", half, "--id", key.id.hex())

    def look_again(self) -> None:
        hub = self.workplace.refresh_tokens()
        self.token = hub.find(self.label)


def make_card(folder: Path, workplace: Workplace, monkeypatch: pytest.MonkeyPatch, *, label: str = "card") -> Card:
    """A new token, with nothing on it, in a token folder of the test's own."""
    store = folder / "softhsm"
    if not store.exists():
        store.mkdir(mode=0o700)
        (store / "softhsm2.conf").write_text(f"directories.tokendir = {store}\nobjectstore.backend = file\n")
        monkeypatch.setenv("SOFTHSM2_CONF", str(store / "softhsm2.conf"))
    module = softhsm_module(())
    workplace.module = module
    hub = workplace.refresh_tokens()
    token = hub.initialise(module, label=label, pin=Secret.from_text(PIN), so_pin=Secret.from_text(SO_PIN))
    return Card(workplace, token)
