"""Typed ways in: costs are judged before anything is computed, and a secret opens and attests only its own."""

from __future__ import annotations

import base64
import hmac
import itertools
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from signet.crypto import typed
from signet.crypto.typed import (
    CALIBRATED_MAX_KIB,
    CALIBRATED_SECONDS,
    MAX_ITERATIONS,
    MAX_LANES,
    MAX_MEMORY_KIB,
    MIN_MEMORY_KIB,
    PassphraseCost,
)
from signet.crypto.wrapping import unwrap_master_key, wrap_master_key
from signet.errors import HeaderDamaged, SecretIncorrect
from signet.formats.header import MethodKind, UnlockMethod
from signet.secret import Secret
from support.headers import PASSPHRASE_PARAMETERS, SALT, VAULT_ID, make_method

FLOOR = PassphraseCost(bytes(range(16)), MIN_MEMORY_KIB)
CODE = bytes(range(20))


def passphrase_method(**parameters: str | int) -> UnlockMethod:
    return make_method(
        kind=MethodKind.PASSPHRASE, parameters=tuple(sorted({**dict(PASSPHRASE_PARAMETERS), **parameters}.items()))
    )


def salt_of(size: int) -> str:
    return base64.b64encode(bytes(size)).decode()


def code_method(secret: bytes = CODE) -> UnlockMethod:
    method = make_method(public_key=typed.public_key_of(Secret(secret), SALT))
    return replace(method, wrapped_key=wrap_master_key(Secret(bytes(32)), method, vault_id=VAULT_ID, salt=SALT))


def test_the_cost_that_is_written_is_read() -> None:
    cost = PassphraseCost(bytes(range(16)), 131072, 4, 8)
    assert PassphraseCost.of(make_method(kind=MethodKind.PASSPHRASE, parameters=cost.parameters())) == cost
    assert FLOOR.parameters() == PASSPHRASE_PARAMETERS


@pytest.mark.parametrize(
    "parameters",
    [
        {"memory-kib": MIN_MEMORY_KIB - 1},
        {"memory-kib": MAX_MEMORY_KIB + 1},
        {"memory-kib": 2**30},  # 1 TiB
        {"memory-kib": 2**53 - 1},
        {"memory-kib": 0},
        {"memory-kib": -1},
        {"memory-kib": "65536"},
        {"iterations": 2},
        {"iterations": MAX_ITERATIONS + 1},
        {"iterations": "3"},
        {"lanes": 0},
        {"lanes": MAX_LANES + 1},
        {"lanes": "4"},
        {"salt": 1},
        {"salt": ""},
        {"salt": salt_of(15)},
        {"salt": salt_of(17)},
        {"salt": "not base64 at all!"},
        {"salt": "ä" * 24},
    ],
)  # fmt: skip
def test_a_cost_outside_the_limits_is_refused_before_anything_is_computed(
    parameters: dict[str, str | int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(typed, "Argon2id")
    with pytest.raises(HeaderDamaged, match="cost of a passphrase"):
        PassphraseCost.of(passphrase_method(**parameters))


def test_the_limits_themselves_are_taken() -> None:
    most: dict[str, str | int] = {"memory-kib": MAX_MEMORY_KIB, "iterations": MAX_ITERATIONS, "lanes": MAX_LANES}
    assert PassphraseCost.of(passphrase_method(**most)).memory_kib == MAX_MEMORY_KIB
    assert PassphraseCost.of(passphrase_method(lanes=1)).lanes == 1


def test_a_passphrase_gives_what_argon2id_gives() -> None:
    # A vector of the reference implementation (phc-winner-argon2, src/test.c, argon2id: t=2, 64 MiB, one lane).
    cost = PassphraseCost(b"somesalt", memory_kib=65536, iterations=2, lanes=1)
    with typed.passphrase_secret(Secret(b"password"), cost) as secret:
        assert secret.reveal().hex() == "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"


def test_composed_and_decomposed_letters_are_one_passphrase() -> None:
    composed, decomposed = Secret.from_text("Gr\u00fc\u00dfe"), Secret.from_text("Gru\u0308\u00dfe")
    assert typed.passphrase_secret(composed, FLOOR) == typed.passphrase_secret(decomposed, FLOOR)
    # NFC, not NFKC: a ligature stays another letter than the two that it looks like.
    assert typed.passphrase_secret(Secret.from_text("\ufb01x"), FLOOR) != typed.passphrase_secret(
        Secret.from_text("fix"), FLOOR
    )


def test_an_empty_passphrase_is_one_like_any_other() -> None:
    assert len(typed.passphrase_secret(Secret(b""), FLOOR)) == 32


def test_the_passphrase_is_left_as_it_was() -> None:
    passphrase = Secret.from_text("correct horse")
    typed.passphrase_secret(passphrase, FLOOR).wipe()
    assert passphrase.text() == "correct horse"


@pytest.fixture
def taking(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], list[PassphraseCost]]:
    """A machine on which one try at the floor takes so many seconds; what it tried."""

    def install(seconds: float) -> list[PassphraseCost]:
        tried: list[PassphraseCost] = []
        moments = itertools.chain([100.0], itertools.repeat(100.0 + seconds))
        monkeypatch.setattr(time, "monotonic", lambda: next(moments))

        def derive(_passphrase: Secret, cost: PassphraseCost) -> Secret:
            tried.append(cost)
            return Secret(bytes(32))

        monkeypatch.setattr(typed, "passphrase_secret", derive)
        return tried

    return install


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.05, 0.1, 0.39, 0.41, 0.8, 1.0, 30.0, -5.0])
def test_calibration_stays_between_floor_and_ceiling(
    seconds: float, taking: Callable[[float], list[PassphraseCost]]
) -> None:
    tried = taking(seconds)
    cost = typed.calibrate()
    assert [one.memory_kib for one in tried] == [MIN_MEMORY_KIB]
    assert MIN_MEMORY_KIB <= cost.memory_kib <= CALIBRATED_MAX_KIB <= MAX_MEMORY_KIB
    assert (cost.iterations, cost.lanes, len(cost.salt)) == (3, 4, 16)
    if 0.05 < seconds < CALIBRATED_SECONDS:
        assert cost.memory_kib == MIN_MEMORY_KIB * int(CALIBRATED_SECONDS / seconds)
    assert PassphraseCost.of(make_method(kind=MethodKind.PASSPHRASE, parameters=cost.parameters())) == cost


