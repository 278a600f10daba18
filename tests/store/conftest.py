"""A real SQLCipher database and its records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from signet.secret import Secret
from signet.store.database import Database
from signet.store.records import Records
from support.clock import SettableClock
from support.store import ACTOR, MAC_KEY, RAW_KEY


@pytest.fixture
def key() -> Secret:
    return Secret(RAW_KEY)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "vault-0123456789ABCDEF.db")


@pytest.fixture
def database(path: str, key: Secret) -> Iterator[Database]:
    database = Database.create(path, key)
    yield database
    database.close()


@pytest.fixture
def records(database: Database, clock: SettableClock) -> Records:
    return Records(database, mac_key=Secret(MAC_KEY), epoch=1, actor=ACTOR, clock=clock)
