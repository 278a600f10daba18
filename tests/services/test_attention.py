"""What needs attention, from a new vault until everything is mended."""

from __future__ import annotations

from pathlib import Path

from signet.services.attention import Attention, Concern, last_backup_elsewhere, needs_attention, note_saved_code
from signet.services.backup import automatic_backup, write_backup
from signet.services.enrolment import NewRecoveryCode
from signet.services.methods import add_method
from signet.services.session import Session
from support.vaults import VaultInTest


def concerns(session: Session) -> set[Concern]:
    return {attention.concern for attention in needs_attention(session)}


def test_one_way_in_needs_attention_until_there_is_a_second(vault: VaultInTest, tmp_path: Path) -> None:
    with vault.open(administer=True) as session:
        assert Concern.ONE_WAY_IN in concerns(session)
        add_method(session, NewRecoveryCode(str(tmp_path / "second.code")))
        assert Concern.ONE_WAY_IN not in concerns(session)


def test_a_saved_code_needs_attention_until_its_file_is_gone(vault: VaultInTest, tmp_path: Path) -> None:
    with vault.open() as session:
        assert Concern.SAVED_CODE not in concerns(session)
        code = tmp_path / "personal.code"
        note_saved_code(session, str(code))
        note_saved_code(session, str(code))
        assert needs_attention(session).count(Attention(Concern.SAVED_CODE, str(code))) == 1
    with vault.open() as session:
        assert Concern.SAVED_CODE in concerns(session)
        code.unlink()
        assert Concern.SAVED_CODE not in concerns(session)


def test_only_a_backup_outside_the_vault_counts_as_one_in_a_second_place(vault: VaultInTest, tmp_path: Path) -> None:
    with vault.open() as session:
        automatic_backup(session, "daily")
        assert last_backup_elsewhere(session) is None
        assert Concern.NO_BACKUP_ELSEWHERE in concerns(session)
        write_backup(session, str(tmp_path / "stick.tar"))
        assert last_backup_elsewhere(session) == "2026-11-22T12:00:00Z"
        assert Concern.NO_BACKUP_ELSEWHERE not in concerns(session)
        with session.records.read() as reading:
            assert reading.audit.verify() == []
