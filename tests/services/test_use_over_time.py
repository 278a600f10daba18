"""Use over time: counted as entries are appended, by day, and put right when somebody changed the counts."""

from __future__ import annotations

from datetime import date

from signet.audit.entry import Draft, Outcome
from signet.services import audit
from signet.services.session import Session
from signet.services.use_over_time import UseOverTime, uses_over_time
from signet.store.tables.use_days import Counts
from support.clock import SettableClock

DAY = 24 * 3600.0
KEY, OTHER = "key-1", "key-2"


def note(session: Session, operation: str, outcome: Outcome = Outcome.DONE, key: str | None = KEY) -> None:
    with session.records.change() as change:
        change.append(Draft(operation, outcome, key=key))


def test_uses_are_counted_by_key_and_day_and_only_what_was_done(session: Session, clock: SettableClock) -> None:
    assert uses_over_time(session, KEY).days == (0,) * 91
    note(session, "Encrypt")
    clock.advance(DAY)
    for operation, outcome, key in (
        ("Decrypt", Outcome.DONE, KEY),
        ("Sign", Outcome.DONE, OTHER),
        ("Encrypt", Outcome.ALLOWED, KEY),
        ("Encrypt", Outcome.REFUSED, KEY),
        ("DisableKey", Outcome.DONE, KEY),
        ("Encrypt", Outcome.DONE, None),
    ):
        note(session, operation, outcome, key)
    assert uses_over_time(session, KEY).days[-3:] == (0, 1, 1)
    assert uses_over_time(session).days[-3:] == (0, 1, 2)
    assert uses_over_time(session).today == date(2026, 11, 23)


def test_counts_that_somebody_changed_are_put_right_by_verifying_and_are_no_problem(session: Session) -> None:
    note(session, "Encrypt")
    note(session, "Sign", key=OTHER)
    before = uses_over_time(session, KEY), uses_over_time(session, OTHER), uses_over_time(session)
    for change in (
        "UPDATE use_days SET uses = 40",
        "DELETE FROM use_days",
        "INSERT INTO use_days VALUES ('x', 'y', 1)",
    ):
        with session.database.transaction() as cursor:
            cursor.execute(change)
        assert audit.verify_log(session) == ()
        with session.records.read() as reading:
            uses = Counts()
            assert reading.audit.verify(uses=uses) == []
            assert reading.use_days.agree(uses)
        assert (uses_over_time(session, KEY), uses_over_time(session, OTHER), uses_over_time(session)) == before


def test_weeks_end_today_and_the_busiest_day_is_one_of_the_last_thirty() -> None:
    uses = UseOverTime(date(2026, 11, 22), (9, *(0,) * 60, *(1,) * 7, *(0,) * 21, 4, 4))
    assert uses.weeks[-1] == (date(2026, 11, 16), 8)
    assert uses.weeks[0] == (date(2026, 8, 24), 9)
    assert len(uses.weeks) == 13
    assert (uses.recent, uses.busiest) == (15, (date(2026, 11, 22), 4))
    assert UseOverTime(date(2026, 11, 22), (1, *(0,) * 90)).busiest is None
