"""SSHSIG: signing and verifying any file with a key that has no certificate.

What is written, ``ssh-keygen -Y verify`` reads, and the other way round. A verified signature says which key made
it; whether that key is trusted is for the caller to decide. Rules: SHA-256 or SHA-512 only, RSA from 2048 bits and
never with SHA-1, one encoding for every number.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from signet.errors import FormatUnrecognised, SignatureInvalid
from signet.formats import sshkey, sshsig
from signet.formats.pieces import BytesDone, IsCancelled, pieces
from signet.keys.handle import SigningKey
from signet.keys.spec import SigningAlgorithm

#: The namespace of signatures over files, as ssh-keygen's manual recommends.
FILE_NAMESPACE = "file"
_WRITTEN_DIGEST = "sha512"  # as ssh-keygen by default
_RSA_HASHES: dict[str, hashes.HashAlgorithm] = {"rsa-sha2-256": hashes.SHA256(), "rsa-sha2-512": hashes.SHA512()}
_CURVES: dict[str, tuple[SigningAlgorithm, hashes.HashAlgorithm, int]] = {  # RFC 5656, 6.2.1; bits of r and s
    "nistp256": (SigningAlgorithm.ECDSA_SHA_256, hashes.SHA256(), 256),
    "nistp384": (SigningAlgorithm.ECDSA_SHA_384, hashes.SHA384(), 384),
    "nistp521": (SigningAlgorithm.ECDSA_SHA_512, hashes.SHA512(), 521),
}


@dataclass(frozen=True)
class SignatureFound:
    """A signature that fits: the key that made it (DER SubjectPublicKeyInfo), and under which names."""

    public_key: bytes
    namespace: str
    hash_algorithm: str


def sign(
    source: BinaryIO,
    key: SigningKey,
    *,
    namespace: str = FILE_NAMESPACE,
    progress: BytesDone | None = None,
    cancelled: IsCancelled | None = None,
) -> bytes:
    """Sign what is left to read in ``source`` and return the armored signature, as ``ssh-keygen -Y sign`` writes it.

    ``progress`` is called with the bytes read so far, ``cancelled`` is asked between chunks. Raises Cancelled,
    FormatUnrecognised for a kind of key that SSH does not know, SignatureInvalid if what the key returned does not
    verify under its own public key (a defective card), and what the key's own ``sign`` raises.
    """
    sshkey.from_spki(key.public_key)
    digest = _digest(source, _WRITTEN_DIGEST, progress=progress, cancelled=cancelled)
    return sshsig.armor(_signed(digest, key, namespace=namespace))


def sign_message(message: bytes, key: SigningKey, *, namespace: str) -> bytes:
    """Sign a small message as `sign` does and return the binary blob, which `signet.formats.sshsig.armor` wraps."""
    return _signed(hashlib.new(_WRITTEN_DIGEST, message).digest(), key, namespace=namespace)


def verify(
    source: BinaryIO,
    signature: bytes,
    *,
    namespace: str = FILE_NAMESPACE,
    progress: BytesDone | None = None,
    cancelled: IsCancelled | None = None,
) -> SignatureFound:
    """Check a signature, armored or binary, over what is left to read in ``source`` and say which key made it.

    Raises SignatureInvalid if it does not fit the data or the namespace, FormatUnrecognised if it is no SSHSIG or
    one of a kind that is not read (security keys, certificates, RSA with SHA-1 or below 2048 bits), Cancelled.
    """
    found = sshsig.read(signature)
    numbers = sshkey.parse(found.public_key)
    digest = _digest(source, found.hash_algorithm, progress=progress, cancelled=cancelled)
    if found.namespace != namespace:
        raise SignatureInvalid
    return _verified(found, numbers, digest)


def verify_message(message: bytes, signature: bytes, *, namespace: str) -> SignatureFound:
    """Check a signature over a small message; see `verify`."""
    return verify(io.BytesIO(message), signature, namespace=namespace)


def _digest(source: BinaryIO, name: str, *, progress: BytesDone | None, cancelled: IsCancelled | None) -> bytes:
    state = hashlib.new(name)
    for piece in pieces(source, progress=progress, cancelled=cancelled):
        state.update(piece)
    return state.digest()


def _signed(digest: bytes, key: SigningKey, *, namespace: str) -> bytes:
    numbers = sshkey.from_spki(key.public_key)
    message = sshsig.to_be_signed(namespace, _WRITTEN_DIGEST, digest)
    if isinstance(numbers, sshkey.RsaPublicKey):
        algorithm = "rsa-sha2-512"
        signature = key.sign(message, SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_512)
    elif isinstance(numbers, sshkey.EcdsaPublicKey):
        algorithm = numbers.key_type
        signature = _mpints(key.sign(message, _CURVES[numbers.curve][0]))
    else:
        algorithm = numbers.key_type
        signature = key.sign(message, SigningAlgorithm.ED25519)
    made = sshsig.SshSignature(sshkey.serialise(numbers), namespace, _WRITTEN_DIGEST, algorithm, signature)
    # A card can return rubbish, and a fault in a private key operation can leak the key: nothing unverified leaves.
    _verified(made, numbers, digest)
    return sshsig.serialise(made)


def _mpints(signature: bytes) -> bytes:
    try:
        r, s = decode_dss_signature(signature)
    except ValueError:
        raise SignatureInvalid from None
    return sshkey.mpint(r) + sshkey.mpint(s)


def _verified(found: sshsig.SshSignature, numbers: sshkey.SshPublicKey, digest: bytes) -> SignatureFound:
    message = sshsig.to_be_signed(found.namespace, found.hash_algorithm, digest)
    spki = sshkey.to_spki(numbers)
    try:
        public = load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm):  # above all: a point that is not on its curve
        raise FormatUnrecognised(what="an SSH public key") from None
    try:
        if isinstance(public, rsa.RSAPublicKey):
            _verify_rsa(public, found, message)
        elif isinstance(public, ec.EllipticCurvePublicKey) and isinstance(numbers, sshkey.EcdsaPublicKey):
            _verify_ecdsa(public, numbers, found, message)
        elif isinstance(public, ed25519.Ed25519PublicKey):
            _named(found, numbers.key_type)
            public.verify(found.signature, message)
        else:
            raise FormatUnrecognised(what="a kind of SSH key")
    except InvalidSignature:
        raise SignatureInvalid from None
    return SignatureFound(spki, found.namespace, found.hash_algorithm)


def _named(found: sshsig.SshSignature, *algorithms: str) -> None:
    """Refuse a signature algorithm that does not belong to the key: SHA-1 (``ssh-rsa``) above all."""
    if found.algorithm not in algorithms:
        raise FormatUnrecognised(what=f"a signature algorithm for this key (it is {found.algorithm})")


def _verify_rsa(public: rsa.RSAPublicKey, found: sshsig.SshSignature, message: bytes) -> None:
    _named(found, *_RSA_HASHES)
    if len(found.signature) != (public.key_size + 7) // 8:
        raise SignatureInvalid
    public.verify(found.signature, message, padding.PKCS1v15(), _RSA_HASHES[found.algorithm])


def _verify_ecdsa(
    public: ec.EllipticCurvePublicKey, numbers: sshkey.EcdsaPublicKey, found: sshsig.SshSignature, message: bytes
) -> None:
    _named(found, numbers.key_type)
    _, hash_algorithm, bits = _CURVES[numbers.curve]
    reader = sshkey.Reader(found.signature, what="an ECDSA signature")
    r, s = reader.mpint(bits=bits), reader.mpint(bits=bits)
    reader.end()
    public.verify(encode_dss_signature(r, s), message, ec.ECDSA(hash_algorithm))
