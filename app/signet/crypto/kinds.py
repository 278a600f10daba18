"""The kinds of key pairs that Signet keeps: which library type is which spec, and their public halves in DER.

Nothing is computed here; `signet.crypto.software` makes and checks keys, `signatures` and `agreement` use them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, mlkem, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from signet.keys.spec import KeySpec

MlDsaPrivate: TypeAlias = mldsa.MLDSA44PrivateKey | mldsa.MLDSA65PrivateKey | mldsa.MLDSA87PrivateKey
MlDsaPublic: TypeAlias = mldsa.MLDSA44PublicKey | mldsa.MLDSA65PublicKey | mldsa.MLDSA87PublicKey
MlKemPrivate: TypeAlias = mlkem.MLKEM768PrivateKey | mlkem.MLKEM1024PrivateKey
MlKemPublic: TypeAlias = mlkem.MLKEM768PublicKey | mlkem.MLKEM1024PublicKey
PrivateKey: TypeAlias = (
    rsa.RSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | x25519.X25519PrivateKey
    | MlDsaPrivate
    | MlKemPrivate
)
PublicKey: TypeAlias = (
    rsa.RSAPublicKey
    | ec.EllipticCurvePublicKey
    | ed25519.Ed25519PublicKey
    | x25519.X25519PublicKey
    | MlDsaPublic
    | MlKemPublic
)

#: What the library raises for a key that is not one; InternalError for an Ed448 key of another length, for instance,
#: NotImplementedError for a compressed point in an OpenSSH file.
UNREADABLE = (ValueError, UnsupportedAlgorithm, InternalError, NotImplementedError)

RSA_SIZES = {KeySpec.RSA_2048: 2048, KeySpec.RSA_3072: 3072, KeySpec.RSA_4096: 4096}
CURVES: dict[KeySpec, type[ec.EllipticCurve]] = {
    KeySpec.ECC_NIST_P256: ec.SECP256R1,
    KeySpec.ECC_NIST_P384: ec.SECP384R1,
    KeySpec.ECC_NIST_P521: ec.SECP521R1,
    KeySpec.ECC_SECG_P256K1: ec.SECP256K1,
}
#: The kinds that have one type for each spec: private and public.
ONE_TYPE: dict[KeySpec, tuple[type[PrivateKey], type[PublicKey]]] = {
    KeySpec.ECC_NIST_EDWARDS25519: (ed25519.Ed25519PrivateKey, ed25519.Ed25519PublicKey),
    KeySpec.X25519: (x25519.X25519PrivateKey, x25519.X25519PublicKey),
    KeySpec.ML_DSA_44: (mldsa.MLDSA44PrivateKey, mldsa.MLDSA44PublicKey),
    KeySpec.ML_DSA_65: (mldsa.MLDSA65PrivateKey, mldsa.MLDSA65PublicKey),
    KeySpec.ML_DSA_87: (mldsa.MLDSA87PrivateKey, mldsa.MLDSA87PublicKey),
    KeySpec.ML_KEM_768: (mlkem.MLKEM768PrivateKey, mlkem.MLKEM768PublicKey),
    KeySpec.ML_KEM_1024: (mlkem.MLKEM1024PrivateKey, mlkem.MLKEM1024PublicKey),
}
GENERATORS: dict[KeySpec, Callable[[], PrivateKey]] = {
    KeySpec.ECC_NIST_EDWARDS25519: ed25519.Ed25519PrivateKey.generate,
    KeySpec.X25519: x25519.X25519PrivateKey.generate,
    KeySpec.ML_DSA_44: mldsa.MLDSA44PrivateKey.generate,
    KeySpec.ML_DSA_65: mldsa.MLDSA65PrivateKey.generate,
    KeySpec.ML_DSA_87: mldsa.MLDSA87PrivateKey.generate,
    KeySpec.ML_KEM_768: mlkem.MLKEM768PrivateKey.generate,
    KeySpec.ML_KEM_1024: mlkem.MLKEM1024PrivateKey.generate,
}
#: For isinstance: mypy follows a union there, and no tuple that is put together.
PRIVATE_TYPES = PrivateKey
PUBLIC_TYPES = PublicKey


def find_spec(key: PrivateKey | PublicKey) -> KeySpec | None:
    """Name the spec that fits a private or public key; None for a size or curve that no spec has."""
    if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey):
        return next((spec for spec, size in RSA_SIZES.items() if key.key_size == size), None)
    if isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey):
        return next((spec for spec, curve in CURVES.items() if isinstance(key.curve, curve)), None)
    return next((spec for spec, types in ONE_TYPE.items() if isinstance(key, types)), None)


def spki(public: PublicKey) -> bytes:
    """Write a public key as DER SubjectPublicKeyInfo (RFC 5280, 4.1)."""
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
