"""Public keys written for other tools and read from what people have; openssl and ssh-keygen judge."""

from __future__ import annotations

import base64
import json
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x448
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key
from hypothesis import given
from hypothesis import strategies as st

from signet.crypto.publickeys import MAX_FILE, PublicKeyForm, load_public_keys, public_key_text
from signet.crypto.software import kept
from signet.errors import FormatUnrecognised, UsageError
from signet.formats import sshkey
from signet.keys.spec import KeySpec
from support.signing import PAIR_SPECS, SIGNING_SPECS, generated, private_key_file, ssh_keygen, ssh_line

ED25519 = KeySpec.ECC_NIST_EDWARDS25519


def spki(spec: KeySpec) -> bytes:
    return generated(spec).public_key or b""


def openssl(*words: str, data: bytes) -> bytes:
    return subprocess.run(["openssl", *words], input=data, capture_output=True, check=True, timeout=60).stdout


def certificate(spec: KeySpec) -> x509.Certificate:
    private = kept(load_der_private_key(generated(spec).material.reveal(), None))
    assert isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Mari Kask")])
    start = datetime(2026, 11, 22)
    builder = x509.CertificateBuilder(name, name, private.public_key(), 17, start, start + timedelta(days=1))
    return builder.sign(private, None if isinstance(private, ed25519.Ed25519PrivateKey) else SHA256())


@pytest.mark.parametrize("form", list(PublicKeyForm))
@pytest.mark.parametrize("spec", PAIR_SPECS)
def test_every_form_comes_back_and_what_is_not_defined_is_said(spec: KeySpec, form: PublicKeyForm) -> None:
    undefined = (form is PublicKeyForm.SSH and spec not in SIGNING_SPECS) or (
        form is PublicKeyForm.JWK and spec.startswith("ML_")
    )
    if undefined:
        with pytest.raises(UsageError, match=spec):
            public_key_text(spki(spec), form)
        return
    text = public_key_text(spki(spec), form, comment="mari", key_id="abc/1")
    assert text.endswith("\n")
    assert load_public_keys(text.encode()) == (spki(spec),)
    assert load_public_keys(b"\xef\xbb\xbf" + text.encode()) == (spki(spec),)


@pytest.mark.parametrize("spec", SIGNING_SPECS)
def test_openssl_and_ssh_keygen_read_what_is_written(spec: KeySpec) -> None:
    pem = public_key_text(spki(spec), PublicKeyForm.PEM)
    assert openssl("pkey", "-pubin", "-outform", "DER", data=pem.encode()) == spki(spec)
    der = base64.b64decode(public_key_text(spki(spec), PublicKeyForm.DER))
    assert openssl("pkey", "-pubin", "-inform", "DER", "-outform", "DER", data=der) == spki(spec)
    line = public_key_text(spki(spec), PublicKeyForm.SSH, comment="mari")
    shown = ssh_keygen("-l", "-f", "/dev/stdin", data=line.encode())
    assert shown.returncode == 0, shown.stderr
    assert line == f"{ssh_line(spec)} mari\n"


def test_a_jwk_has_the_members_of_its_rfcs() -> None:
    members = json.loads(public_key_text(spki(ED25519), PublicKeyForm.JWK, key_id="abc/1"))
    x = base64.urlsafe_b64encode(spki(ED25519)[-32:]).rstrip(b"=").decode()
    assert members == {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "abc/1"}
    members = json.loads(public_key_text(spki(KeySpec.ECC_NIST_P521), PublicKeyForm.JWK))
    assert (members["kty"], members["crv"], len(members["x"]), len(members["y"])) == ("EC", "P-521", 88, 88)
    members = json.loads(public_key_text(spki(KeySpec.RSA_2048), PublicKeyForm.JWK))
    assert (members["kty"], members["e"], len(members["n"])) == ("RSA", "AQAB", 342)


def test_the_example_key_of_rfc_8037_is_read() -> None:
    text = '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'
    raw = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    assert load_public_keys(text.encode())[0].endswith(raw)


@pytest.mark.parametrize("spec", SIGNING_SPECS)
def test_of_certificates_the_key_is_taken(spec: KeySpec) -> None:
    found = certificate(spec)
    assert load_public_keys(found.public_bytes(Encoding.PEM)) == (spki(spec),)
    assert load_public_keys(found.public_bytes(Encoding.DER)) == (spki(spec),)
    assert load_public_keys(spki(spec)) == (spki(spec),)


