"""What a card can do, in the window: tested link by link, given the keys it lacks, or the commands that make them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from signet.gui.pages.cards import CardsPage
from signet.gui.pages.cards_health import HealthPanel
from signet.gui.setup.cards import CardPicker
from signet.gui.setup.make_key import MakeKeyForm
from signet.secret import Secret
from signet.services.opening import open_vault
from signet.services.prompt import SecretKind
from signet.services.token_making import Purpose
from signet.tokens.model import Token
from signet.tokens.software import softhsm_module
from support.locked import PIN, Counter
from support.window import nameless_controls

LONG = 30_000


@pytest.fixture
def at(locked: Counter) -> Counter:
    return locked


@pytest.fixture
def bare(at: Counter) -> Token:
    """A card with a PIN and nothing else on it."""
    so_pin = Secret(b"officer-1234")
    return at.desk.workplace.hub.initialise(softhsm_module(()), label="Bare", pin=Secret(PIN.encode()), so_pin=so_pin)


def type_and_enter(field: QWidget, text: str) -> None:
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def texts(widget: QWidget) -> str:
    return "\n".join(part.text() for part in widget.findChildren(QLabel) if part.isVisibleTo(widget))


def test_a_bare_card_is_tested_and_given_the_keys_it_lacks(at: Counter, bare: Token) -> None:
    with at.prompt.prepared({SecretKind.PIN: Secret(PIN.encode())}):
        at.desk.open(open_vault(at.desk.workplace, str(at.path)))
    page = CardsPage(at.desk, at.tasks, at.theme)
    at.qtbot.addWidget(page)
    page.resize(1000, 728)
    page.show()
    at.qtbot.waitUntil(lambda: len(page.present.shown) == 2, timeout=LONG)
    assert [bool(card.opens) for card in page.present.shown] == [True, False]
    assert nameless_controls(page) == []

    def open_it() -> HealthPanel:
        page.present.wanted.emit(page.present.shown[1])
        body = page.body
        assert isinstance(body, HealthPanel)
        return body

    body = open_it()
    for said in ("That is not the PIN", "not sent again"):
        type_and_enter(body.pin, "000000")
        at.qtbot.waitUntil(lambda: not body.running and bool(body.note.text()), timeout=LONG)
        assert said in body.note.text()
    type_and_enter(body.pin, PIN)
    at.qtbot.waitUntil(lambda: body.report is not None, timeout=LONG)
    shown = texts(body)
    assert "Keys that it shows without a PIN: no\n" in shown
    assert "What to do: It could not be recognised" in shown
    assert "PIN: yes" in shown
    assert "ECDH" in shown
    for purpose, does in ((Purpose.UNLOCK, "can open a vault"), (Purpose.SIGN, "signs")):
        body.make.click()
        form = body.form
        assert form is not None
        assert form.purpose.currentData() == purpose
        assert nameless_controls(body) == []
        type_and_enter(form.pin, PIN)
        at.qtbot.waitUntil(lambda: page.result.isVisible(), timeout=LONG)
        assert (page.result.title, does in page.result.sentence) == ("A key was made on “Bare”.", True)
        body = open_it()
        type_and_enter(body.pin, PIN)
        at.qtbot.waitUntil(lambda: body.report is not None, timeout=LONG)  # noqa: B023 - waited for within the loop
    assert body.report is not None
    assert body.report.stopped is None
    assert body.make.isHidden()
    assert "made on the card" in texts(body)


def test_where_a_card_is_chosen_a_bare_one_is_offered_a_key(at: Counter, bare: Token) -> None:
    picker = CardPicker(at.desk, at.tasks, at.theme)
    at.qtbot.addWidget(picker)
    picker.show()
    picker.start()
    at.qtbot.waitUntil(picker.make.isVisible, timeout=LONG)
    picker.make.start.click()
    form = picker.make.form
    assert form is not None
    assert nameless_controls(picker) == []
    type_and_enter(form.pin, PIN)
    place = (bare.module, bare.serial)
    at.qtbot.waitUntil(lambda: picker._cards[place].isEnabled(), timeout=LONG)
    assert picker.make.isHidden()
    picker._cards[place].click()
    QTest.keyClicks(picker.pin, PIN)
    with at.qtbot.waitSignal(picker.tried, timeout=LONG):
        picker.try_card()
    picker.stop()
    assert picker.secret is not None
    picker.secret.wipe()


def test_where_no_key_can_be_made_the_commands_are_shown(at: Counter, bare: Token) -> None:
    piv = replace(bare, module="/usr/lib/opensc-pkcs11.so", manufacturer="piv_II")
    form = MakeKeyForm(at.desk, at.tasks, piv)
    at.qtbot.addWidget(form)
    form.show()
    assert "yubico-piv-tool -a status" in form.commands.text()
    assert not form.pin.isVisible()
    assert not form.go.isVisible()
    with at.qtbot.waitSignal(form.looked, timeout=LONG):
        form.again.click()
    yubikey = MakeKeyForm(at.desk, at.tasks, replace(bare, module="/usr/lib/libykcs11.so.2", firmware=(5, 43)))
    at.qtbot.addWidget(yubikey)
    yubikey.show()
    QTest.keyClicks(yubikey.pin, PIN)
    assert not yubikey.go.isEnabled()
    yubikey.factory.click()
    assert yubikey.go.isEnabled()
    yubikey.fresh.click()
    assert yubikey.commands.text().splitlines()[-1] == "yubico-piv-tool -k -a set-mgm-key"