def test_every_calibration_has_a_salt_of_its_own(taking: Callable[[float], list[PassphraseCost]]) -> None:
    taking(1.0)
    first = typed.calibrate().salt
    taking(1.0)
    assert typed.calibrate().salt != first


def test_the_right_secret_opens() -> None:
    method = code_method()
    opened = unwrap_master_key(
        method,
        vault_id=VAULT_ID,
        salt=SALT,
        exchange=lambda sent: typed.exchange(Secret(CODE), method, SALT, sent, what="recovery code"),
    )
    assert bytes(opened.reveal()) == bytes(32)


def test_another_secret_is_refused() -> None:
    method = code_method()
    for wrong in (bytes(20), CODE[:-1], CODE + b"\0", b""):
        with pytest.raises(SecretIncorrect):
            typed.exchange(Secret(wrong), method, SALT, method.wrapped_key[:32], what="recovery code")
    with pytest.raises(SecretIncorrect):
        typed.exchange(Secret(CODE), method, bytes(16), method.wrapped_key[:32], what="recovery code")


@pytest.mark.parametrize(
    "ephemeral", [bytes(32), b"\x01" + bytes(31), b"\xec" + b"\xff" * 30 + b"\x7f", bytes(31), b""]
)
def test_a_useless_ephemeral_key_is_one_more_wrong_secret(ephemeral: bytes) -> None:
    with pytest.raises(SecretIncorrect):
        typed.exchange(Secret(CODE), code_method(), SALT, ephemeral, what="recovery code")


def test_the_key_of_a_secret_is_its_hkdf_as_the_design_says() -> None:
    pseudorandom = hmac.digest(SALT, CODE, "sha256")
    private = X25519PrivateKey.from_private_bytes(hmac.digest(pseudorandom, b"signet/v1/unlock\x01", "sha256"))
    assert typed.public_key_of(Secret(CODE), SALT)[-32:] == private.public_key().public_bytes_raw()
    key = hmac.digest(pseudorandom, b"signet/v1/attest\x01", "sha256")
    assert typed.attest(Secret(CODE), SALT, b"message") == hmac.digest(key, b"message", "sha256")


def test_an_attestation_belongs_to_secret_vault_and_message() -> None:
    attested = typed.attest(Secret(CODE), SALT, b"message")
    assert len(attested) == 32
    assert attested != typed.attest(Secret(CODE), SALT, b"messagf")
    assert attested != typed.attest(Secret(CODE), bytes(16), b"message")
    assert attested != typed.attest(Secret(bytes(20)), SALT, b"message")
