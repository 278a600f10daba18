"""The clock seam, and the one way in which moments are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signet.clock import Clock, SystemClock, parse_timestamp, timestamp
from support.clock import SettableClock

MOMENT = datetime(2026, 11, 22, 2, 36, 0, tzinfo=UTC)


def test_timestamp_is_rfc_3339_with_z() -> None:
    assert timestamp(MOMENT) == "2026-11-22T02:36:00Z"


def test_timestamp_drops_the_part_of_a_second() -> None:
    assert timestamp(MOMENT.replace(microsecond=999_999)) == "2026-11-22T02:36:00Z"


def test_timestamp_turns_other_zones_into_utc() -> None:
    new_delhi = timezone(timedelta(hours=5, minutes=30))
    assert timestamp(MOMENT.astimezone(new_delhi)) == "2026-11-22T02:36:00Z"


@given(st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)))
def test_what_was_written_reads_back_to_the_second(moment: datetime) -> None:
    assert parse_timestamp(timestamp(moment)) == moment.replace(microsecond=0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-22",
        "2026-11-22T02:36:00",
        "2026-11-22T02:36:00z",
        "2026-11-22 02:36:00Z",
        "2026-11-22T02:36:00.5Z",
        "2026-11-22T02:36:00+00:00",
        "2026-13-22T02:36:00Z",
        "2026-02-30T02:36:00Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T02:36:00Z ",
        " 2026-11-22T02:36:00Z",
        "2026-11-22T02:36:00Z\n",
        "2026-1-2T2:6:0Z",
        "٢٠٢٦-11-22T02:36:00Z",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a moment|does not match|out of range|unconverted"):
        parse_timestamp(text)


def test_system_clock_tells_utc_and_moves_on() -> None:
    clock = SystemClock()
    before = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.monotonic() <= clock.monotonic()


def test_the_tests_own_clock_keeps_the_seam(clock: SettableClock) -> None:
    seam: Clock = clock
    wall, monotonic = seam.now(), seam.monotonic()
    assert seam.now() == wall
    clock.advance(90)
    assert seam.now() - wall == timedelta(seconds=90)
    assert seam.monotonic() - monotonic == 90
    clock.set_wall(wall)
    assert seam.now() == wall
    assert seam.monotonic() - monotonic == 90
