"""The one door: decided, counted and logged before the use; the end names the beginning."""

from __future__ import annotations

import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from signet.audit.entry import Entry, Outcome
from signet.errors import (
    Cancelled,
    CiphertextInvalid,
    KeyNotExportable,
    KeyNotFound,
    KeyStateRefused,
    KeyUsageRefused,
    NameAmbiguous,
    SignetError,
    WrapBudgetSpent,
)
from signet.keys.spec import KeySpec
from signet.keys.state import KeyState, Operation
from signet.services import keys, rotation
from signet.services.attention_keys import worn_keys
from signet.services.audit import list_entries, verify_log
from signet.services.key_uses import key_uses
from signet.services.session import Session
from signet.services.use import WRAP_BUDGET, WRAP_WARNING, use_key
from support.clock import SettableClock
from support.files import add_version, child_environment, set_state, token_key_without_token
from support.vaults import VaultInTest

AES = KeySpec.SYMMETRIC_DEFAULT


def entries(session: Session, operation: Operation) -> list[Entry]:
    """Entries of one operation, oldest first."""
    return list(reversed(list_entries(session, operation=str(operation))))


def test_use_is_allowed_in_the_log_before_it_happens_and_done_after(session: Session) -> None:
    key = keys.create_key(session, "papers", spec=AES)
    with use_key(session, "papers", Operation.ENCRYPT, details={"why": "test"}) as grant:
        (allowed,) = entries(session, Operation.ENCRYPT)
        assert (allowed.outcome, allowed.key, allowed.of) == (Outcome.ALLOWED, key.id, None)
        assert allowed.details == {"why": "test", "version": 1}
        assert allowed.sequence == grant.sequence
        assert grant.key == key
        with grant.material() as material:
            assert len(material) == 32
            assert any(material.reveal())
        assert not any(material.reveal())
    _, done = entries(session, Operation.ENCRYPT)
    assert (done.outcome, done.key, done.of) == (Outcome.DONE, key.id, allowed.sequence)
    assert verify_log(session) == ()


def test_what_is_added_stands_in_the_end(session: Session) -> None:
    keys.create_key(session, "papers", spec=AES)
    with use_key(session, "papers", Operation.ENCRYPT) as grant:
        grant.add(bytes=5)
    assert entries(session, Operation.ENCRYPT)[-1].details == {"bytes": 5}


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (CiphertextInvalid(), Outcome.FAILED),
        (ValueError("a bug"), Outcome.FAILED),
        (Cancelled(), Outcome.CANCELLED),
        (KeyboardInterrupt(), Outcome.CANCELLED),
    ],
)
def test_an_error_ends_the_use_and_passes_on(session: Session, error: BaseException, outcome: Outcome) -> None:
    keys.create_key(session, "papers", spec=AES)
    with pytest.raises(type(error)), use_key(session, "papers", Operation.DECRYPT) as grant:
        raise error
    end = entries(session, Operation.DECRYPT)[-1]
    assert (end.outcome, end.of) == (outcome, grant.sequence)
    if outcome is Outcome.FAILED:
        assert end.details == {"error": type(error).__name__}


def test_an_end_that_cannot_be_written_does_not_hide_what_went_wrong(session: Session) -> None:
    keys.create_key(session, "papers", spec=AES)

    def lose_the_vault() -> None:
        Path(session.database.path).unlink()
        raise CiphertextInvalid

    with pytest.raises(CiphertextInvalid), use_key(session, "papers", Operation.DECRYPT):
        lose_the_vault()


