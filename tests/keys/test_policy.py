"""The whole table: every limit x every operation, written out once more; what limits say, how they are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from keys.test_decide import FITS, key
from signet.audit.canonical import canonical, read_canonical
from signet.errors import (
    ClockSetBack,
    ContextRequired,
    ExportForbidden,
    KeyExpired,
    KeyNotExportable,
    KeyNotYetValid,
    KeyStateRefused,
    KeyUsageRefused,
    KeyUsesSpent,
    OperationNotAllowed,
    SignetError,
)
from signet.keys.decide import allowable, decide
from signet.keys.policy import FREE, Later, Occasion, Policy, Rule, asks, counts
from signet.keys.policy_words import sentences
from signet.keys.spec import KeyUsage, Protection
from signet.keys.state import KeyState, Operation

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
FREE_OF_LIMITS = {"Verify", "Encapsulate"}
"""Takes the public half alone."""
LEAVING = {"ExportKey", "SendKey"}
BINDS_CONTEXT = {name for name in FITS["ENCRYPT_DECRYPT"] if name not in LEAVING}
USED = Occasion(now=NOON, latest=NOON, context={"purpose": "tax"}, uses=1, used=2)
EVERYTHING = Policy(
    allow=frozenset({Operation.ENCRYPT, Operation.DECRYPT}),
    confirm=True,
    needs_card=True,
    context=(("purpose", "tax"), ("year", None)),
    not_before=NOON,
    not_after=NOON + timedelta(days=306),
    most_uses=5,
    never_export=True,
)


def limited(operation: Operation, policy: Policy, occasion: Occasion = USED) -> SignetError | None:
    (usage,) = [usage for usage in KeyUsage if operation.value in FITS[usage.value]][:1]
    return decide(key(usage=usage), operation, policy, occasion).error


BROKEN: dict[Rule, tuple[Policy, type[SignetError], set[str]]] = {
    Rule.ALLOW: (Policy(allow=frozenset()), OperationNotAllowed, LEAVING | FREE_OF_LIMITS),
    Rule.NOT_BEFORE: (Policy(not_before=NOON + SECOND), KeyNotYetValid, FREE_OF_LIMITS),
    Rule.NOT_AFTER: (Policy(not_after=NOON - SECOND), KeyExpired, FREE_OF_LIMITS),
    Rule.CONTEXT: (
        Policy(context=(("year", None),)),
        ContextRequired,
        {operation.value for operation in Operation} - BINDS_CONTEXT,
    ),
    Rule.MOST_USES: (Policy(most_uses=2), KeyUsesSpent, FREE_OF_LIMITS),
    Rule.NEVER_EXPORT: (
        Policy(never_export=True),
        ExportForbidden,
        {operation.value for operation in Operation} - LEAVING,
    ),
}
"""What breaks each limit that is decided, its error, and the operations that it says nothing to."""


@pytest.mark.parametrize(("rule", "operation"), tuple(product(BROKEN, Operation)))
def test_every_limit_says_to_every_operation_what_the_table_says(rule: Rule, operation: Operation) -> None:
    policy, error, open_to = BROKEN[rule]
    found = limited(operation, policy)
    if operation.value in open_to:
        assert found is None
    else:
        assert type(found) is error
        assert getattr(found, "rule", "") == rule.value
        assert operation.value not in found.message + found.hint


@pytest.mark.parametrize("operation", Operation)
def test_what_keeps_to_every_limit_is_allowed(operation: Operation) -> None:
    offered = frozenset(each for usage in KeyUsage for each in allowable(usage))
    kept = Policy(
        allow=offered,
        confirm=True,
        needs_card=True,
        context=(("purpose", "tax"),),
        not_before=NOON,
        not_after=NOON,
        most_uses=3,
    )
    assert limited(operation, kept) is None
    public = operation.value in FREE_OF_LIMITS
    assert asks(kept, operation) == ((False, False) if public else (True, True))
    assert counts(kept, operation) is not public
    assert limited(operation, FREE) is None
    assert asks(FREE, operation) == (False, False)
    assert not counts(FREE, operation)


def test_the_rules_that_are_asked_for_and_those_that_are_decided_are_all() -> None:
    assert set(BROKEN) | {Rule.CONFIRM, Rule.NEEDS_CARD} == set(Rule) == set(EVERYTHING.rules)


def test_usage_and_state_come_before_the_limits_and_a_card_after_them() -> None:
    shut = Policy(allow=frozenset(), not_after=NOON - SECOND)
    wrong = decide(key(usage=KeyUsage.SIGN_VERIFY), Operation.ENCRYPT, shut, USED).error
    assert isinstance(wrong, KeyUsageRefused)
    off = decide(key(state=KeyState.DISABLED), Operation.ENCRYPT, shut, USED).error
    assert isinstance(off, KeyStateRefused)
    held = key(usage=KeyUsage.SIGN_VERIFY, protection=Protection.TOKEN)
    assert isinstance(decide(held, Operation.EXPORT, Policy(never_export=True), USED).error, ExportForbidden)
    assert isinstance(decide(held, Operation.EXPORT, FREE, USED).error, KeyNotExportable)


@pytest.mark.parametrize("usage", KeyUsage)
def test_what_can_be_listed_has_words(usage: KeyUsage) -> None:
    listed = allowable(usage)
    assert {operation.value for operation in listed} == FITS[usage.value] - LEAVING - {"ReEncrypt"}
    (said,) = sentences(Policy(allow=listed))
    assert not any(operation.value in said for operation in listed)


def test_re_encrypting_is_encrypting_as_far_as_the_list_goes() -> None:
    only = Policy(allow=frozenset({Operation.ENCRYPT}))
    assert limited(Operation.RE_ENCRYPT, only) is None
    assert isinstance(limited(Operation.DECRYPT, only), OperationNotAllowed)


LAST = datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC)
"""The last second of a leap day."""


@pytest.mark.parametrize(
    ("now", "latest", "error"),
    [
        (LAST - SECOND, None, None),
        (LAST, LAST, None),
        (LAST + SECOND / 2, LAST, None),
        (LAST + SECOND, LAST, KeyExpired),
        (LAST + timedelta(days=365), LAST + timedelta(days=365), KeyExpired),
        # The clock was set back: to before, to the very last second, far away.
        (LAST - SECOND, LAST + SECOND, ClockSetBack),
        (LAST, LAST + SECOND, ClockSetBack),
        (datetime(1970, 1, 1, tzinfo=UTC), LAST + SECOND, ClockSetBack),
        # It was set back, and the key would be as good then.
        (LAST - timedelta(days=9), LAST - SECOND, None),
        # The same second, by a clock in another time zone.
        (datetime.fromisoformat("2028-03-01T00:59:59+01:00"), None, None),
        (datetime.fromisoformat("2028-03-01T01:00:00+01:00"), None, KeyExpired),
    ],
)
def test_a_key_is_over_after_its_last_second_whatever_the_clock_says_later(
    now: datetime, latest: datetime | None, error: type[SignetError] | None
) -> None:
    found = limited(Operation.DECRYPT, Policy(not_after=LAST), replace(USED, now=now, latest=latest))
    assert (None if found is None else type(found)) is error


def test_a_log_from_the_future_opens_no_key_early() -> None:
    early = replace(USED, now=NOON - SECOND, latest=NOON + timedelta(days=1))
    assert isinstance(limited(Operation.SIGN, Policy(not_before=NOON), early), KeyNotYetValid)


@pytest.mark.parametrize(
    ("context", "wanted"),
    [
        ({"purpose": "tax", "year": "2026"}, None),
        ({"purpose": "tax", "year": "", "signet-content": "file"}, None),
        ({"purpose": "tax"}, "year"),
        ({"purpose": "Tax", "year": "2026"}, "purpose=tax"),
        ({}, "purpose=tax, year"),
        (None, "purpose=tax, year"),
        (Later.EACH_FILE, None),
    ],
)
def test_the_context_has_every_name_and_the_value_where_one_is_required(context: Any, wanted: str | None) -> None:
    policy = Policy(context=(("purpose", "tax"), ("year", None)))
    found = limited(Operation.ENCRYPT, policy, replace(USED, context=context))
    assert (found.details["wanted"] if found else None) == wanted


@pytest.mark.parametrize(("uses", "used", "left"), [(1, 4, None), (5, 0, None), (2, 4, 1), (6, 0, 5), (1, 9, 0)])
def test_uses_are_enough_or_all_of_them_are_refused(uses: int, used: int, left: int | None) -> None:
    found = limited(Operation.SIGN, Policy(most_uses=5), replace(USED, uses=uses, used=used))
    assert (found.details["left"] if found else None) == left


def test_the_refusals_read_as_sentences() -> None:
    assert (found := limited(Operation.SIGN, Policy(allow=frozenset({Operation.VERIFY}))))
    assert found.message == "The key “papers” may only verify signatures; it may not sign."
    assert (found := limited(Operation.SIGN, Policy(most_uses=5), replace(USED, uses=2, used=4)))
    assert found.message == "The key “papers” may be used 5 times in all; left are 1, and this needs 2."


@pytest.mark.parametrize(
    "policy", [FREE, EVERYTHING, *(EVERYTHING.without(rule) for rule in Rule)], ids=lambda policy: len(policy.rules)
)
def test_a_policy_comes_back_from_its_one_spelling(policy: Policy) -> None:
    text = canonical(policy.fields()).decode("ascii")
    assert Policy.of(read_canonical(text)) == policy
    assert len(policy.fields()) == len(policy.rules) == len(sentences(policy)) + (len(_dates(policy)) == 2)


def _dates(policy: Policy) -> list[Rule]:
    return [rule for rule in policy.rules if rule in (Rule.NOT_BEFORE, Rule.NOT_AFTER)]


@pytest.mark.parametrize(
    "fields",
    [
        [],
        {"colour": "green"},
        {"confirm": False},
        {"confirm": 1},
        {"needs_card": "yes"},
        {"allow": "Encrypt"},
        {"allow": ["encrypt"]},
        {"allow": ["Encrypt", "Decrypt"]},
        {"allow": ["Encrypt", "Encrypt"]},
        {"context": {}},
        {"context": {"year": 2026}},
        {"not_after": "2028-02-29"},
        {"not_after": "2027-02-29T00:00:00Z"},
        {"not_after": "2028-02-29T00:00:00+00:00"},
        {"not_before": 0},
        {"most_uses": 0},
        {"most_uses": True},
        {"most_uses": 10**9 + 1},
        {"most_uses": "5"},
        {"never_export": None},
    ],
    ids=str,
)
def test_what_signet_does_not_write_is_no_policy(fields: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the caller names the row
        Policy.of(fields)
