"""Certificates for signing, judged alike in the vault and on cards; what only cards say."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from signet.crypto.certificate_facts import read_facts
from signet.errors import CertificateNotFound, CertificateUnusable, NoSigningCertificate
from signet.services.card_certificates import CardCertificate, chain_on_card
from signet.services.certificates_judged import (
    JudgedCertificate,
    check_usable,
    fingerprint_digits,
    named_certificate,
    why_none_signs,
)
from support import pki

DAY = timedelta(days=1)
LOGIN = ("digital_signature",)
MAIL = ("key_encipherment",)


def certificate(
    common: str = "Mari",
    usages: tuple[str, ...] = pki.SIGNS,
    begin: datetime = pki.BEGIN,
    end: datetime = pki.SIGNERS_END,
) -> JudgedCertificate:
    public = pki.signer().key.public_key()
    made = pki.certify(common, public, pki.issuing(), usages=usages, begin=begin, end=end)
    facts = read_facts(made.public_bytes(Encoding.DER))
    return JudgedCertificate(facts, facts.validity(pki.NOW))


def on_card(judged: JudgedCertificate) -> CardCertificate:
    return CardCertificate(judged.facts, judged.validity, "01", "on a card", (judged.facts.der,))


def test_a_certificate_is_named_by_eight_digits_however_they_are_written() -> None:
    first, second = certificate(), certificate("Juhan")
    digits = first.fingerprint
    spelled = ":".join(digits[place : place + 2] for place in range(0, 8, 2)).upper()
    assert fingerprint_digits(f" {spelled[:6]} {spelled[6:]}\n") == digits[:8]
    for wanted in (digits, digits[:8], spelled, f"{digits[:4]} {digits[4:8]}"):
        assert named_certificate((first, second), wanted) is first
    for wanted in ("", digits[:7], "0" * 8, digits + "0"):
        assert named_certificate((first, second), wanted) is None
    assert named_certificate((first, first), digits) is None, "two that begin alike are not told apart"
    assert named_certificate((), digits) is None


def test_one_that_cannot_be_signed_with_is_refused_with_the_reason() -> None:
    for judged, reason in (
        (certificate(end=pki.NOW - 2 * DAY), f"it ended on {pki.NOW - 2 * DAY:%Y-%m-%d}"),
        (certificate(begin=pki.NOW + DAY), f"it holds from {pki.NOW + DAY:%Y-%m-%d} on"),
        (certificate(usages=MAIL), "its issuer says that the key is not for signatures"),
    ):
        assert not judged.can_sign
        with pytest.raises(CertificateUnusable) as caught:
            check_usable(judged)
        assert (caught.value.certificate, caught.value.reason) == ("Mari", reason)


def test_one_for_logging_in_signs_if_it_is_chosen() -> None:
    login = certificate(usages=LOGIN)
    check_usable(login)
    assert (login.can_sign, login.for_signatures) == (True, False)
    assert "logging in" in login.reason
    assert chain_on_card([on_card(login)], name="card", fingerprint=login.fingerprint) == (login.facts.der,)


def test_why_none_signs_by_itself() -> None:
    older, ended = certificate(end=pki.NOW - 9 * DAY), certificate(end=pki.NOW - 2 * DAY)
    for found, said in (
        ((), "nothing there"),
        ((ended, certificate(usages=LOGIN)), "none of its certificates is meant for signing documents; another one"),
        ((older, ended), f"its certificate ended on {pki.NOW - 2 * DAY:%Y-%m-%d}"),
        ((ended, certificate(usages=MAIL)), "none of its certificates holds today and is for signatures"),
    ):
        assert why_none_signs(found, none="nothing there").startswith(said)


def test_what_a_card_cannot_sign_with_is_said() -> None:
    with pytest.raises(NoSigningCertificate) as none:
        chain_on_card([], name="card")
    assert none.value.reason == "there is no certificate for it on the card"
    for judged, reason in (
        (certificate(begin=pki.NOW + DAY), f"it begins on {pki.NOW + DAY:%Y-%m-%d}"),
        (certificate(end=pki.NOW - 2 * DAY), f"it ended on {pki.NOW - 2 * DAY:%Y-%m-%d}"),
        (certificate(usages=MAIL), "its issuer says that the key is not for signatures"),
    ):
        with pytest.raises(CertificateUnusable) as unusable:
            chain_on_card([on_card(judged)], name="card", fingerprint=judged.fingerprint[:8])
        assert (unusable.value.certificate, unusable.value.reason) == ("Mari", reason)
    with pytest.raises(CertificateNotFound):
        chain_on_card([on_card(certificate())], name="card", fingerprint="00" * 32)
