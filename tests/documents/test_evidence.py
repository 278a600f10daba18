"""What says that nobody was revoked: believed only from who may say it, about the very certificate, in its time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from signet.documents.evidence import Evidence, proof_of
from signet.documents.evidence_check import crl_says, ocsp_says
from support import pki

RESPONDER = (ExtendedKeyUsageOID.OCSP_SIGNING,)


def holder(common: str, issuer: pki.Holder | None = None, **more: Any) -> pki.Holder:
    key = pki.new_key("p256")
    return pki.Holder(key, pki.certify(common, key.public_key(), issuer or pki.issuing(), **more))


def crl(by: pki.Holder, *extensions: x509.ExtensionType, revoked: tuple[pki.Holder, ...] = ()) -> bytes:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(by.certificate.subject)
        .last_update(pki.THIS_UPDATE)
        .next_update(pki.THIS_UPDATE + pki.CRL_LIFE)
    )
    for each in extensions:
        builder = builder.add_extension(each, critical=True)
    for one in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(one.certificate.serial_number)
        builder = builder.add_revoked_certificate(entry.revocation_date(pki.THIS_UPDATE).build())
    return builder.sign(by.key, hashes.SHA256()).public_bytes(Encoding.DER)


def point(**said: Any) -> x509.IssuingDistributionPoint:
    parts: dict[str, Any] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**{**parts, **said})


def impostor() -> pki.Holder:
    """Somebody who has the issuer's name and not its key."""
    key = pki.new_key("p256")
    return pki.Holder(key, pki.certify("Example Issuing CA", key.public_key(), key, authority=True))


IMPOSTOR = impostor()
LISTS = {
    "the issuer's": (crl(pki.issuing()), True),
    "revoked": (crl(pki.issuing(), revoked=(pki.signer(),)), True),
    "for people": (crl(pki.issuing(), point(only_contains_user_certs=True)), True),
    "another's": (crl(pki.root()), False),
    "an impostor's": (crl(IMPOSTOR), False),
    "for authorities": (crl(pki.issuing(), point(only_contains_ca_certs=True)), False),
    "indirect": (crl(pki.issuing(), point(indirect_crl=True)), False),
    "some reasons": (
        crl(pki.issuing(), point(only_some_reasons=frozenset([x509.ReasonFlags.key_compromise]))),
        False,
    ),
    "a delta": (crl(pki.issuing(), x509.DeltaCRLIndicator(1)), False),
    "something critical": (
        crl(pki.issuing(), x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\5\0")),
        False,
    ),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_counts_if_it_is_the_issuers_and_complete(name: str) -> None:
    der, counts = LISTS[name]
    said = crl_says(x509.load_der_x509_crl(der), pki.signer().certificate, pki.issuing().certificate)
    assert (said is not None) == counts
    if said is not None:
        assert (said.revoked is not None) == (name == "revoked")
        assert said.holds_at(pki.NOW)
        assert not said.holds_at(pki.THIS_UPDATE - timedelta(days=1))
        assert not said.holds_at(pki.THIS_UPDATE + pki.CRL_LIFE + timedelta(seconds=1))


def answer(
    about: pki.Holder,
    by: pki.Holder,
    *,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    certificates: tuple[pki.Holder, ...] = (),
    nonce: bytes = b"",
    at: datetime = pki.NOW,
) -> bytes:
    revoked = status is ocsp.OCSPCertStatus.REVOKED
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            about.certificate,
            pki.issuing().certificate,
            hashes.SHA1(),  # noqa: S303 - it names the issuer, as responders do
            status,
            at,
            at + timedelta(days=7),
            pki.THIS_UPDATE if revoked else None,
            x509.ReasonFlags.key_compromise if revoked else None,
        )
        .responder_id(
            ocsp.OCSPResponderEncoding.NAME if by is IMPOSTOR else ocsp.OCSPResponderEncoding.HASH, by.certificate
        )
    )
    if certificates:
        builder = builder.certificates([each.certificate for each in certificates])
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.sign(by.key, hashes.SHA256()).public_bytes(Encoding.DER)


