"""What the window calls the parts of a key, and one key as its pages show it."""

from __future__ import annotations

from dataclasses import dataclass

from signet.formats.header import MethodKind, UnlockMethod
from signet.gui.widgets.pill import PillKind
from signet.keys.model import Key
from signet.keys.spec import KeySpec, KeyUsage, Origin, Protection
from signet.keys.state import KeyState

TYPES = {
    KeySpec.SYMMETRIC_DEFAULT: "Symmetric · AES-256",
    KeySpec.HMAC_224: "HMAC-SHA-224",
    KeySpec.HMAC_256: "HMAC-SHA-256",
    KeySpec.HMAC_384: "HMAC-SHA-384",
    KeySpec.HMAC_512: "HMAC-SHA-512",
    KeySpec.RSA_2048: "RSA-2048",
    KeySpec.RSA_3072: "RSA-3072",
    KeySpec.RSA_4096: "RSA-4096",
    KeySpec.ECC_NIST_P256: "EC · P-256",
    KeySpec.ECC_NIST_P384: "EC · P-384",
    KeySpec.ECC_NIST_P521: "EC · P-521",
    KeySpec.ECC_SECG_P256K1: "EC · secp256k1",
    KeySpec.ECC_NIST_EDWARDS25519: "Ed25519",
    KeySpec.ML_DSA_44: "ML-DSA-44",
    KeySpec.ML_DSA_65: "ML-DSA-65",
    KeySpec.ML_DSA_87: "ML-DSA-87",
    KeySpec.ML_KEM_768: "ML-KEM-768",
    KeySpec.ML_KEM_1024: "ML-KEM-1024",
    KeySpec.X25519: "X25519",
}
PURPOSES = {
    KeyUsage.ENCRYPT_DECRYPT: "Encrypts",
    KeyUsage.SIGN_VERIFY: "Signs",
    KeyUsage.GENERATE_VERIFY_MAC: "Authenticates",
    KeyUsage.KEY_AGREEMENT: "Agrees on secrets",
    KeyUsage.ENCAPSULATE_DECAPSULATE: "Receives secrets",
}
ORIGINS = {Origin.VAULT: "Made here", Origin.EXTERNAL: "Imported", Origin.TOKEN: "Made on a card"}
PROTECTIONS = {Protection.VAULT: "Vault", Protection.GUARDED: "Guarded", Protection.TOKEN: "On a card"}
STATES: dict[KeyState, tuple[str, PillKind]] = {
    KeyState.ENABLED: ("Enabled", "ok"),
    KeyState.DISABLED: ("Disabled", "neutral"),
    KeyState.ARCHIVED: ("Read only", "neutral"),
    KeyState.PENDING_DELETION: ("To be deleted", "bad"),
    KeyState.PENDING_IMPORT: ("Waits for import", "warn"),
    KeyState.UNAVAILABLE: ("Card not here", "warn"),
}
"""What people read for a state, and the kind of its pill."""


@dataclass(frozen=True)
class KeyRow:
    """One key with what the vault knows of its use: ``last_used`` RFC 3339 or None, how many ``files`` hang on it.

    ``guards`` are the ways in that guard it, ``others`` those that could; both empty unless it is guarded.
    """

    key: Key
    last_used: str | None
    files: int
    guards: tuple[UnlockMethod, ...] = ()
    others: tuple[UnlockMethod, ...] = ()
    uses: int = 0

    @property
    def usable(self) -> bool:
        """Whether it can be used now: also while its cards are away, if a recovery code guards it too."""
        by_code = any(guard.kind is MethodKind.RECOVERY_CODE for guard in self.guards)
        return self.key.state is KeyState.ENABLED or (self.key.state is KeyState.UNAVAILABLE and by_code)
