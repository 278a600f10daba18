"""What the next start clears away, and a change of the header that stands although its end could not be written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from signet.errors import DiskFull
from signet.services import header_change
from signet.services.enrolment import NewRecoveryCode
from signet.services.master import rotate_master
from signet.services.methods import add_method, list_methods
from signet.services.prompt import SecretKind
from signet.services.verification import verify_vault
from support.clock import SettableClock
from support.vaults import VaultInTest, make_vault


@pytest.fixture
def vault(tmp_path: Path, clock: SettableClock) -> Iterator[VaultInTest]:
    """A new vault, locked."""
    made = make_vault(tmp_path, clock)
    yield made
    made.workplace.close()


@pytest.fixture
def full_after_the_header(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The disk is full as soon as a new header stands."""

    def refuse(*_: object) -> None:
        raise DiskFull(path="the database")

    monkeypatch.setattr(header_change, "make_current", refuse)
    return monkeypatch


def test_what_killed_processes_left_is_gone_after_the_next_opening(vault: VaultInTest) -> None:
    pin = next(Path(vault.workplace.places.pins).glob("*.pin.json"))
    left = [
        vault.path / "backups" / ".copy-0123456789abcdef.db",
        vault.path / "backups" / ".copy-0123456789abcdef.db-wal",
        vault.path / "header.json.0123456789abcdef.part",
        vault.path / "vault-0123456789ABCDEF.db",
        pin.with_name(f"{pin.name}.0123456789abcdef.part"),
        vault.path.parent / ".signet-new-0123456789abcdef" / "vault",
    ]
    left[-1].parent.mkdir(mode=0o700)
    for path in left:
        path.write_bytes(b"left over")
    foreign = vault.path.parent / ".signet-notes"
    foreign.write_bytes(b"a person's own")
    vault.open().close()
    assert [path for path in left if path.exists()] == []
    assert foreign.exists()


def test_a_way_in_whose_header_stands_keeps_its_code_on_a_full_disk(
    vault: VaultInTest, full_after_the_header: pytest.MonkeyPatch
) -> None:
    code = vault.path.parent / "second.code"
    with vault.open(administer=True) as session:
        method = add_method(session, NewRecoveryCode(str(code)))
        assert "not enough space" in vault.prompt.notes[-1]
        full_after_the_header.undo()
        # The same session can go on: the next change first finishes this one.
        add_method(session, NewRecoveryCode(str(vault.path.parent / "third.code")))
    vault.prompt.answers[SecretKind.RECOVERY_CODE] = code.read_text()
    with vault.open() as session:
        assert session.method.id == method.id
        assert len(list_methods(session)) == 3
        assert verify_vault(session).problems == ()


def test_a_new_master_key_whose_header_stands_is_used_at_once_on_a_full_disk(
    vault: VaultInTest, full_after_the_header: pytest.MonkeyPatch
) -> None:
    with vault.open(administer=True) as session:
        rotate_master(session)
        # Going on in the old database would lose what is written: the header names the new one.
        assert session.header == vault.header
        assert Path(session.database.path).name == vault.header.database
        full_after_the_header.undo()
    with vault.open() as session:
        assert session.header.generation == 2
        assert verify_vault(session).problems == ()
