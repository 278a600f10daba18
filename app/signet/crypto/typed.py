"""Ways in that are typed: from a passphrase, a recovery code or shares to an X25519 key and an attestation.

A passphrase becomes a secret by Argon2id (RFC 9106) over its NFC form; a recovery code is one already, and recovery
shares give one (`signet.crypto.shares`). Of all of them the secret's X25519 key opens the way in, and an HMAC under
the secret attests the vault.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import time
import unicodedata
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from signet.crypto.derive import KEY_BYTES, attest_key, unlock_key
from signet.errors import HeaderDamaged, MemoryShort, SecretIncorrect
from signet.formats.header import UnlockMethod
from signet.secret import Secret

SALT_BYTES = 16
MIN_MEMORY_KIB = 64 * 1024
MIN_ITERATIONS = 3
DEFAULT_LANES = 4
MAX_MEMORY_KIB = 2 * 1024 * 1024
MAX_ITERATIONS = 20
MAX_LANES = 16
CALIBRATED_MAX_KIB = 1024 * 1024
CALIBRATED_SECONDS = 0.8


@dataclass(frozen=True)
class PassphraseCost:
    """What one try at a passphrase costs: memory in KiB, passes, lanes, and the salt."""

    salt: bytes
    memory_kib: int
    iterations: int = MIN_ITERATIONS
    lanes: int = DEFAULT_LANES

    def parameters(self) -> tuple[tuple[str, str | int], ...]:
        """The scheme parameters of a passphrase's way in."""
        return (
            ("iterations", self.iterations),
            ("lanes", self.lanes),
            ("memory-kib", self.memory_kib),
            ("salt", base64.b64encode(self.salt).decode("ascii")),
        )

    @classmethod
    def of(cls, method: UnlockMethod) -> PassphraseCost:
        """Read a header's parameters; raise HeaderDamaged beyond the ceilings, before anything is computed."""
        salt, memory = method.parameter("salt"), method.parameter("memory-kib")
        iterations, lanes = method.parameter("iterations"), method.parameter("lanes")
        if isinstance(memory, str) or isinstance(iterations, str) or isinstance(lanes, str) or isinstance(salt, int):
            raise HeaderDamaged(reason="the cost of a passphrase cannot be read")
        try:
            salt_bytes = base64.b64decode(salt, validate=True)
        except (binascii.Error, ValueError) as error:
            raise HeaderDamaged(reason="the cost of a passphrase cannot be read") from error
        fits = (
            MIN_MEMORY_KIB <= memory <= MAX_MEMORY_KIB
            and MIN_ITERATIONS <= iterations <= MAX_ITERATIONS
            and 1 <= lanes <= MAX_LANES
            and len(salt_bytes) == SALT_BYTES
        )
        if not fits:
            raise HeaderDamaged(reason="the cost of a passphrase is outside the limits")
        return cls(salt_bytes, memory, iterations, lanes)


def calibrate() -> PassphraseCost:
    """Choose a cost that takes about a second here, never below the floor: one timed try at the floor, then scale."""
    cost = PassphraseCost(os.urandom(SALT_BYTES), MIN_MEMORY_KIB)
    started = time.monotonic()
    passphrase_secret(Secret(b"calibration"), cost).wipe()
    taken = max(time.monotonic() - started, 0.01)
    most = min(CALIBRATED_MAX_KIB, max(_memory_kib() // 4, MIN_MEMORY_KIB))
    factor = min(max(int(CALIBRATED_SECONDS / taken), 1), most // MIN_MEMORY_KIB)
    return PassphraseCost(cost.salt, MIN_MEMORY_KIB * factor)


def _memory_kib() -> int:
    """The memory of this computer in KiB; the ceiling of a calibration where it cannot be told."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1024
    except (AttributeError, ValueError, OSError):  # not on this platform
        return CALIBRATED_MAX_KIB * 4


def passphrase_secret(passphrase: Secret, cost: PassphraseCost) -> Secret:
    """Derive the 32-byte secret of a passphrase (UTF-8, taken in its NFC form)."""
    normal = Secret.from_text(unicodedata.normalize("NFC", passphrase.text()))
    with normal:
        kdf = Argon2id(
            salt=cost.salt,
            length=KEY_BYTES,
            iterations=cost.iterations,
            lanes=cost.lanes,
            memory_cost=cost.memory_kib,
        )
        try:
            return Secret(kdf.derive(bytes(normal.reveal())))
        except MemoryError as error:
            raise MemoryShort(mebibytes=cost.memory_kib // 1024) from error


def public_key_of(secret: Secret, salt: bytes) -> bytes:
    """The SPKI (DER) of the X25519 key that belongs to a typed secret."""
    with unlock_key(secret, salt) as private:
        key = X25519PrivateKey.from_private_bytes(private.reveal()).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def exchange(secret: Secret, method: UnlockMethod, salt: bytes, ephemeral: bytes, *, what: str) -> Secret:
    """X25519 with the ephemeral key; raise SecretIncorrect if the secret is not this way in's."""
    if not hmac.compare_digest(public_key_of(secret, salt), method.public_key):
        raise SecretIncorrect(what=what)
    with unlock_key(secret, salt) as private:
        try:
            peer = X25519PublicKey.from_public_bytes(ephemeral)
            return Secret(X25519PrivateKey.from_private_bytes(private.reveal()).exchange(peer))
        except ValueError as error:  # an all-zero result (RFC 7748, 6.1)
            raise SecretIncorrect(what=what) from error


def attest(secret: Secret, salt: bytes, message: bytes) -> bytes:
    """The 32-byte HMAC-SHA256 by which a typed secret says that the vault is its own."""
    with attest_key(secret, salt) as key:
        return hmac.digest(key.reveal(), message, hashlib.sha256)
