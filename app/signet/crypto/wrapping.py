"""The one rule by which a key is wrapped to a way in (DESIGN.md, sections 2 and 3): the master key, or a guard key.

Z is an ECDH secret, or 32 fresh random bytes sent by RSA. KEK = HKDF-SHA256(salt = vault id, ikm = Z, info =
``signet/v1/`` purpose ``/`` scheme, SHA-256 of the associated data, ephemeral public key if there is one). The result
is the ephemeral part, a 12-byte nonce and AES-256-GCM of the key. Wrapping needs public keys alone. The master key's
purpose is ``unlock``; guard keys are `signet.crypto.guarding`'s.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from signet.crypto.derive import INFO, KEY_BYTES, hkdf
from signet.errors import HeaderDamaged, SecretIncorrect, SignetError
from signet.formats.header import MethodKind, Scheme, UnlockMethod
from signet.secret import Secret

NONCE_BYTES = 12
TAG_BYTES = 16

Exchange = Callable[[bytes], Secret | None]
"""The private operation of a way in: from the ephemeral part to Z; None if RSA decryption failed."""

_NAMES = {
    MethodKind.TOKEN: "card",
    MethodKind.PASSPHRASE: "passphrase",
    MethodKind.RECOVERY_CODE: "recovery code",
    MethodKind.RECOVERY_SHARES: "set of recovery shares",
}


@dataclass(frozen=True)
class Binding:
    """What a wrapped key is bound to.

    ``purpose`` tells kinds of wrapped keys apart (``unlock/``), ``data`` is the associated data, ``salt`` the vault
    id's 16 bytes.
    """

    purpose: bytes
    data: bytes
    salt: bytes


def wrap_master_key(master: Secret, method: UnlockMethod, *, vault_id: str, salt: bytes) -> bytes:
    """Wrap the master key to a way in's public key; ``method.wrapped_key`` itself plays no part.

    Raises HeaderDamaged if the public key does not fit the scheme or nothing can be wrapped to it.
    """
    return wrap_to(method, master, Binding(b"unlock/", method.binding(vault_id), salt))


def unwrap_master_key(method: UnlockMethod, *, vault_id: str, salt: bytes, exchange: Exchange) -> Secret:
    """Open a way in by its private operation.

    Whatever is wrong with secret, key or ciphertext, it is one error: SecretIncorrect. Errors of the token itself
    rise from ``exchange``.
    """
    if len(method.wrapped_key) != wrapped_bytes(method):
        raise HeaderDamaged(reason="a wrapped key has the wrong length")
    binding = Binding(b"unlock/", method.binding(vault_id), salt)
    failure = SecretIncorrect(what=_NAMES[method.kind])
    return unwrap_from(method, method.wrapped_key, binding, exchange=exchange, failure=failure)


def wrap_to(method: UnlockMethod, secret: Secret, binding: Binding) -> bytes:
    """Wrap a 32-byte key to a way in's public key; raise HeaderDamaged as `wrap_master_key` does."""
    try:
        ephemeral, shared = _send(method)
    except ValueError as error:  # a point of small order (RFC 7748, 6.1), or RSA too short for its padding
        raise HeaderDamaged(reason="nothing can be wrapped to the public key of a way in") from error
    with shared, _kek(shared, method.scheme, binding, ephemeral) as kek:
        nonce = os.urandom(NONCE_BYTES)
        return ephemeral + nonce + AESGCM(kek.reveal()).encrypt(nonce, secret.reveal(), binding.data)


def unwrap_from(
    method: UnlockMethod, wrapped: bytes, binding: Binding, *, exchange: Exchange, failure: SignetError
) -> Secret:
    """Open what `wrap_to` made; raise ``failure`` whatever is wrong with it, and what ``exchange`` raises.

    ``wrapped`` is as long as `wrapped_bytes` says, or it is wrong.
    """
    size = ephemeral_bytes(method)
    ephemeral, sealed = wrapped[:size], wrapped[size:]
    if len(wrapped) != wrapped_bytes(method) or not _on_the_curve(method, ephemeral):
        raise failure
    shared = exchange(ephemeral)
    if shared is None:
        shared = Secret(os.urandom(KEY_BYTES))
    with shared, _kek(shared, method.scheme, binding, ephemeral) as kek:
        try:
            return Secret(AESGCM(kek.reveal()).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], binding.data))
        except InvalidTag as error:
            raise failure from error


def wrapped_bytes(method: UnlockMethod) -> int:
    """How long a key wrapped to this way in is."""
    return ephemeral_bytes(method) + NONCE_BYTES + KEY_BYTES + TAG_BYTES


def ephemeral_bytes(method: UnlockMethod) -> int:
    """How long the ephemeral part is: an uncompressed point, an X25519 key, or an RSA ciphertext."""
    key = _public_key(method)
    if isinstance(key, x25519.X25519PublicKey):
        return 32
    if isinstance(key, ec.EllipticCurvePublicKey):
        return 1 + 2 * ((key.curve.key_size + 7) // 8)
    return (key.key_size + 7) // 8


def _on_the_curve(method: UnlockMethod, ephemeral: bytes) -> bool:
    """Keep a point that is not on the curve from the token; it is one more way for a wrapped key to be wrong."""
    key = _public_key(method)
    if isinstance(key, ec.EllipticCurvePublicKey):
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(key.curve, ephemeral)
        except ValueError:
            return False
    return True


def _send(method: UnlockMethod) -> tuple[bytes, Secret]:
    key = _public_key(method)
    if isinstance(key, x25519.X25519PublicKey):
        ours = x25519.X25519PrivateKey.generate()
        return ours.public_key().public_bytes_raw(), Secret(ours.exchange(key))
    if isinstance(key, ec.EllipticCurvePublicKey):
        point_key = ec.generate_private_key(key.curve)
        point = point_key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return point, Secret(point_key.exchange(ec.ECDH(), key))
    shared = Secret(os.urandom(KEY_BYTES))
    return key.encrypt(bytes(shared.reveal()), _rsa_padding(method.scheme)), shared


def _rsa_padding(scheme: Scheme) -> padding.AsymmetricPadding:
    if scheme is Scheme.RSA_OAEP_SHA256:
        return padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    if scheme is Scheme.RSA_OAEP_SHA1:
        return padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)  # noqa: S303 - what such cards know
    return padding.PKCS1v15()


def _public_key(method: UnlockMethod) -> x25519.X25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey:
    try:
        key = load_der_public_key(method.public_key)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise HeaderDamaged(reason="the public key of a way in cannot be read") from error
    if method.scheme is Scheme.X25519 and isinstance(key, x25519.X25519PublicKey):
        return key
    if method.scheme is Scheme.ECDH_X and isinstance(key, ec.EllipticCurvePublicKey):
        return key
    if method.scheme not in (Scheme.X25519, Scheme.ECDH_X) and isinstance(key, rsa.RSAPublicKey):
        return key
    raise HeaderDamaged(reason="the public key of a way in does not fit its scheme")


def _kek(shared: Secret, scheme: Scheme, binding: Binding, ephemeral: bytes) -> Secret:
    sent = ephemeral if scheme in (Scheme.X25519, Scheme.ECDH_X) else b""
    info = INFO + binding.purpose + scheme.encode() + hashlib.sha256(binding.data).digest() + sent
    return hkdf(shared, salt=binding.salt, info=info)
