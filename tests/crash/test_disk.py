"""Small and read-only disks, mounted for real in a namespace that ends with the test."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from crash.disk import FULL, READ_ONLY_OUTPUT, READ_ONLY_VAULT, command, namespace
from crash.nursery import APP, TESTS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CASES = [
    (FULL, ("create", "key-create", "encrypt")),
    (FULL, ("rotate-master", "add-method", "backup")),
    (READ_ONLY_VAULT, ("unlock", "restore")),
    (READ_ONLY_OUTPUT, ("encrypt", "decrypt", "backup", "export")),
]


@pytest.mark.parametrize(("kind", "operations"), CASES)
def test_no_room_and_no_permission_are_clear_errors_and_change_nothing(
    tmp_path: Path, kind: str, operations: tuple[str, ...]
) -> None:
    assert namespace() is not None, "no disk can be mounted here: run the tests as root, or allow user namespaces"
    folder = tmp_path / "disk"
    folder.mkdir()
    environment = {**os.environ, "PYTHONPATH": f"{APP}:{TESTS}"}
    done = subprocess.run(
        command(folder, kind, *operations), capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(folder.iterdir()) == []
