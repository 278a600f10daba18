"""What keys on a real SoftHSM token do, judged by `cryptography`."""

from __future__ import annotations

import os

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from signet import errors
from signet.keys.handle import SigningKey
from signet.keys.spec import KeySpec, SigningAlgorithm
from signet.secret import Secret
from signet.tokens import public
from signet.tokens.hub import TokenHub
from signet.tokens.model import Scheme, TokenKeyUsage
from signet.tokens.session import TokenSession
from signet.tokens.signing import TokenSigningKey
from signet.tokens.trial import Trial, default_algorithm, prove_signing, try_schemes, verify

from .conftest import KEYS, PIN, Station, key_of


def point_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def test_keys_are_described_as_they_were_made(session: TokenSession) -> None:
    listed = session.keys()
    found = {key.label: key for key in listed}
    assert found.keys() >= KEYS.keys()
    for label, (spec, usage) in KEYS.items():
        key = found[label]
        assert key.spec == spec.value
        assert (key.can_sign, key.can_decrypt, key.can_derive) == (
            usage is TokenKeyUsage.SIGN,
            usage is TokenKeyUsage.DECRYPT,
            usage is TokenKeyUsage.AGREE,
        )
        assert key.private_seen
        assert key.on_token is True
        assert not key.always_authenticate
        assert len(key.id) == 8


@pytest.mark.parametrize(
    ("label", "curve"), [("p256", ec.SECP256R1()), ("p384", ec.SECP384R1()), ("p521", ec.SECP521R1())]
)
def test_agreement_matches_software(session: TokenSession, label: str, curve: ec.EllipticCurve) -> None:
    key = key_of(session, label)
    own = public.load(key.public_key)
    assert isinstance(own, ec.EllipticCurvePublicKey)
    for _ in range(20):
        ephemeral = ec.generate_private_key(curve)
        with session.agree(key, point_of(ephemeral)) as shared:
            assert bytes(shared.reveal()) == ephemeral.exchange(ec.ECDH(), own)
            assert len(shared) == (curve.key_size + 7) // 8


def test_a_shared_secret_with_leading_zeros_is_padded(session: TokenSession) -> None:
    key = key_of(session, "p256")
    own = public.load(key.public_key)
    assert isinstance(own, ec.EllipticCurvePublicKey)
    while True:
        ephemeral = ec.generate_private_key(ec.SECP256R1())
        expected = ephemeral.exchange(ec.ECDH(), own)
        if expected[0] == 0:
            break
    with session.agree(key, point_of(ephemeral)) as shared:
        assert bytes(shared.reveal()) == expected


@pytest.mark.parametrize(
    "point",
    [
        b"",
        b"\0",
        b"\4" + bytes(64),
        b"\4" + b"\1" * 64,
        point_of(ec.generate_private_key(ec.SECP384R1())),
        point_of(ec.generate_private_key(ec.SECP256K1())),
        point_of(ec.generate_private_key(ec.SECP256R1()))[:-1],
        ec.generate_private_key(ec.SECP256R1())
        .public_key()
        .public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint),
    ],
    ids=["empty", "infinity", "zeros", "off the curve", "p384", "secp256k1", "short", "compressed"],
)
def test_a_peer_point_that_is_not_one_never_reaches_the_card(session: TokenSession, point: bytes) -> None:
    with pytest.raises(errors.TokenKeyUnusable):
        session.agree(key_of(session, "p256"), point)


