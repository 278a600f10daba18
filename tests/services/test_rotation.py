"""Keys get new versions by themselves: once, when the vault is unlocked, whatever clocks and other Signets do."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from signet.errors import KeyStateRefused, ProofOfPresenceMissing, UsageError
from signet.keys.spec import KeySpec, Protection
from signet.keys.state import KeyState
from signet.services import keys, rotation
from signet.services.attention import Concern, needs_attention
from signet.services.audit import list_entries, verify_log
from signet.services.enrolment import NewRecoveryCode
from signet.services.key_history import Cause, versions_of
from signet.services.methods import add_method
from signet.services.session import Session
from signet.services.upkeep import hourly
from support.clock import SettableClock
from support.files import set_state
from support.vaults import VaultInTest

AES = KeySpec.SYMMETRIC_DEFAULT
DAY = 24 * 3600.0


def facts(session: Session, name: str) -> tuple[int, str]:
    """The current version of a key, and the date of the next one."""
    key = keys.find_key(session, name)
    planned = rotation.schedule_of(session, key)
    return key.version, planned.next[:10] if planned else "none"


def test_what_is_due_is_caught_up_with_at_unlocking_once(vault: VaultInTest, clock: SettableClock) -> None:
    start = clock.now()
    with vault.open(administer=True) as session:
        add_method(session, NewRecoveryCode(str(vault.path.parent / "second.code")))
        keys.create_key(session, "papers", spec=AES)
        keys.create_key(session, "secret", spec=AES, protection=Protection.GUARDED)
        keys.create_key(session, "seal", spec=KeySpec.HMAC_256)
        keys.create_key(session, "off", spec=AES)
        keys.disable_key(session, "off")
        assert facts(session, "papers") == (1, "2027-11-22")
        assert facts(session, "seal") == (1, "none")
        rotation.schedule_rotation(session, "papers", 30)
        assert facts(session, "papers") == (1, "2026-12-22")
    clock.set_wall(start + timedelta(days=366))  # twelve dates of “papers” have passed
    with vault.open() as session:
        assert "“papers”, “secret” have a new version, as planned." in vault.prompt.notes[-1]
        assert vault.prompt.asked[-1].kind.value == "recovery-code"  # for unlocking; no guard was asked for
        assert facts(session, "papers") == (2, "2027-12-23")
        assert facts(session, "secret") == (2, "2028-11-22")
        assert facts(session, "off") == (1, "2027-11-22")
        last = list_entries(session, 1, operation="RotateKey", key="papers")[0]
        assert last.details == {"version": 2, "reason": "automatic", "next": "2027-12-23T12:00:00Z"}
        assert last.changes[0].startswith("key_rotations/")
        # A clock that is set back rotates nothing and moves no date; nor does the hour that comes after.
        clock.set_wall(start)
        hourly(session)
        assert facts(session, "papers") == (2, "2027-12-23")
    with vault.open() as session:
        assert facts(session, "papers") == (2, "2027-12-23")
        clock.set_wall(start + timedelta(days=366))
        hourly(session)
        assert (facts(session, "papers")[0], facts(session, "secret")[0]) == (2, 2)
        keys.enable_key(session, "off")
        assert [each.key for each in needs_attention(session) if each.concern is Concern.ROTATION_DUE] == ["off"]
    with vault.open() as session:
        assert facts(session, "off") == (2, "2028-11-22")
        assert not [each for each in needs_attention(session) if each.concern is Concern.ROTATION_DUE]
        assert verify_log(session) == ()


def test_two_signets_at_once_rotate_once(vault: VaultInTest, clock: SettableClock) -> None:
    with vault.open() as session:
        keys.create_key(session, "papers", spec=AES)
        clock.set_wall(clock.now() + timedelta(days=365))
        key = keys.find_key(session, "papers")
        with vault.open() as other:  # catches up with it, after the first has seen that it is due
            assert rotation.waiting(session) == (None, 0)
            assert rotation.rotate_due(session) == ()
            assert keys.find_key(other, "papers").version == key.version + 1


def test_a_date_that_passed_meanwhile_is_looked_at_again_before_the_rotation(
    session: Session, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = keys.create_key(session, "papers", spec=AES)
    clock.set_wall(clock.now() + timedelta(days=365))
    with session.records.read() as reading:
        seen = reading.rotations.due("2027-11-22T12:00:00Z", limit=1)
    assert [each.key_id for each in seen] == [key.id]
    rotation.rotate_due(session)
    # What another process saw before this one rotated.
    monkeypatch.setattr("signet.store.tables.rotations.RotationsReading.due", lambda *_, **__: seen)
    assert rotation.rotate_due(session) == ()
    assert keys.find_key(session, "papers").version == 2


def test_a_schedule_is_changed_stopped_and_refused(session: Session, clock: SettableClock) -> None:
    keys.create_key(session, "papers", spec=AES)
    signing = keys.create_key(session, "contracts", spec=KeySpec.ECC_NIST_P256)
    clock.advance(40 * DAY)
    session.proven()
    # Days count from the newest version: what is past is due, and rotating by hand counts from then on.
    assert rotation.schedule_rotation(session, "papers", 30).next == "2026-12-22T12:00:00Z"
    assert rotation.waiting(session) == (keys.find_key(session, "papers"), 1)
    rotation.rotate_key(session, "papers")
    assert facts(session, "papers") == (2, "2027-01-31")
    rotation.stop_rotation(session, "papers")
    rotation.stop_rotation(session, "papers")
    assert facts(session, "papers") == (2, "none")
    assert [entry.operation for entry in list_entries(session, 2)] == ["DisableKeyRotation", "RotateKey"]
    for days in (0, 2561):
        with pytest.raises(UsageError, match="1 to 2560"):
            rotation.schedule_rotation(session, "papers", days)
    with pytest.raises(UsageError, match="public half"):
        rotation.schedule_rotation(session, signing.id, 30)
    set_state(session, keys.find_key(session, "papers"), KeyState.PENDING_DELETION)
    with pytest.raises(KeyStateRefused):
        rotation.schedule_rotation(session, "papers", 30)
    clock.advance(600)
    with pytest.raises(ProofOfPresenceMissing):
        rotation.schedule_rotation(session, "papers", 30)
    with pytest.raises(ProofOfPresenceMissing):
        rotation.stop_rotation(session, "papers")


def test_a_key_tells_where_its_versions_came_from(session: Session, clock: SettableClock) -> None:
    keys.create_key(session, "papers", spec=AES)
    rotation.rotate_key(session, "papers")
    rotation.rotate_key(session, "papers", reason=rotation.Reason.EXPOSED)
    clock.set_wall(datetime.fromisoformat("2029-01-01T00:00:00Z"))
    rotation.rotate_due(session)
    _, found = versions_of(session, "papers")
    assert [(each.number, each.cause, each.created[:4], each.current) for each in found] == [
        (4, Cause.AUTOMATIC, "2029", True),
        (3, Cause.EXPOSED, "2026", False),
        (2, Cause.ON_DEMAND, "2026", False),
        (1, Cause.CREATED, "2026", False),
    ]
