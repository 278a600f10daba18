"""Known-bad inputs, each refused with a reason of its own: public keys, signatures, digests, ciphertexts."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from functools import partial

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key

from signet.crypto import agreement, rsa_small
from signet.crypto.kinds import PublicKey, spki
from signet.crypto.peers import P25519, SMALL_ORDER_U, SMALL_ORDER_Y, checked_public
from signet.crypto.publickeys import load_public_keys
from signet.crypto.signatures import (
    ED25519_ORDER,
    MAX_WHOLE_MESSAGE,
    Prepared,
    check_digest,
    sign_prepared,
    verify_prepared,
)
from signet.crypto.software import load_material
from signet.errors import (
    CiphertextInvalid,
    FormatUnrecognised,
    PlaintextLengthInvalid,
    PublicKeyInvalid,
    SignatureInvalid,
    SignatureMalformed,
    SignetError,
    UsageError,
)
from signet.formats import der
from signet.keys.algorithms import EncryptionAlgorithm, SigningAlgorithm
from signet.keys.spec import KeySpec
from signet.secret import Secret
from support.signing import generated

P256, P384, K256 = KeySpec.ECC_NIST_P256, KeySpec.ECC_NIST_P384, KeySpec.ECC_SECG_P256K1
ED25519, X25519, RSA = KeySpec.ECC_NIST_EDWARDS25519, KeySpec.X25519, KeySpec.RSA_2048
OAEP = EncryptionAlgorithm.RSAES_OAEP_SHA_256
#: The order of P-256 (SEC 2, 2.4.2).
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def whole(spec: KeySpec) -> bytes:
    """The test key's public half."""
    return generated(spec).public_key or b""


def public(spec: KeySpec) -> PublicKey:
    return checked_public(whole(spec))


def point(value: int | bytes, spec: KeySpec) -> bytes:
    """A public key of that kind with 32 other bytes in it."""
    raw = value.to_bytes(32, "little") if isinstance(value, int) else value
    head = bytes.fromhex("302a300506032b6570032100" if spec is ED25519 else "302a300506032b656e032100")
    return head[:1] + bytes([len(raw) + 10]) + head[2:10] + bytes([len(raw) + 1]) + head[11:] + raw


def curve_point(raw: bytes, curve: str = "06082a8648ce3d030107") -> bytes:
    return der.sequence(der.sequence(bytes.fromhex("06072a8648ce3d0201" + curve)), der.bit_string(raw))


def rsa_key(modulus: int, exponent: int) -> bytes:
    numbers = der.sequence(der.integer(modulus), der.integer(exponent))
    return der.sequence(der.sequence(bytes.fromhex("06092a864886f70d010101"), der.NULL), der.bit_string(numbers))


def modulus() -> int:
    loaded = public(RSA)
    assert isinstance(loaded, rsa.RSAPublicKey)
    return loaded.public_numbers().n


def off_curve(spec: KeySpec) -> bytes:
    good = whole(spec)
    return good[:-1] + bytes([good[-1] ^ 1])


PUBLIC: dict[str, tuple[Callable[[], bytes], str]] = {
    "P-256 off its curve": (lambda: off_curve(P256), "not on its curve"),
    "secp256k1 off its curve": (lambda: off_curve(K256), "not on its curve"),
    "P-256 at zero": (lambda: curve_point(b"\4" + bytes(64)), "not on its curve"),
    "P-256 at infinity": (lambda: curve_point(b"\0"), "at infinity"),
    "P-256 one byte short": (lambda: curve_point(b"\4" + bytes(63)), "length or form"),
    "P-256 hybrid form": (lambda: curve_point(b"\6" + whole(P256)[-64:]), "length or form"),
    "P-384's point on P-256": (lambda: curve_point(whole(P384)[-97:]), "length or form"),
    "compressed, with no such point": (lambda: curve_point(b"\2" + b"\xff" * 32), "not on its curve"),
    "a curve of 160 bits": (lambda: curve_point(b"\4" + bytes(40), "06052b81040008"), "its curve is none of"),
    "explicit parameters": (lambda: curve_point(b"\4" + bytes(64), "3000"), "its curve is none of"),
    "RSA of 1024 bits": (lambda: rsa_key(modulus() >> 1024 | 1, 65537), "has 1024 bits; 2048"),
    "RSA, exponent 1": (lambda: rsa_key(modulus(), 1), "exponent is 1;"),
    "RSA, exponent 0": (lambda: rsa_key(modulus(), 0), "exponent is 0;"),
    "RSA, even exponent": (lambda: rsa_key(modulus(), 65536), "exponent is 65536;"),
    "RSA, even modulus": (lambda: rsa_key(modulus() - 1, 65537), "modulus is even"),
    "RSA, huge exponent": (lambda: rsa_key(modulus(), modulus() - 2), "larger than is usual"),
    "Ed25519, 31 bytes": (lambda: point(bytes(31), ED25519), "has 32 bytes, and this has 31"),
    "Ed25519, y not below p": (lambda: point(P25519 + 3, ED25519), "not spelt"),
    "X25519, 33 bytes": (lambda: point(bytes(33), X25519), "has 32 bytes, and this has 33"),
    "ML-DSA-65, a byte more": (lambda: longer(KeySpec.ML_DSA_65), "has 1952 bytes, and this has 1953"),
    "ML-KEM-768, a byte more": (lambda: longer(KeySpec.ML_KEM_768), "has 1184 bytes, and this has 1185"),
    "ML-KEM-768, a number above q": (lambda: out_of_range(), "out of range"),
    "bytes after it": (lambda: whole(P256) + b"\0", "bytes after it"),
    **{f"X25519, order {u % 97}": (partial(point, u, X25519), "small order") for u in sorted(SMALL_ORDER_U)},
    "X25519, small order, spelt anew": (lambda: point(P25519 + 1, X25519), "small order"),
    "X25519, small order, top bit": (lambda: point(1 + 2**255, X25519), "small order"),
    **{f"Ed25519, order {y % 97}": (partial(point, y, ED25519), "small order") for y in sorted(SMALL_ORDER_Y)},
    "Ed25519, small order, other sign": (lambda: point(1 + 2**255, ED25519), "small order"),
}


