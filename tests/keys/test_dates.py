"""Days and moments as people give them, in whatever time zone they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from signet.clock import timestamp
from signet.keys.dates import read_moment, written
from signet.keys.policy import Policy
from signet.keys.policy_words import sentences

Zone = Callable[[str], None]


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Zone]:
    """Moves this process to a time zone, written as POSIX has it, which needs no file of zones."""

    def move(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"
KIRITIMATI = "LINT-14"
LOS_ANGELES = "PST8PDT,M3.2.0,M11.1.0"


@pytest.mark.parametrize(
    ("place", "text", "first", "last"),
    [
        ("UTC0", "2028-02-29", "2028-02-29T00:00:00Z", "2028-02-29T23:59:59Z"),
        (BERLIN, "2027-01-01", "2026-12-31T23:00:00Z", "2027-01-01T22:59:59Z"),
        # Days of 23 and of 25 hours.
        (BERLIN, "2027-03-28", "2027-03-27T23:00:00Z", "2027-03-28T21:59:59Z"),
        (BERLIN, "2027-10-31", "2027-10-30T22:00:00Z", "2027-10-31T22:59:59Z"),
        (KIRITIMATI, "2027-01-01", "2026-12-31T10:00:00Z", "2027-01-01T09:59:59Z"),
        (LOS_ANGELES, "2027-12-31", "2027-12-31T08:00:00Z", "2028-01-01T07:59:59Z"),
        # A moment with its zone is the same everywhere, first or last.
        (LOS_ANGELES, "2027-03-01T12:00:00+01:00", "2027-03-01T11:00:00Z", "2027-03-01T11:00:00Z"),
        (BERLIN, "2027-03-01t12:00:00z", "2027-03-01T12:00:00Z", "2027-03-01T12:00:00Z"),
        (BERLIN, "2027-03-01 12:00:00.999999-00:30", "2027-03-01T12:30:00Z", "2027-03-01T12:30:00Z"),
    ],
)
def test_a_day_is_a_day_where_the_person_is(zone: Zone, place: str, text: str, first: str, last: str) -> None:
    zone(place)
    assert (timestamp(read_moment(text, last=False)), timestamp(read_moment(f" {text} ", last=True))) == (first, last)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2027-02-29", "no 2027-02-29 in the calendar"),
        ("2100-02-29", "in the calendar"),
        ("2027-13-01", "in the calendar"),
        ("2027-03-01T24:00:01Z", "in the calendar"),
        ("2027-03-01T12:00:00", "with its time zone"),
        ("2027-03-01T12:00Z", "with its time zone"),
        ("1.3.2027", "write a day as"),
        ("tomorrow", "write a day as"),
        ("", "write a day as"),
        ("٢٠٢٧-٠٣-٠١", "write a day as"),
        ("9999-12-31", "the year lies between"),
        ("0000-01-01", "the year lies between"),
        ("1970-12-31T23:59:59Z", "the year lies between"),
    ],
)
def test_what_is_no_date_is_said(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_moment(text, last=True)


def test_limits_are_said_in_local_time(zone: Zone) -> None:
    zone(BERLIN)
    policy = Policy(not_before=read_moment("2027-03-28", last=False), not_after=read_moment("2027-10-31", last=True))
    assert sentences(policy) == ("Only from 28 Mar 2027 until the end of 31 Oct 2027.",)
    zone("UTC0")
    assert sentences(policy) == ("Only from 27 Mar 2027, 23:00 until 31 Oct 2027, 22:59:59.",)
    assert written(read_moment("2027-03-01T12:00:05Z", last=True)) == "1 Mar 2027, 12:00:05"