@pytest.mark.parametrize("label", ["rsa2048", "rsa3072"])
@pytest.mark.parametrize(
    ("scheme", "raw"),
    [
        (Scheme.RSA_OAEP_SHA256, True),
        (Scheme.RSA_OAEP_SHA1, False),
        (Scheme.RSA_OAEP_SHA1, True),
        (Scheme.RSA_PKCS1V15, False),
    ],
)
def test_rsa_opens_what_software_encrypted(session: TokenSession, label: str, scheme: Scheme, raw: bool) -> None:
    key = key_of(session, label)
    own = public.load(key.public_key)
    assert isinstance(own, rsa.RSAPublicKey)
    digest: hashes.HashAlgorithm = hashes.SHA256() if scheme is Scheme.RSA_OAEP_SHA256 else hashes.SHA1()  # noqa: S303
    sent_with: padding.AsymmetricPadding = padding.OAEP(padding.MGF1(digest), digest, None)
    if scheme is Scheme.RSA_PKCS1V15:
        sent_with = padding.PKCS1v15()
    secret = os.urandom(32)
    ciphertext = own.encrypt(secret, sent_with)
    opened = session.decrypt(key, ciphertext, scheme=scheme, raw=raw)
    assert opened == Secret(secret)
    damaged = bytes([ciphertext[0] ^ 1]) + ciphertext[1:]
    for bad in (damaged, ciphertext[:-1], b"", b"\0" * len(ciphertext), ciphertext + b"\0"):
        assert session.decrypt(key, bad, scheme=scheme, raw=raw) is None
    # A failure leaves the session usable.
    assert session.decrypt(key, ciphertext, scheme=scheme, raw=raw) == Secret(secret)


def test_softhsm_refuses_oaep_with_sha256_and_that_is_an_error_not_a_bad_ciphertext(session: TokenSession) -> None:
    with pytest.raises(errors.TokenOperationFailed) as caught:
        session.decrypt(key_of(session, "rsa2048"), b"\1" * 256, scheme=Scheme.RSA_OAEP_SHA256, raw=False)
    assert caught.value.details == {"operation": "decrypt", "code": "ArgumentsBad"}


def test_decrypting_needs_an_rsa_key_and_a_scheme_that_fits(session: TokenSession) -> None:
    with pytest.raises(errors.TokenKeyUnusable):
        session.decrypt(key_of(session, "p256"), b"x", scheme=Scheme.RSA_PKCS1V15, raw=False)
    with pytest.raises(errors.TokenKeyUnusable):
        session.decrypt(key_of(session, "rsa2048"), b"x", scheme=Scheme.ECDH_X, raw=False)
    with pytest.raises(errors.TokenKeyUnusable):
        session.decrypt(key_of(session, "rsa2048"), b"x", scheme=Scheme.RSA_PKCS1V15, raw=True)
    with pytest.raises(errors.TokenKeyUnusable):
        session.agree(key_of(session, "rsa2048"), b"x")


@pytest.mark.parametrize(
    ("label", "algorithm"),
    [
        ("rsa2048-sign", SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_256),
        ("rsa2048-sign", SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_384),
        ("rsa2048-sign", SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_512),
        ("rsa2048-sign", SigningAlgorithm.RSASSA_PSS_SHA_256),
        ("rsa2048-sign", SigningAlgorithm.RSASSA_PSS_SHA_384),
        ("rsa2048-sign", SigningAlgorithm.RSASSA_PSS_SHA_512),
        ("p256-sign", SigningAlgorithm.ECDSA_SHA_256),
        ("p384-sign", SigningAlgorithm.ECDSA_SHA_384),
        ("p521-sign", SigningAlgorithm.ECDSA_SHA_512),
        ("p521-sign", SigningAlgorithm.ECDSA_SHA_256),
        ("ed25519", SigningAlgorithm.ED25519),
    ],
)
def test_signatures_verify_in_software(session: TokenSession, label: str, algorithm: SigningAlgorithm) -> None:
    key: SigningKey = TokenSigningKey(session, key_of(session, label))
    for message in (b"", b"message", os.urandom(100_000)):
        signature = key.sign(message, algorithm)
        verify(key.public_key, message, signature, algorithm)
        with pytest.raises(InvalidSignature):
            verify(key.public_key, message + b"x", signature, algorithm)


def test_an_algorithm_that_does_not_fit_is_a_usage_error(session: TokenSession) -> None:
    for label, algorithm in (
        ("p256-sign", SigningAlgorithm.ED25519),
        ("ed25519", SigningAlgorithm.ECDSA_SHA_256),
        ("rsa2048-sign", SigningAlgorithm.ECDSA_SHA_256),
        ("p256-sign", SigningAlgorithm.RSASSA_PSS_SHA_256),
        ("p256-sign", SigningAlgorithm.ML_DSA),
    ):
        for attempt in (session.sign, session.sign_prepared):
            with pytest.raises(errors.UsageError):
                attempt(key_of(session, label), b"x", algorithm)


