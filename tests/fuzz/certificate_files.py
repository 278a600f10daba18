"""Certificates as files bring them, and the names that people type for them."""

from __future__ import annotations

from contextlib import suppress

from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from fuzz.target import Target, check_told
from signet.crypto.certificate_bundles import chain_above, pem_text, read_bundle
from signet.crypto.certificate_facts import read_facts
from signet.crypto.x509_names import name_text, read_subject
from signet.errors import FormatUnrecognised, NoCertificate, UsageError
from support import pki


def run(data: bytes) -> bool:
    """Read the bytes as a file and as a name: certificates come back the same from what is written of them."""
    return any([_bundle(data), _name(data)])


def seeds() -> list[bytes]:
    """Every form of a file, and names."""
    signer, issuing = pki.signer(), pki.issuing()
    both = [signer.certificate, issuing.certificate]
    return [
        signer.der,
        signer.pem + issuing.pem,
        pkcs7.serialize_certificates(both, Encoding.DER),
        pkcs7.serialize_certificates(both, Encoding.PEM),
        rb"CN=Maasikas\, Mari,O=Acme,C=EE",
        rb"CN=J\C3\B5gi , OU=a;OU=b",
    ]


def _bundle(data: bytes) -> bool:
    try:
        found = read_bundle(data)
    except (FormatUnrecognised, NoCertificate) as error:
        check_told(error)
        return False
    for each in found:
        with suppress(FormatUnrecognised):
            facts = read_facts(each)
            assert facts.der == each
            assert (facts.suitability == "meant") is not bool(facts.consequence)
            assert len(chain_above(each, found)) < max(len(found), 1)
    assert read_bundle(pem_text(found)) == found
    return True


def _name(data: bytes) -> bool:
    try:
        name = read_subject(data.decode("utf-8", "surrogateescape"))
    except UsageError as error:
        check_told(error)
        return False
    assert read_subject(name_text(name)) == name
    return True


TARGET = Target("certificate", run, seeds)
