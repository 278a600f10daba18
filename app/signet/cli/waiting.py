"""A card that takes long, at a terminal: a line on standard error that counts down, and goes again."""

from __future__ import annotations

import math

from signet.cli.output import Output, printable
from signet.tokens.waiting import Wait, WaitFor

_LONGEST_NAME = 24  # characters of a card's name, so that the line stays one line
_ANEW = "\r\x1b[2K"
"""ECMA-48: to the beginning of the line, and erase it (EL)."""
_WORDS = {
    WaitFor.TOUCH: "Touch “{card}” if it blinks: {left} s left, Ctrl-C cancels.",
    WaitFor.PIN_PAD: "Type on the reader of “{card}”: {left} s left, Ctrl-C cancels.",
}


class WaitLine:
    """Shows the line where somebody looks; `tell` is the command line's part of `Prompt.waiting`."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._shown = ""

    def tell(self, wait: Wait | None) -> bool:
        """Show how long the card still waits, or take the line away; return whether the work is to stop."""
        text = "" if wait is None else words(wait)
        if text != self._shown and self._output.notes_are_seen:
            self._show(text)
        self._shown = text
        return wait is not None and self._output.stopping()

    def _show(self, text: str) -> None:
        beside = self._output.beside
        if beside is not None and beside(text):
            return
        if self._output.shows_progress:
            self._output.err.write(_ANEW + text)
        elif text and not self._shown:  # said once where it cannot be taken back
            self._output.err.write(text + "\n")
        self._output.err.flush()


def words(wait: Wait) -> str:
    """What is said of a wait; whole seconds, rounded up."""
    name = wait.token if len(wait.token) <= _LONGEST_NAME else f"{wait.token[: _LONGEST_NAME - 1]}…"
    return _WORDS[wait.wait_for].format(card=printable(name), left=math.ceil(wait.seconds_left))
