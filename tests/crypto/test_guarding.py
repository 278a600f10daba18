"""Guard keys: what a guard opens is bound to vault, guard, key, version and spec; anything else is one error."""

from __future__ import annotations

from dataclasses import replace

import pytest

from signet.crypto import typed
from signet.crypto.guarding import (
    guard_material,
    new_guard_key,
    open_guarded,
    unwrap_guard_key,
    wrap_guard_key,
)
from signet.crypto.wrapping import Exchange, unwrap_master_key, wrapped_bytes
from signet.errors import DatabaseDamaged, GuardIncorrect, SecretIncorrect
from signet.formats.header import MethodKind, Scheme, UnlockMethod, VaultHeader
from signet.keys.model import GuardCopy
from signet.keys.spec import KeySpec
from signet.secret import Secret

VAULT = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
KEY = "0f8fad5b-d9cb-469f-a165-70867728950e"
SPEC = KeySpec.SYMMETRIC_DEFAULT
HEADER = VaultHeader(VAULT, 1, "vault-0000000000000000.db", bytes(32), ())
CODE = Secret(bytes(range(20)))


def code_method(code: Secret = CODE, method_id: str = "11111111-1111-4111-8111-111111111111") -> UnlockMethod:
    return UnlockMethod(
        id=method_id,
        kind=MethodKind.RECOVERY_CODE,
        label="Recovery code",
        created="2026-11-22T12:00:00Z",
        scheme=Scheme.X25519,
        public_key=typed.public_key_of(code, HEADER.salt),
        parameters=(),
        wrapped_key=b"",
        attestation=b"",
    )


def exchange(method: UnlockMethod, code: Secret = CODE) -> Exchange:
    return lambda sent: typed.exchange(code, method, HEADER.salt, sent, what="recovery code")


def a_copy(guard_key: Secret, method: UnlockMethod) -> GuardCopy:
    wrapped = wrap_guard_key(guard_key, method, HEADER, key_id=KEY, version=1)
    assert len(wrapped) == wrapped_bytes(method)
    return GuardCopy(KEY, 1, method.id, "2026-11-22T12:00:00Z", wrapped)


def test_a_guard_opens_its_copy_and_the_guard_key_the_material() -> None:
    guard_key, method = new_guard_key(), code_method()
    opened = unwrap_guard_key(a_copy(guard_key, method), method, HEADER, exchange=exchange(method))
    assert bytes(opened.reveal()) == bytes(guard_key.reveal())
    guarded = guard_material(guard_key, Secret(b"m" * 32), key_id=KEY, version=1, spec=SPEC)
    assert b"m" * 8 not in bytes(guarded.reveal())
    assert bytes(open_guarded(opened, guarded, key_id=KEY, version=1, spec=SPEC).reveal()) == b"m" * 32


def test_a_copy_opens_for_no_other_key_version_vault_or_guard() -> None:
    method = code_method()
    copy = a_copy(new_guard_key(), method)
    other = code_method(method_id="22222222-2222-4222-8222-222222222222")
    for changed in (replace(copy, key_id=VAULT), replace(copy, number=2)):
        with pytest.raises(GuardIncorrect):
            unwrap_guard_key(changed, method, HEADER, exchange=exchange(method))
    with pytest.raises(GuardIncorrect, match="Recovery code"):
        unwrap_guard_key(copy, other, HEADER, exchange=exchange(other))
    moved = replace(HEADER, vault_id=KEY)
    with pytest.raises(GuardIncorrect):
        unwrap_guard_key(copy, method, moved, exchange=exchange(method))
    with pytest.raises(SecretIncorrect):
        unwrap_guard_key(copy, method, HEADER, exchange=exchange(method, Secret(bytes(20))))


def test_every_flipped_bit_and_every_cut_of_a_copy_is_the_one_error() -> None:
    method = code_method()
    copy = a_copy(new_guard_key(), method)
    broken = [copy.wrapped[:length] for length in range(len(copy.wrapped))]
    for place in range(len(copy.wrapped) * 8):
        data = bytearray(copy.wrapped)
        data[place // 8] ^= 1 << place % 8
        broken.append(bytes(data))
    # RFC 7748, 5: the last bit of an X25519 key is ignored; it stands in the derivation all the same.
    for wrapped in (*broken, copy.wrapped + b"\0"):
        with pytest.raises(GuardIncorrect):
            unwrap_guard_key(replace(copy, wrapped=wrapped), method, HEADER, exchange=exchange(method))


def test_a_guard_copy_is_no_master_key() -> None:
    method = code_method()
    copy = a_copy(new_guard_key(), method)
    with pytest.raises(SecretIncorrect):
        unwrap_master_key(
            replace(method, wrapped_key=copy.wrapped), vault_id=VAULT, salt=HEADER.salt, exchange=exchange(method)
        )


@pytest.mark.parametrize("wrong", [{"key_id": VAULT}, {"version": 2}, {"spec": KeySpec.RSA_2048}])
def test_guarded_material_opens_as_what_it_is_alone(wrong: dict[str, object]) -> None:
    guard_key = new_guard_key()
    guarded = guard_material(guard_key, Secret(b"m" * 32), key_id=KEY, version=1, spec=SPEC)
    with pytest.raises(DatabaseDamaged):
        open_guarded(guard_key, guarded, **({"key_id": KEY, "version": 1, "spec": SPEC} | wrong))  # type: ignore[arg-type]
    with pytest.raises(DatabaseDamaged):
        open_guarded(new_guard_key(), guarded, key_id=KEY, version=1, spec=SPEC)
    with pytest.raises(DatabaseDamaged):
        open_guarded(guard_key, Secret(b"short"), key_id=KEY, version=1, spec=SPEC)
