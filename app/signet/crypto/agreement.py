"""Shared secrets: agreed by ECDH (SP 800-56A, 5.7.1.2; RFC 7748, 6.1) and encapsulated by ML-KEM (FIPS 203).

What comes out is raw, as AWS KMS's DeriveSharedSecret gives it: no key before a derivation (HKDF, for instance) made
one of it. Rule: a peer's key has passed `signet.crypto.peers.checked_public`.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec, x25519

from signet.crypto.kinds import MlKemPrivate, MlKemPublic, PrivateKey, PublicKey, find_spec
from signet.errors import FormatUnrecognised, PublicKeyInvalid, UsageError
from signet.keys.spec import KeySpec
from signet.secret import Secret

#: Bytes of a ciphertext (FIPS 203, table 3).
ENCAPSULATION_SIZES = {KeySpec.ML_KEM_768: 1088, KeySpec.ML_KEM_1024: 1568}
SHARED_SIZE = 32


def agree(private: PrivateKey, peer: PublicKey) -> Secret:
    """Agree with the peer: the x-coordinate padded to the field's size, 32 bytes for X25519; the caller wipes it.

    Raises PublicKeyInvalid for a key of another kind or curve, and for an X25519 secret that is all zeros.
    """
    own, theirs = find_spec(private), find_spec(peer)
    if own is not theirs:
        reason = f"it is a key of the kind {theirs or 'RSA'}, and yours is {own}"
        raise PublicKeyInvalid(what="a public key", reason=reason)
    if isinstance(private, ec.EllipticCurvePrivateKey) and isinstance(peer, ec.EllipticCurvePublicKey):
        return Secret(private.exchange(ec.ECDH(), peer))
    if isinstance(private, x25519.X25519PrivateKey) and isinstance(peer, x25519.X25519PublicKey):
        try:
            return Secret(private.exchange(peer))
        except ValueError:  # all zeros (RFC 7748, 6.1), whatever point it came from
            raise PublicKeyInvalid(what="a public key", reason="nothing secret is agreed with it") from None
    raise UsageError(reason=f"A key of the kind {own} does not agree on secrets.")


def encapsulate(public: PublicKey) -> tuple[Secret, bytes]:
    """Make a shared secret (32 bytes, wiped by the caller) for whoever has the private half, and its ciphertext."""
    if not isinstance(public, MlKemPublic):
        raise PublicKeyInvalid(what="a public key", reason=f"it is {find_spec(public) or 'RSA'}, and no ML-KEM key")
    shared, ciphertext = public.encapsulate()
    return Secret(shared), ciphertext


def decapsulate(private: PrivateKey, ciphertext: bytes) -> Secret:
    """Return the shared secret of a ciphertext; the caller wipes it.

    A damaged ciphertext, or one for another key, gives another secret and no error (FIPS 203, 6.3); only its length
    is seen: FormatUnrecognised.
    """
    spec = find_spec(private)
    if not isinstance(private, MlKemPrivate) or spec is None:
        raise UsageError(reason=f"A key of the kind {spec} decapsulates nothing.")
    size = ENCAPSULATION_SIZES[spec]
    if len(ciphertext) != size:
        raise FormatUnrecognised(what=f"an encapsulated secret for {spec} ({size} bytes; it has {len(ciphertext)})")
    return Secret(private.decapsulate(ciphertext))
