"""Raw objects as modules show them, made into keys."""

from __future__ import annotations

import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from signet.tokens.model import TokenCertificate
from signet.tokens.public import certificates_from, keys_from, kind_of_spec, load

MODULE = "/usr/lib/libsofthsm2.so"
P256 = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(65537, 2048)
# As ykcs11 writes it, and refused by RFC 5280 and by what reads certificates strictly.
SERIAL, NO_SERIAL = b"\x02\x01\x01", b"\x02\x01\x00"
VERSION_3, VERSION_2, NO_VERSION = (b"\xa0\x03\x02\x01" + bytes([number]) for number in (2, 1, 9))
P256_PARAMETERS = bytes.fromhex("06082a8648ce3d030107")


def spki(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def public(**changes: object) -> dict[str, object]:
    return {
        "class": "public",
        "id": b"\3",
        "label": "k",
        "kind": "ec",
        "params": P256_PARAMETERS,
        "point": b"\4\x41" + point(P256),
        "sign": None,
        "decrypt": None,
        "derive": None,
        **changes,
    }


def private(**changes: object) -> dict[str, object]:
    return {
        "class": "private",
        "id": b"\3",
        "label": "k",
        "kind": "ec",
        "sign": True,
        "decrypt": False,
        "derive": True,
        "private": True,
        "always": False,
        "local": True,
        "never_extractable": True,
        **changes,
    }


def encoded(item: dict[str, object]) -> bytes:
    value = item["certificate"]
    assert isinstance(value, bytes)
    return value


def certificate(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | x25519.X25519PrivateKey) -> dict[str, object]:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=1))
        .sign(RSA, hashes.SHA256())
    )
    value = made.public_bytes(serialization.Encoding.DER)
    return {"class": "certificate", "id": b"\3", "label": "c", "certificate": value}


def test_a_point_is_taken_wrapped_or_raw() -> None:
    for value in (b"\4\x41" + point(P256), point(P256)):
        (key,) = keys_from([public(point=value)], module=MODULE)
        assert (key.public_key, key.spec) == (spki(P256), "ECC_NIST_P256")
    wide = ec.generate_private_key(ec.SECP521R1())
    parameters = bytes.fromhex("06052b81040023")
    (key,) = keys_from([public(params=parameters, point=b"\4\x81\x85" + point(wide))], module=MODULE)
    assert (key.public_key, key.spec) == (spki(wide), "ECC_NIST_P521")


def test_an_edwards_key_is_taken_wrapped_or_raw() -> None:
    own = ed25519.Ed25519PrivateKey.generate()
    raw = own.public_key().public_bytes_raw()
    for value in (raw, b"\4\x20" + raw):
        (key,) = keys_from([public(kind="edwards", point=value)], module=MODULE)
        assert (key.public_key, key.spec) == (spki(own), "ECC_NIST_EDWARDS25519")
        assert not key.can_derive
        assert not key.is_elliptic


def test_an_rsa_key_is_taken_from_its_numbers() -> None:
    numbers = RSA.public_key().public_numbers()
    item = public(kind="rsa", modulus=b"\0" + numbers.n.to_bytes(256, "big"), exponent=b"\1\0\1")
    (key,) = keys_from([item], module=MODULE)
    assert (key.public_key, key.spec, key.is_rsa) == (spki(RSA), "RSA_2048", True)


@pytest.mark.parametrize(
    "item",
    [
        public(point=b""),
        public(point=None),
        public(point=b"\4" + bytes(64)),
        public(point=point(P256)[:-1]),
        public(params=b"\6\3\1\2\3"),
        public(params=None),
        public(kind=""),
        public(kind="rsa", modulus=b"", exponent=b"\3"),
        public(kind="rsa", modulus=None, exponent=None),
        public(kind="edwards", point=b"short"),
        {**certificate(P256), "certificate": b"junk"},
        {**certificate(P256), "certificate": None},
        certificate(x25519.X25519PrivateKey.generate()),
        private(),
        {**certificate(P256), "certificate": encoded(certificate(P256)) + b"\0"},
        {**certificate(P256), "certificate": encoded(certificate(P256))[:-1]},
        {**certificate(P256), "certificate": "text"},
        {"class": "data", "id": b"\3", "label": "x"},
        {"class": ["public"], "id": b"\3"},
        {"class": "public"},
        {"id": b"\3"},
        {},
        {**public(), "id": "text"},
        {**public(), "id": None},
        public(kind=["ec"]),
        public(kind="rsa", modulus=b"\1" * 1025, exponent=b"\1\0\1"),
        public(kind="rsa", modulus=b"\1" * 256, exponent=b"\3" * (1 << 20)),
        public(kind="rsa", modulus=b"\1" * 256, exponent=b""),
        public(kind="rsa", modulus=5, exponent="x"),
    ],
)
def test_what_cannot_be_read_is_left_out_and_the_rest_stays(item: dict[str, object]) -> None:
    good = public(id=b"\7")
    assert [key.id for key in keys_from([item, good], module=MODULE)] == [b"\7"]


def test_a_label_that_is_no_text_is_none() -> None:
    assert [key.label for key in keys_from([public(label=7)], module=MODULE)] == [""]
    nameless = public()
    del nameless["label"]
    assert [key.label for key in keys_from([nameless], module=MODULE)] == [""]


@pytest.mark.filterwarnings("ignore:Parsed a serial number which wasn't positive")  # the key is read all the same
@settings(max_examples=300, deadline=None)
@given(place=st.integers(0, 4000), value=st.integers(0, 255))
def test_no_byte_of_a_certificate_can_hide_the_other_keys(place: int, value: int) -> None:
    changed = bytearray(encoded(certificate(P256)))
    changed[place % len(changed)] = value
    odd = {**certificate(P256), "certificate": bytes(changed)}
    assert b"\7" in [key.id for key in keys_from([odd, public(id=b"\7")], module=MODULE)]


