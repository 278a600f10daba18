"""The latest time that the log has, from any entry on, however often the clock was set back."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signet.audit.times import MOST, Stair, read_stairs, step_back, times_from, write_stairs


def stairs_of(times: list[str]) -> tuple[Stair, ...]:
    """What is kept after entries with these times, the first of which has the sequence 1."""
    stairs: tuple[Stair, ...] = ()
    for sequence, (before, now) in enumerate(pairwise(times), 1):
        if now < before:
            stairs = step_back(stairs, last=(before, sequence))
    return stairs


@given(st.lists(st.integers(0, 12).map("{:02d}".format), min_size=1, max_size=40))
def test_the_latest_time_from_any_entry_on_is_known(times: list[str]) -> None:
    stairs = read_stairs(write_stairs(stairs_of(times)))
    assert len(stairs) <= MOST
    for sequence in range(1, len(times) + 1):
        assert max([times[-1], *times_from(sequence, stairs)]) == max(times[sequence - 1 :])


def test_too_many_steps_are_kept_on_the_safe_side() -> None:
    times = [f"{99 - number:02d}" for number in range(40)]
    stairs = stairs_of(times)
    assert len(stairs) == MOST
    for sequence in range(1, len(times)):
        assert max(times_from(sequence, stairs)) >= max(times[sequence - 1 : -1])


@pytest.mark.parametrize("value", [b"{}", b"[1]", b"[ ]", b"nothing"])
def test_what_was_not_written_so_is_refused(value: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - a sealed row holds it, so nobody reads these words
        read_stairs(value)


def test_nothing_noted_is_no_stairs() -> None:
    assert read_stairs(None) == ()
