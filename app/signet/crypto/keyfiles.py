"""Files of private and secret keys, written in forms that other tools read. `signet.crypto.keyreading` reads them.

A symmetric key is a JSON Web Key or its bytes as they are; under a passphrase, either of them inside an age file. All
others are PKCS#8 PEM, OpenSSH, or JWK, the first two encrypted by their own means, a JWK inside an age file.
"""

from __future__ import annotations

import io
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from signet.crypto import age
from signet.crypto.age_recipients import PassphraseRecipient
from signet.crypto.jwk import jwk_form, write_jwk
from signet.crypto.pbes2 import encrypt_pkcs8, pem
from signet.crypto.software import kept
from signet.errors import UsageError
from signet.keys.spec import KeySpec
from signet.secret import Secret

#: Rounds of bcrypt_pbkdf for OpenSSH files; ssh-keygen's own default is 24 (half a second here).
BCRYPT_ROUNDS = 64


class KeyFileForm(StrEnum):
    """How a private or secret key is written."""

    PKCS8 = "pkcs8"
    OPENSSH = "openssh"
    JWK = "jwk"
    RAW = "raw"


def forms_of(spec: KeySpec) -> tuple[KeyFileForm, ...]:
    """The forms in which keys of a spec can be written, the usual one first."""
    if spec.is_symmetric:
        return (KeyFileForm.JWK, KeyFileForm.RAW)
    ssh = (KeyFileForm.OPENSSH,) if spec.known_to_ssh else ()
    jwk = (KeyFileForm.JWK,) if jwk_form(spec) else ()
    return (KeyFileForm.PKCS8, *ssh, *jwk)


def check_form(spec: KeySpec, form: KeyFileForm | None) -> KeyFileForm:
    """Return the form, the usual one if None; raise UsageError if keys of this spec are not written so."""
    able = forms_of(spec)
    if form is None:
        return able[0]
    if form not in able:
        raise UsageError(reason=f"A key of the kind {spec} is written as {' or '.join(able)}, not as {form}.")
    return form


def in_age_file(form: KeyFileForm) -> bool:
    """Whether an encrypted file of this form is an age file around the plain one."""
    return form in (KeyFileForm.JWK, KeyFileForm.RAW)


def export_plain(
    material: Secret, spec: KeySpec, *, key_id: str, version: int, form: KeyFileForm | None = None
) -> Secret:
    """Write a key in the clear; a JWK has ``kid`` KEY-UUID/VERSION. The caller wipes the result.

    Raises UsageError for a form that the spec does not have.
    """
    match check_form(spec, form):
        case KeyFileForm.JWK:
            return write_jwk(material, spec, key_id=key_id, version=version)
        case KeyFileForm.RAW:
            return material.copy()
        case KeyFileForm.OPENSSH:
            return Secret(_openssh(material, NoEncryption()))
        case _:
            return Secret(pem("PRIVATE KEY", bytes(material.reveal())))


def export_encrypted(
    material: Secret,
    spec: KeySpec,
    *,
    key_id: str,
    version: int,
    passphrase: Secret,
    form: KeyFileForm | None = None,
) -> bytes:
    """Write a key under a passphrase (UTF-8, as given): an age file, encrypted PKCS#8 PEM, or an OpenSSH file."""
    chosen = check_form(spec, form)
    if chosen is KeyFileForm.OPENSSH:
        builder = PrivateFormat.OpenSSH.encryption_builder().kdf_rounds(BCRYPT_ROUNDS)
        return _openssh(material, builder.build(bytes(passphrase.reveal())))
    if not in_age_file(chosen):
        return encrypt_pkcs8(material, passphrase)
    target = io.BytesIO()
    with export_plain(material, spec, key_id=key_id, version=version, form=chosen) as plain:
        age.encrypt(io.BytesIO(plain.reveal()), target, recipients=[PassphraseRecipient(passphrase)])
    return target.getvalue()


def _openssh(material: Secret, encryption: KeySerializationEncryption) -> bytes:
    private = kept(load_der_private_key(material.reveal(), None, unsafe_skip_rsa_key_validation=True))
    if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey):
        raise TypeError("a kind of key that OpenSSH does not have")
    return private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, encryption)