def longer(spec: KeySpec) -> bytes:
    bits = der.expect(der.expect(der.expect(whole(spec), der.SEQUENCE)[0], der.SEQUENCE)[1], der.BIT_STRING)[0]
    identifier = der.element(der.SEQUENCE, der.expect(der.expect(whole(spec), der.SEQUENCE)[0], der.SEQUENCE)[0])
    return der.sequence(identifier, der.bit_string(bits[1:] + b"\0"))


def out_of_range() -> bytes:
    good = whole(KeySpec.ML_KEM_768)
    return good[:-1184] + b"\xff" * 1152 + good[-32:]


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_key_that_must_not_be_used_is_refused_with_its_reason(name: str) -> None:
    make, reason = PUBLIC[name]
    bad = make()
    pem = b"-----BEGIN PUBLIC KEY-----\n" + base64.encodebytes(bad) + b"-----END PUBLIC KEY-----\n"
    for attempt in (bad, pem, base64.b64encode(bad)):
        with pytest.raises(PublicKeyInvalid, match=reason):
            load_public_keys(attempt)


def test_the_same_reasons_hold_for_json_web_keys() -> None:
    zeros = base64.urlsafe_b64encode(bytes(32)).rstrip(b"=").decode()
    for members, reason in (
        ({"kty": "OKP", "crv": "X25519", "x": zeros}, "small order"),
        ({"kty": "EC", "crv": "secp256k1", "x": zeros, "y": zeros}, "not on its curve"),
        ({"kty": "RSA", "n": zeros, "e": "AQAB"}, "0 bits"),
    ):
        with pytest.raises(FormatUnrecognised, match=reason):
            load_public_keys(json.dumps(members).encode())


def test_small_order_is_what_the_library_finds_too() -> None:
    own = x25519.X25519PrivateKey.generate()
    for u in SMALL_ORDER_U:
        with pytest.raises(ValueError, match="shared key"):
            own.exchange(x25519.X25519PublicKey.from_public_bytes(u.to_bytes(32, "little")))


@pytest.mark.parametrize(
    ("own", "peer"), [(P256, P384), (P256, K256), (P384, X25519), (X25519, ED25519), (P256, RSA)]
)
def test_a_peer_on_another_curve_is_refused_by_name(own: KeySpec, peer: KeySpec) -> None:
    private = load_material(generated(own).material, own)
    with pytest.raises(PublicKeyInvalid, match=f"kind {peer}, and yours is {own}"):
        agreement.agree(private, public(peer))


def test_nothing_is_encapsulated_for_a_key_of_another_kind_and_ciphertexts_have_their_length() -> None:
    with pytest.raises(PublicKeyInvalid, match="no ML-KEM key"):
        agreement.encapsulate(public(P256))
    private = load_material(generated(KeySpec.ML_KEM_768).material, KeySpec.ML_KEM_768)
    for size in (0, 1087, 1089, 1568):
        with pytest.raises(FormatUnrecognised, match=f"1088 bytes; it has {size}"):
            agreement.decapsulate(private, bytes(size))
    for spec in (P256, RSA):
        with pytest.raises(UsageError):
            agreement.decapsulate(load_material(generated(spec).material, spec), bytes(1088))


