"""Private key files: exports that openssl and age open, imports of what people have."""

from __future__ import annotations

import base64
import json
import subprocess
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from hypothesis import given
from hypothesis import strategies as st

from signet.crypto.keyfiles import MAX_FILE, ImportedKey, export_encrypted, export_plain, import_key
from signet.crypto.pbes2 import ROUNDS
from signet.crypto.software import kept
from signet.errors import FileSecretIncorrect, FileSecretMissing, FormatUnrecognised, KeyMaterialInvalid, SignetError
from signet.keys.spec import KeySpec
from signet.secret import Secret
from support.signing import SIGNING_SPECS, generated

PASSPHRASE = Secret.from_text("correct horse õäöü")
KEY_ID = "0a6f6a2e-58c4-4d6d-9a86-3c1f0b8f2f11"
SYMMETRIC = KeySpec.SYMMETRIC_DEFAULT
LOCKED_SPECS = (SYMMETRIC, KeySpec.ECC_NIST_P256, KeySpec.ECC_NIST_EDWARDS25519, KeySpec.RSA_4096)
"""One of each family: what locks an export does not look at what is in it, and takes its time (`ROUNDS`)."""


def plain(spec: KeySpec) -> Secret:
    return export_plain(generated(spec).material, spec, key_id=KEY_ID, version=3)


@cache
def encrypted(spec: KeySpec) -> bytes:
    return export_encrypted(generated(spec).material, spec, key_id=KEY_ID, version=3, passphrase=PASSPHRASE)


def openssl(*words: str, data: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["openssl", *words], input=data, capture_output=True, check=False, timeout=60)


def is_the_test_key(found: ImportedKey, spec: KeySpec) -> bool:
    made = generated(spec)
    return (found.spec, found.public_key, found.material) == (spec, made.public_key, made.material)


@pytest.mark.parametrize("spec", list(KeySpec))
def test_plain_exports_come_back(spec: KeySpec) -> None:
    opened = import_key(plain(spec))
    assert is_the_test_key(opened, spec)
    assert opened.key_id == (f"{KEY_ID}/3" if spec.is_symmetric else None)
    assert "material" not in repr(opened)
    assert is_the_test_key(import_key(plain(spec), passphrase=PASSPHRASE), spec)


@pytest.mark.parametrize("spec", LOCKED_SPECS)
def test_encrypted_exports_come_back(spec: KeySpec) -> None:
    locked = Secret(encrypted(spec))
    assert is_the_test_key(import_key(locked, passphrase=PASSPHRASE), spec)
    with pytest.raises(FileSecretMissing):
        import_key(locked)
    with pytest.raises(FileSecretIncorrect):
        import_key(locked, passphrase=Secret(b"wrong"))


def test_a_symmetric_key_is_a_jwk_of_rfc_7517() -> None:
    members = json.loads(plain(SYMMETRIC).text())
    key = base64.urlsafe_b64encode(generated(SYMMETRIC).material.reveal()).rstrip(b"=").decode()
    assert members == {"kty": "oct", "k": key, "kid": f"{KEY_ID}/3", "alg": "A256GCM"}
    named = {spec.value: json.loads(plain(spec).text()).get("alg") for spec in KeySpec if spec.mac_algorithm}
    assert named == {"HMAC_224": None, "HMAC_256": "HS256", "HMAC_384": "HS384", "HMAC_512": "HS512"}


@pytest.mark.parametrize("spec", SIGNING_SPECS)
def test_openssl_opens_plain_exports(spec: KeySpec) -> None:
    public = openssl("pkey", "-pubout", "-outform", "DER", data=bytes(plain(spec).reveal()))
    assert public.stdout == generated(spec).public_key, public.stderr


@pytest.mark.parametrize("spec", [spec for spec in LOCKED_SPECS if spec is not SYMMETRIC])
def test_openssl_opens_encrypted_exports(spec: KeySpec) -> None:
    material = bytes(generated(spec).material.reveal())
    password = f"pass:{PASSPHRASE.text()}"
    opened = openssl("pkey", "-passin", password, "-outform", "DER", "-pubout", data=encrypted(spec))
    assert opened.stdout == generated(spec).public_key, opened.stderr
    assert openssl("pkey", "-passin", "pass:wrong", "-noout", data=encrypted(spec)).returncode != 0
    assert material not in encrypted(spec)


def test_the_encrypted_export_costs_what_it_says() -> None:
    structure = openssl("asn1parse", data=encrypted(KeySpec.ECC_NIST_P256)).stdout.decode()
    for part in ("PBES2", "PBKDF2", "hmacWithSHA256", "aes-256-cbc", f":{ROUNDS:06X}"):
        assert part in structure


