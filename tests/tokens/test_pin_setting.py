"""Which way a card is unblocked, what it calls the secret for that, and which program does it where Signet cannot."""

from __future__ import annotations

import pytest

from signet import errors
from signet.secret import Secret
from signet.tokens.model import PinState, Token
from signet.tokens.pin_setting import PinRules, TokenPins, Unblocking, unblocking_word
from signet.tokens.process import ModuleProcess
from signet.tokens.waiting import nobody_waits

OPENSC, YKCS11, OTHER = "/lib/opensc-pkcs11.so", "/lib/libykcs11.so.2", "/lib/vendor's.so"


def token(module: str, label: str, *, manufacturer: str = "maker") -> Token:
    return Token(
        label=label, serial="1", model="PKCS#15 emulated", manufacturer=manufacturer, module=module, slot=0,
        present=True, initialised=True, pin_state=PinState.LOCKED, pin_pad=False,
    )  # fmt: skip


def pins(of: Token, *, opensc: bool) -> TokenPins:
    """``opensc`` if OpenSC shows the card too, or is what shows it."""
    process = ModuleProcess(of.module, environment={}, time_limit=1.0)
    through = (process, of) if opensc else None
    return TokenPins(process, of, through=through, special=lambda *_: process, waiting=nobody_waits)


@pytest.mark.parametrize(
    ("module", "label", "opensc", "word", "how", "command"),
    [
        (OPENSC, "PIV_II", True, "PUK", Unblocking.PUK, "pkcs15-tool --unblock-pin"),
        (YKCS11, "YubiKey PIV #1", True, "PUK", Unblocking.PUK, "ykman piv access unblock-pin"),
        (YKCS11, "YubiKey PIV #1", False, "PUK", None, "ykman piv access unblock-pin"),
        (OPENSC, "OpenPGP card (User PIN)", True, "Admin PIN", None, "gpg --change-pin"),
        (
            OPENSC, "SmartCard-HSM (UserPIN)", True, "SO PIN", Unblocking.OFFICER,
            f"pkcs11-tool --module {OPENSC} --token-label 'SmartCard-HSM (UserPIN)' "
            "--login --login-type so --init-pin",
        ),
        (
            OTHER, "card", False, "SO PIN", Unblocking.OFFICER,
            "pkcs11-tool --module '/lib/vendor'\"'\"'s.so' --token-label card --login --login-type so --init-pin",
        ),
    ],
)  # fmt: skip
def test_each_card_its_own_way(
    module: str, label: str, opensc: bool, word: str, how: Unblocking | None, command: str
) -> None:
    shown = token(module, label)
    asked = pins(shown, opensc=opensc)
    assert (unblocking_word(shown), asked.how, asked.unblock_command) == (word, how, command)
    if how is None:
        with pytest.raises(errors.PinToolNeeded) as refused:
            asked.unblock(Secret(b"12345678"), Secret(b"123456"))
        assert refused.value.command == command


@pytest.mark.parametrize(
    ("rules", "words", "short", "long"),
    [((6, 8), "6 to 8 characters", 5, 9), ((4, 4), "4 characters", 3, 5), ((0, 8), "at most 8 characters", 0, 9)],
)
def test_a_rule_is_said_and_kept(rules: tuple[int, int], words: str, short: int, long: int) -> None:
    rule = PinRules(*rules, PinState.OK)
    assert rule.words == words
    assert [rule.allows(Secret(bytes(length))) for length in (short, short + 1, long - 1, long)] == [
        False, True, True, False,
    ]  # fmt: skip


def test_a_card_that_names_no_rule_takes_what_is_typed() -> None:
    rule = PinRules(0, 0, PinState.OK)
    assert (rule.words, rule.allows(Secret(bytes(300))), rule.allows(Secret(b""))) == ("", True, False)
