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
    PublicFormat,
    load_der_private_key,
)
from hypothesis import given
from hypothesis import strategies as st

from signet.crypto.keyfiles import KeyFileForm, export_encrypted, export_plain
from signet.crypto.keyreading import MAX_FILE, ImportedKey, read_key
from signet.crypto.keyreading import Encoding as Meant
from signet.crypto.pbes2 import ROUNDS
from signet.crypto.software import kept
from signet.errors import (
    FileSecretIncorrect,
    FileSecretMissing,
    FormatUnrecognised,
    KeyMaterialInvalid,
    NoPrivateKey,
    SignetError,
)
from signet.formats import der
from signet.keys.spec import KeySpec
from signet.secret import Secret
from support.signing import SIGNING_SPECS, generated

PASSPHRASE = Secret.from_text("correct horse õäöü")
KEY_ID = "0a6f6a2e-58c4-4d6d-9a86-3c1f0b8f2f11"
SYMMETRIC = KeySpec.SYMMETRIC_DEFAULT
LOCKED_SPECS = (SYMMETRIC, KeySpec.ECC_NIST_P256)
"""One with a public half, one without: what locks an export does not look at it, and takes its time (`ROUNDS`)."""


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
    opened = read_key(plain(spec))
    assert is_the_test_key(opened, spec)
    assert opened.key_id == (f"{KEY_ID}/3" if spec.is_symmetric else None)
    assert "material" not in repr(opened)
    assert is_the_test_key(read_key(plain(spec), passphrase=PASSPHRASE), spec)


@pytest.mark.parametrize("spec", LOCKED_SPECS)
def test_encrypted_exports_come_back(spec: KeySpec) -> None:
    locked = Secret(encrypted(spec))
    assert is_the_test_key(read_key(locked, passphrase=PASSPHRASE), spec)
    with pytest.raises(FileSecretMissing):
        read_key(locked)
    with pytest.raises(FileSecretIncorrect):
        read_key(locked, passphrase=Secret(b"wrong"))


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
    assert is_the_test_key(read_key(data, passphrase=Secret(secret) if secret else None), spec)
    if secret:
        with pytest.raises(FileSecretMissing):
            read_key(data)
        with pytest.raises(FileSecretIncorrect):
            read_key(data, passphrase=Secret(b"wrong"))


def test_keys_of_openssl_with_scrypt_are_read() -> None:
    data = openssl(
        "pkcs8", "-topk8", "-scrypt", "-passout", "pass:x", data=bytes(plain(KeySpec.ECC_NIST_P256).reveal())
    )
    assert is_the_test_key(read_key(Secret(data.stdout), passphrase=Secret(b"x")), KeySpec.ECC_NIST_P256)


def test_other_kinds_are_refused_with_the_reason(tmp_path: Path) -> None:
    brainpool = ec.generate_private_key(ec.BrainpoolP256R1())
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505
    for private in (brainpool, short):
        data = Secret(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        with pytest.raises(KeyMaterialInvalid, match=r"kind or size|1024 bits is too weak"):
            read_key(data)
    result = subprocess.run(["openssl", "genpkey", "-algorithm", "X448"], capture_output=True, check=True, timeout=60)
    with pytest.raises(KeyMaterialInvalid, match="kind"):
        read_key(Secret(result.stdout))


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
        '{"kty":"EC","crv":"P-256"}',
        '{"kty":"oct"}',
        '{"keys":[]}',
        "{}",
        "{",
        '{"a":' * 20_000,
    ],
)
def test_a_jwk_that_is_not_such_a_key_is_refused(text: str) -> None:
    with pytest.raises((KeyMaterialInvalid, FormatUnrecognised, NoPrivateKey)):
        read_key(Secret.from_text(text))
    assert read_key(Secret.from_text('{"kty":"oct","k":"' + "A" * 42 + 'E"}')).key_id is None


def test_too_large_is_refused() -> None:
    with pytest.raises(FormatUnrecognised):
        read_key(Secret(bytes(MAX_FILE + 1)))


@pytest.mark.parametrize("spec", [KeySpec.ECC_NIST_P256, KeySpec.ECC_NIST_EDWARDS25519])
def test_a_changed_or_truncated_file_never_yields_another_key(spec: KeySpec) -> None:
    good = bytes(plain(spec).reveal())
    for at in range(len(good)):
        for bad in (good[:at], good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]):
            try:
                found = read_key(Secret(bad))
            except SignetError:
                continue
            # A changed private half without its public half is another valid key; Ed25519 PKCS#8 v1 has no check.
            assert found.spec is spec
            assert spec is KeySpec.ECC_NIST_EDWARDS25519 or is_the_test_key(found, spec)


