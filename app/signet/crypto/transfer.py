"""Sealing a key to another vault's one-time key: HPKE (RFC 9180), and the identities that vouch for both sides.

Suite: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM; mode base, single-shot (RFC 9180, 6.1), as the library
has it: the result is the encapsulated key (32 bytes) and the ciphertext. ``info`` binds everything around it. HPKE in
this mode does not say who sealed; the sender's identity signs the parcel, and people compare its fingerprint.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from signet.errors import TransferRefused
from signet.formats.key_transfer import Parcel, Request, SentKey, parse_key
from signet.secret import Secret

SUITE = "HPKE_X25519_HKDF_SHA_256_AES_256_GCM"
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def new_transfer_key() -> tuple[Secret, bytes]:
    """Make a one-time key: the 32-byte private half, which the caller wipes, and the public half (RFC 7748)."""
    private = X25519PrivateKey.generate()
    return Secret(private.private_bytes_raw()), private.public_key().public_bytes_raw()


def sign_request(request: Request, identity: Secret) -> Request:
    """Sign a request with the identity of the vault that makes it."""
    return request.signed(_signature(identity, request.signed_bytes()))


def check_request(request: Request) -> None:
    """Raise TransferRefused unless a request is signed by the identity that it names."""
    _check(request.identity, request.signature, request.signed_bytes())


def seal_key(key: SentKey, parcel: Parcel, request: Request, identity: Secret) -> Parcel:
    """Seal a key to a request and sign the parcel; raise TransferRefused for a public key that cannot be."""
    try:
        public = X25519PublicKey.from_public_bytes(request.public_key)
        with Secret(key.encoded()) as plain:
            sealed = _SUITE.encrypt(bytes(plain.reveal()), public, info=parcel.info(request.public_key))
    except ValueError as error:  # a point of small order (RFC 7748, 6.1)
        raise TransferRefused(reason="the request's one-time key cannot be used") from error
    sealed_parcel = parcel.with_seal(sealed)
    return sealed_parcel.signed(_signature(identity, sealed_parcel.signed_bytes()))


def check_parcel(parcel: Parcel) -> None:
    """Raise TransferRefused unless a parcel is signed by the identity that it names."""
    _check(parcel.identity, parcel.signature, parcel.signed_bytes())


def open_parcel(parcel: Parcel, private_key: Secret) -> SentKey:
    """Open a parcel with the one-time key; raise TransferRefused whatever is wrong with it."""
    private = X25519PrivateKey.from_private_bytes(bytes(private_key.reveal()))
    try:
        plain = _SUITE.decrypt(parcel.sealed, private, info=parcel.info(private.public_key().public_bytes_raw()))
    except (InvalidTag, ValueError) as error:
        raise TransferRefused(reason="it does not open with the key that was asked for") from error
    try:
        return parse_key(plain)
    except ValueError as error:
        raise TransferRefused(reason=f"what is in it cannot be read: {error}") from error


def _signature(identity: Secret, message: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(identity.reveal()).sign(message)


def _check(identity: bytes, signature: bytes, message: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(identity).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise TransferRefused(reason="it was changed on its way") from error
