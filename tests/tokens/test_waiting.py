"""When somebody is told that a token waits for a person, by a clock that the test turns."""

from __future__ import annotations

from collections.abc import Iterator

from signet.tokens.waiting import Wait, WaitFor, nobody_waits, watched


def told(times: Iterator[float], wait_for: WaitFor, polls: int) -> list[Wait | None]:
    said: list[Wait | None] = []

    def waiting(wait: Wait | None) -> bool:
        said.append(wait)
        return wait is not None and wait.seconds_left < 18.0

    with watched(waiting, "card", wait_for, 20.0, clock=lambda: next(times)) as cancelled:
        assert [cancelled() for _ in range(polls)] == [False] * (polls - 1) + [polls > 3]
    return said


def test_a_quick_card_is_nothing_to_talk_about() -> None:
    assert told(iter((5.0, 5.1, 5.6)), WaitFor.TOUCH, 2) == []


def test_a_slow_one_is_told_until_it_is_over_and_can_be_given_up() -> None:
    seen = told(iter((5.0, 5.1, 5.8, 6.0, 7.5)), WaitFor.TOUCH, 4)
    assert [None if wait is None else round(wait.seconds_left, 1) for wait in seen] == [19.2, 19.0, 17.5, None]
    assert isinstance(seen[0], Wait)
    assert (seen[0].token, seen[0].wait_for) == ("card", WaitFor.TOUCH)


def test_a_reader_with_keys_is_told_of_at_once() -> None:
    seen = told(iter((5.0, 5.0, 30.0)), WaitFor.PIN_PAD, 1)
    assert seen == [Wait("card", WaitFor.PIN_PAD, 20.0), None]
    assert not nobody_waits(seen[0])
