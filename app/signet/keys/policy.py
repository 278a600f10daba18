"""What a key may be used for: the limits that its owner gave it, and what they say to one use (issue 5.6).

A policy only takes away. Everything here is pure; counting, asking and the card are `signet.services.use`'s. Nothing
limits what takes the public half alone, which is no secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any

from signet.clock import parse_timestamp, timestamp
from signet.errors import (
    ClockSetBack,
    ContextRequired,
    ExportForbidden,
    KeyExpired,
    KeyLimited,
    KeyNotYetValid,
    KeyUsesSpent,
    OperationNotAllowed,
)
from signet.keys.state import BY_PUBLIC_HALF, LEAVING, Operation

WITH_CONTEXT = frozenset(
    {
        Operation.ENCRYPT,
        Operation.DECRYPT,
        Operation.RE_ENCRYPT,
        Operation.GENERATE_DATA_KEY,
        Operation.GENERATE_DATA_KEY_WITHOUT_PLAINTEXT,
        Operation.GENERATE_DATA_KEY_PAIR,
        Operation.GENERATE_DATA_KEY_PAIR_WITHOUT_PLAINTEXT,
    }
)
"""Operations that bind an encryption context."""
UNLISTED = LEAVING | {Operation.RE_ENCRYPT}
"""Not in the list of what is allowed: leaving has a limit of its own, and re-encrypting counts as encrypting."""
MOST_USES = 10**9


class Rule(StrEnum):
    """One limit; the value is its name in the log and on the command line."""

    ALLOW = "allow"
    CONFIRM = "confirm"
    NEEDS_CARD = "needs-card"
    CONTEXT = "context"
    NOT_BEFORE = "not-before"
    NOT_AFTER = "not-after"
    MOST_USES = "most-uses"
    NEVER_EXPORT = "never-export"


class Later(Enum):
    """A context that is not known yet: each file of a batch brings its own, and is asked about it then."""

    EACH_FILE = "each file"


Context = Mapping[str, str] | Later | None


@dataclass(frozen=True)
class Policy:
    """The limits of a key; the empty policy takes nothing away.

    ``allow`` None: all that the usage offers. ``context``: names that must be there, sorted, with the value they must
    have or None for any. ``not_before`` and ``not_after``: aware, in UTC, whole seconds, both moments included.
    """

    allow: frozenset[Operation] | None = None
    confirm: bool = False
    needs_card: bool = False
    context: tuple[tuple[str, str | None], ...] = ()
    not_before: datetime | None = None
    not_after: datetime | None = None
    most_uses: int | None = None
    never_export: bool = False

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The limits that there are."""
        there = {
            Rule.ALLOW: self.allow is not None,
            Rule.CONFIRM: self.confirm,
            Rule.NEEDS_CARD: self.needs_card,
            Rule.CONTEXT: bool(self.context),
            Rule.NOT_BEFORE: self.not_before is not None,
            Rule.NOT_AFTER: self.not_after is not None,
            Rule.MOST_USES: self.most_uses is not None,
            Rule.NEVER_EXPORT: self.never_export,
        }
        return tuple(rule for rule, given in there.items() if given)

    def without(self, rule: Rule) -> Policy:
        """The policy less one limit, whatever that limit is."""
        return replace(self, **{rule.name.lower(): getattr(FREE, rule.name.lower())})

    def fields(self) -> dict[str, Any]:
        """The policy as plain JSON: only the limits that there are, by their field's name."""
        found: dict[str, Any] = {}
        for rule in self.rules:
            name = rule.name.lower()
            value = getattr(self, name)
            if isinstance(value, frozenset):
                value = sorted(operation.value for operation in value)
            elif isinstance(value, tuple):
                value = dict(value)
            elif isinstance(value, datetime):
                value = timestamp(value)
            found[name] = value
        return found

    @classmethod
    def of(cls, fields: object) -> Policy:
        """Read what `fields` wrote; raise ValueError for anything else."""
        if not isinstance(fields, Mapping):
            raise ValueError("not a policy")
        found = dict(fields)
        policy = cls(
            allow=None if "allow" not in found else frozenset(map(Operation, _texts(found["allow"]))),
            confirm=found.get("confirm", False) is True,
            needs_card=found.get("needs_card", False) is True,
            context=_context(found.get("context", {})),
            not_before=_moment(found.get("not_before")),
            not_after=_moment(found.get("not_after")),
            most_uses=_count(found.get("most_uses")),
            never_export=found.get("never_export", False) is True,
        )
        if policy.fields() != found:
            raise ValueError("not a policy as Signet writes it")
        return policy


FREE = Policy()
"""No limits."""


@dataclass(frozen=True)
class Limits:
    """The policy of one key as it stands.

    ``since`` is the sequence of the entry that set it; ``uses`` were taken since its number of uses was first set.
    """

    key_id: str
    policy: Policy = FREE
    since: int = 0
    uses: int = 0