DIGEST = bytes(range(32))


def signed(spec: KeySpec, algorithm: SigningAlgorithm, ready: bytes = DIGEST) -> bytes:
    return sign_prepared(load_material(generated(spec).material, spec), ready, algorithm)


def ecdsa(*numbers: int) -> bytes:
    return der.sequence(*map(der.integer, numbers))


def negative() -> bytes:
    """R with its sign bit set: a number of 32 bytes without the zero before it."""
    raw = der.element(der.INTEGER, (ORDER - 1).to_bytes(32, "big"))
    return der.sequence(raw, der.integer(1))


def raised(spec: KeySpec, by: int) -> bytes:
    """An Ed25519 signature with another spelling of the same S."""
    good = signed(spec, SigningAlgorithm.ED25519)
    return good[:32] + (int.from_bytes(good[32:], "little") + by).to_bytes(32, "little")


PKCS1, PSS = SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_256, SigningAlgorithm.RSASSA_PSS_SHA_256
ECDSA, PURE, MLDSA = SigningAlgorithm.ECDSA_SHA_256, SigningAlgorithm.ED25519, SigningAlgorithm.ML_DSA
SIGNATURES: dict[str, tuple[KeySpec, SigningAlgorithm, Callable[[], bytes], str]] = {
    "RSA, cut": (RSA, PKCS1, lambda: signed(RSA, PKCS1)[1:], "has 255 bytes, and 256"),
    "RSA, a zero before": (RSA, PKCS1, lambda: b"\0" + signed(RSA, PKCS1), "has 257 bytes"),
    "RSA, plus the modulus": (
        RSA,
        PSS,
        lambda: (modulus() + 1).to_bytes(256, "big"),
        "larger than the key's mod",
    ),
    "RSA, PKCS1 padding as PSS": (RSA, PSS, lambda: signed(RSA, PKCS1), "does not fit"),
    "RSA, PSS padding as PKCS1": (RSA, PKCS1, lambda: signed(RSA, PSS), "does not fit"),
    "RSA, all zeros": (RSA, PKCS1, lambda: bytes(256), "does not fit"),
    "ECDSA, not DER": (P256, ECDSA, lambda: bytes(64), "not the DER of two numbers"),
    "ECDSA, empty": (P256, ECDSA, lambda: b"", "not the DER of two numbers"),
    "ECDSA, bytes after": (P256, ECDSA, lambda: signed(P256, ECDSA) + b"\0", "bytes after it"),
    "ECDSA, a third number": (P256, ECDSA, lambda: ecdsa(1, 1, 1), "bytes after it"),
    "ECDSA, long length": (P256, ECDSA, lambda: b"\x30\x81" + signed(P256, ECDSA)[1:], "shortest form"),
    "ECDSA, leading zeros": (
        P256,
        ECDSA,
        lambda: der.sequence(b"\2\2\0\1", b"\2\1\1"),
        "or not in its short",
    ),
    "ECDSA, negative r": (P256, ECDSA, negative, "negative"),
    "ECDSA, r is zero": (P256, ECDSA, lambda: ecdsa(0, 1), "not between 0 and the order"),
    "ECDSA, s is zero": (P256, ECDSA, lambda: ecdsa(1, 0), "not between 0 and the order"),
    "ECDSA, r is the order": (P256, ECDSA, lambda: ecdsa(ORDER, 1), "not between 0 and the order"),
    "ECDSA, s above the order": (P256, ECDSA, lambda: ecdsa(1, ORDER + 1), "not between 0 and the order"),
    "ECDSA, r and s are one": (P256, ECDSA, lambda: ecdsa(1, 1), "does not fit"),
    "Ed25519, 63 bytes": (ED25519, PURE, lambda: signed(ED25519, PURE)[:63], "has 63 bytes, and 64"),
    "Ed25519, S plus the order": (ED25519, PURE, lambda: raised(ED25519, ED25519_ORDER), "S is not smaller"),
    "Ed25519, all zeros": (ED25519, PURE, lambda: bytes(64), "does not fit"),
    "ML-DSA-65's by another set": (KeySpec.ML_DSA_65, MLDSA, lambda: bytes(2420), "has 2420 bytes, and 3309"),
    "ML-DSA-44, all zeros": (KeySpec.ML_DSA_44, MLDSA, lambda: bytes(2420), "does not fit"),
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_a_signature_that_is_none_is_refused_with_its_reason(name: str) -> None:
    spec, algorithm, make, reason = SIGNATURES[name]
    ready = DIGEST * 2 if algorithm is MLDSA else DIGEST
    kind = SignatureInvalid if reason == "does not fit" else SignatureMalformed
    with pytest.raises(kind, match=reason):
        verify_prepared(public(spec), ready, make(), algorithm)


@pytest.mark.parametrize("spec", [P256, RSA, ED25519, KeySpec.ML_DSA_44])
def test_a_flipped_bit_anywhere_is_refused(spec: KeySpec) -> None:
    algorithm = spec.signing_algorithms[0]
    ready = DIGEST * 2 if algorithm is MLDSA else DIGEST
    good = signed(spec, algorithm, ready)
    verify_prepared(public(spec), ready, good, algorithm)
    for at in range(0, len(good), max(1, len(good) // 60)):
        bad = good[:at] + bytes([good[at] ^ 0x40]) + good[at + 1 :]
        with pytest.raises(SignatureInvalid):
            verify_prepared(public(spec), ready, bad, algorithm)


@pytest.mark.parametrize("algorithm", SigningAlgorithm)
def test_a_digest_of_another_length_is_refused(algorithm: SigningAlgorithm) -> None:
    if algorithm.digest_size is None:
        with pytest.raises(UsageError, match="whole messages and no digests"):
            check_digest(bytes(64), algorithm)
        return
    check_digest(bytes(algorithm.digest_size), algorithm)
    for size in (0, 20, algorithm.digest_size - 1, algorithm.digest_size + 1):
        with pytest.raises(UsageError, match=f"has {algorithm.digest_size} bytes; this has {size}"):
            check_digest(bytes(size), algorithm)


@pytest.mark.parametrize("spec", [spec for spec in KeySpec if not spec.is_symmetric])
def test_an_algorithm_of_another_kind_of_key_is_refused(spec: KeySpec) -> None:
    private = load_material(generated(spec).material, spec)
    for algorithm in SigningAlgorithm:
        if algorithm in spec.signing_algorithms:
            continue
        attempts: tuple[Callable[[], object], ...] = (
            partial(Prepared, public(spec), algorithm),
            partial(sign_prepared, private, DIGEST, algorithm),
            partial(verify_prepared, public(spec), DIGEST, bytes(64), algorithm),
        )
        for attempt in attempts:
            with pytest.raises(UsageError, match=f"cannot sign with {algorithm}"):
                attempt()


def test_a_message_too_long_for_ed25519_is_refused_before_it_fills_the_memory() -> None:
    state = Prepared(public(ED25519), PURE)
    state.update(memoryview(bytes(MAX_WHOLE_MESSAGE)))
    with pytest.raises(UsageError, match="64 MiB at most"):
        state.update(b"x")


@pytest.mark.parametrize("size", [0, 191, 256])
def test_rsa_encrypts_what_fits_and_says_the_most(size: int) -> None:
    with pytest.raises(PlaintextLengthInvalid, match="1 to 190 bytes"):
        rsa_small.encrypt(public(RSA), Secret(bytes(size)), OAEP)
    with pytest.raises(UsageError):
        rsa_small.encrypt(public(P256), Secret(b"x"), OAEP)


def test_every_bad_rsa_ciphertext_is_one_error() -> None:
    private = load_material(generated(RSA).material, RSA)
    good = rsa_small.encrypt(public(RSA), Secret(b"hunter2"), OAEP)
    raw = pow(int.from_bytes(b"\0\2" + b"\1" * 246 + b"\0hunter2", "big"), 65537, modulus()).to_bytes(256, "big")
    other = rsa_small.encrypt(public(RSA), Secret(b"hunter2"), EncryptionAlgorithm.RSAES_OAEP_SHA_1)
    words = set()
    for bad in (
        b"",
        good[1:],
        good + b"\0",
        bytes(256),
        b"\xff" * 256,
        good[:-1] + bytes([good[-1] ^ 1]),
        raw,
        other,
    ):
        with pytest.raises(CiphertextInvalid) as caught:
            rsa_small.decrypt(private, bad, OAEP)
        words.add((type(caught.value), str(caught.value)))
    assert len(words) == 1


@pytest.mark.parametrize("make", [lambda: b"", lambda: b"\x30\0", lambda: b"0" * 91, lambda: whole(P256)[:40]])
def test_what_is_no_public_key_at_all_is_told_apart(make: Callable[[], bytes]) -> None:
    with pytest.raises(SignetError) as caught:
        checked_public(make())
    assert type(caught.value) is FormatUnrecognised


def test_a_compressed_point_is_written_anew_and_loads_the_same() -> None:
    own = load_der_private_key(generated(P256).material.reveal(), None)
    assert isinstance(own, ec.EllipticCurvePrivateKey)
    short = own.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    assert spki(checked_public(curve_point(short))) == whole(P256)