@pytest.mark.parametrize(
    ("spec", "state", "operation", "error"),
    [
        (AES, KeyState.DISABLED, Operation.ENCRYPT, KeyStateRefused),
        (AES, KeyState.ARCHIVED, Operation.ENCRYPT, KeyStateRefused),
        (AES, KeyState.PENDING_DELETION, Operation.DECRYPT, KeyStateRefused),
        (AES, KeyState.ENABLED, Operation.SIGN, KeyUsageRefused),
        (KeySpec.ECC_NIST_P256, KeyState.ENABLED, Operation.ENCRYPT, KeyUsageRefused),
    ],
)
def test_a_refusal_is_logged_and_raised(
    session: Session, spec: KeySpec, state: KeyState, operation: Operation, error: type[SignetError]
) -> None:
    key = keys.create_key(session, "papers", spec=spec)
    set_state(session, key, state)
    with pytest.raises(error), use_key(session, "papers", operation, details={"files": 1}):
        pytest.fail("the door let it through")
    (entry,) = entries(session, operation)
    assert (entry.outcome, entry.key) == (Outcome.REFUSED, key.id)
    assert entry.details == {"files": 1, "error": error.__name__}


def test_archived_key_still_decrypts(session: Session) -> None:
    set_state(session, keys.create_key(session, "papers", spec=AES), KeyState.ARCHIVED)
    with use_key(session, "papers", Operation.DECRYPT) as grant, grant.material() as material:
        assert len(material) == 32


def test_a_key_that_is_not_there_is_refused_by_name(session: Session) -> None:
    with pytest.raises(KeyNotFound), use_key(session, "papers", Operation.ENCRYPT):
        pytest.fail("the door let it through")
    (entry,) = entries(session, Operation.ENCRYPT)
    assert (entry.outcome, entry.key) == (Outcome.REFUSED, None)
    assert entry.details == {"name": "papers", "error": "KeyNotFound"}


def test_a_name_from_a_file_never_means_an_alias(session: Session) -> None:
    keys.create_key(session, "papers", spec=AES)
    with pytest.raises(KeyNotFound), use_key(session, "papers", Operation.DECRYPT, by_id=True):
        pytest.fail("the door let it through")


def test_wraps_are_counted_before_the_use(session: Session, clock: SettableClock) -> None:
    key = keys.create_key(session, "papers", spec=AES)
    with use_key(session, "papers", Operation.ENCRYPT, wraps=3) as grant:
        assert grant.version.wraps == 3
        (version,) = keys.versions(session, key)
        assert version.wraps == 3
    with pytest.raises(Cancelled), use_key(session, "papers", Operation.ENCRYPT, wraps=2):
        raise Cancelled
    assert keys.versions(session, key)[0].wraps == 5


def test_the_wrap_budget_is_kept_to_the_last_one(session: Session) -> None:
    key = keys.create_key(session, "papers", spec=AES)
    with session.records.change() as change:
        change.uses.count(key.id, 1, wraps=WRAP_BUDGET - 2, time=key.created)
    with pytest.raises(WrapBudgetSpent), use_key(session, "papers", Operation.ENCRYPT, wraps=3):
        pytest.fail("the door let it through")
    assert entries(session, Operation.ENCRYPT)[-1].details == {"error": "WrapBudgetSpent"}
    with use_key(session, "papers", Operation.ENCRYPT, wraps=2):
        pass
    assert keys.versions(session, key)[0].wraps == WRAP_BUDGET
    with pytest.raises(WrapBudgetSpent), use_key(session, "papers", Operation.ENCRYPT, wraps=1):
        pytest.fail("the door let it through")
    with use_key(session, "papers", Operation.DECRYPT):
        pass


def test_from_half_the_wrap_budget_on_the_person_is_told_to_rotate(vault: VaultInTest) -> None:
    with vault.open() as session:
        key = keys.create_key(session, "papers", spec=AES)
        with session.records.change() as change:
            change.uses.count(key.id, 1, wraps=WRAP_WARNING - 2, time=key.created)
        for told in (0, 1):
            with use_key(session, "papers", Operation.ENCRYPT, wraps=1):
                assert sum("“papers” has encrypted so much" in note for note in vault.prompt.notes) == told
            assert [each.key for each in worn_keys(session)] == ["papers"] * told
        rotation.rotate_key(session, "papers")
        with use_key(session, "papers", Operation.ENCRYPT, wraps=1):
            assert sum("“papers” has encrypted so much" in note for note in vault.prompt.notes) == 1
        assert worn_keys(session) == []


