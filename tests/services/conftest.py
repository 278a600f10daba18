"""A vault with a session for tests of the services; opened by a recovery code, so without Argon2 and token."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from signet.services.session import Session
from support.clock import SettableClock
from support.vaults import VaultInTest, make_vault


@pytest.fixture
def vault(tmp_path: Path, clock: SettableClock) -> Iterator[VaultInTest]:
    """A new vault, locked."""
    made = make_vault(tmp_path, clock)
    yield made
    made.workplace.close()


@pytest.fixture
def session(vault: VaultInTest) -> Iterator[Session]:
    """The vault, unlocked; what the person answers is ``vault.prompt``."""
    with vault.open() as opened:
        yield opened
