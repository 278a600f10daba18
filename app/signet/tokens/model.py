"""Tokens, the keys on them, and how a key opens things, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PinState(StrEnum):
    """What the token says of its user PIN (PKCS#11 v3.0, 4.6.2: the USER_PIN flags); it gives no exact count."""

    OK = "ok"
    LOW = "low"
    FINAL = "final"
    LOCKED = "locked"


class Scheme(StrEnum):
    """How a token's key opens what was wrapped to it; best first (DESIGN.md, section 3)."""

    ECDH_X = "ecdh-x"
    RSA_OAEP_SHA256 = "rsa-oaep-sha256"
    RSA_OAEP_SHA1 = "rsa-oaep-sha1"
    RSA_PKCS1V15 = "rsa-pkcs1v15"


class TokenKeyUsage(StrEnum):
    """What a key pair made on a token is for; exactly one."""

    SIGN = "sign"
    AGREE = "agree"
    DECRYPT = "decrypt"


@dataclass(frozen=True)
class Token:
    """A token as one module shows it.

    ``module`` is the real path of the module; ``slot`` its slot id, which may change whenever the module starts anew.
    ``pin_pad`` says that the PIN can be typed on the reader itself; ``firmware`` is major and minor version,
    ``reader`` what the module calls the slot.
    """

    label: str
    serial: str
    model: str
    manufacturer: str
    module: str
    slot: int
    present: bool
    initialised: bool
    pin_state: PinState
    pin_pad: bool
    firmware: tuple[int, int] = (0, 0)
    reader: str = ""


@dataclass(frozen=True)
class Mechanism:
    """What a token's module says it can compute: CKM number and name, and the sizes of keys, in its own unit or 0."""

    name: str
    number: int
    least: int
    most: int


@dataclass(frozen=True)
class TokenKey:
    """A key pair on a token, as far as it can be seen.

    ``id`` is CKA_ID; ``public_key`` is DER SubjectPublicKeyInfo; ``spec`` a KeySpec value, or a name in its style for
    kinds that Signet does not make (``RSA_1024``, ``ECC_brainpoolP256r1``). Before login the three ``can_`` are what
    the public half says. ``private_seen`` and ``on_token`` need a login: that a CKA_PRIVATE=true private key of the
    same id is there, and that it was made on the token and never could leave it (None: unknown).
    """

    id: bytes
    label: str
    public_key: bytes
    spec: str
    can_sign: bool
    can_decrypt: bool
    can_derive: bool
    always_authenticate: bool
    private_seen: bool
    on_token: bool | None

    @property
    def is_rsa(self) -> bool:
        """Whether this is an RSA key."""
        return self.spec.startswith("RSA_")

    @property
    def is_elliptic(self) -> bool:
        """Whether this is a key on a Weierstrass curve, for ECDSA or ECDH."""
        return self.spec.startswith("ECC_") and not self.spec.startswith("ECC_NIST_EDWARDS")


@dataclass(frozen=True)
class TokenCertificate:
    """A certificate object on a token: ``id`` is CKA_ID, which its key has too; ``der`` is as it was read, unchecked.

    Several modules make up certificates for keys that have none; whoever uses one looks at it first.
    """

    id: bytes
    label: str
    der: bytes
