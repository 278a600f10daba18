"""What the command line says, in one place: results on standard output, everything else on standard error.

With ``--json`` a command prints one object on standard output, or one error object on standard error, and nothing
else. Without it people read sentences, lists and tables; text that came from outside (names of files, labels of
tokens) never reaches the terminal with control characters in it.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TextIO

import click

from signet.cli.hints import hint_of
from signet.errors import OutputLost, SignetError, UsageError

SHORT_ID = 8
"""Characters of an id that name the thing (DESIGN.md, section 9)."""
_DUMB = ("dumb", "unknown")
"""Values of TERM for terminals that take nothing back that they have shown (terminfo; as rich reads it)."""
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Fields = Mapping[str, Any]
"""One thing as JSON says it: strings, numbers, booleans, None, lists and mappings of these."""


def printable(text: object) -> str:
    """Return ``text`` with everything that could steer a terminal, or hide itself, written as an escape."""
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in str(text))


def _escaped(letter: str) -> str:
    number = ord(letter)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


@dataclass
class Output:
    """Where one command speaks; ``json`` and ``quiet`` are set while its options are read.

    ``command`` is the command that runs, once it is known: what a hint may name depends on its options. While long
    work runs, ``stopping`` says whether the person wants it to stop, and ``beside`` shows a text in its progress bar,
    if there is one on the screen.
    """

    out: TextIO
    err: TextIO
    json: bool = False
    quiet: bool = False
    command: click.Context | None = field(default=None, init=False)
    stopping: Callable[[], bool] = field(default=bool, init=False)
    beside: Callable[[str], bool] | None = field(default=None, init=False)
    _notes: list[str] = field(default_factory=list, init=False)

    @property
    def is_terminal(self) -> bool:
        """Whether a person reads standard output."""
        return self.out.isatty()

    @property
    def notes_are_seen(self) -> bool:
        """Whether notes come to a terminal: standard error is one and nobody asked for silence."""
        return self.err.isatty() and not self.quiet and not self.json

    @property
    def shows_progress(self) -> bool:
        """Whether progress can be drawn: where notes are seen, on a terminal that can draw a line anew."""
        return self.notes_are_seen and os.environ.get("TERM", "").lower() not in _DUMB

    def note(self, sentence: str) -> None:
        """Say something on the side: standard error for people, ``notes`` in the object for programs."""
        if self.json:
            self._notes.append(sentence)
        elif not self.quiet:
            self._write(self.err, printable(sentence))

    def say(self, sentence: str) -> None:
        """Tell people that something was done; programs have the object, and ``--quiet`` needs no telling."""
        if not self.json and not self.quiet:
            self._write(self.out, printable(sentence))

    def result(self, fields: Fields) -> None:
        """Print the one object of ``--json``; without it nothing."""
        if self.json:
            noted = {**fields, "notes": list(self._notes)} if self._notes else fields
            self._write(self.out, json.dumps(noted, indent=2))

    def text(self, text: str) -> None:
        """Print text that is itself the result (a public key), as it is; only without ``--json``."""
        if not self.json:
            self._write(self.out, text.rstrip("\n"))

    def raw(self, data: bytes | bytearray) -> None:
        """Print bytes that are themselves the result; only without ``--json``."""
        if not self.json:
            with self._writing(self.out):
                self.out.flush()
                getattr(self.out, "buffer").write(data)  # noqa: B009 - TextIO has it, its stub for tests need not
                self.out.flush()

    def help(self, text: str) -> None:
        """Print what a command does, whatever the other options say."""
        self._write(self.out, text.rstrip("\n"))

    def facts(self, fields: Fields, shown: Sequence[tuple[str, object]]) -> None:
        """Print one thing: the object, or its ``shown`` pairs of label and value below each other."""
        self.result(fields)
        width = max((len(label) for label, _ in shown), default=0)
        self.text("\n".join(f"{label.ljust(width)}  {printable(value)}".rstrip() for label, value in shown))

    def listing(self, items: Sequence[Fields], columns: Sequence[tuple[str, str]], *, empty: str) -> None:
        """Print things below each other: ``items``, or a table with ``columns`` of heading and field name."""
        self.result({"items": list(items)})
        if self.json:
            return
        if not items:
            self.note(empty)
            return
        rows = [[_cell(item.get(name)) for _, name in columns] for item in items]
        headings = [heading for heading, _ in columns]
        if self.is_terminal:
            self._rich_table(headings, rows)
        else:
            self._plain_table(headings, rows)

    def error(self, error: SignetError) -> None:
        """Say what went wrong and what to do next, on standard error."""
        if self.json:
            told = {"type": type(error).__name__, "message": error.message, "hint": hint_of(error, self.command)}
            # An attribute never takes the place of the three that every error has.
            details = {name: _plain(value) for name, value in error.details.items() if name not in told}
            # What was said on the way may be what the question was about: the differences of a backup, say.
            noted = {"notes": list(self._notes)} if self._notes else {}
            self._write(self.err, json.dumps({"error": {**told, **details}, **noted}, indent=2))
            return
        for part in (f"{error.title}.", error.message, hint_of(error, self.command)):
            self._write(self.err, "\n".join(printable(line) for line in part.split("\n")))

    def failure(self, source: str, error: SignetError) -> None:
        """Say which item of several failed; programs read it in ``items``."""
        if not self.json:
            self._write(self.err, printable(f"{source}: {error.message} {hint_of(error, self.command)}"))

    def usage_error(self, message: str, *, usage: str, hint: str) -> None:
        """Say that the call itself was wrong, as click found it."""
        if self.json:
            told = {"type": "UsageError", "message": message, "hint": hint}
            self._write(self.err, json.dumps({"error": told}, indent=2))
            return
        for part in (f"{UsageError.title}.", message, usage, hint):
            self._write(self.err, "\n".join(printable(line) for line in part.splitlines()))

    def bug(self, kind: str, place: str) -> None:
        """Say that Signet is at fault: the type of the exception and where, never its text or any value."""
        message = f"This is a bug in Signet: {kind} at {place}."
        hint = "Please report it with this line and what you did; SIGNET_DEBUG=1 shows more, which may hold secrets."
        if self.json:
            told = {"type": kind, "message": message, "hint": hint, "place": place}
            self._write(self.err, json.dumps({"error": told}, indent=2))
            return
        self._write(self.err, f"{printable(message)}\n{hint}")

    def _write(self, stream: TextIO, text: str) -> None:
        if text:
            with self._writing(stream):
                stream.write(text + "\n")
                stream.flush()

    @contextmanager
    def _writing(self, stream: TextIO) -> Iterator[None]:
        """Translate what a stream that is closed, full or read by nobody raises."""
        try:
            yield
        except (OSError, ValueError) as error:  # ValueError: it was closed within this process
            raise OutputLost(path="standard output" if stream is self.out else "standard error") from error

    def _plain_table(self, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        widths = [max(_width(line[place]) for line in [headings, *rows]) for place in range(len(headings))]
        for line in [headings, *rows]:
            cells = (cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True))
            self._write(self.out, "  ".join(cells).rstrip())

    def _rich_table(self, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        # rich takes 50 ms to load; only people at a terminal see what it does.
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading in headings:
            table.add_column(heading, overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        with self._writing(self.out):
            Console(file=self.out, highlight=False).print(table)


def _cell(value: object) -> str:
    """A value in a table; of an id the beginning, by which it can be named, so that lines stay whole."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return printable(", ".join(str(part) for part in value))
    text = str(value)
    return text[:SHORT_ID] if UUID.fullmatch(text) else printable(text)


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
