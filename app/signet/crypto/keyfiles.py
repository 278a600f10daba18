"""Files of private keys: exports in forms that other tools read, and imports of what people have.

Symmetric keys are JSON Web Keys (RFC 7517), plain or inside an age file under a passphrase; all others are PKCS#8
PEM, plain or encrypted. Rule: what is imported has passed `signet.crypto.software.check_material`.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_pem_private_key,
    load_ssh_private_key,
)

from signet.crypto import age
from signet.crypto.age_recipients import PassphraseIdentity, PassphraseRecipient
from signet.crypto.pbes2 import encrypt_pkcs8, pem
from signet.crypto.publickeys import base64url, unbase64url
from signet.crypto.software import UNREADABLE, check_material, kept, spec_of, symmetric_size, to_material
from signet.errors import (
    FileSecretIncorrect,
    FileSecretMissing,
    FormatUnrecognised,
    KeyMaterialInvalid,
)
from signet.formats.age import VERSION_LINE, parse
from signet.keys.spec import KeySpec
from signet.secret import Secret

#: What a symmetric key is for (RFC 7518, 3.2 and 5.3). HMAC with SHA-224 has no name there, so its keys have none.
JWK_ALGORITHMS = {
    KeySpec.SYMMETRIC_DEFAULT: "A256GCM",
    KeySpec.HMAC_224: None,
    KeySpec.HMAC_256: "HS256",
    KeySpec.HMAC_384: "HS384",
    KeySpec.HMAC_512: "HS512",
}
#: The largest private key file that is read: RSA of 16384 bits in PEM fits (bytes).
MAX_FILE = 64 * 1024

_WHAT = "a private key"
_OPENSSH = b"-----BEGIN OPENSSH PRIVATE KEY-----"


@dataclass(frozen=True)
class ImportedKey:
    """What a file held: checked material, which the caller wipes, its spec and its public key (None if symmetric).

    ``key_id`` is the ``kid`` of a JSON Web Key, which Signet writes as KEY-UUID/VERSION; None elsewhere.
    """

    material: Secret = field(repr=False)
    spec: KeySpec
    public_key: bytes | None
    key_id: str | None = None


def export_plain(material: Secret, spec: KeySpec, *, key_id: str, version: int) -> Secret:
    """Write a key in the clear: a JWK with ``kid`` KEY-UUID/VERSION, or PKCS#8 PEM. The caller wipes the result."""
    if spec.is_symmetric:
        return _jwk(material, spec, key_id=key_id, version=version)
    return Secret(pem("PRIVATE KEY", bytes(material.reveal())))


def export_encrypted(material: Secret, spec: KeySpec, *, key_id: str, version: int, passphrase: Secret) -> bytes:
    """Write a key under a passphrase (UTF-8, as given): a JWK in an age file, or encrypted PKCS#8 PEM."""
    if not spec.is_symmetric:
        return encrypt_pkcs8(material, passphrase)
    target = io.BytesIO()
    with _jwk(material, spec, key_id=key_id, version=version) as plain:
        age.encrypt(io.BytesIO(plain.reveal()), target, recipients=[PassphraseRecipient(passphrase)])
    return target.getvalue()


def import_key(data: Secret, *, passphrase: Secret | None = None) -> ImportedKey:
    """Read a private key file: everything that the exports write, and PEM, DER and OpenSSH private keys.

    ``passphrase`` is used only if the file is encrypted. Raises FileSecretMissing or FileSecretIncorrect,
    KeyMaterialInvalid with the reason for a broken key or one of another kind, FormatUnrecognised for no key.
    """
    if len(data) > MAX_FILE:
        raise FormatUnrecognised(what=_WHAT)
    content = bytes(data.reveal())
    if content.startswith(VERSION_LINE):
        with _from_age(content, passphrase) as plain:
            return _from_jwk(bytes(plain.reveal()))
    if content.lstrip().startswith(b"{"):
        return _from_jwk(content)
    private = kept(_load(content, passphrase))
    spec = spec_of(private)
    material = to_material(private)
    return ImportedKey(material, spec, check_material(material, spec))


def _jwk(material: Secret, spec: KeySpec, *, key_id: str, version: int) -> Secret:
    algorithm = JWK_ALGORITHMS[spec]
    members = {
        **({"alg": algorithm} if algorithm else {}),
        "k": base64url(bytes(material.reveal())),
        "kid": f"{key_id}/{version}",
        "kty": "oct",
    }
    return Secret.from_text(json.dumps(members, sort_keys=True) + "\n")


def _from_jwk(content: bytes) -> ImportedKey:
    try:
        members = json.loads(content.decode("utf-8"), object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise FormatUnrecognised(what="a JSON Web Key") from None
    match members:
        case {"kty": "oct", "k": str(text)}:
            material = Secret(unbase64url(text))
        case {"kty": str(kind)}:
            raise KeyMaterialInvalid(reason=f"it is a JSON Web Key of the kind {kind}; symmetric ones (oct) are read")
        case _:
            raise FormatUnrecognised(what="a JSON Web Key")
    spec, key_id = _spec_of_jwk(members.get("alg"), len(material)), members.get("kid")
    check_material(material, spec)
    return ImportedKey(material, spec, None, key_id if isinstance(key_id, str) else None)


def _spec_of_jwk(algorithm: object, length: int) -> KeySpec:
    """Name the spec by ``alg``; without one, by the length that only HMAC_224 has, else SYMMETRIC_DEFAULT."""
    if algorithm is None:
        return KeySpec.HMAC_224 if length == symmetric_size(KeySpec.HMAC_224) else KeySpec.SYMMETRIC_DEFAULT
    for spec, name in JWK_ALGORITHMS.items():
        if name == algorithm:
            return spec
    known = ", ".join(name for name in JWK_ALGORITHMS.values() if name)
    raise KeyMaterialInvalid(reason=f"it is for {algorithm}; Signet keeps keys for {known}")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is given twice")
    return members


def _from_age(content: bytes, passphrase: Secret | None) -> Secret:
    parse(age.read_header(io.BytesIO(content)))  # nobody is asked for the passphrase of what is no age file
    if passphrase is None:
        raise FileSecretMissing(what="passphrase")
    target = io.BytesIO()
    age.decrypt(io.BytesIO(content), target, identities=[PassphraseIdentity(passphrase)])
    return Secret(target.getvalue())


def _load(content: bytes, passphrase: Secret | None) -> object:
    """Load with no passphrase first: only so does the library say whether there is one."""
    try:
        return _parse(content, None)
    except TypeError:
        pass  # it is encrypted
    except UNREADABLE:
        raise KeyMaterialInvalid(reason="it is not a private key in PEM, DER or OpenSSH form, or damaged") from None
    if passphrase is None:
        raise FileSecretMissing(what="passphrase")
    try:
        return _parse(content, bytes(passphrase.reveal()))
    except (TypeError, *UNREADABLE):
        raise FileSecretIncorrect(what="passphrase") from None


def _parse(content: bytes, password: bytes | None) -> object:
    if content.startswith(_OPENSSH):
        return load_ssh_private_key(content, password)
    if b"-----BEGIN " in content:
        return load_pem_private_key(content, password)
    return load_der_private_key(content, password)
