"""What needs attention, from a new vault until everything is mended."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from signet.audit.entry import Draft, Outcome
from signet.formats.header import MethodKind
from signet.keys.spec import KeySpec
from signet.services import keys, rotation
from signet.services.attention import Concern, last_backup_elsewhere, needs_attention
from signet.services.backup import automatic_backup, write_backup
from signet.services.enrolment import NewRecoveryCode, NewRecoveryShares
from signet.services.loss import Card, Proof
from signet.services.methods import add_method, list_methods
from signet.services.saved_codes import note_saved_code
from signet.services.session import Session
from support.clock import SettableClock
from support.vaults import VaultInTest

DAY = 24 * 3600.0


def concerns(session: Session) -> set[Concern]:
    return {attention.concern for attention in needs_attention(session)}


def test_one_way_in_needs_attention_until_there_is_a_second(vault: VaultInTest, tmp_path: Path) -> None:
    with vault.open(administer=True) as session:
        assert Concern.ONE_WAY_IN in concerns(session)
        add_method(session, NewRecoveryCode(str(tmp_path / "second.code")))
        assert Concern.ONE_WAY_IN not in concerns(session)


def test_a_way_in_that_was_not_tested_for_a_year_needs_attention(vault: VaultInTest, clock: SettableClock) -> None:
    with vault.open(administer=True) as session:
        second = add_method(session, NewRecoveryCode(str(vault.path.parent / "second.code")))
        assert Concern.NOT_PROVEN not in concerns(session)
    clock.advance(365 * 24 * 3600.0)
    with vault.open() as session:  # by the first code, which proves that one
        (found,) = (each for each in needs_attention(session) if each.concern is Concern.NOT_PROVEN)
        assert found.way is not None
        assert (found.way.id, found.way.proof) == (second.id, Proof.OLD)
        with session.records.change() as change:
            known = change.methods.get(second.id)
            change.methods.remove(second.id)
            change.methods.insert(replace(known, proven_at=None))
            change.append(Draft("ChangeHeader", Outcome.DONE))
        assert [each.way.proof for each in needs_attention(session) if each.way is not None] == [Proof.NEVER]


def test_two_ways_in_on_one_card_are_no_second_way_in(vault: VaultInTest, monkeypatch: pytest.MonkeyPatch) -> None:
    with vault.open() as session:
        (view,) = list_methods(session)
        card = Card("1001", "My card")
        views = [replace(view, id=name, kind=MethodKind.TOKEN, card=card) for name in ("a", "b")]
        monkeypatch.setattr("signet.services.attention.list_methods", lambda _: views)
        assert Concern.LOCKED_OUT in concerns(session)
        monkeypatch.setattr("signet.services.attention.list_methods", lambda _: [*views, view])
        assert Concern.LOCKED_OUT not in concerns(session)


def saved(session: Session) -> list[str]:
    return [each.path for each in needs_attention(session) if each.concern is Concern.SAVED_CODE]


def test_a_saved_code_needs_attention_until_its_file_is_gone(vault: VaultInTest, tmp_path: Path) -> None:
    made, sheet = tmp_path / "personal.code", tmp_path / "sheet.pdf"
    sheet.touch()
    with vault.open() as session:
        assert saved(session) == [str(made)]  # the one of the making of the vault
        note_saved_code(session, str(sheet))
        note_saved_code(session, str(sheet))
        assert saved(session) == [str(made), str(sheet)]
    with vault.open() as session:
        made.unlink()
        assert saved(session) == [str(sheet)]
        sheet.unlink()
        assert Concern.SAVED_CODE not in concerns(session)


def test_codes_and_shares_that_are_added_need_attention_until_their_files_are_gone(
    vault: VaultInTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "personal.code").rename(tmp_path / "kept")
    monkeypatch.chdir(tmp_path)
    shares = NewRecoveryShares(2, 3, str(tmp_path / "sheets"))
    with vault.open(administer=True) as session:
        add_method(session, shares)
        add_method(session, NewRecoveryCode("second.code"))
        assert saved(session) == [*shares.files, str(tmp_path / "second.code")]
        Path(shares.files[0]).unlink()
        assert saved(session) == [*shares.files[1:], str(tmp_path / "second.code")]
        with session.records.read() as reading:
            assert reading.audit.verify() == []


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


def test_an_old_backup_needs_attention_once_it_lacks_a_version_of_a_key(
    vault: VaultInTest, tmp_path: Path, clock: SettableClock
) -> None:
    with vault.open() as session:
        keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
        write_backup(session, str(tmp_path / "stick.tar"))
        clock.advance(30 * DAY)
        assert Concern.OLD_BACKUP_ELSEWHERE not in concerns(session)
        session.proven()
        rotation.rotate_key(session, "papers")
        (found,) = [each for each in needs_attention(session) if each.concern is Concern.OLD_BACKUP_ELSEWHERE]
        assert (found.when, found.count) == ("2026-11-22T12:00:00Z", 1)
        write_backup(session, str(tmp_path / "stick-2.tar"))
        clock.advance(29 * DAY)
        session.proven()
        rotation.rotate_key(session, "papers")
        assert Concern.OLD_BACKUP_ELSEWHERE not in concerns(session)
