"""Putting a backup back: newer than all that was seen, the old files kept, removed ways in taken out again."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from signet.errors import (
    BackupUnusable,
    ConfirmationMissing,
    SecretIncorrect,
    StorageError,
    VaultExists,
    VaultInUse,
    VaultNewer,
)
from signet.keys.spec import KeySpec
from signet.services.backup import write_backup
from signet.services.enrolment import NewRecoveryCode
from signet.services.keys import create_key, list_keys
from signet.services.methods import add_method, remove_method
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from signet.services.restore import Restored, restore_backup
from support.clock import SettableClock
from support.vaults import VaultInTest, make_vault, make_workplace


def back_up(vault: VaultInTest) -> str:
    """A backup with the key "first" in it; the key "second" comes after it."""
    path = str(vault.path.parent / "backup.tar")
    with vault.open() as session:
        create_key(session, "first", spec=KeySpec.SYMMETRIC_DEFAULT)
        write_backup(session, path)
        create_key(session, "second", spec=KeySpec.SYMMETRIC_DEFAULT)
    return path


def restore(vault: VaultInTest, backup: str, target: Path | None = None) -> Restored:
    return restore_backup(vault.workplace, backup, str(target or vault.path), selection=Selection(recovery=True))


def aliases(vault: VaultInTest) -> list[str]:
    with vault.open() as session:
        with session.records.read() as reading:
            assert reading.audit.verify() == []
        return [key.alias for key in list_keys(session)]


def test_a_backup_is_restored_over_the_live_vault_and_the_old_files_are_kept(vault: VaultInTest) -> None:
    backup = back_up(vault)
    restored = restore(vault, backup)
    assert aliases(vault) == ["first"]
    assert restored.generation == 2
    assert restored.replaced is not None
    assert "header.json" in os.listdir(restored.replaced)
    assert vault.prompt.confirmed  # what came after the backup was shown before it was given up


def test_a_restored_vault_is_pinned_and_opens_again(vault: VaultInTest) -> None:
    restore(vault, back_up(vault))
    for _ in range(2):
        assert aliases(vault) == ["first"]


def test_both_heads_are_in_the_log(vault: VaultInTest) -> None:
    restore(vault, back_up(vault))
    with vault.open() as session, session.records.read() as reading:
        entry = reading.audit.list(operation="RestoreBackup", newest_first=False)[0]
    assert entry.details["pinned_count"] != entry.details["restored_count"]


def test_not_confirmed_changes_nothing(vault: VaultInTest) -> None:
    backup = back_up(vault)
    vault.prompt.yes = False
    with pytest.raises(ConfirmationMissing):
        restore(vault, backup)
    assert aliases(vault) == ["first", "second"]
    assert [name for name in os.listdir(vault.path.parent) if name.startswith(".")] == []


def test_a_lost_vault_is_restored_to_an_empty_place(vault: VaultInTest) -> None:
    backup = back_up(vault)
    shutil.rmtree(vault.path)
    assert restore(vault, backup).replaced is None
    assert aliases(vault) == ["first"]


def test_restoring_to_a_second_place_says_with_the_question_what_will_be_missing(
    vault: VaultInTest, tmp_path: Path
) -> None:
    restore(vault, back_up(vault), tmp_path / "second.signet")
    (about,) = vault.prompt.facts
    assert about[0] == "The backup is not what this computer last saw of the vault:"
    assert "will no longer open there" in about[-1] or "no longer there until" in about[-1]
    assert "What came after this backup is not in it." in vault.prompt.confirmed[-1]
    assert "new place" in vault.prompt.confirmed[-1]
    assert set(about) <= set(vault.prompt.notes)


def test_on_another_computer_it_is_restored_without_a_question(
    vault: VaultInTest, tmp_path: Path, clock: SettableClock
) -> None:
    backup = back_up(vault)
    vault.workplace.close()
    vault.workplace = make_workplace(tmp_path / "elsewhere", clock, vault.prompt)
    vault.path = tmp_path / "elsewhere" / "mine.signet"
    restore(vault, backup)
    assert vault.prompt.confirmed == []
    assert aliases(vault) == ["first"]


def test_a_damaged_vault_is_replaced(vault: VaultInTest) -> None:
    backup = back_up(vault)
    for name in ("header.json", "header.copy.json", vault.header.database):
        (vault.path / name).write_bytes(b"rubbish")
    restore(vault, backup)
    assert aliases(vault) == ["first"]


@pytest.mark.parametrize("damage", ["rubbish", "forged"])
def test_what_may_be_another_vault_is_replaced_only_if_that_is_confirmed(vault: VaultInTest, damage: str) -> None:
    backup = back_up(vault)
    for name in ("header.json", "header.copy.json"):
        whole = json.loads((vault.path / name).read_bytes())
        whole["generation"] += 1
        changed = json.dumps(whole, sort_keys=True, separators=(",", ":")).encode()
        (vault.path / name).write_bytes(b"rubbish" if damage == "rubbish" else changed)
    vault.prompt.yes = False
    vault.prompt.asked.clear()
    before = sorted(os.listdir(vault.path))
    with pytest.raises(ConfirmationMissing, match="Replace what stands there"):
        restore(vault, backup)
    assert vault.prompt.asked == []
    assert "cannot be told whether it is the same vault" in vault.prompt.notes[-1]
    assert sorted(os.listdir(vault.path)) == before


@pytest.mark.parametrize("copy_too", [True, False])
def test_a_vault_of_a_newer_signet_is_never_replaced(
    vault: VaultInTest, tmp_path: Path, clock: SettableClock, copy_too: bool
) -> None:
    backup = back_up(vault)
    other = make_vault(tmp_path, clock, name="other")
    newer = json.loads((other.path / "header.json").read_bytes())
    newer["version"] += 1
    written = json.dumps(newer, sort_keys=True, separators=(",", ":")).encode()
    (other.path / "header.json").write_bytes(written)
    if copy_too:
        (other.path / "header.copy.json").write_bytes(written)
    asked = len(vault.prompt.confirmed)
    with pytest.raises(VaultNewer if copy_too else VaultExists):
        restore(vault, backup, other.path)
    assert len(vault.prompt.confirmed) == asked
    assert (other.path / "header.json").read_bytes() == written


def test_a_vault_whose_header_cannot_be_read_is_never_replaced(
    vault: VaultInTest, tmp_path: Path, clock: SettableClock
) -> None:
    backup = back_up(vault)
    other = make_vault(tmp_path, clock, name="other")
    # What no account may read; root, who may run the tests, reads any file but a link that leads nowhere.
    for name in ("header.json", "header.copy.json"):
        (other.path / name).unlink()
        (other.path / name).symlink_to("nowhere")
    before = sorted(os.listdir(other.path))
    with pytest.raises(StorageError):
        restore(vault, backup, other.path)
    assert sorted(os.listdir(other.path)) == before


def test_another_vault_is_never_replaced(vault: VaultInTest, tmp_path: Path, clock: SettableClock) -> None:
    backup = back_up(vault)
    other = make_vault(tmp_path, clock, name="other")
    before = (other.path / "header.json").read_bytes()
    with pytest.raises(VaultExists):
        restore(vault, backup, other.path)
    folder = tmp_path / "papers.signet"
    folder.mkdir()
    (folder / "letter.txt").write_text("mine")
    with pytest.raises(VaultExists):
        restore(vault, backup, folder)
    assert (other.path / "header.json").read_bytes() == before
    assert os.listdir(folder) == ["letter.txt"]


def test_a_vault_that_is_open_elsewhere_is_not_replaced(vault: VaultInTest) -> None:
    backup = back_up(vault)
    with vault.open() as session:
        with pytest.raises(VaultInUse):
            restore(vault, backup)
        assert [key.alias for key in list_keys(session)] == ["first", "second"]
    assert aliases(vault) == ["first", "second"]


def test_the_wrong_code_changes_nothing(vault: VaultInTest, tmp_path: Path, clock: SettableClock) -> None:
    backup = back_up(vault)
    right = vault.prompt.answers[SecretKind.RECOVERY_CODE]
    other = make_vault(tmp_path, clock, name="other")
    vault.prompt.answers[SecretKind.RECOVERY_CODE] = other.prompt.answers[SecretKind.RECOVERY_CODE]
    with pytest.raises(SecretIncorrect):
        restore(vault, backup)
    vault.prompt.answers[SecretKind.RECOVERY_CODE] = right
    assert aliases(vault) == ["first", "second"]


def test_a_way_in_removed_since_is_taken_out_again(vault: VaultInTest) -> None:
    code = vault.path.parent / "lost.code"
    with vault.open(administer=True) as session:
        lost = add_method(session, NewRecoveryCode(str(code)))
    backup = back_up(vault)
    with vault.open(administer=True) as session:
        remove_method(session, lost.id)
    assert restore(vault, backup).removed == ("Recovery code",)
    assert aliases(vault) == ["first"]
    vault.prompt.answers[SecretKind.RECOVERY_CODE] = code.read_text()
    with pytest.raises(SecretIncorrect):
        vault.open()


@pytest.mark.parametrize("damage", ["cut", "flip", "empty"])
def test_a_damaged_backup_changes_nothing(vault: VaultInTest, damage: str) -> None:
    backup = Path(back_up(vault))
    data = bytearray(backup.read_bytes())
    if damage == "cut":
        del data[len(data) // 2 :]
    elif damage == "flip":
        data[600] ^= 1
    else:
        data.clear()
    backup.write_bytes(data)
    with pytest.raises(BackupUnusable):
        restore(vault, str(backup))
    assert aliases(vault) == ["first", "second"]
