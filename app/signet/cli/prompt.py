"""Asking the person at the terminal: the command line's side of the prompt seam.

A secret comes from the file that was named for it, else from the keyboard without echo, else not at all: without a
terminal nothing asks. One secret goes to one place: what a file held is not offered to a second token or way in.
"""

from __future__ import annotations

import hmac
import signal
from collections.abc import Callable, Sequence

from signet.cli.output import Output
from signet.cli.running import Terminated, handling, terminate
from signet.cli.secrets import SecretFiles
from signet.cli.terminal import Terminal
from signet.cli.waiting import WaitLine
from signet.errors import (
    Cancelled,
    ConfirmationMissing,
    Declined,
    IdentityUnconfirmed,
    SecretMissing,
    SignetError,
    UsageError,
)
from signet.secret import Secret
from signet.services.prompt import NamedVault, SecretKind, SecretRequest
from signet.tokens.waiting import Wait

OPTIONS = {
    SecretKind.PIN: "pin-file",
    SecretKind.PASSPHRASE: "pin-file",
    SecretKind.RECOVERY_CODE: "pin-file",
    SecretKind.RECOVERY_SHARE: "pin-file",
    SecretKind.TOKEN_PIN: "token-pin-file",
    SecretKind.OTHER_SECRET: "token-pin-file",
    SecretKind.NEW_PIN: "new-pin-file",
    SecretKind.PUK: "puk-file",
    SecretKind.NEW_PASSPHRASE: "new-pin-file",
    SecretKind.MANAGEMENT_KEY: "management-key-file",
    SecretKind.FILE_PASSPHRASE: "file-passphrase-file",
    SecretKind.NEW_FILE_PASSPHRASE: "file-passphrase-file",
}
"""The option whose file holds each kind of secret (DESIGN.md, section 9)."""
CHECKED_TRIES = 5
"""How often what is typed may be found wrong before it has gone anywhere: a recovery share with a mistyped word."""
CODE_OPTION = "recovery-code-file"
"""Where a new recovery code goes if nobody is there to write it down."""


