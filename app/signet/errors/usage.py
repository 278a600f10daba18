"""The call itself is wrong."""

from __future__ import annotations

from signet.errors.base import SignetError


class UsageError(SignetError):
    """The call is wrong: a name, a value or a combination that cannot be meant."""

    reason: str
    exit_status = 2
    title = "Wrong usage"
    sentence = "{reason}"
    next_step = "Look at `signet COMMAND --help` for what can be given."


class NameAmbiguous(UsageError):
    """One name fits several things."""

    name: str
    candidates: tuple[str, ...]
    title = "Several things have that name"
    sentence = "“{name}” could be any of: {candidates}."
    next_step = "Give the full id of the one you mean."

    @classmethod
    def fields(cls) -> tuple[str, ...]:
        """Name its own two attributes: they are the reason."""
        return tuple(name for name in super().fields() if name != "reason")


class ContextInvalid(UsageError):
    """An encryption context pair that Signet does not write."""

    title = "That note cannot be attached"
    sentence = "The encryption context is not usable: {reason}."
    next_step = "Use keys of a-z, 0-9 and “-” that start neither with signet- nor aws-crypto-."
