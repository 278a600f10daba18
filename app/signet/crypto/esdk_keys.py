"""AWS Encryption SDK keys: derivation, commitment, the header's tag, the Raw AES keyring, the footer's signature.

Source: AWS Encryption SDK Specification, ``framework/algorithm-suites.md`` (key derivation),
``client-apis/encrypt.md`` and ``decrypt.md``, ``framework/raw-aes-keyring.md``.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from signet.errors import CiphertextInvalid, KeyNotHere
from signet.formats.esdk import (
    COMMITMENT_LENGTH,
    IV_LENGTH,
    PUBLIC_KEY_CONTEXT_KEY,
    AlgorithmSuite,
    EncryptedDataKey,
    MessageHeader,
    serialise_context,
)
from signet.formats.esdk_keyring import parse_raw_aes_key_info, raw_aes_key_info
from signet.secret import Secret

_HASHES: Mapping[str, Callable[[], hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_CURVES: Mapping[str, tuple[Callable[[], ec.EllipticCurve], Callable[[], hashes.HashAlgorithm]]] = {
    "secp256r1": (ec.SECP256R1, hashes.SHA256),
    "secp384r1": (ec.SECP384R1, hashes.SHA384),
}


def derive_message_key(suite: AlgorithmSuite, message_id: bytes, data_key: Secret) -> Secret:
    """Derive the key that encrypts header tag and frames; without a KDF it is the data key itself."""
    if suite.kdf_hash is None:
        return data_key.copy()
    if suite.committing:
        salt, info = message_id, struct.pack(">H", suite.id) + b"DERIVEKEY"
    else:
        salt, info = None, struct.pack(">H", suite.id) + message_id
    derived = Secret(bytes(suite.key_length))
    kdf = HKDF(algorithm=_HASHES[suite.kdf_hash](), length=suite.key_length, salt=salt, info=info)
    kdf.derive_into(data_key.reveal(), derived.reveal())
    return derived


def derive_commitment(suite: AlgorithmSuite, message_id: bytes, data_key: Secret) -> bytes:
    """Derive the value that ties a version 2 header to its data key; it is public."""
    if not suite.committing or suite.kdf_hash is None:
        raise ValueError(f"suite {suite.id:#06x} does not commit")
    kdf = HKDF(algorithm=_HASHES[suite.kdf_hash](), length=COMMITMENT_LENGTH, salt=message_id, info=b"COMMITKEY")
    return kdf.derive(bytes(data_key.reveal()))


def header_tag(message_key: Secret, body: bytes) -> bytes:
    """Return the tag over a version 2 header body. One message id and key may have one header ever (IV 0)."""
    return AESGCM(message_key.reveal()).encrypt(bytes(IV_LENGTH), b"", body)


def open_header(header: MessageHeader, data_key: Secret) -> Secret:
    """Check commitment (in constant time, first) and header tag; return the message key.

    Raises CiphertextInvalid. A data key of another length than the suite's is refused the same way.
    """
    if len(data_key) != header.suite.key_length:
        raise CiphertextInvalid
    if header.suite.committing:
        expected = derive_commitment(header.suite, header.message_id, data_key)
        if not hmac.compare_digest(expected, header.commitment):
            raise CiphertextInvalid
    message_key = derive_message_key(header.suite, header.message_id, data_key)
    try:
        AESGCM(message_key.reveal()).decrypt(header.iv, header.tag, header.body)
    except InvalidTag as error:
        message_key.wipe()
        raise CiphertextInvalid from error
    return message_key


class DataKeyWrapper(Protocol):
    """Wraps data keys. Implemented by `RawAesKeyring`, `signet.crypto.esdk_rsa.RawRsaKeyring`
    and `signet.crypto.esdk_ecdh.RawEcdhKeyring`.
    """

    def wrap(self, data_key: Secret, context: Mapping[str, str]) -> EncryptedDataKey:
        """Wrap a data key; raise ContextInvalid."""


class ReadingKeyring(DataKeyWrapper, Protocol):
    """Reads back what it wrapped. Implemented by `RawAesKeyring` and `signet.crypto.esdk_kept.KeptDataKey`."""

    def owns(self, wrapped: EncryptedDataKey) -> bool:
        """Tell whether this encrypted data key is its own."""

    def unwrap(self, wrapped: EncryptedDataKey, context: Mapping[str, str]) -> Secret:
        """Unwrap what `wrap` made; raise KeyNotHere if it is another's, CiphertextInvalid if it fails."""


