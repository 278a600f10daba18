"""The person's terminal: where questions go and answers come from, whatever is redirected.

A command whose errors go to a file still has to ask for the PIN where the person looks; so the controlling terminal
itself is spoken to, as ssh and gpg do. Somebody is there if a standard stream is a terminal.
"""

from __future__ import annotations

import getpass
import os
import select
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import IO

from signet.cli.output import Output, printable

_CONTROLLING = "/dev/tty"
_PLAIN_WIDTH = 80
"""Columns below which the lines that show a recovery code would wrap."""
_USUAL_WIDTH = 80
_CLEAR = "\x1b[2J\x1b[H"
_ALTERNATE, _USUAL = f"\x1b[?1049h{_CLEAR}", f"{_CLEAR}\x1b[?1049l"
"""xterm's control sequences (DECSET and DECRST 1049): to the alternate screen, which is cleared; and back."""
_PASTE_PAUSE = 0.1
"""Seconds without a key after which nothing that was pasted is still on its way."""
_PASTE_LONGEST = 3.0
"""Seconds after which it is no longer waited for that a pause comes: a key may be held down."""


class Terminal:
    """Asks and shows; `present` says whether there is anybody to."""

    def __init__(self, output: Output) -> None:
        self._output = output

    @property
    def present(self) -> bool:
        """Whether somebody can be asked: a standard stream is a terminal, and it can be spoken to both ways."""
        streams = (sys.stdin, self._output.out, self._output.err)
        if not any(_is_terminal(stream) for stream in streams):
            return False
        return self._descriptor >= 0 or (_is_terminal(sys.stdin) and _is_terminal(self._output.err))

    def show(self, text: str) -> None:
        """Show one line."""
        self._write(printable(text) + "\n")

    def line(self, question: str) -> str:
        """Ask and return the line that is typed; raise EOFError if there is none."""
        with self._asking():
            self._write(printable(question))
            return self._typed()

    def words(self, question: str, number: int) -> str:
        """Ask and return, as one line, what is typed until it has so many words, or a line is empty; raise EOFError.

        Paper breaks its lines where it likes, and so does whoever copies from it.
        """
        with self._asking():
            self._write(printable(question))
            typed = self._typed()
            while typed.strip() and (given := len(typed.split())) < number:
                self._write(f"({given} of {number} words; Enter alone ends it) ")
                more = self._typed()
                if not more.strip():
                    break
                typed += more
            return " ".join(typed.split())

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Within it be on the alternate screen, which goes with all that was shown and typed, however it ends.

        What of a paste comes too late is neither seen nor read: no other question gets it, nor the shell.
        """
        try:
            self._write(_ALTERNATE)
            yield
        finally:
            self._leave_aside()

    def clear(self) -> None:
        """Take everything off the alternate screen."""
        self._swallow()
        self._write(_CLEAR)

    def _leave_aside(self) -> None:
        try:
            self._swallow()
        finally:
            self._write(_USUAL)

    def _swallow(self) -> None:
        """Read what still comes in, without showing it, until nothing does."""
        with suppress(termios.error, OSError, ValueError):
            keyboard = self._keyboard
            before = termios.tcgetattr(keyboard)
            letters = [*before[:6], [*before[6]]]
            letters[3] &= ~(termios.ECHO | termios.ICANON)
            letters[6][termios.VMIN], letters[6][termios.VTIME] = 1, 0
            end = time.monotonic() + _PASTE_LONGEST
            try:
                termios.tcsetattr(keyboard, termios.TCSAFLUSH, letters)
                while time.monotonic() < end and select.select([keyboard], [], [], _PASTE_PAUSE)[0]:
                    if not os.read(keyboard, 4096):
                        break
            finally:
                termios.tcsetattr(keyboard, termios.TCSAFLUSH, before)

    @property
    def _keyboard(self) -> int:
        return self._descriptor if self._descriptor >= 0 else sys.stdin.fileno()

    def _typed(self) -> str:
        if self._descriptor < 0:
            typed = sys.stdin.readline()
        else:
            with open(self._descriptor, "rb", buffering=0, closefd=False) as keyboard:
                typed = keyboard.readline().decode("utf-8", "replace")
        if not typed:
            raise EOFError
        return typed

    def hidden(self, question: str) -> str:
        """Ask and return what is typed, without showing it; raise EOFError."""
        # Without a stream, getpass asks at the controlling terminal too.
        stream = None if self._descriptor >= 0 else self._output.err
        with self._asking():
            return getpass.getpass(printable(question), stream=stream)

    def take_back(self, lines: int) -> None:
        """Erase the last lines (ECMA-48: CUU, ED); all of the screen where they may have wrapped."""
        self._write(f"\x1b[3J{_CLEAR}" if self._width() < _PLAIN_WIDTH else f"\x1b[{lines}A\r\x1b[J")

    def _width(self) -> int:
        with suppress(OSError):
            size = os.get_terminal_size(self._keyboard)
            return size.columns or _USUAL_WIDTH
        return _USUAL_WIDTH

    def close(self) -> None:
        """Let go of the controlling terminal; it is opened again when it is next needed."""
        descriptor = self.__dict__.pop("_descriptor", -1)
        if descriptor >= 0:
            os.close(descriptor)

    @cached_property
    def _descriptor(self) -> int:
        """The controlling terminal, or -1 where the process has none."""
        try:
            return os.open(_CONTROLLING, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError:
            return -1

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Ask one question: what was typed before it answers nothing, what is left after it goes nowhere.

        Who gives up leaves the question's line open; what is said next begins a new one.
        """
        self._drop_typed()
        try:
            yield
        except (KeyboardInterrupt, EOFError):
            self._write("\n")
            raise
        finally:
            self._drop_typed()

    def _drop_typed(self) -> None:
        with suppress(termios.error, OSError, ValueError):
            termios.tcflush(self._keyboard, termios.TCIFLUSH)

    def _write(self, text: str) -> None:
        if self._descriptor < 0:
            self._output.err.write(text)
            self._output.err.flush()
            return
        data = memoryview(text.encode("utf-8", "backslashreplace"))
        while data:
            data = data[os.write(self._descriptor, data) :]


def _is_terminal(stream: IO[str] | None) -> bool:
    try:
        return bool(stream and stream.isatty())
    except ValueError:  # it was closed
        return False
