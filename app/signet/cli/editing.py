"""`signet edit`: an encrypted file opened in its program, encrypted again afterwards."""

from __future__ import annotations

import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from signet.cli.call import Call
from signet.cli.options import PLACE, UNLOCKING, SignetCommand, pass_call
from signet.cli.running import running
from signet.errors import ProgramNotStarted, UsageError

if TYPE_CHECKING:
    from signet.services.editing import Edit
    from signet.services.session import Session

OPENER = "xdg-open"
SOON = 2.0
"""Seconds: a program that ends sooner may have handed the file to another window of its own."""


@click.command("edit", cls=SignetCommand, secrets=UNLOCKING)
@click.argument("path", type=PLACE)
@click.option("--program", metavar="COMMAND", help="Open it with this command; the file's name is added to it.")
@click.option("--keep-changes", is_flag=True, help="Encrypt what was changed before Signet was ended.")
@click.option("--discard", is_flag=True, help="Throw away what was changed before Signet was ended.")
@pass_call
def edit(call: Call, path: str, program: str | None, keep_changes: bool, discard: bool) -> None:
    """Open an encrypted file to edit it; encrypt it again.

    The file is decrypted into a private folder, in memory if there is a place for it, and opened: by --program, which
    is waited for, or by the desktop, and then you say when you are done. If it was changed, it is encrypted anew for
    the same keys, read back, and put in the place of the old one. Then the folder is wiped.

    Example: signet edit diary.odt.esdk

    Example: signet edit notes.txt.esdk --program nano
    """
    if keep_changes + discard + (program is not None) > 1:
        raise UsageError(reason="Give --program, --keep-changes or --discard, not two of them.")
    if program is None and not (keep_changes or discard) and not call.prompt.is_terminal:
        raise UsageError(reason="Without a terminal nobody can say when the editing is done; give --program.")
    words = _words(program)
    with call.unlocked(one_job=True) as session:
        if keep_changes or discard:
            _settle(call, session, path, discard=discard)
        else:
            _edit(call, session, path, words)


def _edit(call: Call, session: Session, path: str, words: list[str]) -> None:
    from signet.services.editing import ON_DISK, WARNING, open_edit

    with running(call.output, "Decrypting") as work:
        opened = open_edit(session, path, progress=work.progress, cancelled=work.cancelled)
    with _never_half_done(call, opened):
        call.output.note(WARNING if opened.in_memory else f"{WARNING} {ON_DISK}")
        began = time.monotonic()
        status = _run([*(words or [OPENER]), opened.plain])
        if status and not words:
            raise ProgramNotStarted(program=OPENER)
        if status:
            call.output.note(f"“{words[0]}” ended with status {status}.")
        if not words or (time.monotonic() - began < SOON and not opened.saved):
            call.prompt.line("Save the file in its program, close it there, and press Enter here. ")
        _finish(call, session, opened)


def _settle(call: Call, session: Session, path: str, *, discard: bool) -> None:
    from signet.services.editing import take_up

    opened = take_up(session.workplace, path)
    with _never_half_done(call, opened):
        if discard:
            call.prompt.confirm("Throw away what was changed? The encrypted file stays as it is.")
            opened.discard()
            _tell(call, path, changed=False)
        else:
            _finish(call, session, opened)


def _finish(call: Call, session: Session, opened: Edit) -> None:
    with running(call.output, "Encrypting") as work:
        done = opened.finish(session, progress=work.progress, cancelled=work.cancelled)
    _tell(call, done.path, changed=done.changed)


def _tell(call: Call, path: str, *, changed: bool) -> None:
    call.output.result({"path": path, "changed": changed})
    call.output.say(f"{path} is encrypted with your changes." if changed else f"{path} was not changed.")


@contextmanager
def _never_half_done(call: Call, opened: Edit) -> Iterator[None]:
    """However it ends early: what was not changed is wiped, what was changed waits and is named."""
    try:
        yield
    except BaseException:
        if opened.saved or opened.others():
            opened.leave()
            call.output.note(f"Your changes are not encrypted yet. They wait in {opened.plain}")
            call.output.note(f"To encrypt them: signet edit {shlex.quote(opened.path)} --keep-changes")
        else:
            opened.discard()
        raise


def _words(program: str | None) -> list[str]:
    try:
        words = shlex.split(program or "")
    except ValueError as error:
        raise UsageError(reason="--program cannot be read as a command: a quotation mark is missing.") from error
    if program is not None and not words:
        raise UsageError(reason="--program names no command.")
    return words


def _run(words: list[str]) -> int:
    """Run a program to its end on this terminal and return its status; raise ProgramNotStarted.

    Ctrl-C meanwhile is the program's: editors take it for themselves.
    """
    waits = threading.current_thread() is threading.main_thread()
    # A handler that does nothing, not SIG_IGN: that one the program would inherit.
    before = signal.signal(signal.SIGINT, lambda *_: None) if waits else None
    try:
        return subprocess.run(words, check=False).returncode
    except OSError as error:
        raise ProgramNotStarted(program=words[0]) from error
    finally:
        if waits:
            signal.signal(signal.SIGINT, before)
