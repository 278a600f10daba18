"""The kinds of keys that the form for a new key offers, for each answer to "What is it for?", the best first."""

from __future__ import annotations

from dataclasses import dataclass

from signet.gui.pages.keys_model import TYPES
from signet.keys.spec import KeySpec, KeyUsage


@dataclass(frozen=True)
class Kind:
    """One choice: the spec, the usage that goes with it, and why one would take it, or what for."""

    spec: KeySpec
    usage: KeyUsage
    remark: str
    remark_first: bool = False

    @property
    def text(self) -> str:
        """What the list of kinds says."""
        words = (self.remark, TYPES[self.spec]) if self.remark_first else (TYPES[self.spec], self.remark)
        return " · ".join(words)


def _kinds(usage: KeyUsage, *pairs: tuple[KeySpec, str], remark_first: bool = False) -> tuple[Kind, ...]:
    return tuple(Kind(spec, usage, remark, remark_first) for spec, remark in pairs)


SIGNING = _kinds(
    KeyUsage.SIGN_VERIFY,
    (KeySpec.ECC_NIST_P256, "understood everywhere"),
    (KeySpec.ECC_NIST_EDWARDS25519, "small and fast, SSH"),
    (KeySpec.ECC_NIST_P384, "stronger curve"),
    (KeySpec.ECC_NIST_P521, "strongest curve"),
    (KeySpec.RSA_2048, "for old programs"),
    (KeySpec.RSA_3072, "RSA as recommended today"),
    (KeySpec.RSA_4096, "RSA, slow"),
)
ENCRYPTING = _kinds(KeyUsage.ENCRYPT_DECRYPT, (KeySpec.SYMMETRIC_DEFAULT, "for files"))
ENCRYPTING_ON_CARD = _kinds(
    KeyUsage.ENCRYPT_DECRYPT,
    (KeySpec.RSA_2048, "known to every card"),
    (KeySpec.RSA_3072, "for newer cards"),
    (KeySpec.ECC_NIST_P256, "fast, on newer cards"),
    (KeySpec.ECC_NIST_P384, "stronger curve"),
)
_CURVES = (KeySpec.ECC_NIST_P256, KeySpec.ECC_NIST_P384, KeySpec.ECC_NIST_P521)
_SEALS = (KeySpec.HMAC_256, KeySpec.HMAC_384, KeySpec.HMAC_512, KeySpec.HMAC_224)
_AFTER_QUANTUM = (KeySpec.ML_DSA_65, KeySpec.ML_DSA_87, KeySpec.ML_DSA_44)
_RSA = (KeySpec.RSA_3072, KeySpec.RSA_4096, KeySpec.RSA_2048)
OTHERS = (
    *_kinds(KeyUsage.GENERATE_VERIFY_MAC, *((spec, "Check files") for spec in _SEALS), remark_first=True),
    *_kinds(
        KeyUsage.KEY_AGREEMENT,
        *((spec, "Agree on secrets") for spec in (KeySpec.X25519, *_CURVES)),
        remark_first=True,
    ),
    *_kinds(
        KeyUsage.ENCAPSULATE_DECAPSULATE,
        *((spec, "Receive secrets") for spec in (KeySpec.ML_KEM_768, KeySpec.ML_KEM_1024)),
        remark_first=True,
    ),
    *_kinds(KeyUsage.SIGN_VERIFY, *((spec, "Sign, post-quantum") for spec in _AFTER_QUANTUM), remark_first=True),
    *_kinds(KeyUsage.SIGN_VERIFY, (KeySpec.ECC_SECG_P256K1, "Sign"), remark_first=True),
    *_kinds(KeyUsage.ENCRYPT_DECRYPT, *((spec, "Small secrets") for spec in _RSA), remark_first=True),
)
"""For other programs, on the command line; none of these is made on a card."""