@dataclass(frozen=True)
class Occasion:
    """One use that is asked about.

    ``now`` is the wall clock, ``latest`` the latest time that the log has since the limits were set; both aware.
    ``uses`` are wanted at once, ``used`` are taken already. ``context`` None: none is given.
    """

    now: datetime
    latest: datetime | None = None
    context: Context = None
    uses: int = 1
    used: int = 0


def refusal(alias: str, policy: Policy, operation: Operation, occasion: Occasion, *, said: str) -> KeyLimited | None:
    """Return why a policy does not allow this use of the key called ``alias``; None if it does.

    ``said`` is the operation within a sentence. Confirmation and card are asked for later (`asks`).
    """
    if operation in BY_PUBLIC_HALF:
        return None
    if operation in LEAVING:
        if policy.never_export:
            return ExportForbidden(key=alias)
    elif policy.allow is not None and not _listed(operation, policy.allow):
        return OperationNotAllowed(key=alias, operation=said, allowed=said_list(policy.allow))
    found = _by_time(alias, policy, occasion)
    if found is None and operation in WITH_CONTEXT:
        found = context_refusal(alias, policy, occasion.context)
    if found is None and policy.most_uses is not None and occasion.used + occasion.uses > policy.most_uses:
        left = max(policy.most_uses - occasion.used, 0)
        found = KeyUsesSpent(key=alias, most=policy.most_uses, left=left, wanted=occasion.uses)
    return found


def context_refusal(alias: str, policy: Policy, context: Context) -> ContextRequired | None:
    """Return what an encryption context lacks of what the policy requires; None if nothing."""
    if isinstance(context, Later):
        return None
    given = context or {}
    missing = [
        name if value is None else f"{name}={value}"
        for name, value in policy.context
        if name not in given or value not in (None, given[name])
    ]
    return ContextRequired(key=alias, wanted=", ".join(missing)) if missing else None


def asks(policy: Policy, operation: Operation) -> tuple[bool, bool]:
    """Whether this use is confirmed by the person first, and whether it needs a card in the reader."""
    governed = operation not in BY_PUBLIC_HALF
    return governed and policy.confirm, governed and policy.needs_card


def counts(policy: Policy, operation: Operation) -> bool:
    """Whether this use is counted."""
    return policy.most_uses is not None and operation not in BY_PUBLIC_HALF


_SAID = {
    Operation.ENCRYPT: "encrypt",
    Operation.DECRYPT: "decrypt",
    Operation.GENERATE_DATA_KEY: "make data keys",
    Operation.GENERATE_DATA_KEY_WITHOUT_PLAINTEXT: "make wrapped data keys",
    Operation.GENERATE_DATA_KEY_PAIR: "make data key pairs",
    Operation.GENERATE_DATA_KEY_PAIR_WITHOUT_PLAINTEXT: "make wrapped data key pairs",
    Operation.SIGN: "sign",
    Operation.VERIFY: "verify signatures",
    Operation.GENERATE_MAC: "authenticate messages",
    Operation.VERIFY_MAC: "check authentication codes",
    Operation.DERIVE_SHARED_SECRET: "agree on shared secrets",
    Operation.ENCAPSULATE: "encapsulate shared secrets",
    Operation.DECAPSULATE: "decapsulate shared secrets",
}


def said_list(operations: frozenset[Operation]) -> str:
    """Operations within a sentence: ``encrypt and decrypt``."""
    words = [_SAID.get(operation, operation.value) for operation in Operation if operation in operations]
    if len(words) < 2:
        return "".join(words) or "do nothing"
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _listed(operation: Operation, allow: frozenset[Operation]) -> bool:
    return (Operation.ENCRYPT if operation is Operation.RE_ENCRYPT else operation) in allow


def _by_time(alias: str, policy: Policy, occasion: Occasion) -> KeyLimited | None:
    """A clock that was set back brings no key back, and one that runs ahead in the log opens none early."""
    now = occasion.now
    if policy.not_before is not None and now < policy.not_before:
        return KeyNotYetValid(key=alias, date=_local(policy.not_before))
    last = policy.not_after
    if last is None:
        return None
    if now.replace(microsecond=0) > last:
        return KeyExpired(key=alias, date=_local(last))
    if occasion.latest is not None and occasion.latest > last:
        return ClockSetBack(key=alias, date=_local(last), latest=_local(occasion.latest))
    return None


def _local(moment: datetime) -> str:
    """RFC 3339 in local time: one reading, and the one that the person's own clock shows."""
    return moment.astimezone().isoformat()


def _texts(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError("not a list of names")
    return value


def _context(value: object) -> tuple[tuple[str, str | None], ...]:
    if not isinstance(value, Mapping):
        raise ValueError("not a context")
    pairs = [(name, part) for name, part in value.items() if isinstance(name, str)]
    if not all(part is None or isinstance(part, str) for _, part in pairs):
        raise ValueError("not a context")
    return tuple(sorted(pairs))


def _moment(value: object) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("not a moment")
    return parse_timestamp(value)


def _count(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_USES:
        raise ValueError("not a number of uses")
    return value
