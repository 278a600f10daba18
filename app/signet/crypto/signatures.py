"""Raw signatures: a message, or its digest, signed and verified by each kind of key as AWS KMS names the ways.

A message comes in pieces and is never held whole, except for Ed25519, which reads it twice (RFC 8032, 5.1.6). What
verifies has one spelling: other lengths, trailing bytes, numbers out of range and negative ones are refused with the
reason before anything is computed. ECDSA's second value n - s is a valid signature too, for everybody (SEC 1, 4.1.4).
"""

from __future__ import annotations

import hashlib
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, padding, rsa, utils

from signet.crypto.kinds import MlDsaPrivate, MlDsaPublic, PrivateKey, PublicKey, find_spec
from signet.errors import SignatureInvalid, SignatureMalformed, UsageError
from signet.formats import der
from signet.keys.algorithms import SigningAlgorithm

MAX_WHOLE_MESSAGE = 64 * 1024 * 1024
"""Bytes of a message that Ed25519 signs, which has to be in memory."""
#: The order of edwards25519's base point (RFC 8032, 5.1).
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
ED25519_SIZE = 64
#: Bytes of a signature: FIPS 204, table 2.
_ML_DSA_SIZES = {
    mldsa.MLDSA44PublicKey: 2420,
    mldsa.MLDSA65PublicKey: 3309,
    mldsa.MLDSA87PublicKey: 4627,
}
_ORDERS = {  # SEC 2, 2.4 to 2.6
    "secp256r1": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "secp256k1": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
    "secp384r1": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
    "secp521r1": int(
        "01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFA"
        "51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409",
        16,
    ),
}
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}

SigningPrivate: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | MlDsaPrivate


class Prepared:
    """What a key signs or verifies of one message: its digest, for ML-DSA its mu, for Ed25519 the message itself.

    ``limit`` is the most bytes of a message that has to be held whole (default: `MAX_WHOLE_MESSAGE`).
    """

    def __init__(self, public: PublicKey, algorithm: SigningAlgorithm, *, limit: int | None = None) -> None:
        refuse_algorithm(public, algorithm)
        self._limit = limit or MAX_WHOLE_MESSAGE
        self._whole = bytearray()
        self._mu = mldsa.MLDSAMuHasher(public) if isinstance(public, MlDsaPublic) else None
        self._digest = None if algorithm.digest is None else hashlib.new(algorithm.digest)

    def update(self, piece: bytes | memoryview) -> None:
        """Take the next piece; raise UsageError for a message that is too long for Ed25519."""
        if self._digest is not None:
            self._digest.update(piece)
        elif self._mu is not None:
            self._mu.update(piece)
        elif len(self._whole) + len(piece) > self._limit:
            limit = self._limit // 2**20
            raise UsageError(
                reason=f"Ed25519 signs whole messages, of {limit} MiB at most. Take another key, or SSHSIG."
            )
        else:
            self._whole += piece

    def finish(self) -> bytes:
        """Return what is signed."""
        if self._digest is not None:
            return self._digest.digest()
        return bytes(self._whole) if self._mu is None else self._mu.finalize()


def refuse_algorithm(key: PrivateKey | PublicKey, algorithm: SigningAlgorithm) -> None:
    """Raise UsageError unless a key of this kind signs in that way; RSA of any size does as all RSA."""
    if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey):
        fits, kind = algorithm.startswith("RSASSA_"), "RSA"
    else:
        spec = find_spec(key)
        fits, kind = spec is not None and algorithm in spec.signing_algorithms, str(spec)
    if not fits:
        raise UsageError(reason=f"A key of the kind {kind} cannot sign with {algorithm}.")


def check_digest(digest: bytes, algorithm: SigningAlgorithm) -> None:
    """Raise UsageError unless ``digest`` may be signed in place of a message in this way."""
    size = algorithm.digest_size
    if size is None:
        raise UsageError(reason="Ed25519 signs whole messages and no digests (Ed25519ph is another algorithm).")
    if len(digest) != size:
        what = "mu" if algorithm is SigningAlgorithm.ML_DSA else "digest"
        raise UsageError(reason=f"For {algorithm} the {what} has {size} bytes; this has {len(digest)}.")