def test_a_certificate_gives_the_key_where_there_is_no_public_key_object() -> None:
    (key,) = keys_from([certificate(P256)], module=MODULE)
    assert (key.public_key, key.can_sign, key.can_derive, key.can_decrypt) == (spki(P256), True, True, False)
    (key,) = keys_from([certificate(RSA)], module=MODULE)
    assert (key.public_key, key.can_sign, key.can_derive, key.can_decrypt) == (spki(RSA), True, False, True)


@pytest.mark.parametrize(("before", "after"), [(VERSION_3, VERSION_2), (VERSION_3, NO_VERSION), (SERIAL, NO_SERIAL)])
def test_what_else_stands_in_a_certificate_does_not_count(before: bytes, after: bytes) -> None:
    changed = encoded(certificate(P256)).replace(before, after, 1)
    assert changed != encoded(certificate(P256))
    (key,) = keys_from([{**certificate(P256), "certificate": changed}], module=MODULE)
    assert key.public_key == spki(P256)


def test_a_public_key_object_comes_before_a_certificate_of_its_id() -> None:
    (key,) = keys_from([certificate(RSA), public()], module=MODULE)
    assert key.public_key == spki(P256)
    assert len(keys_from([{**certificate(RSA), "id": b"\4"}, public()], module=MODULE)) == 2


def test_the_private_half_says_what_the_key_can_do() -> None:
    (key,) = keys_from([public(), private(sign=False, always=True)], module=MODULE)
    assert (key.can_sign, key.can_derive, key.always_authenticate) == (False, True, True)
    assert key.private_seen
    assert key.on_token is True


def test_a_private_key_counts_only_for_its_own_id_and_kind() -> None:
    for other in (private(id=b"\4"), private(kind="rsa")):
        (key,) = keys_from([public(), other], module=MODULE)
        assert not key.private_seen


def test_an_unguarded_private_key_is_not_taken_for_one_behind_the_pin() -> None:
    (key,) = keys_from([public(), private(private=False)], module=MODULE)
    assert not key.private_seen
    (key,) = keys_from([public(), private(private=None)], module=MODULE)
    assert not key.private_seen
    (key,) = keys_from([public(), private(private=False), private()], module=MODULE)
    assert key.private_seen


@pytest.mark.parametrize(
    ("local", "never", "expected"),
    [(True, True, True), (False, True, False), (True, False, False), (None, True, None), (True, None, None)],
)
def test_made_on_the_token_needs_both_flags(local: object, never: object, expected: object) -> None:
    (key,) = keys_from([public(), private(local=local, never_extractable=never)], module=MODULE)
    assert key.on_token is expected


YKCS11 = "/usr/lib/libykcs11.so.2.2.0"


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 24])
@pytest.mark.parametrize("logged_in", [True, False])
def test_ykcs11_is_believed_about_slots_only(number: int, logged_in: bool) -> None:
    name = bytes([number])
    objects = [public(id=name, sign=True, derive=False)]
    if logged_in:
        objects.append(private(id=name, sign=True, derive=False))
    (key,) = keys_from(objects, module=YKCS11)
    manages = number in (3, 5, 24)
    assert (key.can_sign, key.can_derive) == (not manages, manages)
    assert not keys_from(objects, module=MODULE)[0].can_derive


def test_the_makers_own_key_on_a_yubikey_is_none_of_the_persons() -> None:
    objects = [public(id=b"\x19"), private(id=b"\x19"), public(id=b"\x01")]
    assert [key.id for key in keys_from(objects, module=YKCS11)] == [b"\x01"]
    assert len(keys_from(objects, module=MODULE)) == 2


def test_other_curves_are_named_but_are_no_spec() -> None:
    own = ec.generate_private_key(ec.BrainpoolP256R1())
    (key,) = keys_from([public(params=bytes.fromhex("06092b2403030208010107"), point=point(own))], module=MODULE)
    assert key.spec == "ECC_brainpoolP256r1"
    assert kind_of_spec(key.spec) == "ec"


def test_a_foreign_kind_of_key_is_refused() -> None:
    other = x25519.X25519PrivateKey.generate().public_key()
    with pytest.raises(ValueError, match="tokens do not hold"):
        load(other.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo))


def test_certificates_come_once_each_and_what_a_yubikey_attests_is_none() -> None:
    good = {
        "class": "certificate",
        "id": b"\2",
        "label": "X.509 Certificate for Digital Signature",
        "certificate": b"one",
    }
    odd: list[dict[str, object]] = [
        {},
        public(),
        {**good, "class": "private"},
        {**good, "certificate": None},
        {**good, "certificate": b""},
        {**good, "certificate": 7},
    ]
    attested = {**good, "label": "X.509 Certificate for PIV Attestation 9c", "certificate": b"two"}
    nameless = {**good, "id": None, "label": 3, "certificate": b"three"}
    found = certificates_from([*odd, good, good, attested, nameless], module=MODULE)
    assert found == (
        TokenCertificate(b"\2", "X.509 Certificate for Digital Signature", b"one"),
        TokenCertificate(b"\2", "X.509 Certificate for PIV Attestation 9c", b"two"),
        TokenCertificate(b"", "", b"three"),
    )
    by_ykcs11 = certificates_from([good, attested], module="/usr/lib/libykcs11.so.2")
    assert [each.der for each in by_ykcs11] == [b"one"]
