"""Software keys: made, checked, signing; openssl verifies what they sign."""

from __future__ import annotations

import subprocess
from math import gcd, lcm

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x448
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from signet.crypto.software import SoftwareSigningKey, check_material, generate, kept, spec_of, to_material
from signet.errors import KeyMaterialInvalid
from signet.formats import der
from signet.keys.spec import KeySpec
from signet.secret import Secret
from support.signing import PAIR_SPECS, SIGNING_SPECS, generated

MESSAGE = b"I hereby agree.\n"
P256 = KeySpec.ECC_NIST_P256


def pkcs8(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | x448.X448PrivateKey) -> Secret:
    return Secret(private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def test_symmetric_material_is_32_fresh_bytes() -> None:
    first, second = generate(KeySpec.SYMMETRIC_DEFAULT), generate(KeySpec.SYMMETRIC_DEFAULT)
    assert len(first.material) == 32
    assert first.public_key is None
    assert first.material != second.material
    assert check_material(first.material, KeySpec.SYMMETRIC_DEFAULT) is None
    assert "redacted" not in repr(first)
    assert first.material.reveal().hex() not in repr(first)


@pytest.mark.parametrize("spec", PAIR_SPECS)
def test_generated_material_is_a_key_of_its_spec_and_of_no_other(spec: KeySpec) -> None:
    made = generated(spec)
    assert (
        check_material(made.material, spec) == made.public_key == SoftwareSigningKey(made.material, spec).public_key
    )
    assert spec_of(kept(load_der_private_key(made.material.reveal(), None))) is spec
    at = PAIR_SPECS.index(spec)
    for other in (KeySpec.SYMMETRIC_DEFAULT, PAIR_SPECS[at - 1], PAIR_SPECS[(at + 1) % len(PAIR_SPECS)]):
        with pytest.raises(KeyMaterialInvalid):
            check_material(made.material, other)
    with pytest.raises(KeyMaterialInvalid):
        SoftwareSigningKey(made.material, PAIR_SPECS[at - 1])


@pytest.mark.parametrize("spec", [spec for spec in KeySpec if spec.is_symmetric])
def test_a_symmetric_key_has_the_length_of_its_spec_and_is_not_all_zeros(spec: KeySpec) -> None:
    made = generated(spec)
    assert (check_material(made.material, spec), made.public_key) == (None, None)
    for wrong in (made.material.reveal()[1:], made.material.reveal() + b"x", bytes(len(made.material))):
        with pytest.raises(KeyMaterialInvalid):
            check_material(Secret(wrong), spec)


@pytest.mark.parametrize("spec", [spec for spec in PAIR_SPECS if not spec.startswith("ML_")])
def test_openssl_finds_the_material_consistent(spec: KeySpec) -> None:
    result = subprocess.run(
        ["openssl", "pkey", "-inform", "DER", "-check", "-noout"],
        input=bytes(generated(spec).material.reveal()),
        capture_output=True,
        check=False,
        timeout=60,
    )
    # OpenSSL 3.0 cannot check keys of RFC 8410; that it reads one is all that it says.
    assert result.returncode == 0 or spec in (KeySpec.ECC_NIST_EDWARDS25519, KeySpec.X25519), result.stderr
    assert b"unable to load" not in result.stderr.lower()


@pytest.mark.parametrize("size", [0, 16, 31, 33, 64])
def test_a_symmetric_key_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(KeyMaterialInvalid, match=str(size)):
        check_material(Secret(b"k" * size), KeySpec.SYMMETRIC_DEFAULT)


def test_a_wiped_buffer_is_not_a_key() -> None:
    with generate(KeySpec.SYMMETRIC_DEFAULT).material as material:
        pass
    with pytest.raises(KeyMaterialInvalid, match="zeros"):
        check_material(material, KeySpec.SYMMETRIC_DEFAULT)


@pytest.mark.parametrize("spec", [P256, KeySpec.ECC_NIST_EDWARDS25519])
def test_material_cut_off_or_with_more_after_it_is_refused(spec: KeySpec) -> None:
    good = bytes(generated(spec).material.reveal())
    for bad in [good[:size] for size in range(len(good))] + [good + b"\0"]:
        with pytest.raises(KeyMaterialInvalid):
            check_material(Secret(bad), spec)


def test_a_point_of_another_key_or_off_the_curve_is_refused() -> None:
    good = bytes(generated(P256).material.reveal())
    other = load_der_public_key(generate(P256).public_key or b"")
    own = load_der_public_key(generated(P256).public_key or b"")
    point, foreign = (key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint) for key in (own, other))
    assert good.count(point) == 1
    for bad in (foreign, point[:-1] + bytes([point[-1] ^ 1]), bytes(len(point))):
        with pytest.raises(KeyMaterialInvalid):
            check_material(Secret(good.replace(point, bad)), P256)


