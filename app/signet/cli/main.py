"""`signet`: finds the command, runs it, and turns whatever ends it into words and an exit status.

Exit status (DESIGN.md, section 9): 0 done; 1 failed or refused; 2 wrong usage; 3 not unlocked; 4 did not verify; 130
cancelled; 141 whoever read the output has gone; 143 ended by SIGTERM.
"""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

import click

from signet.cli.call import Call
from signet.cli.options import SignetGroup
from signet.cli.output import Output
from signet.cli.running import Terminated, terminate
from signet.errors import Cancelled, OutputLost, SignetError

if TYPE_CHECKING:
    from signet.services.places import Places

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DEBUG_VARIABLE = "SIGNET_DEBUG"
USAGE = 2
BUG = 1
UNREAD = 141
"""128 + SIGPIPE: what a program is seen to return when `head` has read enough. That is no failure to be told of."""
TERMINATED = 143
"""128 + SIGTERM: what a program that SIGTERM ends is seen to return."""

root = SignetGroup(
    "signet",
    help="A key management service for one person, rooted in a card.\n\nStart with: signet vault create",
    lazy={
        "demo": "signet.cli.demo:demo",
        "vault": "signet.cli.vault:vault",
        "unlock-method": "signet.cli.unlock_method:unlock_method",
        "token": "signet.cli.token:token",
        "key": "signet.cli.key:key",
        "encrypt": "signet.cli.files:encrypt",
        "decrypt": "signet.cli.files:decrypt",
        "re-encrypt": "signet.cli.files:re_encrypt",
        "inspect": "signet.cli.catalogue:inspect",
        "files": "signet.cli.catalogue:files",
        "edit": "signet.cli.editing:edit",
        "secret": "signet.cli.secret:secret",
        "data-key": "signet.cli.data_key:data_key",
        "mac": "signet.cli.mac:mac",
        "shared-secret": "signet.cli.shared_secret:shared_secret",
        "random": "signet.cli.mac:random",
        "sign": "signet.cli.sign:sign",
        "verify": "signet.cli.verify:verify",
        "extend": "signet.cli.extend:extend",
        "documents": "signet.cli.extend:documents",
        "certificate": "signet.cli.certificate:certificate",
        "person": "signet.cli.person:person",
        "trust": "signet.cli.trust:trust",
        "audit": "signet.cli.audit:audit",
        "desktop": "signet.cli.desktop:desktop",
    },
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command of this process and return its exit status."""
    from signet.child import protect_process

    protect_process()
    _hold_standard_descriptors()
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, terminate)
    for stream in (sys.stdout, sys.stderr):
        # A name that this terminal's encoding cannot show is no reason to fail half-way.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    # Everything is loaded; from here on there may be something to clean up. Who started this may have it ignored.
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return run(sys.argv[1:] if argv is None else argv)


def run(
    argv: Sequence[str], *, places: Places | None = None, out: TextIO | None = None, err: TextIO | None = None
) -> int:
    """Run one command and return its exit status; nothing but a broken interpreter makes it raise.

    ``places``, ``out`` and ``err`` take the place of the platform's folders and the standard streams.
    """
    # How to speak has to be known before the options are read: one of them may be wrong.
    # Either stream can be closed from the start: a result must not get lost unseen, what else is said may.
    output = Output(
        out=out or sys.stdout or _Closed(), err=err or sys.stderr or io.StringIO(), json=_wants_json(argv)
    )
    call = Call(output=output, places=places)
    try:
        try:
            return _run(call, argv)
        finally:
            call.close()
    except Terminated:
        return TERMINATED
    except KeyboardInterrupt:
        return _told(call, Cancelled())
    except OutputLost as error:
        return _lost(call, error)


class _Closed(io.StringIO):
    """Standard output where there is none."""

    def write(self, _text: str) -> int:
        """Raise OSError."""
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


def _run(call: Call, argv: Sequence[str]) -> int:
    try:
        with root.make_context("signet", list(argv), obj=call) as context:
            status = root.invoke(context)
        return status if isinstance(status, int) else 0
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        return _usage(call, error)
    except OutputLost:
        raise
    except SignetError as error:
        return _told(call, error)
    except (EOFError, click.Abort):
        return _told(call, Cancelled())
    except Exception as error:  # noqa: BLE001 - the one handler at the top: a bug is told, never shown with its values
        return _bug(call, error)


def _told(call: Call, error: SignetError) -> int:
    with _hearing():
        call.output.error(error)
    return error.exit_status


def _usage(call: Call, error: click.ClickException) -> int:
    context = error.ctx if isinstance(error, click.UsageError) else None
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        message, usage = "A command is missing.", "" if call.json else error.format_message()
    else:
        message, usage = error.format_message(), context.get_usage() if context else ""
    path = context.command_path if context else "signet"
    with _hearing():
        call.output.usage_error(message, usage=usage, hint=f"See `{path} --help`.")
    return USAGE


def _wants_json(argv: Sequence[str]) -> bool:
    words = list(argv)
    return "--json" in (words[: words.index("--")] if "--" in words else words)


def _bug(call: Call, error: Exception) -> int:
    if os.environ.get(DEBUG_VARIABLE) == "1":
        traceback.print_exception(error, file=call.output.err)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename.startswith(PACKAGE)]
    frame = (own or frames)[-1]
    place = f"{os.path.basename(frame.filename)}, line {frame.lineno}, in {frame.name}"
    with _hearing():
        call.output.bug(type(error).__name__, place)
    return BUG


def _lost(call: Call, error: OutputLost) -> int:
    """Say that the result could not be shown, unless whoever read it has gone on purpose."""
    _let_go()
    if isinstance(error.__cause__, BrokenPipeError):
        return UNREAD
    return _told(call, error)


@contextmanager
def _hearing() -> Iterator[None]:
    """Say what went wrong; if nobody can be told, the exit status has to do."""
    try:
        yield
    except OutputLost:
        _let_go()


def _let_go() -> None:
    """Have streams that take nothing any more lead nowhere: the interpreter flushes once more at its end."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not _takes(stream):
            with suppress(OSError, ValueError):  # no such descriptor: a stream of a test
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _takes(stream: TextIO) -> bool:
    try:
        stream.flush()
    except (OSError, ValueError):
        return False
    return True


def _hold_standard_descriptors() -> None:
    """Put something in the place of standard streams that are closed: the next file opened would become one."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
