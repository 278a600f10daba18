"""What a logged-in token does: agree, decrypt, sign. Runs only in the child process.

Mechanisms and parameters are always passed, because python-pkcs11's defaults are poor (SHA-1); hashing happens in the
parent, because several modules lack the combined mechanisms.
"""

from __future__ import annotations

import contextlib

from pkcs11 import (
    KDF,
    Attribute,
    KeyType,
    Mechanism,
    MechanismFlag,
    ObjectClass,
    PrivateKey,
    Session,
    exceptions,
)
from pkcs11._pkcs11 import DeriveMixin  # type: ignore[attr-defined]

from signet import errors
from signet.tokens.cryptoki import Cryptoki, OaepParameters, PssParameters
from signet.tokens.host_objects import KINDS, attribute
from signet.tokens.translate import BAD_CIPHERTEXT

_CKM_SHA_1 = 0x220
_CKM_SHA256 = 0x250
_CKG_MGF1_SHA1 = 1
_CKG_MGF1_SHA256 = 2
_CKZ_DATA_SPECIFIED = 1
_DECRYPTION: dict[str, tuple[int, tuple[int, int] | None]] = {
    "rsa-oaep-sha256": (Mechanism.RSA_PKCS_OAEP, (_CKM_SHA256, _CKG_MGF1_SHA256)),
    "rsa-oaep-sha1": (Mechanism.RSA_PKCS_OAEP, (_CKM_SHA_1, _CKG_MGF1_SHA1)),
    "rsa-pkcs1v15": (Mechanism.RSA_PKCS, None),
    "rsa-raw": (Mechanism.RSA_X_509, None),
}
_SIGNING = {"rsa": Mechanism.RSA_PKCS, "ec": Mechanism.ECDSA, "edwards": Mechanism.EDDSA}
#: CKM_ of the hash, CKG_MGF1_ with it (PKCS#11 v3.0, 6.1.8), bytes of salt: as many as the digest has.
_PSS = {"sha256": (_CKM_SHA256, _CKG_MGF1_SHA256, 32), "sha384": (0x260, 3, 48), "sha512": (0x270, 4, 64)}
_TYPES = {name: kind for kind, name in KINDS.items()}


def find_private(session: Session, key_id: bytes, kind: str) -> PrivateKey:
    """Return the private key of that id and kind; with several, the first whose use the token guards by its PIN."""
    wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.ID: key_id, Attribute.KEY_TYPE: _TYPES[kind]}
    found = [key for key in session.get_objects(wanted) if isinstance(key, PrivateKey)]
    if not found:
        raise errors.TokenKeyNotFound(key=key_id.hex())
    return next((key for key in found if attribute(key, Attribute.PRIVATE)), found[0])


def is_guarded(session: Session, key_id: bytes, kind: str) -> bool:
    """Whether the private key of that id is there and CKA_PRIVATE: invisible without the PIN."""
    return attribute(find_private(session, key_id, kind), Attribute.PRIVATE) is True


def agree(session: Session, key_id: bytes, point: bytes, size: int) -> bytes:
    """C_DeriveKey with ECDH1, no KDF and the raw point; return the x-coordinate as the module gives it.

    OpenSC ignores a KDF silently and takes no DER point, so neither is ever used. ykcs11 says CKA_DERIVE=false and
    derives all the same, so the method is called whatever the attribute says.
    """
    derived = DeriveMixin.derive_key(
        find_private(session, key_id, "ec"),
        KeyType.GENERIC_SECRET,
        size * 8,
        capabilities=MechanismFlag.ENCRYPT,
        mechanism=Mechanism.ECDH1_DERIVE,
        mechanism_param=(KDF.NULL, None, point),
        template={
            Attribute.TOKEN: False,
            Attribute.SENSITIVE: False,
            Attribute.EXTRACTABLE: True,
        },
    )
    try:
        value: bytes = derived[Attribute.VALUE]
        return value
    finally:
        with contextlib.suppress(exceptions.PKCS11Error):
            derived.destroy()


def decrypt(session: Session, cryptoki: Cryptoki, key_id: bytes, ciphertext: bytes, mechanism: str) -> bytes | None:
    """C_Decrypt, never C_UnwrapKey; None if the module says that the ciphertext is bad, in whatever words."""
    number, hashes = _DECRYPTION[mechanism]
    parameters = None
    if hashes is not None:
        parameters = OaepParameters(hashes[0], hashes[1], _CKZ_DATA_SPECIFIED, None, 0)
    key = find_private(session, key_id, "rsa")
    try:
        return cryptoki.decrypt(session, key, ciphertext, mechanism=number, oaep=parameters)
    except BAD_CIPHERTEXT:
        return None


def sign(
    session: Session,
    cryptoki: Cryptoki,
    key_id: bytes,
    kind: str,
    data: bytes,
    *,
    pin: bytearray | None,
    on_reader: bool,
    pss: str = "",
) -> bytes:
    """C_Sign over what the parent prepared: a DigestInfo for RSA, a digest for ECDSA, the message for Ed25519.

    For RSA-PSS ``pss`` names the hash of the digest that is given then, of the mask and of the salt's length.
    """
    key = find_private(session, key_id, kind)
    mechanism, parameters = _SIGNING[kind], None
    if pss:
        mechanism, parameters = Mechanism.RSA_PKCS_PSS, PssParameters(*_PSS[pss])
    return cryptoki.sign(session, key, data, mechanism=mechanism, pin=pin, on_reader=on_reader, pss=parameters)
