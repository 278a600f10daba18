"""Guards presented, and keys made, while other things happen: nobody is asked in vain, and no key is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from signet.crypto import guarding
from signet.errors import KeyGuardNotFound, SecretIncorrect, SignetError, UnlockMethodNotFound
from signet.keys.model import GuardCopy
from signet.keys.spec import KeySpec, Protection
from signet.services import files, guards, keys, master, master_making, tokens
from signet.services.backup import write_backup
from signet.services.enrolment import NewPassphrase, NewRecoveryCode, NewToken
from signet.services.master import rotate_master
from signet.services.methods import add_method
from signet.services.opening import open_vault
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from signet.services.restore import restore_backup
from signet.services.rotation import rotate_key
from signet.services.session import Session
from support.clock import SettableClock
from support.vaults import VaultInTest, make_vault

AES = KeySpec.SYMMETRIC_DEFAULT
PIN = "648219"
PASSPHRASE = "correct horse battery"


@pytest.fixture
def codes(tmp_path: Path) -> tuple[Path, Path]:
    """Where the second and third recovery code are."""
    return tmp_path / "second.code", tmp_path / "third.code"


@pytest.fixture
def vault(tmp_path: Path, clock: SettableClock, codes: tuple[Path, Path]) -> VaultInTest:
    """A vault with three recovery codes, which opens with the first."""
    return make_vault(tmp_path, clock, more=tuple(NewRecoveryCode(str(code)) for code in codes))


def encrypted(session: Session, folder: Path, key: str) -> files.Item:
    path = folder / f"{key}.txt"
    path.write_text("what only a guard opens")
    return files.encrypt_files(session, [str(path)], key=key, overwrite=True)[0]


def test_any_code_that_guards_the_key_will_do(vault: VaultInTest, codes: tuple[Path, Path], tmp_path: Path) -> None:
    vault.prompt.answers |= {SecretKind.NEW_PASSPHRASE: PASSPHRASE, SecretKind.PASSPHRASE: PASSPHRASE}
    with vault.open(administer=True) as session:
        add_method(session, NewPassphrase())
        first, second = session.header.methods[:2]
        keys.create_key(session, "taxes", spec=AES, protection=Protection.GUARDED, guards=(first.id, second.id))
    with open_vault(vault.workplace, str(vault.path)) as session:
        for text in (vault.prompt.answers[SecretKind.RECOVERY_CODE], codes[0].read_text()):
            vault.prompt.answers[SecretKind.OTHER_SECRET] = text
            assert encrypted(session, tmp_path, "taxes").status == "done"
        vault.prompt.answers[SecretKind.OTHER_SECRET] = codes[1].read_text()
        with pytest.raises(SecretIncorrect):
            encrypted(session, tmp_path, "taxes")


def test_a_guard_that_is_not_here_keeps_no_other_key_closed(vault: VaultInTest, tmp_path: Path) -> None:
    vault.prompt.answers |= dict.fromkeys((SecretKind.NEW_PIN, SecretKind.TOKEN_PIN), PIN)
    vault.prompt.answers[SecretKind.PIN] = PIN
    card = tokens.init_software(vault.workplace)
    with vault.open(administer=True) as session:
        add_method(session, NewToken(card.label))
        messages = []
        for alias in ("away", "here"):
            keys.create_key(session, alias, spec=AES, protection=Protection.GUARDED)
            messages.append(str(encrypted(session, tmp_path, alias).output))
        for code in session.header.methods[:3]:
            guards.remove_guard(session, "away", code.id)
        tokens.discard_software(vault.workplace, card)
        away, here = files.decrypt_files(session, messages, overwrite=True)
    assert isinstance(away.error, KeyGuardNotFound)
    assert here.status == "done"
    vault.workplace.close()


def during_a_new_master_key(
    monkeypatch: pytest.MonkeyPatch, session: Session, remove: frozenset[str] = frozenset()
) -> tuple[threading.Event, Callable[[], object]]:
    """What is set once the vault is held for a new master key, and what gives it one."""
    held = threading.Event()
    make = master_making.new_vault

    def announced(*arguments: Any) -> Any:
        held.set()
        return make(*arguments)

    monkeypatch.setattr(master, "new_vault", announced)
    return held, lambda: rotate_master(session, remove=remove)


@pytest.mark.parametrize("gone", [False, True], ids=["all guards stay", "a guard goes"])
def test_a_key_made_while_the_master_key_changes_opens_or_is_not_made(
    vault: VaultInTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone: bool
) -> None:
    made: list[SignetError | None] = []
    reached = threading.Event()
    with vault.open(administer=True) as session:
        removed = frozenset({session.header.methods[1].id} if gone else ())
        held, rotate = during_a_new_master_key(monkeypatch, session, removed)
        wrap = guards.guard_version

        def slowly(*arguments: Any) -> tuple[Any, list[GuardCopy]]:
            reached.set()
            held.wait()
            return wrap(*arguments)

        def make() -> None:
            try:
                keys.create_key(session, "taxes", spec=AES, protection=Protection.GUARDED)
                made.append(None)
            except SignetError as error:
                made.append(error)

        monkeypatch.setattr(keys, "guard_version", slowly)
        thread = threading.Thread(target=make)
        thread.start()
        reached.wait()
        rotate()
        thread.join()
        if gone:
            assert isinstance(made[0], UnlockMethodNotFound)
            assert keys.list_keys(session) == ()
        else:
            assert encrypted(session, tmp_path, "taxes").status == "done"


def test_a_guard_that_is_taken_out_meanwhile_gets_no_copy(
    vault: VaultInTest, codes: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with vault.open(administer=True) as session:
        first, second, third = session.header.methods
        key = keys.create_key(session, "taxes", spec=AES, protection=Protection.GUARDED, guards=(first.id, second.id))
        real = session.header
        wrap = guarding.wrap_guard_key

        def taken_out(*arguments: Any, **named: Any) -> bytes:
            wrapped = wrap(*arguments, **named)
            session.header = real.with_methods(real.methods[:2], database=real.database)
            return wrapped

        monkeypatch.setattr(guards, "wrap_guard_key", taken_out)
        with pytest.raises(UnlockMethodNotFound):
            guards.add_guard(session, key.id, third.id)
        session.header = real
        assert {method.id for method in guards.guards_of(session, key)} == {first.id, second.id}


def test_a_guard_that_is_taken_away_meanwhile_does_not_come_back_with_a_new_version(
    vault: VaultInTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    with vault.open() as session:
        key = keys.create_key(session, "taxes", spec=AES, protection=Protection.GUARDED)
        gone, change = session.header.methods[1], session.records.change

        def meanwhile() -> Any:
            monkeypatch.setattr(session.records, "change", change)
            guards.remove_guard(session, "taxes", gone.id)
            return change()

        monkeypatch.setattr(session.records, "change", meanwhile)
        assert rotate_key(session, "taxes").version == 2
        with session.records.read() as reading:
            assert gone.id not in {copy.method_id for copy in reading.guards.of_key(key.id)}


def test_restoring_takes_out_what_it_can_and_keeps_the_last_guard(
    vault: VaultInTest, codes: tuple[Path, Path], tmp_path: Path
) -> None:
    out = str(tmp_path / "backup.tar")
    vault.prompt.answers[SecretKind.OTHER_SECRET] = codes[0].read_text()
    with vault.open(administer=True) as session:
        first, second, third = session.header.methods
        keys.create_key(session, "taxes", spec=AES, protection=Protection.GUARDED, guards=(second.id, third.id))
        write_backup(session, out)
        guards.add_guard(session, "taxes", first.id)
        rotate_master(session, remove=frozenset({second.id, third.id}))
    restored = restore_backup(vault.workplace, out, str(vault.path), selection=Selection(recovery=True))
    assert restored.removed == (second.label,)
    assert {method.id for method in vault.header.methods} == {first.id, third.id}
    assert "stays a way in" in vault.prompt.notes[-1]
