"""One stage for all crash tests; building it takes Argon2 and a token."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crash.nursery import Nursery
from crash.stage import Theatre


@pytest.fixture(scope="session")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Theatre:
    """The stage as it was built; every trial takes a fresh copy."""
    return Theatre(tmp_path_factory.mktemp("theatre"))


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """What forks the processes that are killed."""
    with Nursery() as made:
        yield made
