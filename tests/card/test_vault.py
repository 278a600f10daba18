"""Vaults that a card opens: made, unlocked, refused; and what the card's own keys sign."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from signet import errors
from signet.formats import sshkey
from signet.formats.header import Scheme, UnlockMethod
from signet.keys.spec import Protection
from signet.services import adopting, tokens
from signet.services import keys as key_services
from signet.services.creation import create_vault
from signet.services.enrolment import NewToken
from signet.services.opening import open_vault
from signet.services.prompt import SecretKind
from signet.services.signing import sign_files
from signet.services.workplace import Workplace
from support.card.keys import Algorithm, make_key
from support.card.modules import OPENSC, YKCS11, module_path
from support.card.piv import AUTHENTICATION, KEY_MANAGEMENT, PUK, SIGNATURE
from support.card.vpcd import Disturbance
from support.prompt import ScriptedPrompt

from .conftest import GENERAL_AUTHENTICATE, IDS, Desk, only

SCHEMES = {"elliptic": Scheme.ECDH_X, "with_rsa": Scheme.RSA_OAEP_SHA256}


def create(workplace: Workplace, folder: Path) -> tuple[str, UnlockMethod]:
    """Make a vault that the card in the reader opens; return where it is and its way in."""
    path = str(folder / "mine.signet")
    created = create_vault(workplace, path, [NewToken(only(workplace.hub).label)])
    (method,) = created.methods
    return path, method


@pytest.mark.parametrize("kind", SCHEMES)
def test_9d_opens_the_vault_with_one_pin_entry(
    desk: Desk, workplace: Workplace, prompt: ScriptedPrompt, tmp_path: Path, kind: str
) -> None:
    card = desk.insert(getattr(desk.keys, kind))
    path, method = create(workplace, tmp_path)
    assert method.scheme is SCHEMES[kind]
    assert method.public_key == card.keys[KEY_MANAGEMENT].public_key
    assert method.attestation
    prompt.asked.clear()
    for _ in range(2):
        with open_vault(workplace, path) as session:
            assert session.method == method
    assert [request.kind for request in prompt.asked] == [SecretKind.PIN] * 2
    assert card.pin.left == 3


def test_with_everything_on_the_card_a_key_for_agreeing_is_taken(
    desk: Desk, workplace: Workplace, tmp_path: Path
) -> None:
    card = desk.insert(desk.keys.everything)
    path, method = create(workplace, tmp_path)
    assert (method.scheme, method.public_key) == (Scheme.ECDH_X, card.keys[0x82].public_key)
    with open_vault(workplace, path):
        pass


def test_a_wrong_pin_costs_one_try_and_opens_nothing(
    desk: Desk, workplace: Workplace, prompt: ScriptedPrompt, tmp_path: Path
) -> None:
    card = desk.insert(desk.keys.with_rsa)
    path, _ = create(workplace, tmp_path)
    prompt.answers[SecretKind.PIN] = "000000"
    desk.reader.log.clear()
    with pytest.raises(errors.PinIncorrect):
        open_vault(workplace, path)
    assert (card.pin.left, desk.reader.pins_sent) == (2, 1)
    prompt.answers[SecretKind.PIN] = card.pin.value
    with open_vault(workplace, path):
        assert card.pin.left == 3


def test_a_blocked_card_opens_again_after_its_puk_in_the_same_workplace(
    desk: Desk, workplace: Workplace, prompt: ScriptedPrompt, tmp_path: Path
) -> None:
    card = desk.insert(desk.keys.elliptic)
    path, _ = create(workplace, tmp_path)
    for wrong in ("000000", "000001"):
        prompt.answers[SecretKind.PIN] = wrong
        with pytest.raises(errors.PinIncorrect):
            open_vault(workplace, path)
        with pytest.raises(errors.PinSentBefore):  # the same again is not sent
            open_vault(workplace, path)
    assert card.pin.left == 1
    prompt.answers[SecretKind.PIN] = "000002"
    prompt.yes = False
    with pytest.raises(errors.ConfirmationMissing):
        open_vault(workplace, path)
    assert card.pin.left == 1
    prompt.yes = True
    with pytest.raises(errors.PinLocked):
        open_vault(workplace, path)
    asked = len(prompt.asked)
    with pytest.raises(errors.PinLocked):
        open_vault(workplace, path)
    assert len(prompt.asked) == asked
    words = {
        OPENSC: ("pkcs15-tool", "--unblock-pin", "--puk", PUK, "--new-pin", "222222"),
        YKCS11: ("yubico-piv-tool", "--action", "unblock-pin", "--pin", PUK, "--new-pin", "222222"),
    }
    unblocking = next(words[name] for name in words if name in desk.module)
    subprocess.run(unblocking, check=True, capture_output=True, timeout=60)
    prompt.answers[SecretKind.PIN] = "222222"
    with open_vault(workplace, path):
        assert card.pin.left == 3


# How many commands with the private keys come before the one that is struck: RSA blocks go to the card in two.
@pytest.mark.parametrize(("kind", "spared"), [("elliptic", 0), ("with_rsa", 3)])
def test_pulled_while_it_opens_the_card_is_gone_and_no_secret_is_called_wrong(
    desk: Desk, workplace: Workplace, tmp_path: Path, kind: str, spared: int
) -> None:
    card = desk.insert(getattr(desk.keys, kind))
    path, _ = create(workplace, tmp_path)
    desk.reader.disturbances.append(Disturbance(GENERAL_AUTHENTICATE, pull=True, spared=spared))
    with pytest.raises(errors.TokenRemoved):
        open_vault(workplace, path)
    with pytest.raises(errors.TokenNotFound):
        open_vault(workplace, path)
    desk.reader.insert(card)
    with open_vault(workplace, path):
        assert card.pin.left == 3


def test_another_card_is_not_even_asked(
    desk: Desk, workplace: Workplace, prompt: ScriptedPrompt, tmp_path: Path
) -> None:
    desk.insert(desk.keys.elliptic)
    path, _ = create(workplace, tmp_path)
    desk.insert({KEY_MANAGEMENT: make_key(Algorithm.P256)}, number=2)
    prompt.asked.clear()
    desk.reader.log.clear()
    with pytest.raises(errors.TokenNotFound):
        open_vault(workplace, path)
    assert prompt.asked == []
    assert desk.reader.pins_sent == 0


def test_a_card_with_the_same_key_in_another_slot_opens_too(
    opensc: Desk, any_workplace: Workplace, tmp_path: Path
) -> None:
    any_workplace.module = opensc.module
    opensc.insert({AUTHENTICATION: opensc.keys.p256_for_signing, KEY_MANAGEMENT: opensc.keys.p256})
    path, _ = create(any_workplace, tmp_path)
    opensc.insert({AUTHENTICATION: opensc.keys.p256_for_signing, 0x82: opensc.keys.p256}, number=2)
    with open_vault(any_workplace, path):
        pass


def test_a_copy_of_the_unlocking_key_without_the_signing_key_is_refused(
    opensc: Desk, any_workplace: Workplace, tmp_path: Path
) -> None:
    any_workplace.module = opensc.module
    opensc.insert(opensc.keys.elliptic)
    path, _ = create(any_workplace, tmp_path)
    others = {AUTHENTICATION: make_key(Algorithm.P256), KEY_MANAGEMENT: opensc.keys.p256}
    opensc.insert(others, number=2)
    with pytest.raises(errors.AttestationInvalid):
        open_vault(any_workplace, path)


@pytest.mark.parametrize("kind", ["elliptic", "with_rsa"])
@pytest.mark.parametrize(("maker", "opener"), [(YKCS11, OPENSC), (OPENSC, YKCS11)])
def test_what_one_module_closed_the_other_opens(
    ykcs11: Desk, any_workplace: Workplace, tmp_path: Path, kind: str, maker: str, opener: str
) -> None:
    ykcs11.insert(getattr(ykcs11.keys, kind))
    any_workplace.module = module_path(maker)
    any_workplace.refresh_tokens()
    path, _ = create(any_workplace, tmp_path)
    any_workplace.module = module_path(opener)
    any_workplace.refresh_tokens()
    with open_vault(any_workplace, path):
        pass


def test_the_test_of_a_card_goes_through_to_the_end(desk: Desk, workplace: Workplace) -> None:
    desk.insert(desk.keys.everything)
    report = tokens.test_token(workplace, only(workplace.hub).label)
    assert report.stopped is None, report.stopped
    assert {found.key.id for found in report.keys if found.unlocks} >= {IDS[KEY_MANAGEMENT], IDS[0x82], IDS[0x83]}
    assert {found.key.id for found in report.keys if found.signs} == {IDS[AUTHENTICATION], IDS[SIGNATURE]}


@pytest.mark.parametrize("kind", SCHEMES)
def test_9c_signs_files_with_its_pin_each_time_and_ssh_keygen_agrees(
    desk: Desk, workplace: Workplace, prompt: ScriptedPrompt, tmp_path: Path, kind: str
) -> None:
    card = desk.insert(getattr(desk.keys, kind))
    path, _ = create(workplace, tmp_path)
    files = [str(tmp_path / name) for name in ("one", "two", "three")]
    for file in files:
        Path(file).write_text(file)
    with open_vault(workplace, path) as session:
        session.proven()
        made = adopting.adopt(session, only(workplace.hub).label, IDS[SIGNATURE].hex(), "mine")
        assert made.protection is Protection.TOKEN
        prompt.asked.clear()
        desk.reader.log.clear()
        items = sign_files(session, files, key="mine")
        assert [item.status for item in items] == ["done"] * 3
        assert len(prompt.asked) == 1
        assert desk.reader.pins_sent == 1 + len(files)
        line = sshkey.public_line(sshkey.from_spki(key_services.public_key(session, "mine")))
    (tmp_path / "allowed").write_text(f"mari@example.ee {line}\n")
    for file in files:
        words = (
            "-Y",
            "verify",
            "-f",
            tmp_path / "allowed",
            "-I",
            "mari@example.ee",
            "-n",
            "file",
            "-s",
            f"{file}.sig",
        )
        with open(file, "rb") as source:
            subprocess.run(
                ["ssh-keygen", *map(str, words)], stdin=source, check=True, capture_output=True, timeout=60
            )
    assert card.pin.left == 3


def test_a_batch_ends_with_the_card(desk: Desk, workplace: Workplace, tmp_path: Path) -> None:
    card = desk.insert(desk.keys.elliptic)
    path, _ = create(workplace, tmp_path)
    files = [str(tmp_path / name) for name in ("one", "two", "three")]
    for file in files:
        Path(file).write_text(file)
    with open_vault(workplace, path) as session:
        session.proven()
        adopting.adopt(session, only(workplace.hub).label, IDS[SIGNATURE].hex(), "mine")
        desk.reader.disturbances.append(Disturbance(GENERAL_AUTHENTICATE, pull=True, spared=1))
        desk.reader.log.clear()
        items = sign_files(session, files, key="mine")
        assert [item.status for item in items] == ["done", "failed", "failed"]
        assert {type(item.error) for item in items[1:]} == {errors.TokenRemoved}
        assert desk.reader.pins_sent == 3  # the login, and each of the two that reached the card
        desk.reader.insert(card)
        again = sign_files(session, files[1:], key="mine")
        assert [item.status for item in again] == ["done", "done"]
