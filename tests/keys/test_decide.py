"""The whole table: state x operation x usage x protection, written out once more."""

from __future__ import annotations

from itertools import product

import pytest

from signet.errors import KeyNotExportable, KeyStateRefused, KeyUsageRefused
from signet.keys.decide import decide
from signet.keys.model import Key
from signet.keys.spec import KeySpec, KeyUsage, Origin, Protection
from signet.keys.state import KeyState, Operation

DATA_KEYS = {f"GenerateDataKey{kind}{how}" for kind in ("", "Pair") for how in ("", "WithoutPlaintext")}
LEAVING = {"ExportKey", "SendKey"}
ENCRYPTS = {"Encrypt", "Decrypt", "ReEncrypt"} | DATA_KEYS | LEAVING
SIGNS = {"Sign", "Verify"} | LEAVING
AUTHENTICATES = {"GenerateMac", "VerifyMac"} | LEAVING
AGREES = {"DeriveSharedSecret", "Decrypt"} | LEAVING
ENCAPSULATES = {"Encapsulate", "Decapsulate"} | LEAVING
FITS = {
    "ENCRYPT_DECRYPT": ENCRYPTS,
    "SIGN_VERIFY": SIGNS,
    "GENERATE_VERIFY_MAC": AUTHENTICATES,
    "KEY_AGREEMENT": AGREES,
    "ENCAPSULATE_DECAPSULATE": ENCAPSULATES,
}
EVERY = set[str]().union(*FITS.values())
SPECS = {
    "ENCRYPT_DECRYPT": KeySpec.SYMMETRIC_DEFAULT,
    "SIGN_VERIFY": KeySpec.ECC_NIST_P256,
    "GENERATE_VERIFY_MAC": KeySpec.HMAC_256,
    "KEY_AGREEMENT": KeySpec.X25519,
    "ENCAPSULATE_DECAPSULATE": KeySpec.ML_KEM_768,
}
STATES = {
    "Enabled": EVERY,
    "Disabled": set(),
    "Archived": {"Decrypt", "Verify", "VerifyMac", "Decapsulate"},
    "PendingDeletion": set(),
    "PendingImport": set(),
    "Unavailable": set(),
}


def key(
    *,
    usage: KeyUsage = KeyUsage.ENCRYPT_DECRYPT,
    state: KeyState = KeyState.ENABLED,
    protection: Protection = Protection.VAULT,
) -> Key:
    return Key(
        id="0b7c1e9e-54f7-4e3c-9d43-0c3f1f0f7a10",
        aliases=("papers",),
        spec=SPECS[usage.value],
        usage=usage,
        state=state,
        origin=Origin.VAULT if protection is Protection.VAULT else Origin.TOKEN,
        protection=protection,
        version=1,
        created="2026-11-22T12:00:00Z",
    )


def test_the_table_covers_every_value() -> None:
    assert set(FITS) == {usage.value for usage in KeyUsage}
    assert set(STATES) == {state.value for state in KeyState}
    assert {operation.value for operation in Operation} == EVERY


@pytest.mark.parametrize(("usage", "state", "operation"), tuple(product(KeyUsage, KeyState, Operation)))
def test_usage_and_state_decide_as_the_table_says(usage: KeyUsage, state: KeyState, operation: Operation) -> None:
    decision = decide(key(usage=usage, state=state), operation)
    if operation.value not in FITS[usage.value]:
        assert isinstance(decision.error, KeyUsageRefused)
    elif operation.value not in STATES[state.value]:
        assert isinstance(decision.error, KeyStateRefused)
    else:
        assert decision.error is None
    assert decision.allowed == (decision.error is None)


@pytest.mark.parametrize("operation", Operation)
def test_key_on_a_token_does_all_but_leave_it(operation: Operation) -> None:
    decision = decide(key(usage=KeyUsage.SIGN_VERIFY, protection=Protection.TOKEN), operation)
    if operation in (Operation.EXPORT, Operation.SEND):
        assert isinstance(decision.error, KeyNotExportable)
    else:
        assert decision.allowed == (operation.value in SIGNS)


def test_the_refusals_read_as_sentences() -> None:
    archived = decide(key(state=KeyState.ARCHIVED), Operation.ENCRYPT).error
    assert archived is not None
    assert archived.message == "The key “papers” is Archived; it cannot encrypt."
    unfit = decide(key(), Operation.SIGN).error
    assert unfit is not None
    assert unfit.message == "The key “papers” is for encrypting and decrypting; it cannot sign."


@pytest.mark.parametrize("operation", Operation)
def test_every_operation_has_words(operation: Operation) -> None:
    refused = decide(key(usage=KeyUsage.SIGN_VERIFY, state=KeyState.DISABLED), operation).error
    assert refused is not None
    assert operation.value not in refused.message