def test_a_file_may_bring_several_keys() -> None:
    pem = certificate(ED25519).public_bytes(Encoding.PEM)
    text = b"Mari:\n" + pem + b"and\r\n" + public_key_text(spki(KeySpec.RSA_2048), PublicKeyForm.PEM).encode()
    assert load_public_keys(text) == (spki(ED25519), spki(KeySpec.RSA_2048))
    lines = "".join(f"mari@example.ee {ssh_line(spec)}\n" for spec in SIGNING_SPECS)
    assert load_public_keys(lines.encode()) == tuple(map(spki, SIGNING_SPECS))


def test_a_key_with_a_compressed_point_is_the_same_key() -> None:
    pem = public_key_text(spki(KeySpec.ECC_NIST_P256), PublicKeyForm.PEM).encode()
    compressed = openssl("ec", "-pubin", "-conv_form", "compressed", "-outform", "DER", data=pem)
    assert len(compressed) < len(spki(KeySpec.ECC_NIST_P256))
    assert load_public_keys(compressed) == (spki(KeySpec.ECC_NIST_P256),)


def test_a_point_off_its_curve_is_refused_in_every_form() -> None:
    good = spki(KeySpec.ECC_NIST_P256)
    bad = good[:-1] + bytes([good[-1] ^ 1])
    pem = b"-----BEGIN PUBLIC KEY-----\n" + base64.encodebytes(bad) + b"-----END PUBLIC KEY-----\n"
    line = sshkey.public_line(sshkey.from_spki(bad)).encode()
    members = json.loads(public_key_text(good, PublicKeyForm.JWK))
    jwk = json.dumps(members | {"y": members["x"]}).encode()
    for data in (bad, pem, line, jwk, base64.b64encode(bad)):
        with pytest.raises(FormatUnrecognised):
            load_public_keys(data)


def test_private_keys_are_refused_and_named(tmp_path: Path) -> None:
    private = private_key_file(tmp_path, ED25519).read_bytes()
    with pytest.raises(FormatUnrecognised, match="PRIVATE"):
        load_public_keys(private)
    for text in ('{"kty":"oct","k":"AAAA"}', '{"kty":"OKP","crv":"Ed25519","x":"AA","d":"AA"}'):
        with pytest.raises(FormatUnrecognised, match="private"):
            load_public_keys(text.encode())
    with pytest.raises(FormatUnrecognised):
        load_public_keys(bytes(generated(ED25519).material.reveal()))


def test_other_kinds_and_broken_files_are_refused() -> None:
    brainpool = ec.generate_private_key(ec.BrainpoolP256R1()).public_key()
    exchange = x448.X448PrivateKey.generate().public_key()
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()  # noqa: S505
    for public in (brainpool, exchange, short):
        for encoding in (Encoding.PEM, Encoding.DER):
            with pytest.raises(FormatUnrecognised):
                load_public_keys(public.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo))
    pem = public_key_text(spki(ED25519), PublicKeyForm.PEM).encode()
    huge = json.dumps({"kty": "RSA", "n": "A" + "_" * 150_000, "e": "AQAB"}).encode()
    for data in (
        b"",
        b"\xff",
        b"{",
        b"[]",
        b'{"kty":"OKP","crv":"Ed25519","x":"AA"}',
        b'{"kty":"OKP","crv":"Ed25519","x":"AA=="}',
        b'{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}',
        b'{"kty":"RSA","n":"AA","e":"AQAB"}',
        huge,
        pem[:-20],
        pem.replace(b"MCow", b"MCox"),
        pem + pem[:-20],
        pem + b"-----BEGIN PUBLIC KEY-----\n",
        spki(ED25519) + b"\0",
        spki(ED25519).replace(b"\x2b\x65\x70", b"\x2b\x65\x71"),  # Ed448, of the wrong length
        b"0" * (MAX_FILE + 1),
    ):
        with pytest.raises(FormatUnrecognised):
            load_public_keys(data)


@given(data=st.binary(max_size=200))
def test_any_other_bytes_are_refused(data: bytes) -> None:
    for attempt in (data, b"0" + data, b"{" + data, b"-----BEGIN CERTIFICATE-----\n" + data):
        with pytest.raises(FormatUnrecognised):
            load_public_keys(attempt)