DELEGATE = holder("Responder", extended=RESPONDER)
UNDELEGATED = holder("No responder")
FOREIGN = holder("Responder of another", pki.root(), extended=RESPONDER)
ENDED = holder("Responder of old", extended=RESPONDER, end=pki.THIS_UPDATE)
ANSWERS = {
    "the issuer": (answer(pki.signer(), pki.issuing()), True),
    "a delegate": (answer(pki.signer(), DELEGATE, certificates=(DELEGATE,)), True),
    "revoked": (answer(pki.signer(), pki.issuing(), status=ocsp.OCSPCertStatus.REVOKED), True),
    "unknown": (answer(pki.signer(), pki.issuing(), status=ocsp.OCSPCertStatus.UNKNOWN), False),
    "about another": (answer(pki.time_stamper(), pki.issuing()), False),
    "an impostor": (answer(pki.signer(), IMPOSTOR), False),
    "no delegate": (answer(pki.signer(), UNDELEGATED, certificates=(UNDELEGATED,)), False),
    "another's delegate": (answer(pki.signer(), FOREIGN, certificates=(FOREIGN,)), False),
    "a delegate that has ended": (answer(pki.signer(), ENDED, certificates=(ENDED,)), False),
    "a delegate whom nobody shows": (answer(pki.signer(), DELEGATE), False),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_counts_if_who_signed_it_may_say_so(name: str) -> None:
    der, counts = ANSWERS[name]
    said = ocsp_says(ocsp.load_der_ocsp_response(der), pki.signer().certificate, pki.issuing().certificate)
    assert (said is not None) == counts
    if said is not None:
        assert (said.revoked is not None) == (name == "revoked")
        assert (said.by is not None) == (name == "a delegate")


def evidence(*, crls: tuple[bytes, ...] = (), answers: tuple[bytes, ...] = (), root: bool = True) -> Evidence:
    found = Evidence()
    found.add([pki.issuing().der, *([pki.root().pem] if root else [])], crls, ())
    found.add_answers(answers)
    return found


def test_a_chain_is_proven_up_to_its_root() -> None:
    lists = (pki.crl(), pki.crl(pki.root()))
    proof = proof_of(pki.signer().certificate, evidence(crls=lists), moments=[pki.NOW])
    assert proof.chain == [pki.signer().der, pki.issuing().der, pki.root().der]
    assert set(proof.crls) == set(lists)
    assert (proof.missing, proof.revoked) == ([], [])


def test_what_is_lacking_says_where_it_can_be_had() -> None:
    signer = holder("Mari", crl_url="http://127.0.0.1/a.crl", ocsp_url="http://127.0.0.1/ocsp").certificate
    proof = proof_of(signer, evidence(root=False), moments=[pki.NOW])
    lacking = {each.kind: each for each in proof.missing}
    assert lacking["issuer"].name == "Example Issuing CA"
    assert lacking["revocation"].crls == ["http://127.0.0.1/a.crl"]
    assert lacking["revocation"].ocsps == ["http://127.0.0.1/ocsp"]
    request = ocsp.load_der_ocsp_request(lacking["revocation"].request)
    assert request.serial_number == signer.serial_number
    nonce = request.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    assert len(nonce) == 32


def test_a_stale_list_proves_the_time_it_was_for_and_no_other() -> None:
    lists = (pki.crl(), pki.crl(pki.root()))
    late = pki.THIS_UPDATE + timedelta(days=400)
    assert len(proof_of(pki.signer().certificate, evidence(crls=lists), moments=[late]).missing) == 2
    assert proof_of(pki.signer().certificate, evidence(crls=lists), moments=[late, pki.NOW]).missing == []


def test_an_answer_to_another_question_is_left_out() -> None:
    request = ocsp.OCSPRequestBuilder().add_certificate(
        pki.signer().certificate,
        pki.issuing().certificate,
        hashes.SHA1(),  # noqa: S303
    )
    asked = request.add_extension(x509.OCSPNonce(b"n" * 32), critical=False).build().public_bytes(Encoding.DER)
    for nonce, counts in ((b"", True), (b"n" * 32, True), (b"m" * 32, False)):
        found = evidence(answers=(asked, answer(pki.signer(), pki.issuing(), nonce=nonce)))
        assert len(found.ocsps) == counts
    assert not evidence(answers=(asked, b"rubbish")).ocsps
    assert not evidence(answers=(b"rubbish", answer(pki.signer(), pki.issuing()))).ocsps


def test_what_a_responder_says_is_proven_with_its_own_certificate() -> None:
    found = evidence(crls=(pki.crl(pki.root()),))
    found.add((), (), (answer(pki.signer(), DELEGATE, certificates=(DELEGATE,)),))
    proof = proof_of(pki.signer().certificate, found, moments=[pki.NOW])
    assert DELEGATE.der in proof.chain
    # The responder's certificate may itself be revoked, and nothing says otherwise here.
    assert [each.name for each in proof.missing] == ["Responder"]
    found.add((), (pki.crl(),), ())
    assert proof_of(pki.signer().certificate, found, moments=[pki.NOW]).missing == []
