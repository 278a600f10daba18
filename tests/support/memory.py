"""A place in memory of a test's own, so that what it leaves open does not outlive it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def memory(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on a file system in memory; the session's own, as Signet looks for it. Comes after ``home``."""
    folder = Path(tempfile.mkdtemp(prefix="signet-test-", dir="/dev/shm"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield folder
    shutil.rmtree(folder)
