"""Real commands on real vaults and real SoftHSM tokens; what is slow to make is made once and copied.

`signet` runs one command in this process. `vault` is a vault with a passphrase and a recovery code; its commands open
it with the recovery code, which costs no Argon2id. `token_vault` is opened by a software token. `signet_process` runs
the command as its own process, for what only a process has: signals, pipes, terminals.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.command_line import PASSPHRASE, PIN, OpenVault, Result, Signet, Template, call


@pytest.fixture
def signet() -> Signet:
    return call


@pytest.fixture
def signet_process() -> Signet:
    """Run a command as a process of its own, standard input from nowhere unless given."""

    def process(*arguments: object, input: bytes = b"", environment: dict[str, str] | None = None) -> Result:
        done = subprocess.run(
            [sys.executable, "-m", "signet", *map(str, arguments)],
            input=input,
            capture_output=True,
            timeout=120,
            check=False,
            env={**os.environ, **(environment or {})},
        )
        return Result(done.returncode, done.stdout, done.stderr.decode("utf-8"))

    return process


@pytest.fixture(scope="session")
def passphrase_template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    template = Template(tmp_path_factory.mktemp("passphrase"))
    template.make("--passphrase", secret=PASSPHRASE)
    return template


@pytest.fixture(scope="session")
def token_template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    template = Template(tmp_path_factory.mktemp("token"))
    template.make("--software-token", secret=PIN)
    return template


@pytest.fixture
def vault(passphrase_template: Template, home: Path, tmp_path: Path) -> OpenVault:
    """A vault with a passphrase; opened with its recovery code."""
    folder = tmp_path / "vault"
    passphrase_template.copy_to(home, folder)
    opening = ("--recovery", "--pin-file", str(folder / "code"))
    return OpenVault(folder / "mine.signet", opening, folder / "code", folder / "secret")


@pytest.fixture
def token_vault(token_template: Template, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OpenVault:
    """A vault that a software token opens."""
    folder = tmp_path / "token-vault"
    token_template.copy_to(home, folder)
    opening = ("--pin-file", str(folder / "secret"))
    return OpenVault(folder / "mine.signet", opening, folder / "code", folder / "secret")
