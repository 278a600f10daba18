"""Key states and what each allows: one table, from which the door, the services and the documentation follow.

The rows of use are those of DESIGN.md, section 6 (protect, process); those of administration are beside them. A key
goes from one state to another by an act alone, so where a state leads is in the same table. `answer` is one cell.
"""

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
    DERIVE_SHARED_SECRET = "DeriveSharedSecret"
    ENCAPSULATE = "Encapsulate"
    DECAPSULATE = "Decapsulate"
    EXPORT = "ExportKey"
    SEND = "SendKey"

    @property
    def effect(self) -> Effect:
        """Whether this protects or processes; what could do either, leaving the vault and ECDH, counts as protect."""
        return PROCESSES.get(self, Effect.PROTECT)


LEAVING = frozenset({Operation.EXPORT, Operation.SEND})
"""What takes the material out of the vault."""
PROCESSES = {
    Operation.DECRYPT: Effect.PROCESS,
    Operation.VERIFY: Effect.PROCESS,
    Operation.VERIFY_MAC: Effect.PROCESS,
    Operation.DECAPSULATE: Effect.PROCESS,
}
BY_PUBLIC_HALF = frozenset({Operation.VERIFY, Operation.ENCAPSULATE})
"""What the public half alone does: no card that holds the key, and no guard, has to be here for it."""


class Act(StrEnum):
    """What can be done about a key, and not with it: administration; the value is the audit log's name for it."""

    ENABLE = "EnableKey"
    DISABLE = "DisableKey"
    ARCHIVE = "ArchiveKey"
    UNARCHIVE = "UnarchiveKey"
    SCHEDULE_DELETION = "ScheduleKeyDeletion"
    CANCEL_DELETION = "CancelKeyDeletion"
    DESTROY = "DestroyKey"
    IMPORT = "ImportKeyMaterial"
    ROTATE = "RotateKey"
    PLAN_ROTATION = "EnableKeyRotation"
    STOP_ROTATION = "DisableKeyRotation"
    SET_LIMITS = "PutKeyPolicy"
    DESCRIBE = "DescribeKey"
    TAG = "TagKey"
    ADD_ALIAS = "AddAlias"
    MOVE_ALIAS = "MoveAlias"
    """To this key; from any key it may be taken."""
    REMOVE_ALIAS = "RemoveAlias"
    ADD_GUARD = "AddGuard"
    REMOVE_GUARD = "RemoveGuard"
    ADD_CERTIFICATE = "AddCertificate"
    PREFER_CERTIFICATE = "PreferCertificate"
    REMOVE_CERTIFICATE = "RemoveCertificate"


Deed = Operation | Act


class Answer(StrEnum):
    """What a state says to a deed: one cell of the table."""

    YES = "yes"
    NO = "no"
    CARD = "card"
    """Once the card that holds or guards the key is here."""
    STORED = "as stored"
    """As in the state that is stored, Enabled or Archived; the card has nothing to do with it."""


_E, _D, _A = KeyState.ENABLED, KeyState.DISABLED, KeyState.ARCHIVED
_P, _I = KeyState.PENDING_DELETION, KeyState.PENDING_IMPORT

