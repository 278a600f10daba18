"""When a signature in a PDF is judged: proof by time stamps, after certificates and CRLs have ended (test clock)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from signet.clock import timestamp
from signet.services.verdicts import SignatureView, Verdict, Verification
from support import pdf_forge as forge
from support import pki
from support.tamper_table import anchors, checked

LATER = datetime(2029, 6, 1, tzinfo=UTC)
"""After the signer's certificate (2028) and every CRL."""
MUCH_LATER = datetime(2047, 1, 1, tzinfo=UTC)
"""After everybody's."""
AFTER_SIGNING = pki.NOW + timedelta(days=30)


def at(pdf: bytes, moment: datetime, *crls: bytes, root: bool = True) -> Verification:
    return checked(pdf, anchors(timestamp(moment), *crls, root=root))


def signature(found: Verification) -> SignatureView:
    (view,) = (view for view in found.signatures if view.facts is not None and view.facts.kind == "signature")
    return view


@pytest.fixture(scope="module")
def documents() -> dict[str, bytes]:
    return {level: forge.signed(level=level) for level in ("b-b", "b-t", "b-lt", "b-lta")}


@pytest.mark.parametrize(
    ("level", "now", "later"),
    [
        ("b-b", "unknown", Verdict.EXPIRED_OR_REVOKED),
        ("b-t", "unknown", Verdict.VALID),
        ("b-lt", "good", Verdict.VALID),
        ("b-lta", "good", Verdict.VALID),
    ],
)
def test_levels_now_and_after_certificate_and_crls_have_ended(
    documents: dict[str, bytes], level: str, now: str, later: Verdict
) -> None:
    found = at(documents[level], pki.NOW)
    facts = signature(found).facts
    assert found.verdict is Verdict.VALID
    assert facts is not None
    assert facts.format == f"PAdES {level.upper()}"
    assert facts.revocation == now
    found = at(documents[level], LATER)
    facts = signature(found).facts
    assert facts is not None
    assert found.verdict is later
    assert bool(facts.proven_time) == (level != "b-b")
    assert facts.revocation == ("good" if level in ("b-lt", "b-lta") else "unknown")


def test_the_end_of_a_b_b_says_that_nothing_proves_it(documents: dict[str, bytes]) -> None:
    found = at(documents["b-b"], LATER)
    assert "ended on 2028-01-01, and nothing proves that it was signed before" in found.sentence
    facts = signature(found).facts
    assert facts is not None
    assert (facts.proven_time, facts.provable_until) == ("", "2028-01-01T00:00:00Z")


@pytest.mark.parametrize("level", ["b-t", "b-lt", "b-lta"])
def test_once_the_time_stampers_have_ended_nothing_is_proven(documents: dict[str, bytes], level: str) -> None:
    found = at(documents[level], MUCH_LATER)
    assert found.verdict is Verdict.EXPIRED_OR_REVOKED
    facts = signature(found).facts
    assert facts is not None
    assert facts.proven_time == ""
    assert "has ended" in facts.time_note


def test_an_archive_time_stamp_carries_on_the_one_that_ends() -> None:
    short = forge.rsa_stamper(datetime(2028, 6, 1, tzinfo=UTC))
    pdf = forge.signed(level="b-lt", time_stamper=forge.stamper(short))
    assert at(pdf, LATER).verdict is Verdict.EXPIRED_OR_REVOKED
    renewed = forge.stamped(pdf, at=AFTER_SIGNING)
    found = at(renewed, LATER)
    assert found.verdict is Verdict.VALID
    facts = signature(found).facts
    assert facts is not None
    assert facts.proven_time == timestamp(pki.NOW)
    assert facts.provable_until == "2046-01-01T00:00:00Z"
    late = forge.stamped(pdf, at=datetime(2028, 12, 1, tzinfo=UTC))  # the first had ended by then
    assert at(late, LATER).verdict is Verdict.EXPIRED_OR_REVOKED


def test_a_time_stamp_of_nobody_trusted_proves_nothing(documents: dict[str, bytes]) -> None:
    key = pki.new_key("rsa")
    alone = pki.Holder(
        key,
        pki.certify("Nobody", key.public_key(), key, end=pki.AUTHORITIES_END, extended=(forge.TIME_STAMPING,)),
    )
    pdf = forge.signed(time_stamper=forge.stamper(alone))
    assert at(pdf, pki.NOW).verdict is Verdict.VALID
    found = at(pdf, LATER)
    assert found.verdict is Verdict.EXPIRED_OR_REVOKED
    facts = signature(found).facts
    assert facts is not None
    assert facts.time_note == "its time stamp is by a service that nobody here trusts"
    later = at(forge.stamped(documents["b-b"], holder=alone), LATER)
    assert later.verdict is Verdict.EXPIRED_OR_REVOKED


def test_a_time_stamp_of_another_purpose_or_from_the_future_proves_nothing() -> None:
    for by, when in ((pki.signer("rsa"), pki.NOW), (forge.rsa_stamper(), LATER + timedelta(days=1))):
        pdf = forge.signed(time_stamper=forge.stamper(by, at=when))
        facts = signature(at(pdf, LATER)).facts
        assert facts is not None
        assert facts.proven_time == ""
        assert facts.time_note


def revoked_crl(when: datetime) -> bytes:
    return pki.crl(revoked=[pki.signer()], at=when)


@pytest.mark.parametrize(
    ("level", "when", "verdict"),
    [
        ("b-b", AFTER_SIGNING, Verdict.EXPIRED_OR_REVOKED),
        ("b-t", AFTER_SIGNING, Verdict.VALID),
        ("b-t", pki.NOW - timedelta(days=1), Verdict.EXPIRED_OR_REVOKED),
        ("b-lta", AFTER_SIGNING, Verdict.VALID),
        ("b-lta", pki.NOW - timedelta(days=1), Verdict.EXPIRED_OR_REVOKED),
    ],
)
def test_revocation_counts_unless_it_came_after_the_proven_time(
    documents: dict[str, bytes], level: str, when: datetime, verdict: Verdict
) -> None:
    found = at(documents[level], AFTER_SIGNING + timedelta(days=2), revoked_crl(when))
    assert found.verdict is verdict
    if verdict is Verdict.EXPIRED_OR_REVOKED:
        assert when.strftime("%Y-%m-%d") in found.sentence


@pytest.mark.parametrize(
    ("crl", "state"),
    [
        (pki.crl, "good"),
        (lambda: pki.crl(life=timedelta(days=1)), "ended"),
        (lambda: pki.crl(pki.root()), "unknown"),
        (lambda: pki.crl()[:-1] + bytes([pki.crl()[-1] ^ 1]), "unknown"),
        (lambda: b"nonsense", "unknown"),
    ],
)
def test_revocation_is_said_only_by_the_issuer_and_in_time(
    documents: dict[str, bytes], crl: Callable[[], bytes], state: str
) -> None:
    facts = signature(at(documents["b-b"], pki.NOW, crl())).facts
    assert facts is not None
    assert facts.revocation == state


def test_without_the_root_nobody_vouches(documents: dict[str, bytes]) -> None:
    for level in documents:
        found = at(documents[level], pki.NOW, root=False)
        assert found.verdict is Verdict.VALID_UNTRUSTED
        facts = signature(found).facts
        assert facts is not None
        assert facts.chain_problem in ("incomplete", "not-anchored")
