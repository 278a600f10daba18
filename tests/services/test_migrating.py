"""Vaults of older Signets: opened, brought up to date after a backup, with nothing lost."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from signet.errors import DiskFull, VaultInUse
from signet.keys.spec import Protection
from signet.keys.state import KeyState
from signet.services import files, keys
from signet.services.audit import list_entries, verify_log
from signet.services.backup import list_backups
from signet.services.guards import guards_of_all
from signet.services.key_uses import key_uses
from signet.services.migrating import OPERATION
from signet.services.opening import open_vault
from signet.services.pinning import PinCheck
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from signet.services.restore import restore_backup
from signet.services.rotation import rotate_key
from signet.services.verification import verify_vault
from signet.services.workplace import Workplace
from signet.store.folder import VaultFolder
from signet.store.migrations import NEWEST, apply_steps
from signet.store.records import Change
from support.archives import unpack
from support.clock import SettableClock
from support.prompt import ScriptedPrompt
from support.vaults import make_workplace

RELEASED = Path(__file__).parent / "released"
BY_CODE = Selection(recovery=True)


@pytest.fixture
def workplace(request: pytest.FixtureRequest, tmp_path: Path, clock: SettableClock) -> Workplace:
    """The vault that Signet made before guarded keys (schema 1; 2 if the test asks for that), with its recovery code,
    on a computer that does not know it."""
    with tarfile.open(RELEASED / f"schema-{getattr(request, 'param', 1)}.tar") as archive:
        unpack(archive, tmp_path)
    code = (tmp_path / "old.code").read_text()
    return make_workplace(tmp_path, clock, ScriptedPrompt({SecretKind.RECOVERY_CODE: code}))


def test_a_vault_of_schema_1_opens_with_all_it_had(workplace: Workplace, tmp_path: Path) -> None:
    path = str(tmp_path / "old.signet")
    with open_vault(workplace, path, selection=BY_CODE) as session:
        assert session.database.schema_version == NEWEST
        (entry,) = list_entries(session, operation=OPERATION)
        assert entry.details == {"from": 1, "to": NEWEST}
        assert verify_log(session) == ()
        assert verify_vault(session).problems == ()
        assert [(key.alias, key.state, key.protection) for key in keys.list_keys(session)] == [
            ("contracts", KeyState.DISABLED, Protection.VAULT),
            ("papers", KeyState.ENABLED, Protection.VAULT),
        ]
        (item,) = files.decrypt_files(session, [str(tmp_path / "letter.txt.esdk")])
        assert Path(str(item.output)).read_bytes() == b"A letter from before guarded keys.\n"
        uses = {keys.find_key(session, key_id).alias: used for key_id, used in key_uses(session).items()}
        assert {name: (used.uses, used.wraps) for name, used in uses.items()} == {"papers": (2, 1)}
        (before,) = [backup for backup in list_backups(session) if backup.endswith("-migration.tar")]
    with open_vault(workplace, path, selection=BY_CODE) as session:
        assert len(list_entries(session, operation=OPERATION)) == 1
    # The backup is the vault as it was, and restoring it brings it up to date again.
    restored = restore_backup(workplace, before, path, selection=BY_CODE)
    with open_vault(workplace, restored.path, selection=BY_CODE) as session:
        assert session.database.schema_version == NEWEST
        assert verify_log(session) == ()


@pytest.mark.parametrize("workplace", [2], indirect=True)
def test_a_vault_of_schema_2_keeps_its_guarded_key(workplace: Workplace, tmp_path: Path) -> None:
    path = str(tmp_path / "old.signet")
    with open_vault(workplace, path, selection=BY_CODE) as session:
        (entry,) = list_entries(session, operation=OPERATION)
        assert entry.details == {"from": 2, "to": NEWEST}
        assert verify_log(session) == ()
        assert verify_vault(session).problems == ()
        (guards,) = guards_of_all(session).values()
        assert guards == session.header.methods
        assert [(key.alias, key.state, key.protection) for key in keys.list_keys(session)] == [
            ("contracts", KeyState.DISABLED, Protection.VAULT),
            ("papers", KeyState.ENABLED, Protection.VAULT),
            ("secret", KeyState.ENABLED, Protection.GUARDED),
        ]
        sealed = [str(tmp_path / f"{name}.txt.esdk") for name in ("letter", "secret")]
        assert [item.status for item in files.decrypt_files(session, sealed)] == ["done", "done"]
        assert (tmp_path / "secret.txt").read_bytes() == b"A secret from before key schedules.\n"
        rotate_key(session, "secret")
        assert files.re_encrypt_files(session, sealed[1:])[0].status == "done"
    with open_vault(workplace, path, selection=BY_CODE) as session:
        assert len(list_entries(session, operation=OPERATION)) == 1


def test_a_migration_that_fails_changes_nothing(
    workplace: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "old.signet")
    with monkeypatch.context() as patched:
        patched.setattr(Change, "migrate", _half_a_migration)
        with pytest.raises(DiskFull):
            open_vault(workplace, path, selection=BY_CODE)
    with open_vault(workplace, path, selection=BY_CODE, pins=PinCheck.IGNORE) as session:
        assert session.database.schema_version == 1
        assert [key.alias for key in keys.list_keys(session)] == ["contracts", "papers"]
    with open_vault(workplace, path, selection=BY_CODE) as session:
        assert verify_vault(session).problems == ()


def _half_a_migration(change: Change, version: int) -> None:
    apply_steps(change._witness.cursor, version)
    raise DiskFull(path="/")


def test_it_stays_as_it_was_while_another_signet_has_it_open(workplace: Workplace, tmp_path: Path) -> None:
    path = str(tmp_path / "old.signet")
    with VaultFolder(path).shared_lock(), pytest.raises(VaultInUse):
        open_vault(workplace, path, selection=BY_CODE)
    # Nor are its older backups pushed out by copies of what did not change: only ten are kept.
    assert not list((tmp_path / "old.signet" / "backups").glob("*-migration.tar"))
    with open_vault(workplace, path, selection=BY_CODE) as session:
        assert session.database.schema_version == NEWEST
