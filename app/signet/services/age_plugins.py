"""Programs that age keys of other kinds need: run only once the person has agreed, and answered by the person."""

from __future__ import annotations

from collections.abc import Iterable

from signet.crypto.age_plugins import PluginKey
from signet.errors import ConfirmationMissing, PluginFailed, SignetError
from signet.services.prompt import Prompt, SecretKind, SecretRequest


def agree_to_run(prompt: Prompt, keys: Iterable[PluginKey]) -> None:
    """Ask once for each program whether it may be run; raise PluginFailed for one that is not installed.

    Raises ConfirmationMissing.
    """
    for program, key in {key.program: key for key in keys}.items():
        place = key.place
        if place is None:
            raise PluginFailed(program=program, reason="it is not installed, or not on the search path")
        prompt.confirm(
            f"Run the program {program}?",
            about=(
                f"The age key that was given needs another program: {place}.",
                "It is not part of Signet, and it gets to know the key of this file.",
            ),
        )


class PluginTalk:
    """Passes on what a plugin says and asks; ``error`` is what came of a question that was not answered."""

    def __init__(self, prompt: Prompt, program: str) -> None:
        self._prompt = prompt
        self._program = program
        self.error: SignetError | None = None

    def display_message(self, message: str) -> None:
        """Say something."""
        self._prompt.note(f"{self._program}: {_clean(message)}")

    def confirm(self, message: str, yes_string: str, no_string: str | None) -> bool | None:
        """Ask a question; a no is an answer where there is one, else it gives up."""
        answers = f" ({_clean(yes_string)} / {_clean(no_string)})" if no_string else ""
        try:
            self._prompt.confirm(f"{self._program}: {_clean(message)}{answers}")
        except ConfirmationMissing:
            return False
        except SignetError as error:
            self.error = error
            return None
        return True

    def request_public_string(self, description: str) -> str | None:
        """Ask for what is no secret; it is asked for as a secret, there being no other way to ask for text."""
        return self.request_passphrase(description)

    def request_passphrase(self, description: str) -> str | None:
        """Ask for a secret, such as the PIN of a card that the plugin uses."""
        what = f"answer to {self._program} ({_clean(description)})"
        try:
            with self._prompt.secret(SecretRequest(kind=SecretKind.FILE_PASSPHRASE, what=what)) as secret:
                return secret.text()
        except SignetError as error:
            self.error = error
            return None


def _clean(text: str) -> str:
    """What a foreign program says, fit for one line."""
    return "".join(each if each.isprintable() else " " for each in text[:300]).strip()