class TerminalPrompt:
    """Implements `signet.services.prompt.Prompt` for a person at a terminal, or for nobody."""

    def __init__(self, files: SecretFiles, output: Output) -> None:
        self.files = files
        self.output = output
        self.terminal = Terminal(output)
        self._wait_line = WaitLine(output)
        self.assume_yes = False
        self.options = dict(OPTIONS)
        self.typed_twice = {SecretKind.NEW_PASSPHRASE, SecretKind.NEW_FILE_PASSPHRASE}
        self._given: dict[str, str] = {}
        self._tokens: dict[str, str] = {}
        self._fresh: dict[str, Secret] = {}

    @property
    def is_terminal(self) -> bool:
        """Whether somebody can be asked."""
        return self.terminal.present

    def secret(self, request: SecretRequest) -> Secret:
        """Return the secret from its file or the keyboard; an empty one if the reader asks for it.

        Raises SecretMissing if neither is there, UsageError or StorageError if the file is of no use, Cancelled.
        """
        option = self.options[request.kind]
        if self.files.given(option):
            return self._from_file(option, request)
        if request.on_reader:
            for sentence in (request.purpose, request.warning, f"Type the {request.what} on the reader's own keys."):
                if sentence:
                    self.output.note(sentence)
            return Secret(b"")
        if not self.is_terminal:
            raise SecretMissing(what=request.what, option=option)
        if not request.long:
            return self._asked(request)
        with self.terminal.aside():
            return self._asked(request)

    def confirm(self, question: str, *, about: Sequence[str] = ()) -> None:
        """Return if the person says yes, or ``--yes`` did; raise ConfirmationMissing otherwise.

        What the question is ``about`` is shown at the terminal that asks, whatever is redirected, and noted besides.
        """
        asks = not self.assume_yes and self.is_terminal
        for sentence in about:
            if asks:
                self.terminal.show(sentence)
            if not (asks and self.output.notes_are_seen):
                self.output.note(sentence)
        if self.assume_yes:
            return
        if not asks:
            raise ConfirmationMissing(question=question)
        answer = _ask(lambda: self.terminal.line(f"{question} [y/N] "))
        if answer.strip().lower() not in ("y", "yes"):
            raise Declined(question=question)

    def line(self, question: str) -> str:
        """Return what somebody at the terminal types, without spaces around it; empty without one, or with ``--yes``.

        For what is no secret and can be left out. Raises Cancelled.
        """
        if self.assume_yes or not self.is_terminal:
            return ""
        return _ask(lambda: self.terminal.line(question)).strip()

    def typed_fingerprint(self, fingerprint: str, sentence: str) -> str:
        """Return what the person types from elsewhere; raise IdentityUnconfirmed without a terminal."""
        if not self.is_terminal:
            raise IdentityUnconfirmed(fingerprint=fingerprint)
        self.terminal.show(sentence)
        return _ask(lambda: self.terminal.line("Identity fingerprint: ")).strip()

    def typed_name(self, facts: Sequence[str]) -> str:
        """Show what would be lost and return the name that the person types; only where there is a terminal."""
        for sentence in facts:
            self.terminal.show(sentence)
        return _ask(lambda: self.terminal.line("Type its name to destroy it: ")).strip()

    def recovery_code(self, code: Secret, vault: NamedVault) -> Secret:
        """Show a new recovery code until Enter is pressed, take it off the screen, and return it as typed back.

        Raises SecretMissing without a terminal, Cancelled.
        """
        if not self.is_terminal:
            raise SecretMissing(what="recovery code typed back", option=CODE_OPTION)
        shown = (
            "",
            "This is the recovery code. Write it down; it is shown only once:",
            "",
            f"    {code.text()}",
            "",
            f"It is for the vault with the identity {vault.fingerprint}",
            "",
        )
        for line in shown:
            self.terminal.show(line)
        # Nothing but Enter may move the code away from where it is taken back.
        _ask(lambda: self.terminal.hidden("Press Enter when it is on paper, then type it back. "))
        self.terminal.take_back(len(shown) + 1)
        with self.terminal.aside():
            return Secret.from_text(_ask(lambda: self.terminal.line("Recovery code: ")))

    def close(self) -> None:
        """Wipe what is still held."""
        for secret in self._fresh.values():
            secret.wipe()
        self._fresh.clear()
        self.files.close()
        self.terminal.close()

    def note(self, sentence: str) -> None:
        """Say something on standard error, or in the object of ``--json``."""
        self.output.note(sentence)

    def waiting(self, wait: Wait | None) -> bool:
        """Count down on standard error; Ctrl-C gives up, also where it would only stop the work otherwise."""
        return self._wait_line.tell(wait)

    def _from_file(self, option: str, request: SecretRequest) -> Secret:
        # One secret, one place. Standard input could not be read a second time anyway.
        elsewhere = self._given.setdefault(option, request.what) != request.what
        if request.token and self._tokens.setdefault(option, request.token) != request.token:
            elsewhere = True  # many cards of one kind have the same label
        if elsewhere:
            raise SecretMissing(what=request.what, option=option)
        return self.files.read(option)

    def _asked(self, request: SecretRequest) -> Secret:
        for sentence in (request.purpose, request.warning, request.rule):
            if sentence:
                self.terminal.show(sentence)
        return self._typed(request) if request.check is None else self._checked(request, request.check)

    def _checked(self, request: SecretRequest, check: Callable[[Secret], None]) -> Secret:
        """Ask until what is typed can be right; raise what ``check`` says after too many tries."""
        for tries_left in reversed(range(CHECKED_TRIES)):
            typed = self._typed(request)
            try:
                check(typed)
            except SignetError as error:
                typed.wipe()
                self._fresh.pop(request.what, typed).wipe()
                if not tries_left:
                    raise
                if request.long:
                    self.terminal.clear()
                self.terminal.show(f"{error.message} {error.hint}")
            else:
                break
        return typed

    def _typed(self, request: SecretRequest) -> Secret:
        """Ask at the keyboard; what is new is typed twice, and not asked for again when it is used at once."""
        known = self._fresh.pop(request.what, None)
        if known is not None:
            return known
        question = f"{_capital(request.what)}: "
        first = self._seen(question, request.words) if request.long else self._hidden(question)
        if request.kind not in self.typed_twice:
            return first
        with self._hidden("The same again: ") as second:
            same = hmac.compare_digest(first.reveal(), second.reveal())
        if not same:
            first.wipe()
            raise UsageError(reason="The two were not the same; nothing was changed.")
        self._fresh[request.what] = first.copy()
        return first

    def _seen(self, question: str, words: int) -> Secret:
        """Ask for what nobody can type unseen."""
        text = _ask(lambda: self.terminal.words(question, words))
        if not text.strip():
            raise Cancelled
        return Secret.from_text(text)

    def _hidden(self, question: str) -> Secret:
        text = _ask(lambda: self.terminal.hidden(question))
        if not text:
            raise Cancelled
        return Secret.from_text(text)


def _ask(question: Callable[[], str]) -> str:
    """Ask; Ctrl-C and Ctrl-D mean that the person gives up, also where Ctrl-C would only stop the work otherwise."""
    with handling(signal.SIGINT, signal.default_int_handler), handling(signal.SIGTERM, terminate):
        try:
            return question()
        except Terminated:
            raise
        except (KeyboardInterrupt, EOFError) as error:
            raise Cancelled from error


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
