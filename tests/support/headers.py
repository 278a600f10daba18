"""Headers for tests of the pure layers: signed by a real identity, with ways in of every kind."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from signet.crypto.identity import generate_identity, sign_header
from signet.formats.header import MethodKind, Scheme, UnlockMethod, VaultHeader

VAULT_ID = "6f1ed002-ab55-4bd4-8fb6-d9b55c0a9d14"
SALT = bytes.fromhex("6f1ed002ab554bd48fb6d9b55c0a9d14")
PASSPHRASE_PARAMETERS: tuple[tuple[str, str | int], ...] = (
    ("iterations", 3),
    ("lanes", 4),
    ("memory-kib", 65536),
    ("salt", base64.b64encode(bytes(range(16))).decode()),
)

SHARES_PARAMETERS: tuple[tuple[str, str | int], ...] = (("identifier", 4711), ("shares", 3), ("threshold", 2))

PrivateKey = X25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey


def spki(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def make_method(
    number: int = 1,
    *,
    kind: MethodKind = MethodKind.RECOVERY_CODE,
    scheme: Scheme = Scheme.X25519,
    public_key: bytes | None = None,
    parameters: tuple[tuple[str, str | int], ...] = (),
    wrapped_key: bytes = bytes(range(92)),
    attestation: bytes = bytes(32),
    label: str = "Recovery code",
    hint: tuple[tuple[str, str], ...] = (),
) -> UnlockMethod:
    return UnlockMethod(
        id=f"00000000-0000-4000-8000-{number:012x}",
        kind=kind,
        label=label,
        created="2026-11-22T12:00:00Z",
        scheme=scheme,
        public_key=b"public key %d" % number if public_key is None else public_key,
        parameters=parameters,
        wrapped_key=wrapped_key,
        attestation=attestation,
        hint=hint,
    )


def every_kind() -> tuple[UnlockMethod, ...]:
    """One way in of every pair of kind and scheme."""
    token, hint = MethodKind.TOKEN, (("model", "Nitrokey 3"), ("serial", "0102"))
    return (
        make_method(1),
        make_method(2, kind=MethodKind.PASSPHRASE, parameters=PASSPHRASE_PARAMETERS, label="Passphrase"),
        make_method(3, kind=token, scheme=Scheme.ECDH_X, attestation=b"", label="Karte “zwölf”", hint=hint),
        make_method(4, kind=token, scheme=Scheme.RSA_OAEP_SHA256, parameters=(("operation", "raw"),)),
        make_method(5, kind=token, scheme=Scheme.RSA_OAEP_SHA1, hint=(("model", ""), ("serial", ""))),
        make_method(6, kind=token, scheme=Scheme.RSA_PKCS1V15),
        make_method(
            7, kind=MethodKind.RECOVERY_SHARES, parameters=SHARES_PARAMETERS, label="Recovery shares (2 of 3)"
        ),
    )


def make_header(methods: tuple[UnlockMethod, ...] | None = None) -> VaultHeader:
    """A signed header; the identity is a new one each time."""
    private, public = generate_identity()
    header = VaultHeader(VAULT_ID, 7, "vault-0123456789ABCDEF.db", public, methods or every_kind())
    return sign_header(header, private)
