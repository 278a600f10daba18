"""Files that bring keys: private and secret keys in every form, and what travels between vaults."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from fuzz.target import Target, check_told
from signet.crypto import age_recipients, keyshapes
from signet.crypto.keyfiles import export_plain
from signet.crypto.keyreading import ImportedKey, read_key
from signet.crypto.software import check_material
from signet.errors import (
    FileSecretIncorrect,
    FileSecretMissing,
    FormatUnrecognised,
    KeyMaterialInvalid,
    NoPrivateKey,
)
from signet.formats import key_import, key_transfer
from signet.keys.spec import KeySpec
from signet.secret import Secret

_PASSPHRASE = b"correct horse"
_ID = "00000000-0000-4000-8000-000000000001"
_TIME = "2026-11-22T12:00:00Z"
_REFUSALS = (FormatUnrecognised, KeyMaterialInvalid, NoPrivateKey, FileSecretIncorrect, FileSecretMissing)


def run_key_file(data: bytes) -> bool:
    """Read a key file, with a passphrase and without; what is accepted is a key that works."""
    without, with_one = (_read(data, passphrase) for passphrase in (None, Secret(_PASSPHRASE)))
    assert without is None or without == with_one, "a passphrase changed what needs none"
    return with_one is not None


def key_file_seeds() -> list[bytes]:
    """Keys in the forms that Signet and others write."""
    private = ec.derive_private_key(4711, ec.SECP256R1())
    edwards = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    plain, locked = NoEncryption(), BestAvailableEncryption(_PASSPHRASE)
    made = [
        private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, plain),
        private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, plain),
        private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, plain),
        private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, locked),
        edwards.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, plain),
        pkcs12.serialize_key_and_certificates(b"me", private, None, None, plain),
        bytes(range(32)).hex().encode(),
    ]
    with export_plain(Secret(bytes(range(32))), KeySpec.SYMMETRIC_DEFAULT, key_id=_ID, version=1) as jwk:
        made.append(bytes(jwk.reveal()))
    return made


def run_transfer(data: bytes) -> bool:
    """Read a request, a parcel, a sealed key and an import token; each has one spelling."""
    accepted = False
    for parse in (
        key_transfer.parse_request,
        key_transfer.parse_parcel,
        key_transfer.parse_key,
        key_import.parse_token,
    ):
        try:
            found = parse(data)
        except ValueError as refusal:
            check_told(refusal)
            continue
        assert found.encoded() == data
        accepted = True
    return accepted


def transfer_seeds() -> list[bytes]:
    """One of each."""
    version = key_transfer.SentVersion(1, _TIME, bytes(32), None, 3)
    key = key_transfer.SentKey(
        id=_ID,
        spec="SYMMETRIC_DEFAULT",
        usage="ENCRYPT_DECRYPT",
        origin="VAULT",
        protection="vault",
        created=_TIME,
        description="größe",
        aliases=("taxes",),
        tags=(("a", "b"),),
        expires=None,
        policy=None,
        policy_uses=0,
        versions=(version, key_transfer.SentVersion(2, _TIME, bytes(32), bytes(44), 0)),
    )
    return [
        key_transfer.Request(_ID, _ID, bytes(32), bytes(32), _TIME, _TIME, bytes(64)).encoded(),
        key_transfer.Parcel(_ID, _ID, _ID, bytes(32), _ID, _TIME, bytes(60), bytes(64)).encoded(),
        key.encoded(),
        key_import.Token(
            _ID, _ID, _ID, "AES", "RSA_4096", "RSAES_OAEP_SHA_256", "00" * 32, _TIME, _TIME, "11"
        ).encoded(),
    ]


def _read(data: bytes, passphrase: Secret | None) -> tuple[bytes, tuple[KeySpec, ...]] | None:
    try:
        found: ImportedKey = read_key(Secret(data), passphrase=passphrase)
    except _REFUSALS as refusal:
        check_told(refusal)
        return None
    with found.material as material:
        for spec in found.specs:
            check_material(material, spec)
        return bytes(material.reveal()), found.specs


KEY_FILE = Target(
    "key-file",
    run_key_file,
    key_file_seeds,
    eased=(
        (keyshapes, "MAX_ROUNDS", 30_000),
        (keyshapes, "MAX_BCRYPT_ROUNDS", 2),
        (age_recipients, "MAX_WORK_FACTOR", 6),
    ),
)
TRANSFER = Target("transfer", run_transfer, transfer_seeds)