def sign_prepared(private: PrivateKey, prepared: bytes, algorithm: SigningAlgorithm) -> bytes:
    """Sign what `Prepared` made, or a digest or mu that `check_digest` let pass.

    Returns RSA as the modulus-sized number, ECDSA as DER (RFC 3279, 2.2.3), Ed25519 and ML-DSA as their standards
    have it. Raises UsageError if the algorithm does not fit the key.
    """
    refuse_algorithm(private, algorithm)
    if isinstance(private, rsa.RSAPrivateKey):
        return private.sign(prepared, _padding(algorithm), utils.Prehashed(_hash(algorithm)))
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return private.sign(prepared, ec.ECDSA(utils.Prehashed(_hash(algorithm))))
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return private.sign(prepared)
    if isinstance(private, MlDsaPrivate):
        return private.sign_mu(prepared)
    raise UsageError(reason="A key of this kind does not sign.")


def verify_prepared(public: PublicKey, prepared: bytes, signature: bytes, algorithm: SigningAlgorithm) -> None:
    """Return if the signature fits; raise SignatureMalformed with the reason, SignatureInvalid, UsageError.

    ``public`` has passed `signet.crypto.peers.checked_public`. PSS salts are as long as the digest, as in AWS KMS.
    """
    refuse_algorithm(public, algorithm)
    _look(public, signature)
    try:
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, prepared, _padding(algorithm), utils.Prehashed(_hash(algorithm)))
        elif isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(signature, prepared, ec.ECDSA(utils.Prehashed(_hash(algorithm))))
        elif isinstance(public, ed25519.Ed25519PublicKey):
            public.verify(signature, prepared)
        elif isinstance(public, MlDsaPublic):
            public.verify_mu(signature, prepared)
        else:
            raise UsageError(reason="A key of this kind does not sign.")
    except InvalidSignature:
        raise SignatureInvalid from None


def _hash(algorithm: SigningAlgorithm) -> hashes.HashAlgorithm:
    return _HASHES[algorithm.digest or ""]


def _padding(algorithm: SigningAlgorithm) -> padding.AsymmetricPadding:
    if algorithm.startswith("RSASSA_PSS"):
        return padding.PSS(mgf=padding.MGF1(_hash(algorithm)), salt_length=padding.PSS.DIGEST_LENGTH)
    return padding.PKCS1v15()


def _look(public: PublicKey, signature: bytes) -> None:
    """Check the spelling of a signature."""
    if isinstance(public, ec.EllipticCurvePublicKey):
        _look_at_ecdsa(signature, _ORDERS[public.curve.name])
        return
    size = _size(public)
    if len(signature) != size:
        raise SignatureMalformed(reason=f"it has {len(signature)} bytes, and {size} are right")
    if isinstance(public, rsa.RSAPublicKey) and int.from_bytes(signature, "big") >= public.public_numbers().n:
        raise SignatureMalformed(reason="its number is larger than the key's modulus")
    if isinstance(public, ed25519.Ed25519PublicKey) and int.from_bytes(signature[32:], "little") >= ED25519_ORDER:
        raise SignatureMalformed(reason="its S is not smaller than the order of the curve")


def _size(public: PublicKey) -> int:
    if isinstance(public, rsa.RSAPublicKey):
        return (public.key_size + 7) // 8
    return next((size for kind, size in _ML_DSA_SIZES.items() if isinstance(public, kind)), ED25519_SIZE)


def _look_at_ecdsa(signature: bytes, order: int) -> None:
    try:
        content, rest = der.expect(signature, der.SEQUENCE)
        r, after = der.read_integer(content)
        s, end = der.read_integer(after)
    except der.DerError as error:
        raise SignatureMalformed(reason=f"it is not the DER of two numbers ({error})") from None
    if rest or end:
        raise SignatureMalformed(reason="there are bytes after it")
    if not (0 < r < order and 0 < s < order):
        raise SignatureMalformed(reason="one of its numbers is not between 0 and the order of the curve")
