"""Which card a PUK goes to, where several look alike: the one that was meant, or none. Modules are played."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest

from signet.errors import PinToolNeeded, SignetError, TokenRemoved
from signet.secret import Secret
from signet.tokens.hub import TokenHub
from signet.tokens.model import PinState, Token
from signet.tokens.pin_setting import TokenPins
from signet.tokens.process import ModuleProcess

OPENSC, YKCS11 = "/usr/lib/opensc-pkcs11.so", "/usr/lib/libykcs11.so"
PUK, NEW = Secret(b"12345678"), Secret(b"654321")


class PlayedProcess:
    """A module's child that shows these tokens and notes what it is asked."""

    def __init__(self, path: str, *tokens: Token) -> None:
        self.path = path
        self.tokens = tokens
        self.asked: list[tuple[str, object]] = []

    def listed(self, _: str) -> list[dict[str, object]]:
        shown = []
        for token in self.tokens:
            shown.append({**vars(token), "pin_state": token.pin_state.value, "firmware": list(token.firmware)})
        return shown

    def ask(self, method: str, parameters: Mapping[str, object]) -> None:
        self.asked.append((method, parameters["slot"]))

    def close(self) -> None:
        """Nothing runs."""


def token(module: str, slot: int, *, serial: str = "00000000", label: str = "PIV", reader: str = "A") -> Token:
    return Token(
        label=label,
        serial=serial,
        model="",
        manufacturer="piv_II",
        module=module,
        slot=slot,
        present=True,
        initialised=True,
        pin_state=PinState.LOCKED,
        pin_pad=False,
        firmware=(1, 0),
        reader=reader,
    )


def as_process(played: PlayedProcess) -> ModuleProcess:
    return cast("ModuleProcess", played)


@pytest.mark.parametrize(
    ("others", "asked"),
    [
        ((token(OPENSC, 0, reader="B"), token(OPENSC, 4)), [("reset_pin", 4)]),
        ((token(OPENSC, 0, label="PIV (PIN2)"), token(OPENSC, 1)), [("reset_pin", 1)]),
        ((token(OPENSC, 0), token(OPENSC, 4)), PinToolNeeded),
        ((token(OPENSC, 0, reader="B"),), TokenRemoved),
    ],
    ids=["two cards without serial numbers", "two PINs of one card", "what nothing tells apart", "another card"],
)
def test_the_puk_goes_to_the_slot_that_was_meant(others: tuple[Token, ...], asked: Any) -> None:
    meant = token(OPENSC, 7)
    usual, special = PlayedProcess(OPENSC, meant), PlayedProcess(OPENSC, *others)
    pins = TokenPins(
        as_process(usual),
        meant,
        through=(as_process(usual), meant),
        special=lambda *_: as_process(special),
        waiting=lambda _: False,
    )
    if isinstance(asked, type) and issubclass(asked, SignetError):
        with pytest.raises(asked):
            pins.unblock(PUK, NEW)
        assert special.asked == []
    else:
        pins.unblock(PUK, NEW)
        assert special.asked == asked
    assert usual.asked == []


@pytest.mark.parametrize(("readers", "slot"), [(("A", "B"), 5), (("A", "A"), None), (("B", "B"), None), (("C",), 4)])
def test_a_card_and_its_copy_are_told_apart_by_their_readers_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch, readers: tuple[str, ...], slot: int | None
) -> None:
    """The copy has the same keys; ykcs11 and OpenSC name neither of the two by the same serial number."""
    seen = tuple(token(OPENSC, 4 + place, reader=reader) for place, reader in enumerate(readers))
    meant = token(YKCS11, 1, serial="1234", reader="B")
    monkeypatch.setattr(TokenHub, "_fingerprints", lambda *_: frozenset({"the same keys"}))
    hub = TokenHub(())
    hub._processes = {
        YKCS11: as_process(PlayedProcess(YKCS11, meant)),
        OPENSC: as_process(PlayedProcess(OPENSC, *seen)),
    }
    view = hub._opensc_view(meant)
    assert (view[1].slot if view else None) == slot
