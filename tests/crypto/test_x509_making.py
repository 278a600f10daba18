"""Certificates and requests made with every kind of key; openssl is the judge."""

from __future__ import annotations

import copy
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from signet.crypto import x509_making
from signet.crypto.certificate_facts import Suitability, read_facts
from signet.crypto.x509_making import BACKDATED, CERTIFIED, Naming, request, request_pem, self_signed
from signet.crypto.x509_names import read_subject
from signet.errors import SignatureInvalid, UsageError
from signet.keys.spec import KeySpec, SigningAlgorithm
from support import pki
from support.signing import signing_key

NAMING = Naming(read_subject(r"CN=Mari Maasikas,O=Acme\, Inc,C=EE"), "mari@example.ee")
SMALL_RSA = KeySpec.RSA_2048
WAYS = [
    *((spec, None) for spec in CERTIFIED if spec not in (KeySpec.RSA_3072, KeySpec.RSA_4096)),
    *((SMALL_RSA, each) for each in SMALL_RSA.signing_algorithms),
]


def openssl(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["openssl", *words], cwd=folder, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(("spec", "algorithm"), WAYS)
def test_openssl_accepts_certificate_and_request(
    tmp_path: Path, spec: KeySpec, algorithm: SigningAlgorithm | None
) -> None:
    key = signing_key(spec)
    der = self_signed(key, NAMING, now=pki.NOW, days=30, algorithm=algorithm)
    pem = x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)
    (tmp_path / "own.pem").write_bytes(pem)
    verified = openssl(
        *("verify", "-check_ss_sig", "-x509_strict", "-attime", str(int(pki.NOW.timestamp()))),
        *("-purpose", "smimesign", "-CAfile", "own.pem", "own.pem"),
        folder=tmp_path,
    )
    assert verified.returncode == 0, verified.stderr
    (tmp_path / "own.csr").write_text(request_pem(request(key, NAMING, algorithm=algorithm)))
    asked = openssl("req", "-verify", "-noout", "-text", "-in", "own.csr", folder=tmp_path)
    assert asked.returncode == 0, asked.stderr
    assert "verify OK" in asked.stdout + asked.stderr
    assert 'C = EE, O = "Acme, Inc", CN = Mari Maasikas' in asked.stdout
    assert "email:mari@example.ee" in asked.stdout
    assert "Digital Signature, Non Repudiation" in asked.stdout


def test_a_certificate_says_what_it_is_for_and_until_when(tmp_path: Path) -> None:
    key = signing_key(KeySpec.ECC_NIST_P256)
    made = [self_signed(key, NAMING, now=pki.NOW, days=30) for _ in range(2)]
    facts = read_facts(made[0])
    assert facts.self_signed
    assert facts.suitability is Suitability.MEANT
    assert facts.public_key == key.public_key
    assert facts.emails == ("mari@example.ee",)
    found = x509.load_der_x509_certificate(made[0])
    assert found.not_valid_before_utc == pki.NOW - BACKDATED
    assert found.not_valid_after_utc == pki.NOW + timedelta(days=30)
    serials = {x509.load_der_x509_certificate(each).serial_number for each in made}
    assert len(serials) == 2
    assert all(0 < serial.bit_length() <= 159 for serial in serials)
    (tmp_path / "own.der").write_bytes(made[0])
    text = openssl("x509", "-inform", "DER", "-in", "own.der", "-noout", "-text", folder=tmp_path).stdout
    for said in ("CA:FALSE", "Digital Signature, Non Repudiation", "Subject Key Identifier", "email:mari@example.ee"):
        assert said in text
    assert "Extended Key Usage" not in text
    assert text.count("critical") == 2


def test_without_an_address_there_is_no_other_name() -> None:
    der = self_signed(signing_key(KeySpec.ECC_NIST_P256), Naming(read_subject("Mari")), now=pki.NOW, days=1)
    assert read_facts(der).emails == ()
    with pytest.raises(x509.ExtensionNotFound):
        x509.load_der_x509_certificate(der).extensions.get_extension_for_class(x509.SubjectAlternativeName)


@pytest.mark.parametrize("spec", [KeySpec.ECC_SECG_P256K1, KeySpec.ML_DSA_44])
def test_kinds_that_nobody_else_reads_get_none(spec: KeySpec) -> None:
    with pytest.raises(UsageError, match="No certificates are made"):
        self_signed(signing_key(spec), NAMING, now=pki.NOW, days=1)


def test_an_algorithm_that_does_not_fit_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot sign with"):
        request(signing_key(KeySpec.ECC_NIST_P256), NAMING, algorithm=SigningAlgorithm.ECDSA_SHA_384)


class Wrong:
    """A card that returns rubbish, or signs something else."""

    def __init__(self, spec: KeySpec, signs: bytes | None) -> None:
        self._key = signing_key(spec)
        self._signs = signs

    @property
    def public_key(self) -> bytes:
        return self._key.public_key

    def sign(self, message: bytes, algorithm: SigningAlgorithm) -> bytes:
        return self._key.sign(message if self._signs is None else self._signs, algorithm)

    def sign_prepared(self, prepared: bytes, algorithm: SigningAlgorithm) -> bytes:
        return self._key.sign_prepared(prepared, algorithm)


@pytest.mark.parametrize("spec", [KeySpec.ECC_NIST_P256, SMALL_RSA, KeySpec.ECC_NIST_EDWARDS25519])
def test_a_signature_that_does_not_fit_is_never_given_out(spec: KeySpec) -> None:
    with pytest.raises(SignatureInvalid):
        self_signed(Wrong(spec, b"something else"), NAMING, now=pki.NOW, days=1)


@pytest.mark.parametrize("spec", [KeySpec.ECC_NIST_P256, SMALL_RSA, KeySpec.ECC_NIST_EDWARDS25519])
def test_nothing_but_certificates_is_signed_and_no_private_half_is_there(spec: KeySpec) -> None:
    key = signing_key(spec)
    private = x509_making._private(key, None)
    with pytest.raises(UsageError, match="Only certificates"):
        private._sign(b"SSHSIG" + bytes(40))
    with pytest.raises(TypeError, match="elsewhere"):
        copy.deepcopy(private)
