"""A vault with a passphrase and one with a software token, made once and copied into each test's home."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.command_line import PASSPHRASE, PIN, OpenVault, Template


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
    """Opened with its recovery code, which costs no Argon2id."""
    folder = tmp_path / "vault"
    passphrase_template.copy_to(home, folder)
    return OpenVault(
        folder / "mine.signet", ("--recovery", "--pin-file", str(folder / "code")), folder / "code", folder / "secret"
    )


@pytest.fixture
def token_vault(token_template: Template, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OpenVault:
    folder = tmp_path / "token-vault"
    token_template.copy_to(home, folder)
    return OpenVault(
        folder / "mine.signet", ("--pin-file", str(folder / "secret")), folder / "code", folder / "secret"
    )
