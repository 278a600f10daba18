"""The command line with a card in the reader: what a person types, and what is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from signet.services.token_making import FACTORY_MANAGEMENT_KEY
from support.card.piv import PIN, SIGNATURE
from support.card.vpcd import Disturbance
from support.command_line import OpenVault, call

from .conftest import GENERAL_AUTHENTICATE, IDS, Desk


@pytest.fixture
def name(desk: Desk) -> str:
    """What the card in the reader is called."""
    desk.insert(desk.keys.elliptic)
    (token,) = call("token", "list", "--module", desk.module, "--json").json["items"]
    return str(token["label"])


@pytest.fixture
def vault(desk: Desk, name: str, tmp_path: Path) -> OpenVault:
    """A vault that the card opens."""
    (tmp_path / "pin").write_text(PIN)
    place, code = tmp_path / "mine.signet", tmp_path / "code"
    files = ("--pin-file", tmp_path / "pin", "--recovery-code-file", code)
    made = call("vault", "create", place, "--module", desk.module, "--token", name, *files)
    assert made.status == 0, made.err
    opening = ("--module", desk.module, "--pin-file", str(tmp_path / "pin"))
    return OpenVault(place, opening, code, tmp_path / "pin")


def test_the_card_opens_the_vault_and_9c_signs(desk: Desk, vault: OpenVault, name: str, tmp_path: Path) -> None:
    desk.reader.log.clear()
    listed = call("token", "keys", name, "--module", desk.module, "--json").json["items"]
    assert {key["id"] for key in listed} == {IDS[slot].hex() for slot in desk.keys.elliptic}
    assert desk.reader.pins_sent == 0
    vault.json("key", "create", "notes")
    vault.json("token", "adopt", name, IDS[SIGNATURE].hex(), "mine", "--yes")
    (tmp_path / "a").write_text("a")
    vault.json("encrypt", tmp_path / "a", "--key", "notes")
    vault.json("sign", tmp_path / "a", "--key", "mine")
    assert vault.json("verify", tmp_path / "a")["signatures"][0]["alias"] == "mine"


def test_keys_are_made_on_a_yubikey_and_elsewhere_the_commands_are_said(
    desk: Desk, name: str, tmp_path: Path
) -> None:
    assert desk.reader.card is not None
    before = dict(desk.reader.card.keys)
    (tmp_path / "pin").write_text(PIN)
    (tmp_path / "key").write_text(FACTORY_MANAGEMENT_KEY)
    files = ("--pin-file", tmp_path / "pin", "--management-key-file", tmp_path / "key")
    made = call("token", "make-key", name, "--module", desk.module, *files, "--json")
    if "ykcs11" in desk.module:
        assert (made.json["place"], made.json["scheme"]) == ("82", "ecdh-x")
        taken = call("token", "make-key", name, "--module", desk.module, *files, "--id", "9d", "--json")
        assert (taken.status, taken.error["type"], taken.error["place"]) == (3, "TokenPlaceTaken", "9D")
    else:
        assert (made.status, made.error["type"]) == (3, "TokenCannotMake")
        assert "yubico-piv-tool -a status" in made.error["commands"]
        said = call("token", "make-key", name, "--module", desk.module)
        assert said.err.splitlines()[-2].startswith("yubico-piv-tool -k -a import-certificate -s 9d")
    assert before.items() <= desk.reader.card.keys.items()


def test_wrong_pins_are_told_apart_from_the_last_and_the_blocked(desk: Desk, vault: OpenVault) -> None:
    card = desk.reader.card
    assert card is not None
    vault.secret_file.write_text("000000")
    desk.reader.log.clear()
    first = vault("key", "list", "--json")
    assert first.error["type"] == "PinIncorrect"
    second = vault("key", "list")
    assert "Only one try is left" in second.err
    insisting = vault("key", "list", "--json")
    assert insisting.error["type"] == "ConfirmationMissing"
    assert (card.pin.left, desk.reader.pins_sent) == (1, 2)
    last = vault("key", "list", "--yes", "--json")
    assert last.error["type"] == "PinLocked"
    assert (card.pin.left, desk.reader.pins_sent) == (0, 3)
    blocked = vault("key", "list", "--yes")
    assert "PUK" in blocked.err
    assert desk.reader.pins_sent == 3


def test_a_pulled_card_is_said_to_be_pulled(desk: Desk, vault: OpenVault) -> None:
    desk.reader.disturbances.append(Disturbance(GENERAL_AUTHENTICATE, pull=True))
    assert vault("key", "list", "--json").error["type"] == "TokenRemoved"
    gone = vault("key", "list")
    assert gone.status != 0
    assert "recovery" in gone.err


def test_the_pin_stands_in_no_output_and_no_file(desk: Desk, vault: OpenVault, name: str, home: Path) -> None:
    vault.json("token", "adopt", name, IDS[SIGNATURE].hex(), "mine", "--yes")
    for words in (("token", "test", name), ("key", "list"), ("audit", "list")):
        said = vault(*words)
        assert said.status == 0, said.err
        assert PIN not in said.out + said.err
    written = [path for folder in (home, vault.path) for path in folder.rglob("*") if path.is_file()]
    assert written
    assert not [path for path in written if PIN.encode() in path.read_bytes()]
