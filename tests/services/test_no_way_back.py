"""What fails after the header stands undoes nothing, and what fails before it changes nothing."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from signet.crypto.identity import generate_identity
from signet.errors import DiskFull, HeaderDamaged, JobsRunning, UsageError, VaultInUse
from signet.keys.spec import KeySpec
from signet.keys.state import Operation
from signet.services import header_change
from signet.services.backup import write_backup
from signet.services.enrolment import NewRecoveryCode
from signet.services.keys import create_key, list_keys
from signet.services.master import rotate_master
from signet.services.methods import add_method, remove_method
from signet.services.opening import open_vault
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from signet.services.restore import restore_backup
from signet.services.session import Session
from signet.services.trust import accept_vault
from signet.services.use import use_key
from signet.store.folder import VaultFolder
from support.vaults import VaultInTest, resigned

AES = KeySpec.SYMMETRIC_DEFAULT


def failing_once(monkeypatch: pytest.MonkeyPatch, owner: object, name: str, error: BaseException) -> None:
    """Let the next call of a function fail before it does anything; later ones work."""
    real: Callable[..., object] = getattr(owner, name)
    left = [error]

    def function(*arguments: object, **named: object) -> object:
        if left:
            raise left.pop()
        return real(*arguments, **named)

    monkeypatch.setattr(owner, name, function)


def aliases(vault: VaultInTest) -> list[str]:
    with vault.open() as session:
        with session.records.read() as reading:
            assert reading.audit.verify() == []
        return [key.alias for key in list_keys(session)]


def test_a_new_master_key_whose_last_step_fails_loses_nothing(
    vault: VaultInTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    with vault.open(administer=True) as session:
        failing_once(monkeypatch, header_change, "make_current", DiskFull(path="vault"))
        rotate_master(session)
        create_key(session, "later", spec=AES)
    assert aliases(vault) == ["later"]
    assert any("not everything" in note for note in vault.prompt.notes)


def test_old_files_that_cannot_be_deleted_do_not_end_the_session(
    vault: VaultInTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    with vault.open(administer=True) as session:
        failing_once(monkeypatch, VaultFolder, "delete_unnamed_databases", DiskFull(path="vault"))
        rotate_master(session)
        create_key(session, "later", spec=AES)
    assert aliases(vault) == ["later"]
    assert len(list(vault.path.glob("vault-*.db"))) == 1


def test_an_interrupt_once_the_header_stands_locks_the_session(
    vault: VaultInTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = vault.open(administer=True)
    failing_once(monkeypatch, Session, "move_to", KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        rotate_master(session)
    assert bytes(session.master.reveal()) == bytes(32)  # locked and wiped
    assert aliases(vault) == []


def test_a_header_that_cannot_be_written_changes_nothing(vault: VaultInTest, monkeypatch: pytest.MonkeyPatch) -> None:
    before = vault.header
    with vault.open(administer=True) as session:
        failing_once(monkeypatch, VaultFolder, "write_header", DiskFull(path="vault"))
        with pytest.raises(DiskFull):
            rotate_master(session)
        create_key(session, "later", spec=AES)
    assert vault.header == before
    assert aliases(vault) == ["later"]
    assert len(list(vault.path.glob("vault-*.db"))) == 1


def test_what_another_thread_writes_meanwhile_is_kept(vault: VaultInTest) -> None:
    with vault.open(administer=True) as session:
        ended = threading.Event()
        made: list[str] = []

        def make_keys() -> None:
            while not ended.is_set():
                made.append(create_key(session, f"key{len(made)}", spec=AES).alias)

        thread = threading.Thread(target=make_keys)
        thread.start()
        try:
            rotate_master(session)
        finally:
            ended.set()
            thread.join()
        assert len(made) >= 1
    assert aliases(vault) == sorted(made)


def test_a_key_in_use_puts_a_new_master_key_off(vault: VaultInTest) -> None:
    with vault.open(administer=True) as session:
        create_key(session, "papers", spec=AES)
        with use_key(session, "papers", Operation.DECRYPT) as grant:
            with pytest.raises(JobsRunning):
                rotate_master(session)
            grant.material().wipe()
        rotate_master(session)


def test_a_code_file_stays_once_its_code_opens_the_vault(vault: VaultInTest, monkeypatch: pytest.MonkeyPatch) -> None:
    path = vault.path.parent / "second.code"
    with vault.open(administer=True) as session:
        failing_once(monkeypatch, header_change, "make_current", KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            add_method(session, NewRecoveryCode(str(path)))
    vault.prompt.answers[SecretKind.RECOVERY_CODE] = path.read_text()
    assert aliases(vault) == []


def test_a_code_is_not_kept_in_the_vault_that_it_opens(vault: VaultInTest) -> None:
    inside = vault.path / "backups" / "my.code"
    with vault.open(administer=True) as session, pytest.raises(UsageError):
        add_method(session, NewRecoveryCode(str(inside)))
    assert not inside.exists()


def test_a_state_folder_that_cannot_be_written_is_said_and_costs_nothing(
    vault: VaultInTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    with vault.open(administer=True) as session:
        failing_once(monkeypatch, type(vault.workplace.pins), "raise_to", DiskFull(path="pins"))
        method = add_method(session, NewRecoveryCode(str(vault.path.parent / "second.code")))
        assert session.header.method(method.id) is not None
    assert (vault.path.parent / "second.code").exists()


def test_the_only_way_in_that_would_be_left_is_asked_about(vault: VaultInTest) -> None:
    with vault.open(administer=True) as session:
        method = add_method(session, NewRecoveryCode(str(vault.path.parent / "second.code")))
        remove_method(session, method.id)
    assert any("only way in" in question for question in vault.prompt.confirmed)


def test_old_copies_are_deleted_after_a_new_backup_if_the_person_wants(vault: VaultInTest) -> None:
    with vault.open(administer=True) as session:
        method = add_method(session, NewRecoveryCode(str(vault.path.parent / "second.code")))
        rotated = remove_method(session, method.id)
    assert rotated.old_backups == ()
    left = os.listdir(vault.path / "backups")
    assert len(left) == 1
    assert "ways-in-changed" in left[0]


def back_up(vault: VaultInTest) -> str:
    path = str(vault.path.parent / "backup.tar")
    with vault.open() as session:
        write_backup(session, path)
        create_key(session, "later", spec=AES)
    return path


def restore(vault: VaultInTest, backup: str) -> tuple[str, ...]:
    return restore_backup(vault.workplace, backup, str(vault.path), selection=Selection(recovery=True)).removed


def test_a_restore_that_fails_leaves_the_pin_as_it_was(vault: VaultInTest) -> None:
    backup = back_up(vault)
    pins, vault_id = vault.workplace.pins, vault.header.vault_id
    with vault.open():
        before = pins.read(vault_id)
        with pytest.raises(VaultInUse):
            restore(vault, backup)
        assert pins.read(vault_id) == before
        assert pins.offered(vault_id) is None
    assert [name for name in os.listdir(vault.path / "backups") if name.endswith("-before-restore")] == []


def test_a_restore_interrupted_after_the_header_stands_opens(
    vault: VaultInTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = back_up(vault)
    failing_once(monkeypatch, type(vault.workplace.pins), "replace", KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        restore(vault, backup)
    assert aliases(vault) == []
    assert vault.workplace.pins.offered(vault.header.vault_id) is None
    assert aliases(vault) == []


def test_a_restore_interrupted_before_the_header_stands_leaves_the_old_vault(
    vault: VaultInTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = back_up(vault)
    real = VaultFolder.write_header

    def killed(folder: VaultFolder, content: bytes) -> None:
        if folder.path == str(vault.path):
            raise KeyboardInterrupt
        real(folder, content)

    monkeypatch.setattr(VaultFolder, "write_header", killed)
    with pytest.raises(KeyboardInterrupt):
        restore(vault, backup)
    monkeypatch.setattr(VaultFolder, "write_header", real)
    assert aliases(vault) == ["later"]


def test_a_strangers_header_in_place_is_not_believed_in_a_restore(vault: VaultInTest) -> None:
    with vault.open(administer=True) as session:
        add_method(session, NewRecoveryCode(str(vault.path.parent / "second.code")))
    backup = back_up(vault)
    identity, public = generate_identity()
    header = vault.header
    vault.write_header(
        resigned(replace(header, identity=public, methods=header.methods[:1], generation=2**53 - 1), identity)
    )
    assert restore(vault, backup) == ()
    assert len(vault.header.methods) == 2


def test_restoring_by_a_way_in_that_was_removed_is_asked_about(vault: VaultInTest) -> None:
    code = vault.path.parent / "lost.code"
    with vault.open(administer=True) as session:
        lost = add_method(session, NewRecoveryCode(str(code)))
        write_backup(session, str(vault.path.parent / "backup.tar"))
        remove_method(session, lost.id)
    vault.prompt.answers[SecretKind.RECOVERY_CODE] = code.read_text()
    vault.prompt.confirmed.clear()
    restore(vault, str(vault.path.parent / "backup.tar"))
    assert any("was removed" in question for question in vault.prompt.confirmed)


def test_damaged_pins_are_mended_by_accepting(vault: VaultInTest) -> None:
    for file in Path(vault.workplace.places.pins).glob("*.json"):
        file.write_text("{}")
    accepted = accept_vault(vault.workplace, str(vault.path), selection=Selection(recovery=True))
    assert accepted.differences
    assert aliases(vault) == []


def test_the_person_is_not_asked_under_the_header_lock(vault: VaultInTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one Signet waits for an answer, another can open the vault."""
    for file in Path(vault.workplace.places.pins).glob("*.json"):
        file.unlink()
    opened: list[int] = []

    def confirm(_question: str, *, about: Sequence[str]) -> None:
        assert about
        with open_vault(vault.workplace, str(vault.path), selection=Selection(recovery=True)) as session:
            opened.append(session.header.generation)

    monkeypatch.setattr(vault.prompt, "confirm", confirm)
    accept_vault(vault.workplace, str(vault.path), selection=Selection(recovery=True))
    assert opened == [1]


def test_a_header_with_one_key_under_two_ids_is_refused(vault: VaultInTest) -> None:
    with vault.open(administer=True) as session:
        method = add_method(session, NewRecoveryCode(str(vault.path.parent / "second.code")))
    doubled = replace(method, id="00000000-0000-4000-8000-000000000000")
    with vault.open() as session, header_change.open_identity(session) as identity:
        header = session.header
        vault.write_header(resigned(replace(header, methods=(*header.methods, doubled)), identity))
    with pytest.raises(HeaderDamaged, match="twice"):
        vault.open()
