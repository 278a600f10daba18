"""Making key pairs on a token, never over anything that is there. Runs only in the child process.

What a module takes as a template differs, and more than it should:

* most take, and need, each use said as yes or no, or make keys that do everything;
* tpm2-pkcs11 refuses a no for a use that the TPM would allow;
* ykcs11 refuses attributes that a slot of the card decides (its use, whether it can be read out).
"""

from __future__ import annotations

import os
from pathlib import Path

from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass, Session

from signet import errors
from signet.tokens.cryptoki import Cryptoki, Template

_ID_LENGTH = 8
_PUBLIC_EXPONENT = (65537).to_bytes(3, "big")
_KINDS = {
    "rsa": (KeyType.RSA, Mechanism.RSA_PKCS_KEY_PAIR_GEN),
    "ec": (KeyType.EC, Mechanism.EC_KEY_PAIR_GEN),
    "edwards": (KeyType.EC_EDWARDS, Mechanism.EC_EDWARDS_KEY_PAIR_GEN),
}
_USES = {  # of the public and of the private half
    "sign": (Attribute.VERIFY, Attribute.SIGN),
    "decrypt": (Attribute.ENCRYPT, Attribute.DECRYPT),
    "agree": (Attribute.DERIVE, Attribute.DERIVE),
}
_SLOT_DECIDES = "libykcs11"
_TAKES_NO_NO = "libtpm2_pkcs11"
_COUNTED = frozenset({ObjectClass.PRIVATE_KEY, ObjectClass.PUBLIC_KEY, ObjectClass.CERTIFICATE})


def generate(
    session: Session,
    cryptoki: Cryptoki,
    *,
    module: str,
    kind: str,
    bits: int,
    params: bytes,
    label: str,
    usage: str,
    key_id: bytes,
) -> bytes:
    """Make a key pair that never leaves the token and return its CKA_ID.

    Under ``key_id``, or, if that is empty, under one that nothing on the token has. Raises TokenPlaceTaken if a key
    or certificate has it.
    """
    if key_id and is_taken(session, key_id):
        raise errors.TokenPlaceTaken(place=key_id.hex())
    chosen = key_id or _unused_id(session)
    public, private = _templates(Path(module).name, kind, bits, params, label, usage, chosen)
    cryptoki.generate_pair(session, mechanism=_KINDS[kind][1], public=public, private=private)
    return chosen


def is_taken(session: Session, key_id: bytes) -> bool:
    """Whether a key or certificate that the session sees has this CKA_ID."""
    found = session.get_objects({Attribute.ID: key_id})
    return any(thing.object_class in _COUNTED for thing in list(found))


def _templates(
    name: str, kind: str, bits: int, params: bytes, label: str, usage: str, key_id: bytes
) -> tuple[Template, Template]:
    """The templates of the public and the private half, as the module of that file name takes them."""
    both: dict[int, bool | int | bytes] = {
        Attribute.TOKEN: True,
        Attribute.KEY_TYPE: int(_KINDS[kind][0]),
        Attribute.ID: key_id,
    }
    public = {**both, Attribute.CLASS: int(ObjectClass.PUBLIC_KEY)}
    private = {**both, Attribute.CLASS: int(ObjectClass.PRIVATE_KEY)}
    if kind == "rsa":
        public |= {Attribute.MODULUS_BITS: bits, Attribute.PUBLIC_EXPONENT: _PUBLIC_EXPONENT}
    else:
        public[Attribute.EC_PARAMS] = params
    if name.startswith(_SLOT_DECIDES):
        return public, private
    # The public half must be readable before login: by it the token is recognised while the vault is locked.
    public |= {Attribute.LABEL: label.encode(), Attribute.PRIVATE: False}
    private |= {Attribute.LABEL: label.encode(), Attribute.PRIVATE: True}
    private |= {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
    for use, (of_public, of_private) in _USES.items():
        if use == usage or not name.startswith(_TAKES_NO_NO):
            public[of_public] = private[of_private] = use == usage
    return public, private


def _unused_id(session: Session) -> bytes:
    while True:
        key_id = os.urandom(_ID_LENGTH)
        if not is_taken(session, key_id):
            return key_id
