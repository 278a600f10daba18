"""Secrets: shown nowhere, compared in constant time, wiped on leaving `with`."""

from __future__ import annotations

import copy
import pickle

import pytest

from signet.secret import Secret

CANARY = b"correct horse battery staple"


def test_secret_shows_itself_in_no_representation() -> None:
    secret = Secret(CANARY)
    for shown in (repr(secret), str(secret), f"{secret}", f"{[secret]}"):
        assert "horse" not in shown
        assert "redacted" in shown


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_secret_refuses_pickle(protocol: int) -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(CANARY), protocol)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_secret_refuses_the_copy_module(duplicate: object) -> None:
    assert callable(duplicate)
    with pytest.raises(TypeError):
        duplicate(Secret(CANARY))


def test_secret_copies_what_it_is_given() -> None:
    given = bytearray(CANARY)
    secret = Secret(given)
    given[:] = bytes(len(given))
    assert secret.reveal() == CANARY


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_secret_takes_every_kind_of_bytes(kind: type[bytes]) -> None:
    assert Secret(kind(CANARY)).reveal() == CANARY


def test_reveal_is_the_live_buffer() -> None:
    secret = Secret(CANARY)
    assert secret.reveal() is secret.reveal()


def test_leaving_with_wipes_and_keeps_the_length() -> None:
    secret = Secret(CANARY)
    buffer = secret.reveal()
    with secret as entered:
        assert entered is secret
        assert buffer == CANARY
    assert buffer == bytes(len(CANARY))
    assert len(secret) == len(CANARY)


def test_an_exception_inside_with_wipes_and_goes_on() -> None:
    secret = Secret(CANARY)
    with pytest.raises(RuntimeError, match="inside"), secret:
        raise RuntimeError("inside")
    assert secret.reveal() == bytes(len(CANARY))


def test_wiping_works_while_a_view_of_the_buffer_exists() -> None:
    secret = Secret(CANARY)
    view = memoryview(secret.reveal())
    secret.wipe()
    assert bytes(view) == bytes(len(CANARY))


def test_wiping_twice_and_wiping_nothing_is_harmless() -> None:
    empty = Secret(b"")
    empty.wipe()
    empty.wipe()
    assert len(empty) == 0


def test_copy_is_wiped_separately() -> None:
    secret = Secret(CANARY)
    other = secret.copy()
    secret.wipe()
    assert other.reveal() == CANARY


def test_text_round_trip_is_utf8() -> None:
    secret = Secret.from_text("Grüße 🔑")
    assert secret.reveal() == "Grüße 🔑".encode()
    assert secret.text() == "Grüße 🔑"


def test_secrets_are_equal_by_value_and_to_nothing_else() -> None:
    assert Secret(CANARY) == Secret(CANARY)
    assert Secret(CANARY) != Secret(CANARY[:-1])
    assert Secret(CANARY) != Secret(CANARY[:-1] + b"x")
    assert Secret(CANARY).__eq__(CANARY) is NotImplemented


def test_secret_cannot_be_hashed() -> None:
    with pytest.raises(TypeError):
        hash(Secret(CANARY))


def test_secret_takes_no_further_attributes() -> None:
    with pytest.raises(AttributeError):
        Secret(CANARY).note = "x"  # type: ignore[attr-defined]
