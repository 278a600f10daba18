"""Making a vault: whole or not at all, with proof that the recovery code arrived."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from signet.errors import (
    DiskFull,
    OutputExists,
    RecoveryCodeMalformed,
    SecretIncorrect,
    SecretTooWeak,
    UsageError,
    VaultExists,
)
from signet.formats.header import MethodKind
from signet.services.creation import create_vault
from signet.services.enrolment import NewPassphrase, NewRecoveryCode
from signet.services.opening import open_vault
from signet.services.pinning import known_pin
from signet.services.prompt import SecretKind
from signet.store.unfinished import Unfinished
from support.clock import SettableClock
from support.prompt import ScriptedPrompt
from support.vaults import make_vault, make_workplace


def hidden(folder: Path) -> list[str]:
    return [name for name in os.listdir(folder) if name.startswith(".")]


def test_new_vault_is_private_and_holds_header_copy_and_database(tmp_path: Path, clock: SettableClock) -> None:
    vault = make_vault(tmp_path, clock)
    names = set(os.listdir(vault.path))
    assert {"header.json", "header.copy.json", vault.header.database} <= names
    assert stat.S_IMODE(vault.path.stat().st_mode) == 0o700
    for name in ("header.json", "header.copy.json", vault.header.database):
        assert stat.S_IMODE((vault.path / name).stat().st_mode) == 0o600
    assert (vault.path / "header.json").read_bytes() == (vault.path / "header.copy.json").read_bytes()
    assert hidden(tmp_path) == []


def test_recovery_code_file_holds_the_code_and_one_newline(tmp_path: Path, clock: SettableClock) -> None:
    vault = make_vault(tmp_path, clock)
    file = Path(vault.created.recovery_code_file or "")
    assert len(file.read_text()) == 45
    assert file.read_text().endswith("\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with vault.open() as session:
        assert session.method.kind is MethodKind.RECOVERY_CODE


def test_a_new_vault_holds_no_keys_and_its_log_begins_with_its_making(tmp_path: Path, clock: SettableClock) -> None:
    vault = make_vault(tmp_path, clock)
    with vault.open() as session, session.records.read() as reading:
        assert reading.keys.all() == []
        first = reading.audit.entry(1)
        assert first is not None
        assert first.operation == "CreateVault"
        assert reading.audit.verify() == []


def test_an_existing_thing_is_not_touched(tmp_path: Path, clock: SettableClock) -> None:
    place = tmp_path / "personal.signet"
    place.write_text("mine")
    with pytest.raises(VaultExists):
        make_vault(tmp_path, clock)
    assert place.read_text() == "mine"
    assert not (tmp_path / "personal.code").exists()


def test_an_existing_code_file_is_not_touched_and_no_vault_is_left(tmp_path: Path, clock: SettableClock) -> None:
    (tmp_path / "personal.code").write_text("an older code")
    with pytest.raises(OutputExists):
        make_vault(tmp_path, clock)
    assert (tmp_path / "personal.code").read_text() == "an older code"
    assert sorted(os.listdir(tmp_path)) == ["home", "personal.code"]


def test_a_short_passphrase_is_refused_and_nothing_is_left(tmp_path: Path, clock: SettableClock) -> None:
    workplace = make_workplace(tmp_path, clock, ScriptedPrompt({SecretKind.NEW_PASSPHRASE: "short"}))
    with pytest.raises(SecretTooWeak):
        create_vault(workplace, str(tmp_path / "v.signet"), [NewPassphrase()])
    assert os.listdir(tmp_path) == ["home"]


def test_no_way_in_is_refused(tmp_path: Path, clock: SettableClock) -> None:
    with pytest.raises(UsageError):
        create_vault(make_workplace(tmp_path, clock), str(tmp_path / "v.signet"), [])


def test_a_code_that_is_shown_must_be_typed_back(tmp_path: Path, clock: SettableClock) -> None:
    prompt = ScriptedPrompt()
    prompt.typed_codes = ["rubbish"] * 5
    workplace = make_workplace(tmp_path, clock, prompt)
    with pytest.raises(RecoveryCodeMalformed):
        create_vault(workplace, str(tmp_path / "v.signet"), [NewRecoveryCode(None)])
    assert len(prompt.shown_codes) == 5
    assert os.listdir(tmp_path) == ["home"]


def test_a_code_of_another_vault_typed_back_is_refused(tmp_path: Path, clock: SettableClock) -> None:
    other = make_vault(tmp_path, clock, name="other")
    prompt = ScriptedPrompt()
    prompt.typed_codes = [other.prompt.answers[SecretKind.RECOVERY_CODE]] * 5
    with pytest.raises(SecretIncorrect):
        create_vault(make_workplace(tmp_path, clock, prompt), str(tmp_path / "v.signet"), [NewRecoveryCode(None)])
    assert not (tmp_path / "v.signet").exists()


def test_a_passphrase_opens_in_any_normal_form(tmp_path: Path, clock: SettableClock) -> None:
    prompt = ScriptedPrompt({SecretKind.NEW_PASSPHRASE: "cafe\u0301 au lait"})
    workplace = make_workplace(tmp_path, clock, prompt)
    path = str(tmp_path / "v.signet")
    create_vault(workplace, path, [NewPassphrase()])
    prompt.answers[SecretKind.PASSPHRASE] = "caf\u00e9 au lait"
    with open_vault(workplace, path) as session:
        assert session.method.kind is MethodKind.PASSPHRASE
    prompt.answers[SecretKind.PASSPHRASE] = "cafe au lait"
    with pytest.raises(SecretIncorrect):
        open_vault(workplace, path)


def test_what_a_killed_maker_left_is_swept_by_the_next(tmp_path: Path, clock: SettableClock) -> None:
    left = tmp_path / ".signet-new-0123456789abcdef"
    (left / "vault").mkdir(parents=True)
    left.chmod(0o700)
    (left / "vault" / "header.json").write_text("{}")
    make_vault(tmp_path, clock)
    assert hidden(tmp_path) == []


def test_a_folder_of_somebody_elses_is_not_swept(tmp_path: Path, clock: SettableClock) -> None:
    for name in (".signet-new-photos", ".signet-new-0123456789abcdef"):
        (tmp_path / name).mkdir(mode=0o700)
        (tmp_path / name / "picture").write_text("mine")
    make_vault(tmp_path, clock)
    assert len(hidden(tmp_path)) == 2


def test_a_name_that_could_not_be_made_durable_is_noted_and_nothing_is_taken_back(
    tmp_path: Path, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Unfinished, target: str) -> None:
        raise DiskFull(path=target)

    monkeypatch.setattr(Unfinished, "sync_name", full)
    vault = make_vault(tmp_path, clock)
    assert (tmp_path / "personal.code").exists()
    assert any("not everything about it" in note for note in vault.prompt.notes)
    with vault.open() as session:
        assert known_pin(vault.workplace, session.vault_id) is not None
