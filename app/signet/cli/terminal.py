"""The person's terminal: where questions go and answers come from, whatever is redirected.

A command whose errors go to a file still has to ask for the PIN where the person looks; so the controlling terminal
itself is spoken to, as ssh and gpg do. Somebody is there if a standard stream is a terminal.
"""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import IO

from signet.cli.output import Output, printable

_CONTROLLING = "/dev/tty"
_PLAIN_WIDTH = 80
"""Columns below which the lines that show a recovery code would wrap."""
_USUAL_WIDTH = 80


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
        self._write(printable(question))
        with self._line_ended():
            return self._typed()

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
        with self._line_ended():
            return getpass.getpass(printable(question), stream=stream)

    def passing_line(self, question: str) -> str:
        """Ask and return the line that is typed, which leaves the screen again; raise EOFError if there is none."""
        typed = self.line(question)
        self.take_back(1 + (len(printable(question)) + len(typed)) // self._width())
        return typed

    def take_back(self, lines: int) -> None:
        """Erase the last lines (ECMA-48: CUU, ED); all of the screen where they may have wrapped."""
        self._write("\x1b[3J\x1b[2J\x1b[H" if self._width() < _PLAIN_WIDTH else f"\x1b[{lines}A\r\x1b[J")

    def _width(self) -> int:
        with suppress(OSError):
            size = os.get_terminal_size(self._descriptor if self._descriptor >= 0 else sys.stdin.fileno())
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
    def _line_ended(self) -> Iterator[None]:
        """Who gives up leaves the question's line open; what is said next begins a new one."""
        try:
            yield
        except (KeyboardInterrupt, EOFError):
            self._write("\n")
            raise

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