SIZES = (28, 32, 48, 64)


@given(data=st.binary(max_size=200).filter(lambda data: len(data) not in SIZES and len(data) + 1 not in SIZES))
def test_other_bytes_are_refused(data: bytes) -> None:
    for attempt in (
        data,
        b"{" + data,
        b"-----BEGIN PRIVATE KEY-----\n" + data,
        b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + data,
    ):
        with pytest.raises((KeyMaterialInvalid, FormatUnrecognised)):
            read_key(Secret(attempt))


def test_a_jwk_of_each_kind_is_that_of_the_rfcs_and_comes_back() -> None:
    """RFC 7515, A.2 and A.3; RFC 8037, A.1: private keys, and our own in the same members."""
    texts = {
        "EC": '{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",'
        '"y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}',
        "OKP": '{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",'
        '"x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}',
    }
    for kind, text in texts.items():
        found = read_key(Secret.from_text(text))
        members = json.loads(text)
        written = json.loads(
            export_plain(found.material, found.spec, key_id=KEY_ID, version=1, form=KeyFileForm.JWK).text()
        )
        assert {name: value for name, value in written.items() if name != "kid"} == members
        assert found.public_key is not None
        wrong = {**members, "x": members["x"][:-4] + "AAAA"}
        with pytest.raises((KeyMaterialInvalid, FormatUnrecognised)):
            read_key(Secret.from_text(json.dumps(wrong)))
        assert members["kty"] == kind
    rsa_jwk = export_plain(
        generated(KeySpec.RSA_2048).material, KeySpec.RSA_2048, key_id=KEY_ID, version=1, form=KeyFileForm.JWK
    )
    members = json.loads(rsa_jwk.text())
    assert set(members) == {"kty", "kid", "n", "e", "d", "p", "q", "dp", "dq", "qi"}
    short = {name: value for name, value in members.items() if name in ("kty", "n", "e", "d")}
    for text in (rsa_jwk.text(), json.dumps(short)):
        assert read_key(Secret.from_text(text)).public_key == generated(KeySpec.RSA_2048).public_key
    for name in ("n", "d", "p", "dq"):
        with pytest.raises(KeyMaterialInvalid):
            read_key(Secret.from_text(json.dumps({**members, name: "Aw" + members[name][2:]})))