def test_a_private_scalar_out_of_range_is_refused() -> None:
    private = load_der_private_key(generated(P256).material.reveal(), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    scalar = private.private_numbers().private_value.to_bytes(32, "big")
    good = bytes(generated(P256).material.reveal())
    for bad in (bytes(32), b"\xff" * 32):
        with pytest.raises(KeyMaterialInvalid):
            check_material(Secret(good.replace(scalar, bad)), P256)


def rsa_material(**changes: int) -> Secret:
    """Write PKCS#8 of the test RSA key with some of its numbers changed (RFC 8017, A.1.2)."""
    private = load_der_private_key(generated(KeySpec.RSA_2048).material.reveal(), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    numbers = private.private_numbers()
    values = {
        "version": 0,
        "n": numbers.public_numbers.n,
        "e": numbers.public_numbers.e,
        "d": numbers.d,
        "p": numbers.p,
        "q": numbers.q,
        "dp": numbers.dmp1,
        "dq": numbers.dmq1,
        "qinv": numbers.iqmp,
    } | changes
    inner = der.sequence(*map(der.integer, values.values()))
    algorithm = der.sequence(bytes.fromhex("06092a864886f70d010101"), der.NULL)
    return Secret(der.sequence(der.integer(0), algorithm, der.element(der.OCTET_STRING, inner)))


def test_rsa_numbers_that_do_not_belong_together_are_refused() -> None:
    assert check_material(rsa_material(), KeySpec.RSA_2048) == generated(KeySpec.RSA_2048).public_key
    private = load_der_private_key(generated(KeySpec.RSA_2048).material.reveal(), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    numbers = private.private_numbers()
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_numbers()
    changes: list[dict[str, int]] = [
        {"n": numbers.public_numbers.n + 2},
        {"n": other.public_numbers.n},
        {"e": 65539},
        {"d": numbers.d ^ 2},
        {"p": other.p},
        {"dp": numbers.dmp1 ^ 2},
        {"qinv": numbers.iqmp ^ 2},
        {"p": 1, "q": numbers.public_numbers.n},
    ]
    for change in changes:
        with pytest.raises(KeyMaterialInvalid):
            check_material(rsa_material(**change), KeySpec.RSA_2048)


def test_an_rsa_exponent_of_3_is_refused_with_the_reason() -> None:
    private = rsa.generate_private_key(public_exponent=3, key_size=2048)
    with pytest.raises(KeyMaterialInvalid, match="exponent is 3"):
        check_material(to_material(private), KeySpec.RSA_2048)


def test_a_huge_rsa_exponent_is_told_by_its_length() -> None:
    numbers = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_numbers()
    p, q = numbers.p, numbers.q
    exponent = next(e for e in range(2**2000 + 1, 2**2000 + 10**6, 2) if gcd(e, (p - 1) * (q - 1)) == 1)
    d = pow(exponent, -1, lcm(p - 1, q - 1))
    public = rsa.RSAPublicNumbers(exponent, p * q)
    private = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), numbers.iqmp, public).private_key()
    with pytest.raises(KeyMaterialInvalid, match="exponent has 2001 bits"):
        check_material(to_material(private), KeySpec.RSA_2048)


def test_other_kinds_and_sizes_are_refused() -> None:
    brainpool = pkcs8(ec.generate_private_key(ec.BrainpoolP256R1()))
    short = pkcs8(rsa.generate_private_key(public_exponent=65537, key_size=1024))  # noqa: S505
    exchange = pkcs8(x448.X448PrivateKey.generate())
    ed448 = Secret(
        bytes(generated(KeySpec.ECC_NIST_EDWARDS25519).material.reveal()).replace(b"\x2b\x65\x70", b"\x2b\x65\x71")
    )
    for material in (brainpool, short, exchange, ed448, Secret(b""), Secret(b"not a key")):
        for spec in SIGNING_SPECS:
            with pytest.raises(KeyMaterialInvalid):
                check_material(material, spec)
