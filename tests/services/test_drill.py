"""The recovery drill: copies are really opened, none stays, proofs are dated, and the verdict follows."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from signet.audit.entry import Outcome
from signet.errors import (
    AttestationInvalid,
    Cancelled,
    ConfirmationMissing,
    FolderReadOnly,
    PinIncorrect,
    SecretIncorrect,
    SecretMissing,
    UnlockMethodNotFound,
)
from signet.formats.header import MethodKind, UnlockMethod
from signet.keys.spec import KeySpec, Protection
from signet.secret import Secret
from signet.services import header_change
from signet.services.drill import Status, Tried, drill, outlook, practise
from signet.services.enrolment import NewRecoveryCode, NewRecoveryShares, NewToken
from signet.services.keys import create_key
from signet.services.loss import Answer, Proof
from signet.services.methods import add_method, list_methods, prove_method
from signet.services.prompt import SecretKind, SecretRequest
from signet.services.session import Session
from signet.services.tokens import init_software
from signet.store.tables.catalogue import FileRecord
from support.clock import SettableClock
from support.vaults import VaultInTest, resigned

PIN = "123456"
DAY = 24 * 3600.0


def second_code(vault: VaultInTest) -> tuple[str, str]:
    """Add a second recovery code; return its id and the code."""
    path = vault.path.parent / "second.code"
    with vault.open(administer=True) as session:
        method = add_method(session, NewRecoveryCode(str(path)))
    return method.id, path.read_text()


def card(vault: VaultInTest, label: str = "card") -> UnlockMethod:
    """Let a software token open the vault too."""
    vault.prompt.answers |= {SecretKind.PIN: PIN, SecretKind.NEW_PIN: PIN, SecretKind.TOKEN_PIN: PIN}
    token = init_software(vault.workplace, label)
    with vault.open(administer=True) as session:
        return add_method(session, NewToken(token.label))


def leftovers(vault: VaultInTest) -> list[str]:
    return [path.name for path in vault.path.parent.iterdir() if path.name.startswith(".signet")]


def proofs(session: Session) -> list[tuple[Outcome, object]]:
    with session.records.read() as reading:
        entries = reading.audit.list(operation="ProveUnlockMethod", newest_first=False)
        assert reading.audit.verify() == []
    return [(entry.outcome, entry.details.get("error")) for entry in entries]


def agree(_: UnlockMethod) -> None:
    """Try every way in."""


def test_a_way_in_is_proven_on_a_copy_and_dated(vault: VaultInTest, clock: SettableClock) -> None:
    method_id, code = second_code(vault)
    clock.advance(400 * DAY)
    with vault.open() as session:
        before = (vault.path / "header.json").read_bytes()
        assert [view.proof(clock.now()) for view in list_methods(session)] == [Proof.PROVEN, Proof.OLD]
        vault.prompt.answers[SecretKind.RECOVERY_CODE] = code
        assert practise(session, method_id[:8]).id == method_id
        assert list_methods(session)[1].proven_at == "2027-12-27T12:00:00Z"
        assert proofs(session) == [(Outcome.DONE, None)]
        assert (vault.path / "header.json").read_bytes() == before
    assert leftovers(vault) == []


def test_what_opened_the_vault_and_is_at_hand_is_not_asked_for_again(vault: VaultInTest) -> None:
    with vault.open(administer=True) as session:
        asked = len(vault.prompt.asked)
        practise(session, session.method.id)
        assert len(vault.prompt.asked) == asked
        session.presented()  # and it is still at hand
        add_method(session, NewRecoveryCode(str(vault.path.parent / "third.code")))


def test_another_one_is_asked_for_as_another(vault: VaultInTest) -> None:
    method_id, code = second_code(vault)
    vault.prompt.answers[SecretKind.OTHER_SECRET] = code
    with vault.open(administer=True) as session:
        practise(session, method_id)
        assert vault.prompt.asked[-1].kind is SecretKind.OTHER_SECRET
        practise(session, method_id)


def test_the_wrong_secret_fails_is_recorded_and_counts_until_it_works(
    vault: VaultInTest, clock: SettableClock
) -> None:
    method_id, code = second_code(vault)
    clock.advance(DAY)
    with vault.open() as session:
        with pytest.raises(SecretIncorrect):
            practise(session, method_id)  # the prompt gives the first code
        assert proofs(session) == [(Outcome.FAILED, "SecretIncorrect")]
        assert list_methods(session)[1].proof(clock.now()) is Proof.FAILED
        assert outlook(session)[0].answer is Answer.NOT_CERTAIN
        clock.advance(60)
        vault.prompt.answers[SecretKind.RECOVERY_CODE] = code
        practise(session, method_id)
        assert outlook(session)[0].answer is Answer.YES
    assert leftovers(vault) == []


def test_opening_or_proving_it_in_earnest_ends_the_doubt_as_well(vault: VaultInTest, clock: SettableClock) -> None:
    method_id, code = second_code(vault)
    first = vault.prompt.answers[SecretKind.RECOVERY_CODE]
    for end in ("open", "prove"):
        clock.advance(DAY)
        with vault.open() as session, pytest.raises(SecretIncorrect):
            practise(session, method_id)
        clock.advance(DAY)
        vault.prompt.answers |= {SecretKind.RECOVERY_CODE: code if end == "open" else first}
        vault.prompt.answers |= {SecretKind.OTHER_SECRET: code}
        with vault.open(administer=True) as session:
            if end == "prove":
                prove_method(session, method_id)
            assert list_methods(session)[1].proof(clock.now()) is Proof.PROVEN
        vault.prompt.answers[SecretKind.RECOVERY_CODE] = first


def test_a_way_in_that_vouches_for_another_vault_fails(vault: VaultInTest) -> None:
    method_id, code = second_code(vault)
    with vault.open() as session:
        method = session.header.method(method_id)
        assert method is not None
        object.__setattr__(method, "attestation", bytes(32))
        vault.prompt.answers[SecretKind.RECOVERY_CODE] = code
        with header_change.open_identity(session) as identity:
            forged = resigned(session.header, identity)
        original = (vault.path / "header.json").read_bytes()
        vault.write_header(forged)
        with pytest.raises(AttestationInvalid):
            practise(session, method_id)
        for name in ("header.json", "header.copy.json"):
            (vault.path / name).write_bytes(original)
    assert leftovers(vault) == []


def test_pins_are_neither_read_nor_changed_by_the_copy(vault: VaultInTest) -> None:
    with vault.open() as session:
        pin = Path(vault.workplace.places.pins) / f"{session.vault_id}.pin.json"
        kept = pin.read_bytes()
        pin.write_bytes(b"nonsense")
        session.pinned = False  # the proof itself raises the pin otherwise
        practise(session, session.method.id)
        assert pin.read_bytes() == b"nonsense"
        pin.write_bytes(kept)


def test_no_copy_where_nothing_can_be_written(vault: VaultInTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(parent: str) -> None:
        raise FolderReadOnly(path=parent)

    with vault.open() as session:
        monkeypatch.setattr("signet.services.drill.unfinished_folder", refuse)
        with pytest.raises(FolderReadOnly):
            practise(session, session.method.id)
        assert proofs(session) == []


def test_a_name_of_no_way_in(vault: VaultInTest) -> None:
    with vault.open() as session, pytest.raises(UnlockMethodNotFound):
        practise(session, "00000000")


def test_all_are_tried_the_one_at_hand_first_and_what_is_declined_is_left_out(
    vault: VaultInTest, clock: SettableClock
) -> None:
    method_id, code = second_code(vault)
    token = card(vault)
    clock.advance(DAY)
    vault.prompt.answers |= {SecretKind.RECOVERY_CODE: code, SecretKind.TOKEN_PIN: "999999"}
    heard: list[Tried] = []

    def offer(method: UnlockMethod) -> None:
        if method.kind is MethodKind.RECOVERY_CODE and method.id != method_id:
            raise ConfirmationMissing(question="Try it?")

    with vault.open(administer=True) as session:
        tried = drill(session, offer=offer, told=heard.append)
        assert [(each.method.id, each.status) for each in tried] == [
            (method_id, Status.DONE),
            (vault.created.methods[0].id, Status.SKIPPED),
            (token.id, Status.FAILED),
        ]
        assert isinstance(tried[1].error, ConfirmationMissing)
        assert isinstance(tried[2].error, PinIncorrect)
        assert list(tried) == heard
        assert proofs(session) == [(Outcome.DONE, None), (Outcome.FAILED, "PinIncorrect")]
    assert leftovers(vault) == []


def test_a_card_that_is_away_and_a_secret_nobody_has_are_left_out(vault: VaultInTest) -> None:
    second, _ = second_code(vault)
    token = card(vault, "away")
    vault.workplace.close()
    folder = Path(vault.workplace.places.data) / "software-tokens" / "tokens"
    folder.rename(folder.with_name("kept"))
    folder.mkdir()
    vault.prompt.answers.pop(SecretKind.OTHER_SECRET, None)
    with vault.open(administer=True) as session:
        tried = drill(session, [token.id, second], offer=agree, told=lambda _: None)
        assert [type(each.error).__name__ for each in tried] == ["TokenNotFound", "SecretMissing"]
        assert {each.status for each in tried} == {Status.SKIPPED}
        assert proofs(session) == []


def test_giving_up_ends_the_drill_and_keeps_what_was_proven(vault: VaultInTest, clock: SettableClock) -> None:
    second_code(vault)
    clock.advance(DAY)

    def give_up(request: SecretRequest) -> Secret:
        raise Cancelled

    with vault.open(administer=True) as session:
        vault.prompt.secret = give_up  # type: ignore[method-assign]
        with pytest.raises(Cancelled):
            drill(session, offer=agree, told=lambda _: None)
        assert proofs(session) == [(Outcome.DONE, None)]
    assert leftovers(vault) == []


def test_what_was_mistyped_says_nothing_of_the_way_in_and_the_drill_goes_on(vault: VaultInTest) -> None:
    method_id, _ = second_code(vault)
    with vault.open() as session:
        vault.prompt.answers[SecretKind.RECOVERY_CODE] = "not a code"
        tried = drill(session, [method_id, session.method.id], offer=agree, told=lambda _: None)
        assert [type(each.error).__name__ for each in tried] == ["RecoveryCodeMalformed", "RecoveryCodeMalformed"]
        assert {each.status for each in tried} == {Status.FAILED}
        assert proofs(session) == []


def test_recovery_shares_are_practised_like_any_other_way_in(vault: VaultInTest, clock: SettableClock) -> None:
    folder = vault.path.parent / "sheets"
    with vault.open(administer=True) as session:
        method = add_method(session, NewRecoveryShares(2, 3, str(folder)))
    sheets = [path.read_text().strip() for path in sorted(folder.iterdir())]
    clock.advance(DAY)
    with vault.open(administer=True) as session:
        vault.prompt.answers[SecretKind.OTHER_SECRET] = sheets[0]
        assert drill(session, [method.id], offer=agree, told=lambda _: None)[0].status is Status.FAILED
        assert list_methods(session)[1].proof(clock.now()) is Proof.PROVEN  # one sheet alone says nothing of the set
        vault.prompt.answers[SecretKind.OTHER_SECRET] = "\n".join(sheets[1:])
        practise(session, method.id)
        assert proofs(session) == [(Outcome.DONE, None)]
        assert outlook(session)[0].answer is Answer.YES


def test_what_dies_with_the_card_is_found(vault: VaultInTest) -> None:
    method = card(vault)
    with vault.open(administer=True) as session:
        create_key(session, "in-the-vault", spec=KeySpec.ECC_NIST_P256)
        key = create_key(
            session, "letters", spec=KeySpec.ECC_NIST_P256, protection=Protection.TOKEN, token=method.label
        )
        with session.records.change() as change:
            change.catalogue.record(
                FileRecord(bytes(32), key.id, 1, "file", "/a.esdk", 1, "2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z")
            )
        (loss,) = outlook(session)
        assert loss.card is not None
        assert loss.card.label == method.label
        assert [(stake.alias, stake.files) for stake in loss.keys] == [("letters", ("/a.esdk",))]
        assert (loss.answer, [way.label for way in loss.gone]) == (Answer.YES, [method.label])


KILLED = """
import os, signal, sys
from pathlib import Path
from signet.clock import SystemClock
from signet.services import drill
from signet.services.opening import open_vault
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from support.prompt import ScriptedPrompt
from support.vaults import make_workplace

folder, code = Path(sys.argv[1]), sys.argv[2]
workplace = make_workplace(folder, SystemClock(), ScriptedPrompt({SecretKind.RECOVERY_CODE: code}))
session = open_vault(workplace, str(folder / "personal.signet"), selection=Selection(recovery=True))
drill.open_vault = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
drill.practise(session, session.method.id)
"""


def test_the_copy_of_a_killed_drill_goes_at_the_next_unlocking(vault: VaultInTest) -> None:
    code = vault.prompt.answers[SecretKind.RECOVERY_CODE]
    command = [sys.executable, "-c", KILLED, str(vault.path.parent), code]
    environment = {"PYTHONPATH": "app:tests", "PATH": "/usr/bin:/bin"}
    killed = subprocess.run(command, env=environment, cwd=Path(__file__).parents[2], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert len(leftovers(vault)) == 1
    with vault.open() as session:
        assert leftovers(vault) == []
        assert proofs(session) == []


def test_nobody_to_ask_is_not_a_failure_of_the_way_in(vault: VaultInTest) -> None:
    with vault.open() as session:
        vault.prompt.answers.clear()
        with pytest.raises(SecretMissing):
            practise(session, session.method.id)
        assert proofs(session) == []
