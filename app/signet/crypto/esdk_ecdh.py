"""Raw ECDH keyring: a data key for whoever has a private key on a NIST curve, on a card or anywhere.

The official SDKs' keyring (``framework/raw-ecdh-keyring.md``, ``key-agreement-schemas.md``): a key pair made for
this one file agrees with the recipient's (EphemeralPrivateKeyToStaticPublicKey); the recipient needs its own alone
(PublicKeyDiscovery). KDF in counter mode over HMAC-SHA384 (SP 800-108, 4.1) gives a commitment and a wrapping key.
Where prose and official library differ, in the case of a label and in the names of the curves, the library counts: it
is what reads the files.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.kbkdf import KBKDFHMAC, CounterLocation, Mode
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from signet.errors import CiphertextInvalid, KeyMaterialInvalid, KeyNotHere
from signet.formats.esdk import IV_LENGTH, MAX_ENCRYPTED_DATA_KEYS, EncryptedDataKey, serialise_context
from signet.formats.esdk_keyring import (
    ECDH_PROVIDER_ID,
    parse_raw_ecdh_key_info,
    person_key_name,
    raw_ecdh_key_info,
)
from signet.secret import Secret

Agree = Callable[[bytes], Secret | None]
"""ECDH by whoever holds the private key: from the sender's uncompressed point to the x-coordinate, padded to the size
of the field (SEC 1, 6.1); None if it does not agree."""

_SALT_LENGTH = 32
_COMMITMENT_LENGTH = 32
_DERIVED_LENGTH = 64
_WRAPPED_LENGTH = _SALT_LENGTH + _COMMITMENT_LENGTH + 32 + 16
"""Salt, commitment, a data key of 256 bits, its tag."""
_LABEL, _PRF, _VERSION = b"ecdh-key-derivation", b"HMAC_SHA384", b"\x01"


@dataclass(frozen=True)
class _Curve:
    make: Callable[[], ec.EllipticCurve]
    name: bytes
    size: int
    """Bytes of an element of the field."""


_CURVES = tuple(
    _Curve(*each) for each in ((ec.SECP256R1, b"p256", 32), (ec.SECP384R1, b"p384", 48), (ec.SECP521R1, b"p521", 66))
)


class RawEcdhKeyring:
    """Wraps to a public key on P-256, P-384 or P-521 (DER SubjectPublicKeyInfo); unwraps where ``agree`` agrees.

    Raises KeyMaterialInvalid for any other key.
    """

    def __init__(self, public_key: bytes, agree: Agree | None = None) -> None:
        try:
            loaded = load_der_public_key(public_key)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise KeyMaterialInvalid(reason="the public key cannot be read") from error
        curve = _curve_of(loaded.curve) if isinstance(loaded, ec.EllipticCurvePublicKey) else None
        if curve is None or not isinstance(loaded, ec.EllipticCurvePublicKey):
            raise KeyMaterialInvalid(reason="it is not a key on P-256, P-384 or P-521")
        self._public = loaded
        self._curve = curve
        self._point = _compressed(loaded)
        self._agree = agree

    def wrap(self, data_key: Secret, context: Mapping[str, str]) -> EncryptedDataKey:
        """Wrap a data key, bound to the context, with a key pair made for it. Raises ContextInvalid."""
        fresh = ec.generate_private_key(self._curve.make())
        sender, salt = _compressed(fresh.public_key()), os.urandom(_SALT_LENGTH)
        fixed = self._fixed(sender, context)
        with Secret(fresh.exchange(ec.ECDH(), self._public)) as shared, _derived(shared, fixed, salt) as derived:
            commitment, key = _split(derived)
            wrapped = AESGCM(key).encrypt(bytes(IV_LENGTH), data_key.reveal(), fixed)
        info = raw_ecdh_key_info(self._point, sender)
        return EncryptedDataKey(ECDH_PROVIDER_ID, info, salt + commitment + wrapped)

    def owns(self, wrapped: EncryptedDataKey) -> bool:
        """Tell whether this was wrapped to the keyring's public key, exactly."""
        points = parse_raw_ecdh_key_info(wrapped)
        return points is not None and points[0] == self._point

    def unwrap(self, wrapped: EncryptedDataKey, context: Mapping[str, str]) -> Secret:
        """Unwrap what `wrap` made. Raises KeyNotHere if it is for another key, CiphertextInvalid if it fails.

        A sender's key that is no point of the curve goes nowhere near the card: it could draw the private key out.
        """
        points = parse_raw_ecdh_key_info(wrapped)
        if points is None or points[0] != self._point or self._agree is None:
            raise KeyNotHere(wanted=wrapped.provider_id)
        if len(wrapped.ciphertext) != _WRAPPED_LENGTH:
            raise CiphertextInvalid
        shared = self._agree(_uncompressed(points[1], self._curve))
        if shared is None:
            raise CiphertextInvalid
        salt, sealed = wrapped.ciphertext[:_SALT_LENGTH], wrapped.ciphertext[_SALT_LENGTH:]
        fixed = self._fixed(points[1], context)
        with shared:
            if len(shared) != self._curve.size:
                raise CiphertextInvalid
            with _derived(shared, fixed, salt) as derived:
                commitment, key = _split(derived)
                if not hmac.compare_digest(commitment, sealed[:_COMMITMENT_LENGTH]):
                    raise CiphertextInvalid
                try:
                    return Secret(AESGCM(key).decrypt(bytes(IV_LENGTH), sealed[_COMMITMENT_LENGTH:], fixed))
                except InvalidTag as error:
                    raise CiphertextInvalid from error

    def _fixed(self, sender: bytes, context: Mapping[str, str]) -> bytes:
        """FixedInfo, which is the additional data of the wrapping as well."""
        parts = (_LABEL, self._curve.name, _PRF, sender + self._point, _VERSION, serialise_context(context))
        return b"\0".join(parts)