@dataclass(frozen=True)
class RawAesKeyring:
    """A 256-bit wrapping key under its public name; the official SDKs' Raw AES keyring (AES-256-GCM, IV 12, tag 16).

    Each wrap uses a random IV: a key may wrap 2^32 times (SP 800-38D, 8.3); who holds the key counts.
    """

    provider_id: str
    key_name: str
    key: Secret

    def wrap(self, data_key: Secret, context: Mapping[str, str]) -> EncryptedDataKey:
        """Wrap a data key, bound to the context. Raises ContextInvalid."""
        iv = os.urandom(IV_LENGTH)
        wrapped = AESGCM(self.key.reveal()).encrypt(iv, data_key.reveal(), serialise_context(context))
        return EncryptedDataKey(self.provider_id, raw_aes_key_info(self.key_name, iv), wrapped)

    def owns(self, wrapped: EncryptedDataKey) -> bool:
        """Tell whether provider id and key name are this keyring's, exactly."""
        parsed = parse_raw_aes_key_info(wrapped.key_info)
        return wrapped.provider_id == self.provider_id and parsed is not None and parsed[0] == self.key_name

    def unwrap(self, wrapped: EncryptedDataKey, context: Mapping[str, str]) -> Secret:
        """Unwrap what `wrap` made. Raises KeyNotHere if the name is another's, CiphertextInvalid if it fails."""
        parsed = parse_raw_aes_key_info(wrapped.key_info)
        if parsed is None or not self.owns(wrapped):
            raise KeyNotHere(wanted=wrapped.provider_id)
        try:
            data_key = AESGCM(self.key.reveal()).decrypt(parsed[1], wrapped.ciphertext, serialise_context(context))
        except InvalidTag as error:
            raise CiphertextInvalid from error
        return Secret(data_key)


def unwrap_with(keyrings: Sequence[ReadingKeyring]) -> Callable[[MessageHeader], Secret]:
    """Return the ``unwrap`` that the engine asks for: the first encrypted data key that a keyring opens.

    It raises KeyNotHere if no keyring is named in the header, CiphertextInvalid if one is and none opens.
    """

    def unwrap(header: MessageHeader) -> Secret:
        failure: CiphertextInvalid | None = None
        for wrapped in header.encrypted_data_keys:
            for keyring in keyrings:
                if keyring.owns(wrapped):
                    try:
                        return keyring.unwrap(wrapped, header.context)
                    except CiphertextInvalid as error:
                        failure = error
        if failure is not None:
            raise failure
        raise KeyNotHere(wanted=", ".join(sorted({key.provider_id for key in header.encrypted_data_keys})))

    return unwrap


class SignatureCheck:
    """Hashes a signed message as it passes by and checks the footer (``data-format/message-footer.md``)."""

    def __init__(self, header: MessageHeader) -> None:
        """Take the public key from the context; raise CiphertextInvalid if it is missing or no point."""
        curve, algorithm = _CURVES[header.suite.signature_curve or ""]
        try:
            point = base64.b64decode(header.context[PUBLIC_KEY_CONTEXT_KEY], validate=True)
            self._public_key = ec.EllipticCurvePublicKey.from_encoded_point(curve(), point)
        except (KeyError, ValueError, binascii.Error) as error:
            raise CiphertextInvalid from error
        self._algorithm = algorithm()
        self._hash = hashes.Hash(self._algorithm)
        self.update(header.raw)

    def update(self, data: bytes | memoryview) -> None:
        """Take the next bytes of the message."""
        self._hash.update(data)

    def verify(self, signature: bytes) -> None:
        """Check the DER signature over everything taken; raise CiphertextInvalid."""
        digest = self._hash.finalize()
        try:
            self._public_key.verify(signature, digest, ec.ECDSA(Prehashed(self._algorithm)))
        except InvalidSignature as error:
            raise CiphertextInvalid from error
