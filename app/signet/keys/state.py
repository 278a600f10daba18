"""Key states and what each allows: the table of DESIGN.md, section 6, as code."""

from __future__ import annotations

from enum import StrEnum


class KeyState(StrEnum):
    """Where a key is in its life (AWS KMS names; Archived as in Tencent Cloud KMS)."""

    ENABLED = "Enabled"
    DISABLED = "Disabled"
    ARCHIVED = "Archived"
    PENDING_DELETION = "PendingDeletion"
    PENDING_IMPORT = "PendingImport"
    UNAVAILABLE = "Unavailable"


class Effect(StrEnum):
    """The two directions of use: protect makes new things, process reads old ones."""

    PROTECT = "protect"
    PROCESS = "process"


class Operation(StrEnum):
    """What can be done with a key; the value is the audit log's name for it."""

    ENCRYPT = "Encrypt"
    DECRYPT = "Decrypt"
    RE_ENCRYPT = "ReEncrypt"
    GENERATE_DATA_KEY = "GenerateDataKey"
    GENERATE_DATA_KEY_WITHOUT_PLAINTEXT = "GenerateDataKeyWithoutPlaintext"
    GENERATE_DATA_KEY_PAIR = "GenerateDataKeyPair"
    GENERATE_DATA_KEY_PAIR_WITHOUT_PLAINTEXT = "GenerateDataKeyPairWithoutPlaintext"
    SIGN = "Sign"
    VERIFY = "Verify"
    GENERATE_MAC = "GenerateMac"
    VERIFY_MAC = "VerifyMac"
    EXPORT = "ExportKey"

    @property
    def effect(self) -> Effect:
        """Whether this protects or processes; export reveals what could do either, so it counts as protect."""
        return PROCESSES.get(self, Effect.PROTECT)


PROCESSES = {
    Operation.DECRYPT: Effect.PROCESS,
    Operation.VERIFY: Effect.PROCESS,
    Operation.VERIFY_MAC: Effect.PROCESS,
}

_ALLOWS: dict[KeyState, frozenset[Effect]] = {
    KeyState.ENABLED: frozenset({Effect.PROTECT, Effect.PROCESS}),
    KeyState.DISABLED: frozenset(),
    KeyState.ARCHIVED: frozenset({Effect.PROCESS}),
    KeyState.PENDING_DELETION: frozenset(),
    KeyState.PENDING_IMPORT: frozenset(),
    KeyState.UNAVAILABLE: frozenset(),
}

_LEADS_TO: dict[KeyState, frozenset[KeyState]] = {
    KeyState.ENABLED: frozenset({KeyState.DISABLED, KeyState.ARCHIVED, KeyState.PENDING_DELETION}),
    KeyState.DISABLED: frozenset({KeyState.ENABLED, KeyState.PENDING_DELETION}),
    KeyState.ARCHIVED: frozenset({KeyState.ENABLED, KeyState.PENDING_DELETION}),
    KeyState.PENDING_DELETION: frozenset({KeyState.DISABLED}),
    KeyState.PENDING_IMPORT: frozenset({KeyState.ENABLED, KeyState.PENDING_DELETION}),
    KeyState.UNAVAILABLE: frozenset(),
}


def allows(state: KeyState, effect: Effect) -> bool:
    """Whether a key in ``state`` may be used in this direction."""
    return effect in _ALLOWS[state]


def leads_to(state: KeyState, target: KeyState) -> bool:
    """Whether a person may take a key from ``state`` to ``target`` in one step."""
    return target in _LEADS_TO[state]
