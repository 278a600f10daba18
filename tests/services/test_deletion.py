"""Keys deleted in two steps: what is at stake, dates under a jumping clock, attempts meanwhile, what is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from signet.audit.entry import Draft, Outcome
from signet.errors import (
    ConfirmationMissing,
    DeletionNotDue,
    KeyNotFound,
    KeyStateRefused,
    NameNotTyped,
    ProofOfPresenceMissing,
    RecordDisagrees,
    UsageError,
)
from signet.keys.deletion import date_of
from signet.keys.model import Key, KeyVersion
from signet.keys.spec import KeySpec, Origin
from signet.keys.state import KeyState
from signet.services import files, key_names, keys
from signet.services.attention import Concern, needs_attention
from signet.services.audit import list_entries, verify_log
from signet.services.catalogue import LOST, ON_CARD, list_files
from signet.services.deletion import (
    cancel_deletion,
    destroy_key,
    pending_deletion,
    pending_deletions,
    schedule_deletion,
)
from signet.services.rotation import rotate_key
from signet.services.session import Session
from signet.services.stakes import stake_of, stake_said
from signet.services.verification import verify_vault
from signet.store.tables.catalogue import FileRecord
from support.clock import SettableClock
from support.files import set_state, token_key_without_token
from support.vaults import VaultInTest

AES = KeySpec.SYMMETRIC_DEFAULT
DAY = 24 * 3600.0
NOW = "2026-11-22T12:00:00Z"


@pytest.fixture
def key(session: Session, tmp_path: Path) -> Key:
    """A key with two versions, two names and seven known files, the default of the page Files."""
    made = keys.create_key(session, "papers", spec=AES)
    paths = [tmp_path / f"{number}.txt" for number in range(7)]
    for path in paths:
        path.write_text("dear")
    assert all(item.output for item in files.encrypt_files(session, [str(path) for path in paths], key="papers"))
    rotate_key(session, "papers")
    session.workplace.settings = replace(session.workplace.settings, default_key="papers")
    return key_names.add_alias(session, made.id, "taxes")


def concerns(session: Session) -> dict[Concern, int]:
    """What is said about deletions, with the attempts."""
    about = (Concern.DELETION_DUE, Concern.DELETION_NEAR, Concern.DELETION_TRIED)
    return {each.concern: each.count for each in needs_attention(session) if each.concern in about}


def attempt(session: Session, message: str) -> None:
    (item,) = files.decrypt_files(session, [message], overwrite=True)
    assert isinstance(item.error, KeyStateRefused)


def test_what_hangs_on_a_key_is_said_before_anything_changes(vault: VaultInTest, session: Session, key: Key) -> None:
    vault.prompt.yes = False
    with pytest.raises(ConfirmationMissing):
        schedule_deletion(session, "papers")
    assert keys.find_key(session, "papers") == key
    (facts,) = vault.prompt.facts
    assert facts[0].startswith("7 known files are encrypted with it, and cannot be opened without it: ")
    assert facts[0].endswith(", and 2 more.")
    assert "All 2 versions of it go." in facts
    assert any("New files are encrypted with it" in fact for fact in facts)
    assert "It was last used on 2026-11-22." in facts
    assert any(fact.startswith("Backups") for fact in facts)
    assert "from 2026-12-22 on it can be destroyed" in vault.prompt.confirmed[0]


def test_a_key_is_scheduled_tried_cancelled_and_works_again(
    session: Session, key: Key, clock: SettableClock, tmp_path: Path
) -> None:
    message = str(tmp_path / "0.txt.esdk")
    pending = schedule_deletion(session, "papers", days=10)
    assert pending.key.state is KeyState.PENDING_DELETION
    assert (pending.requested, pending.date) == ("2026-11-22T12:00:00Z", "2026-12-02T12:00:00Z")
    assert (pending.near, pending.due, pending.attempts) == (False, False, 0)
    entry = list_entries(session, 1)[0]
    assert (entry.operation, entry.outcome, entry.key) == ("ScheduleKeyDeletion", Outcome.DONE, key.id)
    assert {f"keys/{key.id}", f"key_deletions/{key.id}"} <= set(entry.changes)
    assert (entry.details["days"], entry.details["files"]) == (10, 7)
    assert concerns(session) == {}
    clock.advance(60.0)
    attempt(session, message)
    attempt(session, message)
    found = pending_deletion(session, "taxes")
    assert found is not None
    assert (found.attempts, found.last_attempt) == (2, "2026-11-22T12:01:00Z")
    assert concerns(session) == {Concern.DELETION_TRIED: 2}
    clock.advance(4 * DAY)
    assert concerns(session) == {Concern.DELETION_NEAR: 2}
    kept = cancel_deletion(session, "papers")
    assert kept.state is KeyState.DISABLED
    assert (pending_deletion(session, "papers"), pending_deletions(session), concerns(session)) == (None, (), {})
    session.proven()
    keys.enable_key(session, "papers")
    assert files.decrypt_files(session, [message], overwrite=True)[0].status == "done"
    assert schedule_deletion(session, "papers").attempts == 0  # it begins anew
    assert verify_log(session) == ()


def test_after_its_date_with_a_jumped_clock_it_is_asked_for_and_not_destroyed(
    session: Session, key: Key, clock: SettableClock, tmp_path: Path
) -> None:
    start = clock.now()
    schedule_deletion(session, "papers", days=7)
    with pytest.raises(DeletionNotDue):
        destroy_key(session, "papers", typed="papers")
    for moment, due in (
        (start - timedelta(days=20000), False),
        (start + timedelta(days=7, seconds=-1), False),
        (start + timedelta(days=7), True),
        (start + timedelta(days=7000), True),
        (start + timedelta(days=1), False),
    ):
        clock.set_wall(moment)
        (pending,) = pending_deletions(session)
        assert pending.due == due
        assert (Concern.DELETION_DUE in concerns(session)) == due
    clock.set_wall(start + timedelta(days=7000))
    with pytest.raises(NameNotTyped):
        destroy_key(session, "papers", typed="taxes")
    (pending,) = pending_deletions(session)
    assert pending.key.id == key.id
    cancel_deletion(session, "papers")
    keys.enable_key(session, "papers")
    assert files.decrypt_files(session, [str(tmp_path / "0.txt.esdk")], overwrite=True)[0].status == "done"


def test_a_clock_that_was_set_back_makes_no_wait_shorter(session: Session, key: Key, clock: SettableClock) -> None:
    now = clock.now()
    clock.set_wall(datetime(1970, 1, 1, tzinfo=UTC))
    keys.create_key(session, "other", spec=AES)  # so that the newest entry is of 1970, too
    assert schedule_deletion(session, "papers", days=7).date == "2026-11-29T12:00:00Z"
    clock.set_wall(now)
    assert pending_deletions(session)[0].due is False


@pytest.mark.parametrize(
    ("now", "days", "date"),
    [
        ("2028-02-22T23:59:59+00:00", 7, "2028-02-29T23:59:59+00:00"),
        ("2027-02-22T12:00:00+00:00", 7, "2027-03-01T12:00:00+00:00"),
        ("2027-03-27T01:30:00+01:00", 7, "2027-04-03T00:30:00+00:00"),
        ("2026-12-25T00:00:00-11:00", 30, "2027-01-24T11:00:00+00:00"),
    ],
    ids=["leap day", "no leap day", "summer time begins", "far west"],
)
def test_days_are_days_in_utc(now: str, days: int, date: str) -> None:
    moment = datetime.fromisoformat(now)
    for newest in (None, moment - timedelta(days=1)):
        assert date_of(moment, days, latest=newest) == datetime.fromisoformat(date)
    for wrong in (6, 31):
        with pytest.raises(ValueError, match="waits 7 to 30 days"):
            date_of(moment, wrong, latest=None)


def test_a_clock_that_was_at_the_end_of_time_makes_no_deletion_fail() -> None:
    now, latest = datetime(2026, 11, 22, tzinfo=UTC), datetime(9999, 12, 20, tzinfo=UTC)
    assert date_of(now, 30, latest=latest) == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_a_destroyed_key_leaves_nothing_but_its_entries_and_what_it_lost(
    session: Session, key: Key, clock: SettableClock, tmp_path: Path
) -> None:
    keys.create_key(session, "other", spec=AES)
    schedule_deletion(session, "papers", days=7)
    clock.advance(7 * DAY)
    with pytest.raises(ProofOfPresenceMissing):
        destroy_key(session, "papers", typed="papers")
    session.proven()
    gone = destroy_key(session, "papers", typed="papers")
    assert [entry.path for entry in gone.files] == [
        str(tmp_path / f"{number}.txt.esdk") for number in (6, 5, 4, 3, 2, 1, 0)
    ]
    for name in ("papers", "taxes", key.id):
        with pytest.raises(KeyNotFound):
            keys.find_key(session, name)
    with session.records.read() as reading:
        assert reading.keys.versions(key.id) == []
        assert reading.uses.of_key(key.id) == {}
    assert {entry.note for entry in list_files(session)} == {f"{LOST}: the key “papers” was destroyed"}
    entry = list_entries(session, 1)[0]
    assert (entry.operation, entry.outcome, entry.key) == ("DestroyKey", Outcome.DONE, key.id)
    assert {"-aliases/papers", "-aliases/taxes", f"-keys/{key.id}", f"-key_versions/{key.id}/2"} <= set(entry.changes)
    assert {each.key for name in ("papers", key.id) for each in list_entries(session, key=name)} == {key.id}
    assert concerns(session) == {}
    (item,) = files.decrypt_files(session, [str(tmp_path / "0.txt.esdk")], overwrite=True)
    assert type(item.error).__name__ == "KeyNotHere"
    assert keys.create_key(session, "papers", spec=AES).id != key.id  # the name is free again
    assert verify_log(session) == ()
    assert verify_vault(session).problems == ()


def test_a_key_on_a_card_is_forgotten_and_said_to_stay_there(
    vault: VaultInTest, session: Session, clock: SettableClock
) -> None:
    on_card = token_key_without_token(session, "contracts")
    with session.records.change() as change:
        change.catalogue.record(FileRecord(b"m" * 32, on_card.id, 1, "file", "/a.esdk", 1, NOW, NOW))
    schedule_deletion(session, "contracts", days=7)
    facts = vault.prompt.facts[-1]
    assert "Its private half stays on its card: the vault forgets the key, the card does not." in facts
    assert not any(fact.startswith("Backups") for fact in facts)
    (away,) = keys.with_presence_of_tokens(session, keys.list_keys(session))
    assert away.state is KeyState.PENDING_DELETION
    clock.advance(7 * DAY)
    session.proven()
    destroy_key(session, on_card.id, typed="contracts")
    assert keys.list_keys(session) == ()
    assert list_entries(session, 1)[0].details["protection"] == "token"
    assert [entry.note for entry in list_files(session)] == [f"{ON_CARD}: the key “contracts” was destroyed"]


def test_a_key_that_waits_for_its_material_waits_again_when_its_deletion_is_cancelled(session: Session) -> None:
    made = keys.create_key(session, "later", spec=AES)
    empty = replace(made, id="0b7c1e9e-54f7-4e3c-9d43-0c3f1f0f7a10", aliases=("empty",), origin=Origin.EXTERNAL)
    with session.records.change() as change:
        change.keys.insert(
            replace(empty, state=KeyState.PENDING_IMPORT), KeyVersion(empty.id, 1, made.created, None, None)
        )
        change.append(Draft("Test", Outcome.DONE, key=empty.id))
    schedule_deletion(session, "empty")
    assert cancel_deletion(session, "empty").state is KeyState.PENDING_IMPORT


def test_what_cannot_be_is_refused(session: Session, key: Key, clock: SettableClock) -> None:
    for days in (0, 6, 31):
        with pytest.raises(UsageError):
            schedule_deletion(session, "papers", days=days)
    clock.advance(301.0)
    with pytest.raises(ProofOfPresenceMissing):
        schedule_deletion(session, "papers")
    session.proven()
    set_state(session, key, KeyState.PENDING_DELETION)  # and no row says from when on
    with pytest.raises(RecordDisagrees):
        destroy_key(session, "papers", typed="papers")


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (AES, "No file is known to be encrypted with it. Small secrets and data keys"),
        (KeySpec.ECC_NIST_EDWARDS25519, "Keep its public key"),
        (KeySpec.HMAC_256, "The authentication codes that it made"),
    ],
)
def test_what_is_lost_with_a_key_is_said_by_what_it_is_for(session: Session, spec: KeySpec, said: str) -> None:
    told = stake_said(stake_of(session, keys.create_key(session, "papers", spec=spec)))
    assert said in " ".join(told)
    assert "It was never used." in told
