"""The call itself is wrong."""

from __future__ import annotations

from signet.errors.base import SignetError


class UsageError(SignetError):
    """The call is wrong: a name, a value or a combination that cannot be meant."""

    reason: str
    exit_status = 2
    title = "That cannot be meant"
    sentence = "{reason}"
    next_step = "Look at `signet COMMAND --help` for what can be given."


class NameAmbiguous(UsageError):
    """One name fits several things."""

    name: str
    candidates: str
    title = "Several things have that name"
    sentence = "“{name}” could be any of: {candidates}."
    next_step = "Give the full id of the one you mean."
