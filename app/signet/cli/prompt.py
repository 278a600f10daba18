"""Asking the person at the terminal: the command line's side of the prompt seam.

A secret comes from the file that was named for it, else from the keyboard without echo, else not at all: without a
terminal nothing asks. One secret goes to one place: what a file held is not offered to a second token or way in.
"""

from __future__ import annotations

import getpass
import hmac
import shutil
import signal
import sys
from collections.abc import Callable

from signet.cli.output import Output, printable
from signet.cli.secrets import SecretFiles
from signet.errors import Cancelled, ConfirmationMissing, IdentityUnconfirmed, SecretMissing, UsageError
from signet.secret import Secret
from signet.services.prompt import SecretKind, SecretRequest

OPTIONS = {
    SecretKind.PIN: "pin-file",
    SecretKind.PASSPHRASE: "pin-file",
    SecretKind.RECOVERY_CODE: "pin-file",
    SecretKind.TOKEN_PIN: "token-pin-file",
    SecretKind.OTHER_SECRET: "token-pin-file",
    SecretKind.NEW_PIN: "new-pin-file",
    SecretKind.NEW_PASSPHRASE: "new-pin-file",
    SecretKind.FILE_PASSPHRASE: "file-passphrase-file",
}
"""The option whose file holds each kind of secret (DESIGN.md, section 9)."""
_PLAIN_WIDTH = 80
"""Columns below which the lines that show a recovery code would wrap."""


class TerminalPrompt:
    """Implements `signet.services.prompt.Prompt` for a person at a terminal, or for nobody."""

    def __init__(self, files: SecretFiles, output: Output) -> None:
        self.files = files
        self.output = output
        self.assume_yes = False
        self.options = dict(OPTIONS)
        self.typed_twice = {SecretKind.NEW_PASSPHRASE}
        self._given: dict[str, str] = {}
        self._fresh: dict[str, Secret] = {}

    @property
    def is_terminal(self) -> bool:
        """Whether somebody can be asked: both the keyboard and standard error are a terminal."""
        return bool(sys.stdin and sys.stdin.isatty() and self.output.err.isatty())

    def secret(self, request: SecretRequest) -> Secret:
        """Return the secret from its file or the keyboard.

        Raises SecretMissing if neither is there, UsageError or StorageError if the file is of no use, Cancelled.
        """
        option = self.options[request.kind]
        if self.files.given(option):
            return self._from_file(option, request)
        if not self.is_terminal:
            raise SecretMissing(what=request.what)
        if request.warning:
            self._show(request.warning)
        return self._typed(request)

    def confirm(self, question: str) -> None:
        """Return if the person says yes, or ``--yes`` did; raise ConfirmationMissing otherwise."""
        if self.assume_yes:
            return
        if not self.is_terminal:
            raise ConfirmationMissing(question=question)
        answer = _ask(lambda: self._line(f"{question} [y/N] "))
        if answer.strip().lower() not in ("y", "yes"):
            raise ConfirmationMissing(question=question)

    def typed_fingerprint(self, fingerprint: str, sentence: str) -> str:
        """Return what the person types from elsewhere; raise IdentityUnconfirmed without a terminal."""
        if not self.is_terminal:
            raise IdentityUnconfirmed(fingerprint=fingerprint)
        self._show(sentence)
        return _ask(lambda: self._line("Identity fingerprint: ")).strip()

    def recovery_code(self, code: Secret) -> Secret:
        """Show a new recovery code until Enter is pressed, take it off the screen, and return it as typed back.

        Raises SecretMissing without a terminal, Cancelled.
        """
        if not self.is_terminal:
            raise SecretMissing(what="recovery code typed back")
        shown = ("", "This is the recovery code. Write it down; it is shown only once:", "", f"    {code.text()}", "")
        for line in shown:
            self._show(line)
        _ask(lambda: self._line("Press Enter when it is on paper, then type it back. "))
        self._take_back(len(shown) + 1)
        typed = _ask(lambda: self._line("Recovery code: "))
        self._take_back(1)
        return Secret.from_text(typed)

    def close(self) -> None:
        """Wipe what is still held."""
        for secret in self._fresh.values():
            secret.wipe()
        self._fresh.clear()
        self.files.close()

    def note(self, sentence: str) -> None:
        """Say something on standard error, or in the object of ``--json``."""
        self.output.note(sentence)

    def _from_file(self, option: str, request: SecretRequest) -> Secret:
        # One secret, one place. Standard input could not be read a second time anyway.
        if self._given.setdefault(option, request.what) != request.what:
            raise SecretMissing(what=request.what)
        return self.files.read(option)

    def _typed(self, request: SecretRequest) -> Secret:
        """Ask at the keyboard; what is new is typed twice, and not asked for again when it is used at once."""
        known = self._fresh.pop(request.what, None)
        if known is not None:
            return known
        first = self._hidden(f"{_capital(request.what)}: ")
        if request.kind not in self.typed_twice:
            return first
        with self._hidden("The same again: ") as second:
            same = hmac.compare_digest(first.reveal(), second.reveal())
        if not same:
            first.wipe()
            raise UsageError(reason="The two were not the same; nothing was changed.")
        self._fresh[request.what] = first.copy()
        return first

    def _hidden(self, question: str) -> Secret:
        text = _ask(lambda: getpass.getpass(printable(question), stream=self.output.err))
        if not text:
            raise Cancelled
        return Secret.from_text(text)

    def _line(self, question: str) -> str:
        self.output.err.write(printable(question))
        self.output.err.flush()
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line

    def _take_back(self, lines: int) -> None:
        """Erase the last lines of the terminal (ECMA-48: CUU, ED); all of it where they may have wrapped."""
        narrow = shutil.get_terminal_size().columns < _PLAIN_WIDTH
        self.output.err.write("\x1b[3J\x1b[2J\x1b[H" if narrow else f"\x1b[{lines}A\r\x1b[J")
        self.output.err.flush()

    def _show(self, sentence: str) -> None:
        self.output.err.write(printable(sentence) + "\n")
        self.output.err.flush()


def _ask(question: Callable[[], str]) -> str:
    """Ask; Ctrl-C and Ctrl-D mean that the person gives up, also where Ctrl-C would only stop the work otherwise."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return question()
    except (KeyboardInterrupt, EOFError) as error:
        raise Cancelled from error
    finally:
        signal.signal(signal.SIGINT, before)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