@pytest.mark.parametrize("secret", [None, b"a passphrase"])
@pytest.mark.parametrize("form", ["PKCS8", "OpenSSH", "TraditionalOpenSSL", "DER"])
@pytest.mark.parametrize("spec", SIGNING_SPECS)
def test_what_people_have_is_read(spec: KeySpec, form: str, secret: bytes | None) -> None:
    if spec is KeySpec.ECC_NIST_EDWARDS25519 and form == "TraditionalOpenSSL":
        form = "PKCS8"  # Ed25519 has no traditional form
    private = kept(load_der_private_key(generated(spec).material.reveal(), None))
    encryption: KeySerializationEncryption = BestAvailableEncryption(secret) if secret else NoEncryption()
    encoding = Encoding.DER if form == "DER" else Encoding.PEM
    kind = PrivateFormat.PKCS8 if form == "DER" else getattr(PrivateFormat, form)
    data = Secret(private.private_bytes(encoding, kind, encryption))
    assert is_the_test_key(import_key(data, passphrase=Secret(secret) if secret else None), spec)
    if secret:
        with pytest.raises(FileSecretMissing):
            import_key(data)
        with pytest.raises(FileSecretIncorrect):
            import_key(data, passphrase=Secret(b"wrong"))


def test_keys_of_openssl_with_scrypt_are_read() -> None:
    data = openssl(
        "pkcs8", "-topk8", "-scrypt", "-passout", "pass:x", data=bytes(plain(KeySpec.ECC_NIST_P256).reveal())
    )
    assert is_the_test_key(import_key(Secret(data.stdout), passphrase=Secret(b"x")), KeySpec.ECC_NIST_P256)


def test_other_kinds_are_refused_with_the_reason(tmp_path: Path) -> None:
    brainpool = ec.generate_private_key(ec.BrainpoolP256R1())
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505
    for private in (brainpool, short):
        data = Secret(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        with pytest.raises(KeyMaterialInvalid, match="kind or size"):
            import_key(data)
    result = subprocess.run(["openssl", "genpkey", "-algorithm", "X448"], capture_output=True, check=True, timeout=60)
    with pytest.raises(KeyMaterialInvalid, match="kind"):
        import_key(Secret(result.stdout))


@pytest.mark.parametrize(
    "text",
    [
        '{"kty":"oct","k":"AAAA"}',
        '{"kty":"oct","k":"' + "A" * 43 + '"}',  # 32 zeros
        '{"kty":"oct","k":"' + "B" * 43 + '"}',  # base64url that is not canonical
        '{"kty":"oct","k":"' + "A" * 42 + "E" + '","alg":"HS512"}',
        '{"kty":"oct","k":"' + "A" * 42 + "E" + '","alg":"A128GCM"}',
        '{"kty":"oct","k":"' + "A" * 42 + "E" + '","k":"' + "A" * 42 + 'E"}',
        '{"kty":"oct","k":5}',
        '{"kty":"RSA"}',
        "{}",
        "{",
        '{"a":' * 20_000,
    ],
)
def test_a_jwk_that_is_not_such_a_key_is_refused(text: str) -> None:
    with pytest.raises((KeyMaterialInvalid, FormatUnrecognised)):
        import_key(Secret.from_text(text))
    assert import_key(Secret.from_text('{"kty":"oct","k":"' + "A" * 42 + 'E"}')).key_id is None


def test_too_large_is_refused() -> None:
    with pytest.raises(FormatUnrecognised):
        import_key(Secret(bytes(MAX_FILE + 1)))


@pytest.mark.parametrize("spec", [KeySpec.ECC_NIST_P256, KeySpec.ECC_NIST_EDWARDS25519])
def test_a_changed_or_truncated_file_never_yields_another_key(spec: KeySpec) -> None:
    good = bytes(plain(spec).reveal())
    for at in range(len(good)):
        for bad in (good[:at], good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]):
            try:
                found = import_key(Secret(bad))
            except SignetError:
                continue
            # A changed private half without its public half is another valid key; Ed25519 PKCS#8 v1 has no check.
            assert found.spec is spec
            assert spec is KeySpec.ECC_NIST_EDWARDS25519 or is_the_test_key(found, spec)


@given(data=st.binary(max_size=200))
def test_other_bytes_are_refused(data: bytes) -> None:
    for attempt in (
        data,
        b"{" + data,
        b"-----BEGIN PRIVATE KEY-----\n" + data,
        b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + data,
    ):
        with pytest.raises((KeyMaterialInvalid, FormatUnrecognised)):
            import_key(Secret(attempt))