def test_broken_numbers_are_refused() -> None:
    """A scalar out of range, a point off the curve, another's public half, an exponent of three."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # SP 800-186, 3.2.1.3
    good = ec.generate_private_key(ec.SECP256R1())
    other = ec.generate_private_key(ec.SECP256R1())
    point = other.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    scalar = good.private_numbers().private_value.to_bytes(32, "big")
    off = point[:-1] + bytes([point[-1] ^ 1])
    curve = bytes.fromhex("a00a06082a8648ce3d030107")  # [0] prime256v1 (RFC 5915)

    def sec1(private: bytes, public: bytes) -> bytes:
        half = b"\xa1\x44\x03\x42\x00" + public
        inner = b"\x02\x01\x01\x04\x20" + private + curve + half
        return b"\x30" + bytes([len(inner)]) + inner

    own = good.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    assert read_key(Secret(sec1(scalar, own))).what == "a SEC1 private key"
    for private, public in (
        (scalar, point),
        (scalar, off),
        (order.to_bytes(32, "big"), own),
        ((order + 1).to_bytes(32, "big"), own),
        (bytes(32), own),
    ):
        with pytest.raises(KeyMaterialInvalid):
            read_key(Secret(sec1(private, public)))
    three = rsa.generate_private_key(public_exponent=3, key_size=2048)
    data = three.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    with pytest.raises(KeyMaterialInvalid, match="exponent is 3"):
        read_key(Secret(data))


def test_a_point_that_openssh_never_writes_is_damage() -> None:
    """A compressed point: the library says NotImplementedError to it."""
    private = ec.generate_private_key(ec.SECP256R1())
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    first, *lines, last = private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).splitlines()
    changed = base64.b64decode(b"".join(lines)).replace(point, b"\x02" + point[1:])
    for data in (changed, changed.replace(b"none", b"wrong", 1)):
        with pytest.raises(KeyMaterialInvalid):
            read_key(Secret(b"\n".join((first, base64.b64encode(data), last, b""))))


def test_bytes_of_a_symmetric_key_are_taken_only_if_nothing_else_can_be_meant() -> None:
    secret = bytes(range(100, 132))
    for data in (secret, secret.hex().encode(), secret.hex().encode() + b"\r\n", base64.b64encode(secret) + b"\n"):
        found = read_key(Secret(data))
        assert found.material == Secret(secret)
        assert set(found.specs) == {SYMMETRIC, KeySpec.HMAC_256}
    # Bytes that look like the beginning of something else are bytes all the same.
    for first in (b"{", b"0", b" {"):
        data = first + secret[len(first) : -1] + b"\xff"
        assert read_key(Secret(data)).material == Secret(data)
    sizes = {size: read_key(Secret(bytes(range(1, size + 1))[:-1] + b"\xff")).specs for size in SIZES}
    assert sizes == {
        28: (KeySpec.HMAC_224,),
        32: (SYMMETRIC, KeySpec.HMAC_256),
        48: (KeySpec.HMAC_384,),
        64: (KeySpec.HMAC_512,),
    }
    words = b"correct horse battery staple 123"
    assert len(words) == 32
    for data in (
        words,
        b"0123456789abcdef0123456789abcdef",
        secret.hex()[:-1].encode(),
        b"AAAA" * 10 + b"AAA",
        b"1234",
    ):
        with pytest.raises(FormatUnrecognised):
            read_key(Secret(data))
    assert read_key(Secret(words), encoding=Meant.RAW).material == Secret(words)
    with pytest.raises(KeyMaterialInvalid):
        read_key(Secret(words), encoding=Meant.HEX)
    with pytest.raises(KeyMaterialInvalid):
        read_key(Secret(bytes(32)))


def test_a_passphrase_that_would_take_hours_is_not_begun() -> None:
    material = generated(KeySpec.ECC_NIST_P256).material
    private = kept(load_der_private_key(material.reveal(), None))
    ssh = PrivateFormat.OpenSSH.encryption_builder().kdf_rounds(1).build(b"x")
    good = private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, ssh)
    body = bytearray(base64.b64decode(b"".join(good.splitlines()[1:-1])))
    at = body.index(b"bcrypt") + len(b"bcrypt") + 4 + 4 + 16
    assert body[at : at + 4] == b"\0\0\0\1"
    body[at] = 0x7F
    bad = b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + base64.b64encode(body) + b"\n-----END OPENSSH PRIVATE KEY-----\n"
    costly = {ROUNDS.to_bytes(3, "big"): b"\x7f\xff\xff\xff"}
    encoded = base64.b64decode(b"".join(encrypted(KeySpec.ECC_NIST_P256).splitlines()[1:-1]))
    ((few, many),) = costly.items()
    longer = _grown(encoded, der.element(der.INTEGER, few), der.element(der.INTEGER, many))
    # The library passes over what is no base64, in the one, and over headers, in the other.
    pem = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nComment: x\n\n%b\n-----END ENCRYPTED PRIVATE KEY-----\n"
    hidden = (bad.replace(b"-----\n", b"-----\n!", 1), pem % base64.b64encode(longer))
    # scrypt with N = 2^23 and r = 8 takes 8 GiB (RFC 7914, 7; PBES2 of RFC 8018, A.4).
    costs = der.element(der.OCTET_STRING, bytes(16)) + b"".join(
        der.element(der.INTEGER, number.to_bytes(3, "big")) for number in (1 << 23, 8, 1)
    )
    large = der.element(der.SEQUENCE, der.element(der.SEQUENCE, costs) + der.element(der.OCTET_STRING, bytes(48)))
    greedy = pem.replace(b"Comment: x\n\n", b"") % base64.b64encode(large)
    for data, said in (
        (bad, "hours"),
        (longer, "hours"),
        (greedy, "memory"),
        *((each, "more in it") for each in hidden),
    ):
        with pytest.raises(KeyMaterialInvalid, match=said):
            read_key(Secret(data), passphrase=Secret(b"x"))


def _grown(data: bytes, old: bytes, new: bytes) -> bytes:
    """Put another element into a DER document, and write every length around it anew."""
    if data.startswith(old):
        return new + data[len(old) :]
    parts = []
    while data:
        tag, content, rest = der.split(data)
        whole = data[: len(data) - len(rest)]
        parts.append(
            der.element(tag, _grown(content, old, new)) if tag == der.SEQUENCE else new if whole == old else whole
        )
        data = rest
    return b"".join(parts)
