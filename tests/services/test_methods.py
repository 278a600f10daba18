"""Ways in: added, proven, removed; what was removed opens nothing newer than itself."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from signet.errors import (
    DatabaseDamaged,
    LastUnlockMethod,
    OutputExists,
    ProofOfPresenceMissing,
    SecretIncorrect,
    UnlockMethodInUse,
    UnlockMethodNotFound,
    UsageError,
    VaultInUse,
)
from signet.formats.header import MethodKind, Scheme
from signet.keys.spec import KeySpec
from signet.services.backup import list_backups
from signet.services.enrolment import NewPassphrase, NewRecoveryCode, NewToken
from signet.services.keys import create_key, list_keys
from signet.services.master import rotate_master
from signet.services.methods import add_method, list_methods, prove_method, remove_method
from signet.services.opening import open_vault
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from signet.services.tokens import init_software
from support.clock import SettableClock
from support.vaults import VaultInTest, make_vault

PASSPHRASE = "correct horse battery"


def second_code(vault: VaultInTest) -> tuple[str, str]:
    """Add a second recovery code; return its id and the code."""
    path = vault.path.parent / "second.code"
    with vault.open(administer=True) as session:
        method = add_method(session, NewRecoveryCode(str(path)))
    return method.id, path.read_text()


def test_an_added_code_opens_and_so_does_the_first(vault: VaultInTest) -> None:
    method_id, code = second_code(vault)
    with vault.open() as session:
        assert [view.id for view in list_methods(session)][1] == method_id
    vault.prompt.answers[SecretKind.RECOVERY_CODE] = code
    with vault.open() as session:
        assert session.method.id == method_id


def test_a_passphrase_and_a_token_are_added_and_open(vault: VaultInTest) -> None:
    vault.prompt.answers |= {
        SecretKind.NEW_PASSPHRASE: PASSPHRASE,
        SecretKind.PASSPHRASE: PASSPHRASE,
        SecretKind.PIN: "123456",
        SecretKind.NEW_PIN: "123456",
    }
    token = init_software(vault.workplace, "card")
    with vault.open(administer=True) as session:
        passphrase = add_method(session, NewPassphrase())
        card = add_method(session, NewToken(token.label))
        assert (card.kind, card.scheme, bool(card.attestation)) == (MethodKind.TOKEN, Scheme.ECDH_X, True)
    with open_vault(vault.workplace, str(vault.path)) as session:
        assert session.method.id == card.id  # the token that is present comes before the passphrase
    with open_vault(vault.workplace, str(vault.path), selection=Selection(method_id=passphrase.id)) as session:
        assert session.method.kind is MethodKind.PASSPHRASE


def test_the_same_token_twice_is_refused(vault: VaultInTest) -> None:
    vault.prompt.answers |= {SecretKind.PIN: "123456", SecretKind.NEW_PIN: "123456"}
    token = init_software(vault.workplace, "card")
    with vault.open(administer=True) as session:
        add_method(session, NewToken(token.label))
        with pytest.raises(UnlockMethodInUse):
            add_method(session, NewToken(token.label))
        assert session.header.generation == 2


def test_adding_needs_the_way_in_at_hand(vault: VaultInTest) -> None:
    with vault.open() as session, pytest.raises(ProofOfPresenceMissing):
        add_method(session, NewRecoveryCode(str(vault.path.parent / "second.code")))
    assert not (vault.path.parent / "second.code").exists()


def test_proof_of_presence_ends_after_five_minutes(vault: VaultInTest, clock: SettableClock) -> None:
    with vault.open(administer=True) as session:
        clock.advance(301)
        with pytest.raises(ProofOfPresenceMissing):
            rotate_master(session)


def test_an_existing_code_file_changes_nothing(vault: VaultInTest) -> None:
    (vault.path.parent / "second.code").write_text("older")
    before = (vault.path / "header.json").read_bytes()
    with vault.open(administer=True) as session, pytest.raises(OutputExists):
        add_method(session, NewRecoveryCode(str(vault.path.parent / "second.code")))
    assert (vault.path / "header.json").read_bytes() == before
    assert (vault.path.parent / "second.code").read_text() == "older"


def test_proving_another_way_in_dates_it(vault: VaultInTest, clock: SettableClock) -> None:
    method_id, code = second_code(vault)
    clock.advance(86400)
    vault.prompt.answers[SecretKind.OTHER_SECRET] = code
    with vault.open(administer=True) as session:
        prove_method(session, method_id)
        views = {view.id: view.proven_at for view in list_methods(session)}
        assert views[method_id] == "2026-11-23T12:00:00Z"


def test_proving_with_the_wrong_secret_is_refused(vault: VaultInTest) -> None:
    method_id, _ = second_code(vault)
    vault.prompt.answers[SecretKind.OTHER_SECRET] = vault.prompt.answers[SecretKind.RECOVERY_CODE]
    with vault.open(administer=True) as session, pytest.raises(SecretIncorrect):
        prove_method(session, method_id)


def test_removing_makes_a_new_master_key_and_the_removed_code_opens_nothing_newer(vault: VaultInTest) -> None:
    method_id, code = second_code(vault)
    old = vault.path.parent / "old"
    with vault.open(administer=True) as session:
        create_key(session, "taxes", spec=KeySpec.SYMMETRIC_DEFAULT)
        session.database.checkpoint()
        shutil.copytree(vault.path, old)
        old_master = bytes(session.master.reveal())
        assert remove_method(session, method_id).removed == ("Recovery code",)
        assert bytes(session.master.reveal()) != old_master
        assert [key.alias for key in list_keys(session)] == ["taxes"]
    with vault.open() as session:
        assert [key.alias for key in list_keys(session)] == ["taxes"]
    first = vault.prompt.answers[SecretKind.RECOVERY_CODE]
    vault.prompt.answers[SecretKind.RECOVERY_CODE] = code
    with pytest.raises(SecretIncorrect):
        vault.open()
    # The old header beside the new database: the removed code unwraps the old master key, which opens nothing here.
    shutil.copy(old / "header.json", vault.path / "header.json")
    shutil.copy(old / "header.copy.json", vault.path / "header.copy.json")
    vault.forget_pins()
    with pytest.raises(DatabaseDamaged, match="missing"):
        vault.open()
    new = next(path for path in vault.path.glob("vault-*.db"))
    shutil.copy(new, vault.path / vault.header.database)
    with pytest.raises(DatabaseDamaged, match="does not open"):
        vault.open()
    vault.prompt.answers[SecretKind.RECOVERY_CODE] = first


def test_the_way_in_that_opened_the_vault_is_not_removed(vault: VaultInTest) -> None:
    second_code(vault)
    with vault.open(administer=True) as session, pytest.raises(UsageError):
        remove_method(session, session.method.id)


def test_the_last_way_in_is_not_removed(vault: VaultInTest) -> None:
    with vault.open(administer=True) as session:
        with pytest.raises(LastUnlockMethod):
            remove_method(session, session.method.id)
        with pytest.raises(UnlockMethodNotFound):
            remove_method(session, "00000000-0000-4000-8000-000000000000")


def test_a_new_master_key_keeps_keys_log_and_ways_in(vault: VaultInTest) -> None:
    _, code = second_code(vault)
    with vault.open(administer=True) as session:
        key = create_key(session, "taxes", spec=KeySpec.ECC_NIST_EDWARDS25519)
        with session.records.read() as reading:
            before = reading.audit.head().count
        rotated = rotate_master(session)
        assert rotated.generation == session.header.generation == 3
        assert len(rotated.old_backups) >= 1
        with session.records.read() as reading:
            assert reading.audit.verify() == []
            assert reading.audit.head().count > before
            version = reading.keys.version(key.id, 1)
        session.open_material(key, version).wipe()
    assert [path.name for path in vault.path.glob("vault-*.db")] == [vault.header.database]
    vault.prompt.answers[SecretKind.RECOVERY_CODE] = code
    with vault.open() as session, session.records.read() as reading:
        assert reading.audit.verify() == []


def test_a_new_master_key_needs_the_vault_alone(vault: VaultInTest) -> None:
    before = (vault.path / "header.json").read_bytes()
    with vault.open(), vault.open(administer=True) as session:
        backups = list_backups(session)
        with pytest.raises(VaultInUse):
            rotate_master(session)
        assert list_backups(session) == backups  # only ten are kept, and nothing has changed
        assert os.listdir(vault.path).count(session.header.database) == 1
        with session.records.read() as reading:
            assert reading.audit.verify() == []
    assert (vault.path / "header.json").read_bytes() == before


def test_two_sessions_change_the_header_one_after_the_other(vault: VaultInTest) -> None:
    folder = vault.path.parent
    with vault.open(administer=True) as first, vault.open(administer=True) as second:
        add_method(first, NewRecoveryCode(str(folder / "a.code")))
        add_method(second, NewRecoveryCode(str(folder / "b.code")))
        assert second.header.generation == 3
        assert len(second.header.methods) == 3
    with vault.open() as session:
        assert len(session.header.methods) == 3


def test_a_foreign_database_under_ones_own_header_is_refused(
    vault: VaultInTest, tmp_path: Path, clock: SettableClock
) -> None:
    other = make_vault(tmp_path, clock, name="other")
    (vault.path / vault.header.database).write_bytes((other.path / other.header.database).read_bytes())
    vault.forget_pins()
    with pytest.raises(DatabaseDamaged, match="does not open"):
        vault.open()