_TABLE: dict[Effect | Act, frozenset[KeyState]] = {
    Effect.PROTECT: frozenset({_E}),
    Effect.PROCESS: frozenset({_E, _A}),
    Act.ENABLE: frozenset({_D, _A}),
    Act.DISABLE: frozenset({_E}),
    Act.ARCHIVE: frozenset({_E}),
    Act.UNARCHIVE: frozenset({_A}),
    Act.SCHEDULE_DELETION: frozenset({_E, _D, _A, _I}),
    Act.CANCEL_DELETION: frozenset({_P}),
    Act.DESTROY: frozenset({_P}),
    Act.IMPORT: frozenset({_I}),
    Act.ROTATE: frozenset({_E}),
    # A plan does nothing before the key is enabled again; it can be given up in any state.
    Act.PLAN_ROTATION: frozenset({_E, _D, _A}),
    Act.STOP_ROTATION: frozenset({_E, _D, _A, _P, _I}),
    Act.SET_LIMITS: frozenset({_E, _D, _A, _P, _I}),
    # What is said about a key that is going away stays as it is; its names may go to the key that comes after it.
    Act.DESCRIBE: frozenset({_E, _D, _A, _I}),
    Act.TAG: frozenset({_E, _D, _A, _I}),
    Act.ADD_ALIAS: frozenset({_E, _D, _A, _I}),
    Act.MOVE_ALIAS: frozenset({_E, _D, _A, _I}),
    Act.REMOVE_ALIAS: frozenset({_E, _D, _A, _P, _I}),
    # A deletion can be cancelled, and guards can be lost meanwhile: they may be changed until the key is destroyed.
    Act.ADD_GUARD: frozenset({_E, _D, _A, _P}),
    Act.REMOVE_GUARD: frozenset({_E, _D, _A, _P}),
    # Without its material a key that waits for it has no public half either.
    Act.ADD_CERTIFICATE: frozenset({_E, _D, _A}),
    Act.PREFER_CERTIFICATE: frozenset({_E, _D, _A}),
    Act.REMOVE_CERTIFICATE: frozenset({_E, _D, _A, _P, _I}),
}
"""In which of the states that are stored something may be done."""

_TARGETS: dict[Act, KeyState] = {
    Act.ENABLE: _E,
    Act.DISABLE: _D,
    Act.ARCHIVE: _A,
    Act.UNARCHIVE: _E,
    Act.SCHEDULE_DELETION: _P,
    Act.CANCEL_DELETION: _D,
    Act.IMPORT: _E,
}
"""Where an act takes a key; an act that is not here leaves its state, or ends it."""

_SAID = {
    Act.ENABLE: "be enabled",
    Act.DISABLE: "be disabled",
    Act.ARCHIVE: "be archived",
    Act.UNARCHIVE: "be taken out of the archive",
    Act.SCHEDULE_DELETION: "be scheduled for deletion",
    Act.CANCEL_DELETION: "have its deletion cancelled",
    Act.DESTROY: "be destroyed",
    Act.IMPORT: "have material imported",
    Act.ROTATE: "be rotated",
    Act.PLAN_ROTATION: "have new versions planned",
    Act.STOP_ROTATION: "have planned versions stopped",
    Act.SET_LIMITS: "have its limits changed",
    Act.DESCRIBE: "be described anew",
    Act.TAG: "have its tags changed",
    Act.ADD_ALIAS: "get another name",
    Act.MOVE_ALIAS: "be given a name",
    Act.REMOVE_ALIAS: "lose a name",
    Act.ADD_GUARD: "get another guard",
    Act.REMOVE_GUARD: "lose a guard",
    Act.ADD_CERTIFICATE: "get a certificate",
    Act.PREFER_CERTIFICATE: "have another certificate preferred",
    Act.REMOVE_CERTIFICATE: "lose a certificate",
}


def allows(state: KeyState, effect: Effect) -> bool:
    """Whether a key in ``state`` may be used in this direction."""
    return state in _TABLE[effect]


def permits(state: KeyState, act: Act) -> bool:
    """Whether ``act`` may be done about a key in ``state``, one of those that are stored."""
    return state in _TABLE[act]


def target(act: Act) -> KeyState | None:
    """Return the state that an act takes a key to; None if it leaves the state as it is, or ends the key."""
    return _TARGETS.get(act)


def leads_to(state: KeyState, target: KeyState) -> bool:
    """Whether a person may take a key from ``state`` to ``target`` in one step."""
    return any(permits(state, act) for act, reached in _TARGETS.items() if reached is target)


def said(act: Act) -> str:
    """Return an act as what a key cannot do: “it cannot be archived”."""
    return _SAID[act]


def answer(state: KeyState, deed: Deed) -> Answer:
    """Return one cell of the table."""
    if state is KeyState.UNAVAILABLE:
        if isinstance(deed, Act):
            return Answer.STORED
        return Answer.YES if deed in BY_PUBLIC_HALF else Answer.CARD
    allowed = permits(state, deed) if isinstance(deed, Act) else allows(state, deed.effect)
    return Answer.YES if allowed else Answer.NO


def deeds() -> tuple[Deed, ...]:
    """Return the rows of the table: every use, then every act of administration."""
    return (*Operation, *Act)
