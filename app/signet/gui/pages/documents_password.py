"""A prompt that knows one secret, the password of the document that is looked at, and asks nobody."""

from __future__ import annotations

from collections.abc import Sequence

from signet.errors import ConfirmationMissing, IdentityUnconfirmed, SecretMissing
from signet.secret import Secret
from signet.services.prompt import NamedVault, SecretKind, SecretRequest
from signet.tokens.waiting import Wait


class KnownPassword:
    """Answers with the password once for each document that wants one; the caller wipes it."""

    def __init__(self, password: Secret | None) -> None:
        self._password = password

    def secret(self, request: SecretRequest) -> Secret:
        """Return the password, and nothing else."""
        if request.kind is not SecretKind.FILE_PASSPHRASE or self._password is None:
            raise SecretMissing(what=request.what)
        return self._password.copy()

    def confirm(self, question: str, *, about: Sequence[str] = ()) -> None:
        """Nobody is asked."""
        raise ConfirmationMissing(question=question)

    def typed_fingerprint(self, fingerprint: str, sentence: str) -> str:
        """Nobody is asked."""
        raise IdentityUnconfirmed(fingerprint=fingerprint)

    def recovery_code(self, code: Secret, vault: NamedVault) -> Secret:
        """Nobody is there to see it."""
        raise SecretMissing(what="recovery code")

    def note(self, sentence: str) -> None:
        """Nobody reads it."""

    def waiting(self, wait: Wait | None) -> bool:
        """No card takes part."""
        return False
