"""Where a secret comes from, that one goes to one place, and that nobody is asked who is not there."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from signet.cli.output import Output
from signet.cli.prompt import TerminalPrompt
from signet.cli.secrets import SecretFiles
from signet.cli.terminal import Terminal
from signet.errors import ConfirmationMissing, IdentityUnconfirmed, PinSentBefore, SecretMissing
from signet.secret import Secret
from signet.services.prompt import NamedVault, Prompt, SecretKind, SecretRequest
from signet.services.refused_pins import RefusedPins
from support.tokens import CARD


def prompt(**files: Path) -> TerminalPrompt:
    """A prompt without a terminal; ``pin_file=PATH`` is ``--pin-file PATH``."""
    given = SecretFiles()
    for option, path in files.items():
        given.name(option.replace("_", "-"), str(path))
    return TerminalPrompt(given, Output(out=io.StringIO(), err=io.StringIO()))


@pytest.fixture
def pin(tmp_path: Path) -> Path:
    (tmp_path / "pin").write_text("1234\n")
    return tmp_path / "pin"


@pytest.mark.parametrize(
    ("kind", "option"),
    [
        (SecretKind.PIN, "pin_file"),
        (SecretKind.PASSPHRASE, "pin_file"),
        (SecretKind.RECOVERY_CODE, "pin_file"),
        (SecretKind.RECOVERY_SHARE, "pin_file"),
        (SecretKind.TOKEN_PIN, "token_pin_file"),
        (SecretKind.OTHER_SECRET, "token_pin_file"),
        (SecretKind.NEW_PIN, "new_pin_file"),
        (SecretKind.PUK, "puk_file"),
        (SecretKind.NEW_PASSPHRASE, "new_pin_file"),
        (SecretKind.FILE_PASSPHRASE, "file_passphrase_file"),
    ],
)
def test_each_kind_has_its_own_option(pin: Path, kind: SecretKind, option: str) -> None:
    request = SecretRequest(kind=kind, what="secret")
    assert prompt(**{option: pin}).secret(request) == Secret(b"1234")
    others = {name: pin for name in ("pin_file", "token_pin_file", "new_pin_file", "puk_file") if name != option}
    with pytest.raises(SecretMissing):
        prompt(**others).secret(request)


def test_every_kind_is_known() -> None:
    assert set(prompt().options) == set(SecretKind)


def test_a_pin_goes_to_one_token_and_not_to_another_of_the_same_name(pin: Path) -> None:
    asking = prompt(token_pin_file=pin)
    one = SecretRequest(kind=SecretKind.TOKEN_PIN, what="PIN of “PIV_II”", token="module 0 1111")
    assert asking.secret(one) == asking.secret(one) == Secret(b"1234")
    with pytest.raises(SecretMissing):
        asking.secret(replace(one, token="module 4 2222"))


def test_one_secret_goes_to_one_place(pin: Path) -> None:
    asking = prompt(pin_file=pin)
    first = SecretRequest(kind=SecretKind.PIN, what="PIN of “one”")
    assert asking.secret(first) == asking.secret(first)
    with pytest.raises(SecretMissing):
        asking.secret(SecretRequest(kind=SecretKind.PIN, what="PIN of “two”"))


def test_nobody_is_asked_who_is_not_there() -> None:
    asking: Prompt = prompt()
    with pytest.raises(SecretMissing):
        asking.secret(SecretRequest(kind=SecretKind.PIN, what="PIN"))
    with pytest.raises(ConfirmationMissing):
        asking.confirm("Really?")
    with pytest.raises(SecretMissing):
        asking.recovery_code(Secret(b"code"), NamedVault("", ""))


def test_yes_answers_questions_but_vouches_for_nothing() -> None:
    asking = prompt()
    asking.assume_yes = True
    asking.confirm("Really?")
    with pytest.raises(IdentityUnconfirmed):
        asking.typed_fingerprint("AAAA", "Type it.")
    with pytest.raises(SecretMissing):
        asking.secret(SecretRequest(kind=SecretKind.PIN, what="PIN"))


class Keyboard(Terminal):
    """A terminal at which these are typed, one after the other."""

    def __init__(self, output: Output, typed: list[str]) -> None:
        super().__init__(output)
        self.typed = typed
        self.shown: list[str] = []

    @property
    def present(self) -> bool:
        return True

    def show(self, text: str) -> None:
        self.shown.append(text)

    def hidden(self, question: str) -> str:  # noqa: ARG002 - nobody reads it here
        return self.typed.pop(0)


def test_a_pin_that_was_refused_is_asked_for_anew_and_not_handed_on() -> None:
    asking = prompt()
    keyboard = asking.terminal = Keyboard(asking.output, ["111111", "111111", "123456"])
    refused = RefusedPins()
    refused.refused(CARD, Secret(b"111111"))

    def check(pin: Secret) -> None:
        if refused.refuses(CARD, pin):
            raise PinSentBefore(token=CARD.label)

    request = SecretRequest(kind=SecretKind.PIN, what="PIN of “card”", check=check)
    assert asking.secret(request) == Secret(b"123456")
    assert [line for line in keyboard.shown if "not sent again" in line] == keyboard.shown
    assert len(keyboard.shown) == 2
