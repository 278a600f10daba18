"""Raw RSA keyring: a data key for whoever has a private RSA key, on a card or anywhere (DESIGN.md, section 5).

The official SDKs' keyring with OAEP, SHA-256 and MGF1 with SHA-256. RSA does not bind the context; the message's own
commitment and header tag do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from signet.errors import CiphertextInvalid, KeyMaterialInvalid, KeyNotHere
from signet.formats.esdk import EncryptedDataKey
from signet.formats.esdk_keyring import PERSON_PROVIDER_ID
from signet.secret import Secret

OpenRsa = Callable[[bytes], Secret | None]
"""RSA decryption by whoever holds the private key: from ciphertext to data key; None if it does not open."""


class RawRsaKeyring:
    """Wraps to a public key (DER SubjectPublicKeyInfo); unwraps where ``opener`` does the private operation.

    Raises KeyMaterialInvalid if it is not an RSA key.
    """

    def __init__(self, public_key: bytes, opener: OpenRsa | None = None) -> None:
        try:
            loaded = load_der_public_key(public_key)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise KeyMaterialInvalid(reason="the public key cannot be read") from error
        if not isinstance(loaded, rsa.RSAPublicKey):
            raise KeyMaterialInvalid(reason="it is not an RSA key")
        self._public = loaded
        self._opener = opener
        self.key_name = person_name(public_key)

    def wrap(self, data_key: Secret, context: Mapping[str, str]) -> EncryptedDataKey:  # noqa: ARG002 - RSA binds none
        """Wrap a data key by OAEP with SHA-256 and an empty label."""
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
        wrapped = self._public.encrypt(bytes(data_key.reveal()), oaep)
        return EncryptedDataKey(PERSON_PROVIDER_ID, self.key_name.encode("ascii"), wrapped)

    def owns(self, wrapped: EncryptedDataKey) -> bool:
        """Tell whether provider id and key name are this keyring's, exactly."""
        return wrapped.provider_id == PERSON_PROVIDER_ID and wrapped.key_info == self.key_name.encode("ascii")

    def unwrap(self, wrapped: EncryptedDataKey, context: Mapping[str, str]) -> Secret:  # noqa: ARG002 - RSA binds none
        """Unwrap what `wrap` made. Raises KeyNotHere if the name is another's, CiphertextInvalid if it fails."""
        if not self.owns(wrapped) or self._opener is None:
            raise KeyNotHere(wanted=wrapped.provider_id)
        if len(wrapped.ciphertext) != (self._public.key_size + 7) // 8:
            raise CiphertextInvalid
        opened = self._opener(wrapped.ciphertext)
        if opened is None:
            raise CiphertextInvalid
        return opened


def person_name(public_key: bytes) -> str:
    """How a message names a public key: SHA-256 of its DER SubjectPublicKeyInfo in hexadecimal."""
    return hashlib.sha256(public_key).hexdigest()
