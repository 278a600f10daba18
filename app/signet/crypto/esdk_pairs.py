"""Opens data keys with private halves that are in the vault: what the Raw RSA and Raw ECDH keyrings ask for.

The official SDKs' Raw RSA keyring says nowhere in the message which padding it used. Signet writes OAEP with SHA-256
(DESIGN.md, section 5) and opens every OAEP that the SDKs offer (``framework/raw-rsa-keyring.md``, supported padding
schemes), label and mask hashed alike; PKCS #1 v1.5, which they offer too, lets forgers ask and is not opened.
"""

from __future__ import annotations

from collections.abc import Callable

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from signet.crypto.esdk_ecdh import RawEcdhKeyring
from signet.crypto.esdk_rsa import RawRsaKeyring
from signet.crypto.kinds import PrivateKey
from signet.errors import KeyMaterialInvalid
from signet.secret import Secret

PublicKeyring = RawRsaKeyring | RawEcdhKeyring
"""Wraps to a public key; unwraps where whoever has the private half does its part."""

_HASHES: tuple[Callable[[], hashes.HashAlgorithm], ...] = (
    hashes.SHA256,
    hashes.SHA384,
    hashes.SHA512,
    hashes.SHA1,
)
"""The one that Signet writes first."""


def keyring_to(public_key: bytes) -> PublicKeyring:
    """Return the keyring that wraps to a public key (DER SubjectPublicKeyInfo): RSA, P-256, P-384 or P-521.

    Raises KeyMaterialInvalid for any other key.
    """
    try:
        loaded = load_der_public_key(public_key)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyMaterialInvalid(reason="the public key cannot be read") from error
    return RawRsaKeyring(public_key) if isinstance(loaded, rsa.RSAPublicKey) else RawEcdhKeyring(public_key)


def keyring_with(private: PrivateKey, public_key: bytes) -> PublicKeyring:
    """Return the keyring that opens what was wrapped to ``public_key``, whose private half this is.

    Raises KeyMaterialInvalid for a key that no such keyring has.
    """
    if isinstance(private, rsa.RSAPrivateKey):
        return RawRsaKeyring(public_key, _decrypting(private))
    return RawEcdhKeyring(public_key, _agreeing(private) if isinstance(private, ec.EllipticCurvePrivateKey) else None)


def _decrypting(private: rsa.RSAPrivateKey) -> Callable[[bytes], Secret | None]:
    def decrypt(ciphertext: bytes) -> Secret | None:
        for make in _HASHES:
            try:
                return Secret(private.decrypt(ciphertext, padding.OAEP(padding.MGF1(make()), make(), None)))
            except ValueError:
                continue
        return None

    return decrypt


def _agreeing(private: ec.EllipticCurvePrivateKey) -> Callable[[bytes], Secret | None]:
    def agree(point: bytes) -> Secret | None:
        try:
            peer = ec.EllipticCurvePublicKey.from_encoded_point(private.curve, point)
            return Secret(private.exchange(ec.ECDH(), peer))
        except ValueError:
            return None

    return agree
