"""The table of DESIGN.md, section 6, once more and written out: state by effect, state by state."""

from __future__ import annotations

import pytest

from signet.keys.state import (
    Act,
    Answer,
    Effect,
    KeyState,
    Operation,
    allows,
    answer,
    deeds,
    leads_to,
    permits,
    said,
    target,
)

# state: (protect, process)
ALLOWED = {
    "Enabled": (True, True),
    "Disabled": (False, False),
    "Archived": (False, True),
    "PendingDeletion": (False, False),
    "PendingImport": (False, False),
    "Unavailable": (False, False),
}

LEADS_TO = {
    "Enabled": {"Disabled", "Archived", "PendingDeletion"},
    "Disabled": {"Enabled", "PendingDeletion"},
    "Archived": {"Enabled", "PendingDeletion"},
    "PendingDeletion": {"Disabled"},
    "PendingImport": {"Enabled", "PendingDeletion"},
    "Unavailable": set(),
}

# act: the states that it is done in, the first letter of each
ACTS = {
    "EnableKey": "DA",
    "DisableKey": "E",
    "ArchiveKey": "E",
    "UnarchiveKey": "A",
    "ScheduleKeyDeletion": "EDAI",
    "CancelKeyDeletion": "P",
    "DestroyKey": "P",
    "ImportKeyMaterial": "I",
    "RotateKey": "E",
    "EnableKeyRotation": "EDA",
    "DisableKeyRotation": "EDAPI",
    "PutKeyPolicy": "EDAPI",
    "DescribeKey": "EDAI",
    "TagKey": "EDAI",
    "AddAlias": "EDAI",
    "MoveAlias": "EDAI",
    "RemoveAlias": "EDAPI",
    "AddGuard": "EDAP",
    "RemoveGuard": "EDAP",
    "AddCertificate": "EDA",
    "PreferCertificate": "EDA",
    "RemoveCertificate": "EDAPI",
}
STORED = {"E": "Enabled", "D": "Disabled", "A": "Archived", "P": "PendingDeletion", "I": "PendingImport"}

EFFECTS = {
    "Encrypt": "protect",
    "Decrypt": "process",
    "ReEncrypt": "protect",
    "GenerateDataKey": "protect",
    "GenerateDataKeyWithoutPlaintext": "protect",
    "GenerateDataKeyPair": "protect",
    "GenerateDataKeyPairWithoutPlaintext": "protect",
    "Sign": "protect",
    "Verify": "process",
    "GenerateMac": "protect",
    "VerifyMac": "process",
    "DeriveSharedSecret": "protect",
    "Encapsulate": "protect",
    "Decapsulate": "process",
    "ExportKey": "protect",
    "SendKey": "protect",
}


def test_there_are_exactly_these_states_and_effects() -> None:
    assert {state.value for state in KeyState} == set(ALLOWED) == set(LEADS_TO)
    assert {effect.value for effect in Effect} == {"protect", "process"}


@pytest.mark.parametrize("state", KeyState)
def test_state_allows_what_the_table_says(state: KeyState) -> None:
    assert (allows(state, Effect.PROTECT), allows(state, Effect.PROCESS)) == ALLOWED[state.value]


@pytest.mark.parametrize("state", KeyState)
@pytest.mark.parametrize("target", KeyState)
def test_state_leads_where_the_table_says(state: KeyState, target: KeyState) -> None:
    assert leads_to(state, target) == (target.value in LEADS_TO[state.value])


def test_nothing_leads_to_a_derived_or_initial_state() -> None:
    for state in KeyState:
        assert not leads_to(state, KeyState.UNAVAILABLE)
        assert not leads_to(state, KeyState.PENDING_IMPORT)
        assert not leads_to(state, state)


def test_every_operation_has_the_effect_it_should() -> None:
    assert {operation.value: operation.effect.value for operation in Operation} == EFFECTS


def test_archived_key_refuses_encrypt_and_still_decrypts() -> None:
    assert not allows(KeyState.ARCHIVED, Operation.ENCRYPT.effect)
    assert allows(KeyState.ARCHIVED, Operation.DECRYPT.effect)


def test_archived_key_refuses_re_encrypt_and_export() -> None:
    assert not allows(KeyState.ARCHIVED, Operation.RE_ENCRYPT.effect)
    assert not allows(KeyState.ARCHIVED, Operation.EXPORT.effect)


@pytest.mark.parametrize("act", Act)
def test_act_is_done_in_the_states_that_the_table_says(act: Act) -> None:
    for letter, state in STORED.items():
        allowed = letter in ACTS[act.value]
        assert permits(KeyState(state), act) == allowed
        assert answer(KeyState(state), act) is (Answer.YES if allowed else Answer.NO)
    assert answer(KeyState.UNAVAILABLE, act) is Answer.STORED
    assert said(act)


def test_there_are_exactly_these_acts_and_each_leads_where_it_says() -> None:
    assert {act.value for act in Act} == set(ACTS)
    reached = {act.value: goal.value for act in Act if (goal := target(act)) is not None}
    assert reached == {
        "EnableKey": "Enabled",
        "DisableKey": "Disabled",
        "ArchiveKey": "Archived",
        "UnarchiveKey": "Enabled",
        "ScheduleKeyDeletion": "PendingDeletion",
        "CancelKeyDeletion": "Disabled",
        "ImportKeyMaterial": "Enabled",
    }


def test_the_rows_of_the_table_are_every_use_and_every_act() -> None:
    assert deeds() == (*Operation, *Act)
    for operation in Operation:
        away = Answer.YES if operation in (Operation.VERIFY, Operation.ENCAPSULATE) else Answer.CARD
        assert answer(KeyState.UNAVAILABLE, operation) is away
        assert answer(KeyState.ENABLED, operation) is Answer.YES
        assert answer(KeyState.PENDING_DELETION, operation) is Answer.NO
