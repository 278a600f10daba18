"""A person who answers from a script; the prompt seam for tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from signet.errors import ConfirmationMissing, IdentityUnconfirmed, SecretMissing
from signet.secret import Secret
from signet.services.prompt import NamedVault, SecretKind, SecretRequest
from signet.tokens.waiting import Wait


class ScriptedPrompt:
    """Answers each kind of secret with what it was given, and remembers what was asked and said."""

    def __init__(self, answers: Mapping[SecretKind, str] | None = None, *, yes: bool = True) -> None:
        self.answers = dict(answers or {})
        self.series: dict[SecretKind, list[str]] = {}
        """Answers that are given one after the other."""
        self.yes = yes
        self.from_files: dict[SecretKind, str] = {}
        """What is not typed on a reader with keys, although it could be."""
        self.yes_to: Callable[[str], bool] = lambda _: True
        """Which questions are answered with yes, if any are."""
        self.fingerprint: str | None = None
        self.typed_codes: Sequence[str] | None = None
        self.asked: list[SecretRequest] = []
        self.confirmed: list[str] = []
        self.facts: list[tuple[str, ...]] = []
        """What each question in ``confirmed`` was about."""
        self.notes: list[str] = []
        self.shown_codes: list[str] = []
        self.named_vaults: list[NamedVault] = []
        self.waits: list[Wait | None] = []
        self.patient = True
        """False gives up as soon as a card lets wait."""

    def secret(self, request: SecretRequest) -> Secret:
        self.asked.append(request)
        if request.on_reader:
            return Secret.from_text(self.from_files.get(request.kind, ""))
        if self.series.get(request.kind):
            return Secret.from_text(self.series[request.kind].pop(0))
        if request.kind not in self.answers:
            raise SecretMissing(what=request.what)
        return Secret.from_text(self.answers[request.kind])

    def confirm(self, question: str, *, about: Sequence[str] = ()) -> None:
        self.notes.extend(about)
        self.confirmed.append(question)
        self.facts.append(tuple(about))
        if not self.yes or not self.yes_to(question):
            raise ConfirmationMissing(question=question)

    def typed_fingerprint(self, fingerprint: str, sentence: str) -> str:
        self.notes.append(sentence)
        if self.fingerprint is None:
            raise IdentityUnconfirmed(fingerprint=fingerprint)
        return self.fingerprint

    def recovery_code(self, code: Secret, vault: NamedVault) -> Secret:
        self.shown_codes.append(code.text())
        self.named_vaults.append(vault)
        if self.typed_codes is None:
            return code.copy()
        return Secret.from_text(self.typed_codes[len(self.shown_codes) - 1])

    def note(self, sentence: str) -> None:
        self.notes.append(sentence)

    def waiting(self, wait: Wait | None) -> bool:
        self.waits.append(wait)
        return not self.patient
