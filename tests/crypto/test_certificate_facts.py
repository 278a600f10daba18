"""What a certificate says about signing with its key, and which certificates stand above it."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs7, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from signet.crypto.certificate_bundles import MAX_BUNDLE, chain_above, pem_text, read_bundle
from signet.crypto.certificate_facts import Suitability, read_facts
from signet.crypto.certificates import MAX_CERTIFICATE, Validity
from signet.errors import FormatUnrecognised, NoCertificate
from support import pki

MEANT, POSSIBLE, NEVER = Suitability.MEANT, Suitability.POSSIBLE, Suitability.NEVER
DOCUMENTS = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
MAIL, LOGIN = ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.CLIENT_AUTH

SUITS = {
    "both": (pki.SIGNS, (), False, MEANT),
    "nonRepudiation alone": (("content_commitment",), (), False, MEANT),
    "for documents": (pki.SIGNS, (DOCUMENTS,), False, MEANT),
    "for mail": (pki.SIGNS, (MAIL, LOGIN), False, MEANT),
    "for logging in": (pki.SIGNS, (LOGIN,), False, POSSIBLE),
    "digitalSignature alone": (("digital_signature",), (MAIL,), False, POSSIBLE),
    "no word about it": (None, (), False, POSSIBLE),
    "for certifying others": ((*pki.SIGNS, "key_cert_sign"), (), True, POSSIBLE),
    "for encryption": (("key_encipherment", "data_encipherment"), (), False, NEVER),
    "for certifying alone": (("key_cert_sign", "crl_sign"), (), True, NEVER),
}


@pytest.mark.parametrize("case", SUITS)
def test_a_certificate_is_meant_for_signatures_as_its_usages_say(case: str) -> None:
    usages, extended, authority, suitability = SUITS[case]
    key = pki.signer().key
    made = pki.certify("Mari", key.public_key(), pki.issuing(), usages=usages, extended=extended, authority=authority)
    facts = read_facts(made.public_bytes(Encoding.DER))
    assert facts.suitability is suitability
    assert bool(facts.consequence) is (suitability is not MEANT)
    assert facts.authority is authority


def test_names_dates_and_key_are_told() -> None:
    holder = pki.signer()
    facts = read_facts(holder.der)
    assert facts.subject == "CN=Mari Maasikas,O=Example,C=EE"
    assert (facts.common_name, facts.issuer_name) == ("Mari Maasikas", "Example Issuing CA")
    assert (facts.not_before, facts.not_after) == ("2026-01-01T00:00:00Z", "2028-01-01T00:00:00Z")
    assert facts.public_key == holder.spki
    assert not facts.self_signed
    assert read_facts(pki.root().der).self_signed
    for moment, validity in (
        (pki.BEGIN - timedelta(seconds=1), Validity.NOT_YET),
        (pki.NOW, Validity.CURRENT),
        (pki.SIGNERS_END, Validity.CURRENT),
        (pki.SIGNERS_END + timedelta(seconds=1), Validity.EXPIRED),
    ):
        assert facts.validity(moment) is validity


def test_names_that_do_not_show_themselves_become_marks() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    made = pki.certify("Mari\u202egnihton", key.public_key(), pki.issuing())
    facts = read_facts(made.public_bytes(Encoding.DER))
    assert "\u202e" not in facts.subject + facts.common_name


def test_a_chain_is_put_in_order_and_others_are_left_out() -> None:
    signer, issuing, root = pki.signer().der, pki.issuing().der, pki.root().der
    other = pki.certify("Example Issuing CA", pki.new_key("p256").public_key(), pki.root(), authority=True)
    same_name = other.public_bytes(Encoding.DER)
    assert chain_above(signer, [root, same_name, pki.time_stamper().der, issuing, signer]) == (issuing, root)
    assert chain_above(signer, [root]) == ()
    assert chain_above(root, [root, issuing]) == ()


def test_a_broken_signature_certifies_nothing() -> None:
    broken = bytearray(pki.issuing().der)
    broken[-1] ^= 1
    assert chain_above(bytes(broken), [pki.root().der]) == ()


def bundle(*holders: pki.Holder, encoding: Encoding) -> bytes:
    return pkcs7.serialize_certificates([each.certificate for each in holders], encoding)


def test_every_form_of_a_bundle_is_read() -> None:
    signer, issuing = pki.signer(), pki.issuing()
    both = {signer.der, issuing.der}
    pem = b"Subject: somebody\r\n" + (signer.pem + b"\n\n" + issuing.pem).replace(b"\n", b"\r\n")
    for data in (
        pem,
        signer.pem + signer.key_pem + issuing.pem + signer.pem,
        bundle(signer, issuing, encoding=Encoding.PEM),
        bundle(signer, issuing, encoding=Encoding.DER),
        pem_text([signer.der, issuing.der]),
    ):
        assert set(read_bundle(data)) == both
    assert read_bundle(signer.der) == (signer.der,)
    assert read_bundle(base64.encodebytes(signer.der)) == (signer.der,)


def test_openssl_writes_bundles_that_are_read(tmp_path: Path) -> None:
    certificate, key = pki.signer().write(tmp_path, "signer")
    other, _ = pki.issuing().write(tmp_path, "issuing")
    for arguments in (
        ["crl2pkcs7", "-nocrl", "-certfile", certificate, "-certfile", other, "-outform", "DER"],
        ["cms", "-sign", "-in", key, "-signer", certificate, "-inkey", key, "-certfile", other, "-outform", "DER"],
    ):
        out = tmp_path / "out"
        subprocess.run(["openssl", *map(str, arguments), "-out", str(out)], check=True, capture_output=True)
        assert set(read_bundle(out.read_bytes())) == {pki.signer().der, pki.issuing().der}
    trusted = subprocess.run(
        ["openssl", "x509", "-in", str(certificate), "-trustout", "-addtrust", "emailProtection"],
        check=True,
        capture_output=True,
    ).stdout
    assert read_bundle(trusted) == (pki.signer().der,)


def request() -> x509.CertificateSigningRequest:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Mari")])
    return x509.CertificateSigningRequestBuilder().subject_name(name).sign(pki.signer().key, hashes.SHA256())


def huge() -> bytes:
    key = pki.new_key("p256")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Large")])
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"x" * (MAX_CERTIFICATE + 1024))
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(pki.BEGIN).not_valid_after(pki.SIGNERS_END)
    return made.add_extension(odd, critical=False).sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


NO_CERTIFICATES: dict[str, tuple[Callable[[], bytes], type[Exception]]] = {
    "a request": (lambda: request().public_bytes(Encoding.PEM), NoCertificate),
    "a request in DER": (lambda: request().public_bytes(Encoding.DER), NoCertificate),
    "a private key": (lambda: pki.signer().key_pem, NoCertificate),
    "a private key in DER": (lambda: pki.signer().pkcs8, NoCertificate),
    "a public key": (lambda: pki.signer().spki, NoCertificate),
    "PKCS#12": (
        lambda: pkcs12.serialize_key_and_certificates(
            b"x", pki.signer().key, pki.signer().certificate, None, NoEncryption()
        ),
        NoCertificate,
    ),
    "nothing": (lambda: b"", FormatUnrecognised),
    "garbage": (lambda: bytes(range(256)) * 40, FormatUnrecognised),
    "broken PEM": (lambda: pki.signer().pem.replace(b"\nM", b"\n!", 1), FormatUnrecognised),
    "PEM without its end": (lambda: pki.signer().pem[:-40], FormatUnrecognised),
    "cut off": (lambda: pki.signer().der[:-1], FormatUnrecognised),
    "bytes after it": (lambda: pki.signer().der + b"\0", FormatUnrecognised),
    "more than 64 KiB": (huge, FormatUnrecognised),
    "more than fits": (lambda: pki.signer().pem * (MAX_BUNDLE // len(pki.signer().pem) + 1), FormatUnrecognised),
    "signed data without certificates": (
        lambda: bytes.fromhex("300f06092a864886f70d010702a0023000"),
        FormatUnrecognised,
    ),
}


@pytest.mark.parametrize("case", NO_CERTIFICATES)
def test_what_is_no_certificate_is_named_or_refused(case: str) -> None:
    make, error = NO_CERTIFICATES[case]
    with pytest.raises(error):
        read_bundle(make())


def test_a_certificate_cut_or_changed_anywhere_is_read_or_refused_and_nothing_else() -> None:
    whole = pki.signer().der
    for place in range(0, len(whole), 3):
        changed = bytearray(whole)
        changed[place] ^= 0x41
        for data in (whole[:place], bytes(changed)):
            try:
                for each in read_bundle(data):
                    facts = read_facts(each)
                    assert not facts.self_signed
                    assert chain_above(each, [pki.issuing().der]) == ()
            except (FormatUnrecognised, NoCertificate):
                continue


def test_private_format_is_never_in_what_is_written() -> None:
    text = pem_text(read_bundle(pki.signer().pem + pki.signer().key_pem))
    assert text == pki.signer().pem
    assert pki.signer().key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) not in text