def test_every_use_is_counted_with_the_versions_that_it_opened(session: Session) -> None:
    key = keys.create_key(session, "papers", spec=AES)
    for number in (2, 3):
        assert rotation.rotate_key(session, "papers").version == number
    with use_key(session, "papers", Operation.DECRYPT, version=2) as grant:
        for number in (1, 1, 2):
            grant.material(number).wipe()
    with pytest.raises(Cancelled), use_key(session, "papers", Operation.ENCRYPT, wraps=4):
        raise Cancelled
    with pytest.raises(KeyUsageRefused), use_key(session, "papers", Operation.SIGN):
        pytest.fail("the door let it through")
    with session.records.read() as reading:
        counted = reading.uses.of_key(key.id)
    assert {number: (uses.uses, uses.wraps) for number, uses in counted.items()} == {1: (1, 0), 2: (1, 0), 3: (1, 4)}
    assert (key_uses(session)[key.id].uses, key_uses(session)[key.id].wraps) == (3, 4)


def test_protecting_uses_the_current_version_and_old_ones_stay_at_hand(session: Session) -> None:
    key = keys.create_key(session, "papers", spec=AES)
    add_version(session, key)
    with use_key(session, "papers", Operation.ENCRYPT) as grant:
        assert grant.version.number == 2
        assert (grant.has(1), grant.has(2), grant.has(3)) == (True, True, False)
        with grant.material() as current, grant.material(2) as second, grant.material(1) as first:
            assert current == second
            assert current != first
        with pytest.raises(ValueError, match="no version 3"):
            grant.material(3)
    with use_key(session, "papers", Operation.DECRYPT, version=1) as grant:
        assert grant.version.number == 1


def test_no_transaction_is_open_during_the_use(session: Session) -> None:
    keys.create_key(session, "papers", spec=AES)
    with use_key(session, "papers", Operation.ENCRYPT), use_key(session, "papers", Operation.DECRYPT):
        with session.records.change() as change:
            assert change.keys.all()


def test_an_exported_key_on_a_token_is_refused_without_looking_for_the_token(session: Session) -> None:
    key = token_key_without_token(session, "card")
    with pytest.raises(KeyNotExportable), use_key(session, "card", Operation.EXPORT):
        pytest.fail("the door let it through")
    assert entries(session, Operation.EXPORT)[-1].key == key.id


def test_an_ambiguous_beginning_is_refused(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = iter(["aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"])
    monkeypatch.setattr("signet.services.keys.uuid.uuid4", lambda: uuid.UUID(next(ids)))
    keys.create_key(session, "one", spec=AES)
    keys.create_key(session, "two", spec=AES)
    with pytest.raises(NameAmbiguous), use_key(session, "aaaaaaaa", Operation.ENCRYPT):
        pytest.fail("the door let it through")
    assert entries(session, Operation.ENCRYPT)[-1].details["error"] == "NameAmbiguous"


def test_a_killed_use_leaves_an_allowed_without_an_end(vault: VaultInTest) -> None:
    code = """
import os, signal, sys
from pathlib import Path
from support.files import opened_by_code
from signet.keys.spec import KeySpec
from signet.keys.state import Operation
from signet.services import keys, rotation
from signet.services.use import use_key
with opened_by_code(Path(sys.argv[1]), Path(sys.argv[2])) as session:
    keys.create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
    with use_key(session, "papers", Operation.ENCRYPT):
        os.kill(os.getpid(), signal.SIGKILL)
"""
    arguments = [str(vault.path.parent), str(vault.path)]
    killed = subprocess.run([sys.executable, "-c", code, *arguments], check=False, env=child_environment())
    assert killed.returncode == -9
    with vault.open() as session:
        assert [entry.outcome for entry in entries(session, Operation.ENCRYPT)] == [Outcome.ALLOWED]
        assert verify_log(session) == ()