@lru_cache(maxsize=2 * MAX_ENCRYPTED_DATA_KEYS)  # asked for up to eight times a message, and a point costs
def recipient_name(wrapped: EncryptedDataKey) -> str | None:
    """The SHA-256 (hexadecimal) of the public key that this was wrapped to, of either keyring; None if to none."""
    points = parse_raw_ecdh_key_info(wrapped)
    if points is None:
        return person_key_name(wrapped)
    curve = next(curve for curve in _CURVES if len(points[0]) == curve.size + 1)
    try:
        public = ec.EllipticCurvePublicKey.from_encoded_point(curve.make(), points[0])
    except ValueError:
        return None
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()


def _curve_of(curve: ec.EllipticCurve) -> _Curve | None:
    return next((each for each in _CURVES if isinstance(curve, type(each.make()))), None)


def _compressed(public: ec.EllipticCurvePublicKey) -> bytes:
    return public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


def _uncompressed(point: bytes, curve: _Curve) -> bytes:
    try:
        public = ec.EllipticCurvePublicKey.from_encoded_point(curve.make(), point)
    except ValueError as error:
        raise CiphertextInvalid from error
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derived(shared: Secret, fixed: bytes, salt: bytes) -> Secret:
    """Derive 64 bytes: KDF in counter mode, 32-bit counter first, FixedInfo as label and the salt as context."""
    kdf = KBKDFHMAC(
        algorithm=hashes.SHA384(),
        mode=Mode.CounterMode,
        length=_DERIVED_LENGTH,
        rlen=4,
        llen=4,
        location=CounterLocation.BeforeFixed,
        label=fixed,
        context=salt,
        fixed=None,
    )
    return Secret(kdf.derive(bytes(shared.reveal())))


def _split(derived: Secret) -> tuple[bytes, bytes]:
    material = bytes(derived.reveal())
    return material[:_COMMITMENT_LENGTH], material[_COMMITMENT_LENGTH:]
