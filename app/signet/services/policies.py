"""The limits of keys: seen, set, taken away. Keeping them is `signet.services.use`'s."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from signet.audit.canonical import Detail
from signet.audit.entry import Draft, Outcome
from signet.errors import LimitForGood, UsageError
from signet.formats.header import MethodKind, VaultHeader
from signet.keys.decide import allowable
from signet.keys.model import Key
from signet.keys.policy import FREE, MOST_USES, Limits, Policy, said_list
from signet.keys.spec import KeyUsage
from signet.keys.state import Act
from signet.services.context import checked_pairs
from signet.services.session import Session

PUT = Act.SET_LIMITS.value


def limits_of(session: Session, name: str) -> tuple[Key, Limits]:
    """Return the key that ``name`` means and its limits; raise KeyNotFound, NameAmbiguous."""
    with session.records.read() as reading:
        key = reading.keys.find(name)
        return key, reading.policies.get(key.id)


def all_limits(session: Session) -> dict[str, Limits]:
    """The limits of every key that has some, by the key's id."""
    with session.records.read() as reading:
        return {limits.key_id: limits for limits in reading.policies.all()}


def change_policy(session: Session, name: str, change: Callable[[Policy], Policy]) -> tuple[Key, Limits]:
    """Give a key the limits that ``change`` makes of those that it has; logged with before and after.

    Dates count from the time that the log has from here on: who sets limits says that the clock is right (decision
    22). Raises ProofOfPresenceMissing, KeyNotFound, NameAmbiguous, UsageError as `checked_policy` does, LimitForGood
    if the key would lose that it is never exported.
    """
    session.require_presence()
    refusal: LimitForGood | None = None
    with session.records.change() as records:
        key = records.keys.find(name)
        before = records.policies.get(key.id)
        now = session.workplace.clock.now()
        after = checked_policy(change(before.policy), key.usage, session.header, now=now, before=before.policy)
        details: dict[str, Detail] = {"before": before.policy.fields(), "after": after.fields()}
        if before.policy.never_export and not after.never_export:
            refusal = LimitForGood(key=key.alias)
            details |= {"error": type(refusal).__name__, "rule": refusal.rule}
        else:
            limits = records.policies.put(key.id, after)
        outcome = Outcome.DONE if refusal is None else Outcome.REFUSED
        records.append(Draft(PUT, outcome, key=key.id, details=details))
    if refusal is not None:
        raise refusal
    return key, limits


def checked_policy(
    policy: Policy, usage: KeyUsage, header: VaultHeader, *, now: datetime, before: Policy = FREE
) -> Policy:
    """Return a policy that a key of this usage can have in this vault, in its one form; raise UsageError."""
    offered = allowable(usage)
    if policy.allow is not None and not (policy.allow and policy.allow <= offered):
        raise UsageError(reason=f"Such a key can {said_list(offered)}; name some of these.")
    if policy.context and usage is not KeyUsage.ENCRYPT_DECRYPT:
        raise UsageError(reason="Only keys that encrypt have an encryption context.")
    checked_pairs({name: value or "" for name, value in policy.context})
    first, last = policy.not_before, policy.not_after
    if first is not None and last is not None and last < first:
        raise UsageError(reason="The last moment is before the first.")
    if last is not None and last != before.not_after and last < now:
        raise UsageError(reason="That day is over already. To stop a key now, disable it.")
    if policy.most_uses is not None and not 1 <= policy.most_uses <= MOST_USES:
        raise UsageError(reason=f"A number of uses is from 1 to {MOST_USES}.")
    if policy.needs_card and not any(method.kind is MethodKind.TOKEN for method in header.methods):
        raise UsageError(reason="No card opens this vault, so none could be asked for. Add one first.")
    return replace(policy, allow=None if policy.allow == offered else policy.allow)
