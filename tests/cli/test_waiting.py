"""A card that waits for a touch, as a terminal shows it; and Ctrl-C, which then ends the wait."""

from __future__ import annotations

import io
import os
import signal

import pytest

from signet.cli.output import Output
from signet.cli.prompt import TerminalPrompt
from signet.cli.running import running
from signet.cli.secrets import SecretFiles
from signet.services.prompt import SecretKind, SecretRequest
from signet.tokens.waiting import Wait, WaitFor


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def wait(left: float, *, named: str = "card") -> Wait:
    return Wait(named, WaitFor.TOUCH, left)


def asking(err: io.StringIO, *, quiet: bool = False) -> TerminalPrompt:
    return TerminalPrompt(SecretFiles(), Output(out=io.StringIO(), err=err, quiet=quiet))


def test_the_line_counts_whole_seconds_and_goes_again() -> None:
    err = Screen()
    prompt = asking(err)
    for left in (13.9, 13.2, 12.9):
        assert not prompt.waiting(wait(left, named="a\x1b[2Jcard with a name that is too long"))
    assert not prompt.waiting(None)
    shown = [part for part in err.getvalue().split("\r\x1b[2K") if part]
    assert shown == [
        f"Touch “a\\x1b[2Jcard with a name t…” if it blinks: {left} s left, Ctrl-C cancels." for left in (14, 13)
    ]
    assert err.getvalue().endswith("\r\x1b[2K")


def test_a_terminal_that_takes_nothing_back_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    err = Screen()
    prompt = asking(err)
    with running(prompt.output, "Signing"):
        for left in (13.9, 12.9, None):
            prompt.waiting(None if left is None else wait(left))
    assert err.getvalue() == "Touch “card” if it blinks: 14 s left, Ctrl-C cancels.\n"


@pytest.mark.parametrize(("err", "quiet"), [(io.StringIO(), False), (Screen(), True)])
def test_where_nobody_looks_nothing_is_shown(err: io.StringIO, quiet: bool) -> None:
    prompt = asking(err, quiet=quiet)
    prompt.waiting(wait(13.0))
    prompt.waiting(None)
    assert err.getvalue() == ""


def test_ctrl_c_during_long_work_ends_the_wait_too() -> None:
    prompt = asking(Screen())
    with running(prompt.output, "Signing"):
        assert not prompt.waiting(wait(13.0))
        os.kill(os.getpid(), signal.SIGINT)
        assert prompt.waiting(wait(12.0))
        prompt.waiting(None)
    assert not prompt.waiting(wait(11.0))


def test_a_progress_bar_on_the_screen_says_it_in_its_own_line() -> None:
    err = Screen()
    prompt = asking(err)
    said: list[str] = []
    with running(prompt.output, "Signing") as work:
        bar = prompt.output.beside
        assert bar is not None
        assert not bar("not on the screen yet")
        assert work.progress is not None
        work.progress(1, 2)
        assert bar("on the screen")
        prompt.output.beside = lambda text: not said.append(text)  # type: ignore[func-returns-value]
        before = err.getvalue()
        prompt.waiting(wait(13.0))
        prompt.waiting(None)
        assert said == ["Touch “card” if it blinks: 13 s left, Ctrl-C cancels.", ""]
        assert "Touch" not in err.getvalue().removeprefix(before)


def test_what_the_reader_asks_is_said_and_not_asked_here() -> None:
    err = io.StringIO()
    request = SecretRequest(SecretKind.PIN, "PIN of “card”", "This is the last try.", on_reader=True)
    assert len(asking(err).secret(request)) == 0
    assert err.getvalue() == "This is the last try.\nType the PIN of “card” on the reader's own keys.\n"
