"""Readers with a keypad: nobody is asked here, the module is told to ask there. No virtual one exists, so a software
token only claims to have one, and what would reach the module's process is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from signet.child import Child
from signet.errors import UsageError
from signet.keys.spec import KeySpec, SigningAlgorithm
from signet.secret import Secret
from signet.services.prompt import SecretKind
from signet.services.token_login import logged_in
from signet.services.token_pins import change_pin, unblock
from signet.services.workplace import Workplace
from signet.tokens.hub import PIN_PAD_LIMIT
from signet.tokens.model import Token, TokenKey
from signet.tokens.pin_setting import PIN_PAD_LIMIT as SETTING_LIMIT
from support.cards import make_card
from support.clock import SettableClock
from support.prompt import ScriptedPrompt
from support.vaults import make_workplace

ALWAYS = TokenKey(
    id=b"\2", label="", public_key=b"", spec=KeySpec.ECC_NIST_P256, can_sign=True, can_decrypt=False,
    can_derive=False, always_authenticate=True, private_seen=True, on_token=True,
)  # fmt: skip
ANSWERS = {"login": 7, "sign": b"\1" * 64, "change_pin": None, "reset_pin": None, "logout": None}


@pytest.fixture
def prompt() -> ScriptedPrompt:
    return ScriptedPrompt()


@pytest.fixture
def workplace(tmp_path: Path, clock: SettableClock, prompt: ScriptedPrompt) -> Iterator[Workplace]:
    with make_workplace(tmp_path, clock, prompt) as made:
        yield made


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """What the child was asked for, by method; every token claims that its reader has keys of its own."""
    real, seen = Child.request, dict[str, dict[str, Any]]()

    def request(self: Child, method: str, **parameters: Any) -> object:
        if method in ANSWERS:
            parameters["cancelled"]() if parameters["cancelled"] else None
            seen[method] = parameters
            return ANSWERS[method]
        answer: Any = real(self, method, **parameters)
        for described in answer if method == "tokens" else [answer] if method == "refresh" else []:
            described["pin_pad"] = True
        return answer

    monkeypatch.setattr(Child, "request", request)
    return seen


@pytest.fixture
def token(
    tmp_path: Path, workplace: Workplace, monkeypatch: pytest.MonkeyPatch, asked: dict[str, dict[str, Any]]
) -> Token:
    make_card(tmp_path, workplace, monkeypatch)
    (found,) = workplace.refresh_tokens().tokens()
    assert found.pin_pad
    return found


def test_the_pin_is_typed_on_the_reader_at_login_and_for_a_signature(
    token: Token, workplace: Workplace, prompt: ScriptedPrompt, asked: dict[str, dict[str, Any]]
) -> None:
    with logged_in(workplace, token, kind=SecretKind.PIN) as login:
        login.session.sign(ALWAYS, b"text", SigningAlgorithm.ECDSA_SHA_256, pin=login.pin_for(ALWAYS))
    assert [request.on_reader for request in prompt.asked] == [True]
    assert (asked["login"]["pin"], asked["login"]["timeout"]) == (None, PIN_PAD_LIMIT)
    assert (asked["sign"]["pin"], asked["sign"]["on_reader"]) == (None, True)
    assert asked["sign"]["timeout"] == PIN_PAD_LIMIT
    assert [wait and wait.wait_for for wait in prompt.waits] == ["pin-pad", None] * 2


def test_a_new_pin_is_typed_there_too_or_all_of_it_comes_from_files(
    token: Token, workplace: Workplace, prompt: ScriptedPrompt, asked: dict[str, dict[str, Any]]
) -> None:
    change_pin(workplace, token)
    unblock(workplace, token)
    for method in ("change_pin", "reset_pin"):
        assert (asked[method]["new"], asked[method]["timeout"]) == (None, SETTING_LIMIT)
    assert (asked["change_pin"]["old"], asked["reset_pin"]["puk"]) == (None, None)
    assert [request.on_reader for request in prompt.asked] == [True] * 4
    prompt.from_files = {SecretKind.PIN: "123456"}
    asked.clear()
    with pytest.raises(UsageError):
        change_pin(workplace, token)
    assert asked == {}
    prompt.from_files[SecretKind.NEW_PIN] = "654321"
    change_pin(workplace, token)
    assert Secret(asked["change_pin"]["new"]) == Secret(b"\0" * 6)  # it was sent, and is wiped by now
