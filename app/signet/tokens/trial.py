"""Trying out on the token itself what a key can do, because what modules say of their keys is not reliable.

At enrolment the scheme of a key is chosen by a real round trip and stored; at unlock a signing key counts only if it
signs a fresh challenge (DESIGN.md, section 3).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from signet import errors
from signet.keys.spec import KeySpec, SigningAlgorithm
from signet.secret import Secret
from signet.tokens import public
from signet.tokens.model import Scheme, TokenKey
from signet.tokens.session import TokenSession

_SECRET_LENGTH = 32  # bytes sent by RSA, as an unlock method sends them
_CHALLENGE_LENGTH = 32
_CHALLENGE_PREFIX = b"signet/v1/prove signing\0"
_PADDINGS: dict[Scheme, padding.AsymmetricPadding] = {
    Scheme.RSA_OAEP_SHA256: padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None),
    Scheme.RSA_OAEP_SHA1: padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None),  # noqa: S303 - the card's own
    Scheme.RSA_PKCS1V15: padding.PKCS1v15(),
}
_RSA_LADDER = (
    (Scheme.RSA_OAEP_SHA256, False),
    (Scheme.RSA_OAEP_SHA256, True),
    (Scheme.RSA_OAEP_SHA1, False),
    (Scheme.RSA_PKCS1V15, False),
)
#: Answers that say what key, mechanism or module cannot do, and would say again (PKCS#11 v3.0, 5.1). Every other one
#: may be a missed touch or a card that was busy: from it nothing follows. 0x68 is CKR_KEY_FUNCTION_NOT_PERMITTED.
_CANNOT_SIGN = frozenset(
    {
        "0x00000068",
        "FunctionNotSupported",
        "KeySizeRange",
        "KeyTypeInconsistent",
        "MechanismInvalid",
        "MechanismParamInvalid",
    }
)
_HASHES = {"ECC_NIST_P384": SigningAlgorithm.ECDSA_SHA_384, "ECC_NIST_P521": SigningAlgorithm.ECDSA_SHA_512}


@dataclass(frozen=True)
class Trial:
    """One scheme tried on one key: ``raw`` if the host takes the padding off; ``why`` it did not work, else empty."""

    scheme: Scheme
    raw: bool
    worked: bool
    why: str


def try_schemes(session: TokenSession, key: TokenKey) -> tuple[Trial, ...]:
    """Open on the token, by each scheme that fits the key, what software closed to its public key; best first.

    Never stops at the first that works: the answer is also what a person is shown. Raises only when the token is
    gone: TokenRemoved, TokenLoginLost, ModuleError.
    """
    if key.always_authenticate:
        why = "the key wants the PIN again for every use"
        return tuple(Trial(scheme, raw, worked=False, why=why) for scheme, raw in _ladder(key))
    return tuple(_try(session, key, scheme, raw) for scheme, raw in _ladder(key))


def opens_files(trials: Iterable[Trial]) -> bool:
    """Whether the key opens what the Encryption SDK wraps: Raw RSA by OAEP with SHA-256, or Raw ECDH."""
    return any(trial.worked and trial.scheme in (Scheme.RSA_OAEP_SHA256, Scheme.ECDH_X) for trial in trials)


def _ladder(key: TokenKey) -> tuple[tuple[Scheme, bool], ...]:
    if key.is_rsa:
        return _RSA_LADDER
    return ((Scheme.ECDH_X, False),) if key.is_elliptic else ()


def _try(session: TokenSession, key: TokenKey, scheme: Scheme, raw: bool) -> Trial:
    trip: Callable[[], tuple[Secret | None, bytes]] = (
        (lambda: _agree(session, key)) if scheme is Scheme.ECDH_X else (lambda: _decrypt(session, key, scheme, raw))
    )
    try:
        opened, expected = trip()
    except (errors.TokenOperationFailed, errors.TokenKeyNotFound, errors.TokenKeyUnusable) as error:
        return Trial(scheme, raw, worked=False, why=error.message)
    if opened is None:
        return Trial(scheme, raw, worked=False, why="the card could not open what was encrypted to it")
    with opened:
        if opened == Secret(expected):
            return Trial(scheme, raw, worked=True, why="")
    return Trial(scheme, raw, worked=False, why="the card opened something else than was encrypted to it")


def _agree(session: TokenSession, key: TokenKey) -> tuple[Secret | None, bytes]:
    own = public.load(key.public_key)
    if not isinstance(own, ec.EllipticCurvePublicKey):
        raise errors.TokenKeyUnusable(reason="it is not an elliptic curve key")
    ephemeral = ec.generate_private_key(own.curve)
    point = ephemeral.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return session.agree(key, point), ephemeral.exchange(ec.ECDH(), own)


def _decrypt(session: TokenSession, key: TokenKey, scheme: Scheme, raw: bool) -> tuple[Secret | None, bytes]:
    own = public.load(key.public_key)
    if not isinstance(own, rsa.RSAPublicKey):
        raise errors.TokenKeyUnusable(reason="it is not an RSA key")
    secret = os.urandom(_SECRET_LENGTH)
    try:
        sent = own.encrypt(secret, _PADDINGS[scheme])
    except ValueError as error:
        raise errors.TokenKeyUnusable(reason="it is too short") from error
    return session.decrypt(key, sent, scheme=scheme, raw=raw), secret


def default_algorithm(key: TokenKey) -> SigningAlgorithm:
    """Return the algorithm that goes with a key's kind and size."""
    if key.is_rsa:
        return SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_256
    if key.spec == KeySpec.ECC_NIST_EDWARDS25519:
        return SigningAlgorithm.ED25519
    return _HASHES.get(key.spec, SigningAlgorithm.ECDSA_SHA_256)


def prove_signing(session: TokenSession, key: TokenKey, *, pin: Secret | None = None) -> bool:
    """Whether a CKA_PRIVATE=true private key of the same CKA_ID signs a fresh challenge that verifies by ``key``.

    False only for what stays so: there is no such key, the PIN does not guard it, key or module cannot sign, or
    another key signed. A try that merely failed says neither yes nor no and raises: TokenOperationFailed (a missed
    touch, say), PinError if a key that wants its PIN each time did not get it right, TokenRemoved, TokenLoginLost,
    ModuleError.
    """
    challenge = _CHALLENGE_PREFIX + os.urandom(_CHALLENGE_LENGTH)
    algorithm = default_algorithm(key)
    try:
        if not session.is_guarded(key):
            return False
        signature = session.sign(key, challenge, algorithm, pin=pin)
    except (errors.TokenKeyNotFound, errors.TokenKeyUnusable):
        return False
    except errors.TokenOperationFailed as error:
        if error.code in _CANNOT_SIGN:
            return False
        raise
    try:
        verify(key.public_key, challenge, signature, algorithm)
    except InvalidSignature:
        return False
    return True


def verify(public_key: bytes, message: bytes, signature: bytes, algorithm: SigningAlgorithm) -> None:
    """Check in software what a token signed; raise InvalidSignature (of `cryptography`) if it does not fit."""
    key = public.load(public_key)
    name = algorithm.value.rpartition("_SHA_")[2]
    digest = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}[name]
    if isinstance(key, rsa.RSAPublicKey):
        salted = padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH)
        key.verify(signature, message, salted if "PSS" in algorithm.value else padding.PKCS1v15(), digest)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, message, ec.ECDSA(digest))
    else:
        key.verify(signature, message)
