"""The decision behind the one door: may this key be used for this, and if not, why (DESIGN.md, sections 4 and 6).

Pure: the caller looks the key up, writes the decision to the audit log and raises the error.
"""

from __future__ import annotations

from dataclasses import dataclass

from signet.errors import KeyNotExportable, KeyStateRefused, KeyUsageRefused, SignetError
from signet.keys.model import Key
from signet.keys.policy import FREE, UNLISTED, Occasion, Policy, refusal
from signet.keys.spec import KeyUsage, Protection
from signet.keys.state import LEAVING, Operation, allows

_NEEDS = {
    Operation.ENCRYPT: KeyUsage.ENCRYPT_DECRYPT,
    Operation.DECRYPT: KeyUsage.ENCRYPT_DECRYPT,
    Operation.RE_ENCRYPT: KeyUsage.ENCRYPT_DECRYPT,
    Operation.GENERATE_DATA_KEY: KeyUsage.ENCRYPT_DECRYPT,
    Operation.GENERATE_DATA_KEY_WITHOUT_PLAINTEXT: KeyUsage.ENCRYPT_DECRYPT,
    Operation.GENERATE_DATA_KEY_PAIR: KeyUsage.ENCRYPT_DECRYPT,
    Operation.GENERATE_DATA_KEY_PAIR_WITHOUT_PLAINTEXT: KeyUsage.ENCRYPT_DECRYPT,
    Operation.SIGN: KeyUsage.SIGN_VERIFY,
    Operation.VERIFY: KeyUsage.SIGN_VERIFY,
    Operation.GENERATE_MAC: KeyUsage.GENERATE_VERIFY_MAC,
    Operation.VERIFY_MAC: KeyUsage.GENERATE_VERIFY_MAC,
    Operation.DERIVE_SHARED_SECRET: KeyUsage.KEY_AGREEMENT,
    Operation.ENCAPSULATE: KeyUsage.ENCAPSULATE_DECAPSULATE,
    Operation.DECAPSULATE: KeyUsage.ENCAPSULATE_DECAPSULATE,
}
"""The usage that an operation needs; what is not listed is open to every usage."""
_ALSO = {Operation.DECRYPT: KeyUsage.KEY_AGREEMENT}
"""What another usage does as well: a key that agrees opens files which were encrypted to its public half."""

_SAID = {
    Operation.ENCRYPT: "encrypt",
    Operation.DECRYPT: "decrypt",
    Operation.RE_ENCRYPT: "re-encrypt",
    Operation.GENERATE_DATA_KEY: "make data keys",
    Operation.GENERATE_DATA_KEY_WITHOUT_PLAINTEXT: "make data keys",
    Operation.GENERATE_DATA_KEY_PAIR: "make data key pairs",
    Operation.GENERATE_DATA_KEY_PAIR_WITHOUT_PLAINTEXT: "make data key pairs",
    Operation.SIGN: "sign",
    Operation.VERIFY: "verify signatures",
    Operation.GENERATE_MAC: "authenticate messages",
    Operation.VERIFY_MAC: "check authentication codes",
    Operation.DERIVE_SHARED_SECRET: "agree on shared secrets",
    Operation.ENCAPSULATE: "encapsulate shared secrets",
    Operation.DECAPSULATE: "decapsulate shared secrets",
    Operation.EXPORT: "be exported",
    Operation.SEND: "be sent",
}
_USAGES_SAID = {
    KeyUsage.ENCRYPT_DECRYPT: "encrypting and decrypting",
    KeyUsage.SIGN_VERIFY: "signing and verifying",
    KeyUsage.GENERATE_VERIFY_MAC: "message authentication codes",
    KeyUsage.KEY_AGREEMENT: "agreeing on shared secrets",
    KeyUsage.ENCAPSULATE_DECAPSULATE: "encapsulating shared secrets",
}


@dataclass(frozen=True)
class Decision:
    """Whether an operation is allowed; ``error`` says why not, and is None exactly if it is allowed."""

    error: SignetError | None = None

    @property
    def allowed(self) -> bool:
        """Whether the operation may go ahead."""
        return self.error is None


def allowable(usage: KeyUsage) -> frozenset[Operation]:
    """The operations that a policy of a key with this usage can list."""
    return frozenset(operation for operation in _NEEDS if _fits(operation, usage)) - UNLISTED


def decide(key: Key, operation: Operation, policy: Policy = FREE, occasion: Occasion | None = None) -> Decision:
    """Decide by usage, then state, then policy, then protection.

    ``occasion`` None asks without the policy, about what any such key may do. The error is KeyUsageRefused,
    KeyStateRefused, a KeyLimited or, for a private key that never leaves its token, KeyNotExportable.
    """
    if not _fits(operation, key.usage):
        return Decision(KeyUsageRefused(key=key.alias, usage=_USAGES_SAID[key.usage], operation=_SAID[operation]))
    if not allows(key.state, operation.effect):
        return Decision(KeyStateRefused(key=key.alias, state=key.state.value, operation=_SAID[operation]))
    if occasion is not None:
        limited = refusal(key.alias, policy, operation, occasion, said=_SAID[operation])
        if limited is not None:
            return Decision(limited)
    if operation in LEAVING and key.protection is Protection.TOKEN:
        return Decision(KeyNotExportable(key=key.alias))
    return Decision()


def _fits(operation: Operation, usage: KeyUsage) -> bool:
    return usage in (_NEEDS.get(operation, usage), _ALSO.get(operation))