def test_every_scheme_is_tried_on_the_card(session: TokenSession) -> None:
    assert try_schemes(session, key_of(session, "p384")) == (Trial(Scheme.ECDH_X, raw=False, worked=True, why=""),)
    tried = try_schemes(session, key_of(session, "rsa3072"))
    assert [(trial.scheme, trial.raw, trial.worked) for trial in tried] == [
        (Scheme.RSA_OAEP_SHA256, False, False),
        (Scheme.RSA_OAEP_SHA256, True, True),
        (Scheme.RSA_OAEP_SHA1, False, True),
        (Scheme.RSA_PKCS1V15, False, True),
    ]
    assert "ArgumentsBad" in tried[0].why


def test_a_signing_key_opens_nothing_and_says_why(session: TokenSession) -> None:
    for label in ("p256-sign", "rsa2048-sign"):
        tried = try_schemes(session, key_of(session, label))
        assert tried
        assert not any(trial.worked for trial in tried)
        assert all(trial.why for trial in tried)
    assert try_schemes(session, key_of(session, "ed25519")) == ()


def test_signing_is_proved_by_a_challenge(session: TokenSession) -> None:
    for label, (_, usage) in KEYS.items():
        assert prove_signing(session, key_of(session, label), pin=None) is (usage is TokenKeyUsage.SIGN), label


def test_a_signing_key_under_another_id_proves_nothing(session: TokenSession) -> None:
    from dataclasses import replace

    other = replace(key_of(session, "p256-sign"), id=key_of(session, "p256").id)
    assert not prove_signing(session, other, pin=None)
    swapped = replace(key_of(session, "p256-sign"), public_key=key_of(session, "p256").public_key)
    assert not prove_signing(session, swapped, pin=None)
    absent = replace(key_of(session, "p256-sign"), id=b"nothing here")
    assert not prove_signing(session, absent, pin=None)


def test_default_algorithms_fit_their_keys(session: TokenSession) -> None:
    assert default_algorithm(key_of(session, "p384-sign")) is SigningAlgorithm.ECDSA_SHA_384
    assert default_algorithm(key_of(session, "p521-sign")) is SigningAlgorithm.ECDSA_SHA_512
    assert default_algorithm(key_of(session, "rsa2048-sign")) is SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_256


@pytest.mark.parametrize(
    ("spec", "usage"),
    [
        (KeySpec.SYMMETRIC_DEFAULT, TokenKeyUsage.SIGN),
        (KeySpec.RSA_2048, TokenKeyUsage.AGREE),
        (KeySpec.ECC_NIST_P256, TokenKeyUsage.DECRYPT),
        (KeySpec.ECC_NIST_EDWARDS25519, TokenKeyUsage.AGREE),
    ],
)
def test_a_key_that_cannot_be_meant_is_refused(session: TokenSession, spec: KeySpec, usage: TokenKeyUsage) -> None:
    with pytest.raises(errors.UsageError):
        session.generate(spec=spec, label="x", usage=usage)


def test_generating_overwrites_nothing(session: TokenSession) -> None:
    listed = session.keys()
    before = {(key.id, key.public_key) for key in listed}
    made = session.generate(spec=KeySpec.ECC_NIST_P256, label="p256", usage=TokenKeyUsage.AGREE)
    listed = session.keys()
    after = {(key.id, key.public_key) for key in listed}
    assert after - before == {(made.id, made.public_key)}
    assert before < after


def test_a_session_that_was_left_is_logged_out(hub: TokenHub, station: Station) -> None:
    with hub.login(hub.find(station.label), Secret(PIN)) as opened:
        key = key_of(opened, "p256-sign")
    with pytest.raises(errors.TokenLoginLost):
        opened.sign(key, b"x", SigningAlgorithm.ECDSA_SHA_256)
    opened.close()
