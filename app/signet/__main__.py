"""The process entry: `signet`, `python -m signet`, and the children that Signet starts of itself.

Imports happen inside the functions here, and only here: a child that hosts a card module or parses an untrusted
document must not carry the command line with it, and `signet --version` must not load a database.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

WINDOW_OPTIONS = ("--vault", "--module", "--act")
"""The options that the window takes too; with any other, a command is meant."""
CANCELLED = 130
"""128 + SIGINT."""


def main() -> int:
    """Run what the command line asks for and return the exit status (DESIGN.md, section 9).

    Without a command it opens the window, also for files and folders that are named. ``signet _child token`` is how
    Signet starts the process that hosts a PKCS#11 module, ``_child document`` that which parses documents; people
    call neither.
    """
    arguments = sys.argv[1:]
    if arguments[:2] == ["_child", "token"]:
        from signet.tokens.host import main as host

        return host()
    if arguments[:2] == ["_child", "document"]:
        from signet.documents.host import main as documents

        return documents()
    _leave_at_once_on_interrupt()
    if wants_window(arguments):
        if signal.getsignal(signal.SIGINT) is _leave:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        return main_gui()
    from signet.cli.main import main as command_line

    status = command_line(arguments)
    if status == CANCELLED:
        # An interrupt inside an import can leave a mark on the interpreter: it would end itself by the signal.
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        os._exit(status)
    return status


def _leave_at_once_on_interrupt() -> None:
    """Let Ctrl-C end the process quietly while it only loads modules; nothing is open yet.

    Whoever goes on from there takes the usual handler back.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)


def _leave(_number: int, _frame: FrameType | None) -> None:
    os.write(2, b"Cancelled.\n")
    os._exit(CANCELLED)


def main_gui() -> int:
    """Open the window, whatever the arguments are: a vault, files, folders."""
    from signet.gui.app import main as window

    return window(sys.argv[1:])


def wants_window(arguments: Sequence[str]) -> bool:
    """Whether these arguments name no command: none at all, the window's options, files and folders of which the
    first exists: what is missing of the others the window says by name.

    A command wins over a file of the same name in the current folder; ``./encrypt`` is always the file. ``--act``
    says what the window is to do with its files, so it always means the window.
    """
    words: list[str] = []
    rest = list(arguments)
    asked = False
    while rest:
        word = rest.pop(0)
        name, equals, _ = word.partition("=")
        if word == "--":
            words += rest
            break
        if name in WINDOW_OPTIONS:
            if not equals and not rest:
                return False
            rest = rest if equals else rest[1:]
            asked = asked or name == "--act"
        elif word.startswith("-"):
            return False
        else:
            words.append(word)
    if not words or asked:
        return True
    if not os.path.exists(words[0]):
        return False
    from signet.cli.main import root

    return words[0] not in root.lazy


if __name__ == "__main__":
    sys.exit(main())
