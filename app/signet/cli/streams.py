"""Data from standard input and to standard output, for commands that work on a few bytes and no file."""

from __future__ import annotations

import base64
import sys
from typing import TYPE_CHECKING

from signet.errors import Cancelled, UsageError
from signet.secret import Secret

if TYPE_CHECKING:
    from signet.cli.call import Call

FORMATS = ("raw", "hex", "base64")
"""How bytes are printed where the person chooses."""


def standard_input(call: Call, *, maximum: int, what: str) -> Secret:
    """Read all of standard input, ``maximum`` + 1 bytes at most; at a terminal raise UsageError."""
    call.secrets.leave_standard_input()
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError(reason=f"Give {what} on standard input: from a file with <, or from another program with |.")
    data = bytearray(sys.stdin.buffer.read(maximum + 1))
    read = Secret(data)
    data[:] = bytes(len(data))
    return read


def typed_or_piped(call: Call, *, maximum: int, what: str) -> Secret:
    """Read standard input; if it is a terminal, ask for one line that is not shown. Raises UsageError, Cancelled."""
    if sys.stdin is None or not sys.stdin.isatty() or not call.prompt.is_terminal:
        return standard_input(call, maximum=maximum, what=what)
    try:
        return Secret.from_text(call.prompt.terminal.hidden(f"{what[:1].upper()}{what[1:]} (one line, not shown): "))
    except (KeyboardInterrupt, EOFError) as error:
        raise Cancelled from error


def refuse_terminal(call: Call, *, instead: str = "or give --json") -> None:
    """Raise UsageError where bytes would go to a terminal, which cannot show them."""
    if not call.json and call.output.is_terminal:
        raise UsageError(
            reason=f"The result is bytes, which no terminal can show: send it to a file with >, {instead}."
        )


def show_bytes(call: Call, data: Secret, *, form: str = "raw") -> None:
    """Print bytes that are the result; only without ``--json``. `refuse_terminal` comes before the work."""
    if form == "raw":
        call.output.raw(data.reveal())
    else:
        call.output.text(data.reveal().hex() if form == "hex" else encoded(data))


def show_plaintext(call: Call, data: Secret) -> None:
    """Print what was decrypted: bytes as they are; at a terminal text, and nothing that would steer it.

    Raises UsageError for what is no text there.
    """
    if call.json or not call.output.is_terminal:
        call.output.raw(data.reveal())
        return
    try:
        text = data.text()
    except UnicodeDecodeError:
        text = "\0"
    if not all(letter.isprintable() or letter in "\n\t" for letter in text):
        raise UsageError(reason="What is in it is no text, and a terminal cannot show it: send it to a file with >.")
    call.output.text(text)


def encoded(data: Secret | bytes) -> str:
    """Return bytes as ``--json`` prints them: base64 (RFC 4648, section 4)."""
    return base64.b64encode(data.reveal() if isinstance(data, Secret) else data).decode("ascii")
