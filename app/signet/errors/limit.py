"""What a person allowed a key to be used for, and what that does not include: one error a rule.

``rule`` is the rule's name, as the audit log and the command line have it.
"""

from __future__ import annotations

from typing import ClassVar

from signet.errors.key import KeyProblem


class KeyLimited(KeyProblem):
    """A limit that the person gave the key does not allow this."""

    rule: ClassVar[str] = ""
    title = "The key's limits do not allow this"
    sentence = "The limits that this key was given do not allow this."
    next_step = "See `signet key policy` for the limits of a key."


class OperationNotAllowed(KeyLimited):
    """The key may be used for other operations only."""

    key: str
    operation: str
    allowed: str
    rule = "allow"
    title = "The key was limited to other uses"
    sentence = "The key “{key}” may only {allowed}; it may not {operation}."
    next_step = "Use another key, or change the limits of this one. `signet key policy {key} --allow` does that."


class KeyNotYetValid(KeyLimited):
    """The key's first day has not come."""

    key: str
    date: str
    rule = "not-before"
    title = "It is too early for this key"
    sentence = "The key “{key}” may be used from {date} on."
    next_step = "Wait until then, or change its limits. `signet key policy {key} --not-before` does that."


class KeyExpired(KeyLimited):
    """The key's last day is over."""

    key: str
    date: str
    rule = "not-after"
    title = "The time of this key is over"
    sentence = "The key “{key}” could be used until {date}."
    next_step = (
        "Use another key, or give this one more time in its limits. `signet key policy {key} --not-after` does that."
    )


class ClockSetBack(KeyLimited):
    """By this computer's clock the key could be used, but the log has entries from after its last day."""

    key: str
    date: str
    latest: str
    rule = "not-after"
    title = "This computer's clock was set back"
    sentence = (
        "The key “{key}” could be used until {date}, and the log has entries from {latest}: the clock was set back."
    )
    next_step = (
        "Set the clock right. If it was wrong then and is right now, set the limits of the key again. "
        "`signet key policy {key} --not-after` does that."
    )


class ContextRequired(KeyLimited):
    """The encryption context does not have what the key asks for."""

    key: str
    wanted: str
    rule = "context"
    title = "Something has to be said about the content"
    sentence = "The key “{key}” only works with what its encryption context must say: {wanted}."
    next_step = (
        "Give it when you encrypt, and use another key for everything else. On the command line that is --context."
    )


class KeyUsesSpent(KeyLimited):
    """More uses than are left."""

    key: str
    most: int
    left: int
    wanted: int
    rule = "most-uses"
    title = "This key has no uses left for this"
    sentence = "The key “{key}” may be used {most} times in all; left are {left}, and this needs {wanted}."
    next_step = (
        "Do less at a time, use another key, or give this one more uses. "
        "`signet key policy {key} --most-uses` does that."
    )


class ExportForbidden(KeyLimited):
    """The person decided that this key is never exported, for good."""

    key: str
    rule = "never-export"
    title = "This key was made never to be exported"
    sentence = "The key “{key}” is never exported; that was decided for good."
    next_step = "Make a backup of the vault instead: it keeps the key. `signet backup` does that."


class LimitForGood(KeyLimited):
    """A limit that cannot be taken away again."""

    key: str
    rule = "never-export"
    title = "This limit stays for good"
    sentence = "The key “{key}” was made never to be exported, and nothing takes that away again."
    next_step = "Make a new key without this limit, and re-encrypt what hangs on the old one."
