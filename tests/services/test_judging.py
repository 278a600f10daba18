"""The table of verdicts: each fact alone, which comes first, and where trust comes from."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from signet.documents.facts import SignatureFacts
from signet.keys.model import Key
from signet.keys.spec import KeySpec, KeyUsage, Origin, Protection
from signet.keys.state import KeyState
from signet.services.judging import judge
from signet.services.judging_words import next_step, particulars
from signet.services.known_signers import Known
from signet.services.verdicts import SignatureView, Verdict
from support import pki

CHAIN = (pki.signer().der, pki.issuing().der, pki.root().der)
ROOTS = frozenset({pki.root().der})
GOOD = SignatureFacts(
    format="PAdES B-B",
    intact=True,
    fits=True,
    algorithm="ECDSA P-256",
    digest_algorithm="SHA-256",
    chain=CHAIN,
    anchored=True,
    revocation="good",
    revocation_source="document",
    claimed_time="2026-11-20T14:02:00Z",
    provable_until="2028-01-01T00:00:00Z",
    coverage="whole",
)
KEY = Key(
    "1",
    ("contracts",),
    KeySpec.ECC_NIST_P256,
    KeyUsage.SIGN_VERIFY,
    KeyState.ENABLED,
    Origin.VAULT,
    Protection.VAULT,
    1,
    "",
)
COMPARED = Known(person="Mari", compared=True)
WORSE: dict[str, tuple[dict[str, Any], Verdict, str]] = {
    "changed": ({"intact": False}, Verdict.INVALID, "does not fit"),
    "not the key's": ({"fits": False}, Verdict.INVALID, "not one of the key"),
    "changed after": (
        {"changes_allowed": False, "changes": ("a note was added",)},
        Verdict.CHANGED,
        "a note was added",
    ),
    "in part": ({"coverage": "part"}, Verdict.CHANGED, "only a part"),
    "hidden": ({"hidden_bytes": True}, Verdict.CHANGED, "hidden"),
    "weak": ({"weak": "SHA-1 is broken"}, Verdict.UNKNOWN, "SHA-1 is broken"),
    "a problem": ({"problem": "it is damaged"}, Verdict.UNKNOWN, "it is damaged"),
    "not looked at": ({"intact": None}, Verdict.UNKNOWN, "cannot be read"),
    "not fitted": ({"fits": None}, Verdict.UNKNOWN, "cannot be read"),
    "covers nothing known": ({"coverage": ""}, Verdict.UNKNOWN, "could not be checked"),
    "no certificate": ({"chain": ()}, Verdict.UNKNOWN, "certificate cannot be read"),
    "no certificate at all": ({"chain": (b"nonsense",)}, Verdict.UNKNOWN, "certificate cannot be read"),
    "revoked": (
        {
            "chain_problem": "revoked",
            "chain_note": "the certificate was revoked",
            "revoked_at": "2026-11-01T00:00:00Z",
        },
        Verdict.EXPIRED_OR_REVOKED,
        "revoked as of 2026-11-01, and nothing proves",
    ),
    "revoked, said only there": ({"revocation": "revoked"}, Verdict.EXPIRED_OR_REVOKED, "revoked"),
    "expired": (
        {"chain_problem": "expired", "chain_note": "the certificate ended on 2028-01-01"},
        Verdict.EXPIRED_OR_REVOKED,
        "ended on 2028-01-01, and nothing proves",
    ),
    "not yet": ({"chain_problem": "not-yet-valid"}, Verdict.EXPIRED_OR_REVOKED, "fits, but"),
    "not for this": (
        {"chain_problem": "constraints", "chain_note": "the certificate is not meant for signatures"},
        Verdict.VALID_UNTRUSTED,
        "not meant for signatures",
    ),
    "by nobody known": ({"anchored": False, "chain_problem": "not-anchored"}, Verdict.VALID_UNTRUSTED, "nobody whom"),
    "issuer not there": ({"anchored": False, "chain_problem": "incomplete"}, Verdict.VALID_UNTRUSTED, "nobody whom"),
}


def judged(facts: SignatureFacts, known: Known | None = None) -> SignatureView:
    return judge(facts, lambda _: known or Known(), issuers=ROOTS)


@pytest.mark.parametrize("name", WORSE)
def test_each_fact_alone_decides(name: str) -> None:
    change, verdict, said = WORSE[name]
    view = judged(replace(GOOD, **change))
    assert (view.verdict, view.trusted_by) == (verdict, "")
    assert said in view.sentence
    assert next_step(view)


@pytest.mark.parametrize("name", [name for name, (_, verdict, _) in WORSE.items() if verdict != "valid-untrusted"])
def test_trust_in_the_signer_outweighs_none_of_it(name: str) -> None:
    change, verdict, _ = WORSE[name]
    assert judged(replace(GOOD, **change), COMPARED).verdict is verdict
    assert judged(replace(GOOD, **change), Known(given="mari.pem")).verdict is verdict


def test_the_worst_comes_first() -> None:
    together: dict[str, Any] = {}
    order = list(Verdict)
    for change, verdict, _ in reversed(list(WORSE.values())):
        together |= change
        found = judged(replace(GOOD, **together)).verdict
        assert order.index(found) <= order.index(verdict)


def test_what_is_left_is_valid_by_an_issuer() -> None:
    view = judged(GOOD)
    assert (view.verdict, view.trusted_by, view.signer) == (Verdict.VALID, "issuer", "Mari Maasikas")
    assert (view.issuer, next_step(view)) == ("Example Issuing CA", "")
    assert judge(GOOD, lambda _: Known(), given=ROOTS).trusted_by == "given"


@pytest.mark.parametrize(
    ("known", "by"),
    [
        (COMPARED, "person"),
        (Known(given="mari.pem"), "given"),
        (Known(key=KEY, allowed=True), "vault"),
    ],
)
def test_a_known_key_needs_no_chain(known: Known, by: str) -> None:
    alone = replace(GOOD, chain=CHAIN[:1], anchored=False, chain_problem="incomplete")
    view = judged(alone, known)
    assert (view.verdict, view.trusted_by) == (Verdict.VALID, by)


def test_a_person_whose_key_was_not_compared_is_named_and_not_believed() -> None:
    alone = replace(GOOD, anchored=False, chain_problem="not-anchored")
    view = judged(alone, Known(person="Mari"))
    assert view.verdict is Verdict.VALID_UNTRUSTED
    assert "not compared" in view.sentence
    assert judged(GOOD, Known(person="Mari")).trusted_by == "issuer"


def test_a_key_of_the_vault_that_may_not_check_does_not() -> None:
    assert judged(GOOD, Known(key=KEY, allowed=False)).verdict is Verdict.UNKNOWN
    assert judged(GOOD, Known(key=KEY, allowed=False, given="contracts.pem")).verdict is Verdict.VALID


def test_no_field_is_forgotten_by_whoever_adds_one() -> None:
    """What decides nothing is listed here: a new fact has to be put on one side or the other."""
    deciding = {name for change, _, _ in WORSE.values() for name in change} | {"anchored", "kind"}
    told = {field.name for field in fields(SignatureFacts)} - deciding
    assert told == {
        "name",
        "format",
        "algorithm",
        "digest_algorithm",
        "public_key",
        "revocation_source",
        "claimed_time",
        "proven_time",
        "time_stamper",
        "time_note",
        "provable_until",
        "revision",
        "revisions",
        "certifies",
        "reason",
        "place",
        "signer_said",
        "page",
        "qualified",
        "qualified_note",
        "field",
    }


def test_time_is_told_with_where_it_comes_from() -> None:
    told = dict(particulars(judged(GOOD)))
    assert told["Time"] == "2026-11-20 14:02 UTC by the signer's own clock, not proven"
    assert told["Revoked"] == "not revoked, by what the document brings"
    proven = replace(GOOD, proven_time="2026-11-20T14:03:00Z", time_stamper="Stamps Ltd")
    assert dict(particulars(judged(proven)))["Time"].startswith("there at 2026-11-20 14:03 UTC, time stamp by Stamps")
    unknown = dict(particulars(judged(replace(GOOD, revocation="unknown", revocation_source=""))))
    assert unknown["Revoked"].startswith("not checked")
    spoken = dict(particulars(judged(replace(GOOD, reason="I\u202eagree\x07"))))
    assert spoken["Reason"] == "I\ufffdagree\ufffd"
