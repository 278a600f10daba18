"""Changing and unblocking PINs in the window, on real software tokens; and the strip while a card waits."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from signet.gui.pages.cards import CardsPage
from signet.gui.pages.cards_pin import PinPanel
from signet.gui.pin_desk import PinDesk, RefusedPuks
from signet.gui.pin_form import PinTask
from signet.gui.prompt import WindowPrompt
from signet.gui.unlock import UnlockScreen
from signet.gui.unlock_words import LAST_TRY
from signet.gui.widgets.wait_banner import WaitBanner
from signet.secret import Secret
from signet.services.creation import create_vault
from signet.services.enrolment import NewMethod, NewRecoveryCode, NewToken
from signet.services.opening import open_vault
from signet.services.prompt import SecretKind, SecretRequest
from signet.services.token_pins import PinOutlook
from signet.services.workplace import Workplace
from signet.tokens.model import PinState, Token
from signet.tokens.pin_setting import TokenPins
from signet.tokens.waiting import Wait, WaitFor
from support.card import piv
from support.card.fixtures import Keys
from support.card.vpcd import Reader
from support.card.yubikey import YubiKeyApplication
from support.cards import PIN as CARD_PIN
from support.cards import SO_PIN, make_card
from support.clock import SettableClock
from support.locked import PIN, Counter, counter, places_in
from support.prompt import ScriptedPrompt
from support.window import nameless_controls

SHORT, LONG = 5_000, 30_000
NEW = "654321"


@pytest.fixture
def at(locked: Counter) -> Counter:
    return locked


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What went to a card: PINs that were changed, PUKs, in their order."""
    went: list[str] = []
    change, unblock = TokenPins.change, TokenPins.unblock

    def changing(self: TokenPins, old: Secret, new: Secret) -> None:
        went.append(old.text())
        change(self, old, new)

    def unblocking(self: TokenPins, puk: Secret, new: Secret) -> None:
        went.append(puk.text())
        unblock(self, puk, new)

    monkeypatch.setattr(TokenPins, "change", changing)
    monkeypatch.setattr(TokenPins, "unblock", unblocking)
    return went


def fill(pins: PinDesk, old: str, new: str, again: str | None = None) -> None:
    """Type into the three fields and press Enter."""
    for field, text in ((pins.form.old, old), (pins.form.new, new), (pins.form.again, again or new)):
        QTest.keyClicks(field, text)
    QTest.keyClick(pins.form.again, Qt.Key.Key_Return)


def texts(pins: PinDesk) -> list[str]:
    return [field.text() for field in (pins.form.old, pins.form.new, pins.form.again)]


def wait_note(at: Counter, pins: PinDesk, words: str) -> None:
    at.qtbot.waitUntil(lambda: words in pins.form.note.text() and not pins.running, timeout=LONG)


def test_a_pin_is_changed_on_the_page_of_the_cards(at: Counter, sent: list[str]) -> None:
    with at.prompt.prepared({SecretKind.PIN: Secret.from_text(PIN)}):
        at.desk.open(open_vault(at.desk.workplace, str(at.path)))
    page = CardsPage(at.desk, at.tasks, at.theme)
    at.qtbot.addWidget(page)
    page.resize(1000, 728)
    page.show()
    at.qtbot.waitUntil(lambda: bool(page.rows.shown), timeout=LONG)
    page.rows.wanted.emit("pin", page.rows.shown[0].id)
    assert isinstance(page.body, PinPanel)
    pins = page.body.pins
    at.qtbot.waitUntil(lambda: pins.form.isVisible(), timeout=LONG)
    assert nameless_controls(page) == []
    assert page.focusWidget() is pins.form.old
    fill(pins, PIN, NEW, "654322")
    assert "not the same" in pins.form.note.text()
    assert pins.form.again.text() == ""
    pins.form.reset()
    fill(pins, PIN, "123")
    wait_note(at, pins, "takes a PIN of 4 to 255 characters")
    fill(pins, "999999", NEW)
    wait_note(at, pins, "That is not the PIN")
    assert texts(pins) == ["", "", ""]
    fill(pins, "999999", NEW)
    wait_note(at, pins, "was not sent again")
    assert (sent, texts(pins)) == (["999999"], ["", "", ""])
    fill(pins, PIN, NEW)
    at.qtbot.waitUntil(lambda: "is changed" in page.result.title, timeout=LONG)
    assert sent == ["999999", PIN]
    assert page.body is None
    at.qtbot.waitUntil(lambda: not at.tasks.busy, timeout=LONG)
    at.desk.lock("")
    with at.prompt.prepared({SecretKind.PIN: Secret.from_text(NEW)}):
        open_vault(at.desk.workplace, str(at.path)).close()
    assert not at.desk.held


def test_a_card_is_unblocked_and_a_wrong_puk_is_sent_once(
    at: Counter, sent: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = make_card(tmp_path, at.desk.workplace, monkeypatch)
    refused = RefusedPuks()
    pins = PinDesk(at.desk, at.tasks, refused)
    at.qtbot.addWidget(pins)
    pins.show()
    told: list[str] = []
    pins.done.connect(lambda title, _: told.append(title))
    blocked = replace(card.token, pin_state=PinState.LOCKED)  # SoftHSM never blocks itself
    pins.show_token(blocked)
    at.qtbot.waitUntil(pins.form.isVisible, timeout=LONG)
    assert (pins.form.task, pins.other.isVisible()) == (PinTask.UNBLOCK, False)
    assert pins.form.old.accessibleName() == "SO PIN of “card”"
    assert "nobody can unblock" in pins.sentence.text()
    for wrong in ("00000000", "11111111"):
        fill(pins, wrong, NEW)
        wait_note(at, pins, "That is not the SO PIN of “card”")
    fill(pins, "00000000", NEW)
    wait_note(at, pins, "was not sent again")
    assert "may be the last" in pins.sentence.text()
    fill(pins, SO_PIN, NEW)
    at.qtbot.waitUntil(lambda: told == ["“card” is unblocked."], timeout=LONG)
    assert sent == ["00000000", "11111111", SO_PIN]
    with at.desk.workplace.hub.login(card.token, Secret.from_text(NEW)) as session:
        assert session.keys() == ()
    assert CARD_PIN != NEW


def can_type(screen: UnlockScreen, state: PinState) -> bool:
    """Whether the card is seen as it is now, and not being asked."""
    way = screen.form.way
    seen = way is not None and way.token is not None and way.token.pin_state is state
    return seen and screen.form.entry.secret.isEnabled() and not screen._opening


def test_three_wrong_pins_and_back_by_the_puk_on_the_lock_screen(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock, reader: Reader, keys: Keys
) -> None:
    """A YubiKey as it is found: ykcs11 comes first and cannot unblock it, OpenSC sees it too and can."""
    card = YubiKeyApplication(name="Card 1", guid=bytes([1]) * 16, keys=keys.elliptic)
    reader.insert(card)
    places = places_in(tmp_path)
    answers = ScriptedPrompt({SecretKind.NEW_PIN: piv.PIN})
    with Workplace(places=places, clock=clock, prompt=answers, front_end="test") as workplace:
        (token,) = workplace.hub.tokens()
        ways: list[NewMethod] = [NewToken(token.label), NewRecoveryCode(str(tmp_path / "code"))]
        create_vault(workplace, str(Path(places.data) / "personal.signet"), ways)
    with counter(qapp, qtbot, places, clock) as at:
        screen = UnlockScreen(at.desk, at.tasks, at.theme)
        qtbot.addWidget(screen)
        screen.resize(900, 600)
        screen.show()
        field, note = screen.form.entry.secret, screen.form.entry.note
        reader.log.clear()
        for wrong, state, told in (
            ("000000", PinState.OK, "not the PIN"),
            ("111111", PinState.LOW, LAST_TRY),
            ("222222", PinState.FINAL, "Unblock the card with its PUK"),
        ):
            qtbot.waitUntil(lambda state=state: can_type(screen, state), timeout=LONG)  # type: ignore[misc]
            QTest.keyClicks(field, wrong)
            QTest.keyClick(field, Qt.Key.Key_Return)
            qtbot.waitUntil(lambda told=told: told in note.text(), timeout=LONG)  # type: ignore[misc]
        assert (reader.pins_sent, card.pin.left) == (3, 0)
        screen.form.unblock.click()
        pins = screen.unblock.pins
        qtbot.waitUntil(pins.form.isVisible, timeout=LONG)
        assert pins.form.old.hasFocus()
        fill(pins, "00000000", NEW)
        wait_note(at, pins, "That is not the PUK")
        fill(pins, piv.PUK, NEW)
        qtbot.waitUntil(lambda: "Unlock with the new PIN" in note.text(), timeout=LONG)
        assert (card.pin.value, card.puk.left, reader.pins_sent) == (NEW, 3, 3)
        qtbot.waitUntil(lambda: can_type(screen, PinState.OK), timeout=LONG)
        QTest.keyClicks(field, NEW)
        QTest.keyClick(field, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: at.desk.session is not None, timeout=LONG)


def test_a_software_token_has_nothing_to_unblock_it_with(at: Counter) -> None:
    screen = UnlockScreen(at.desk, at.tasks, at.theme)
    at.qtbot.addWidget(screen)
    screen.resize(900, 600)
    screen.show()
    at.qtbot.waitUntil(lambda: bool(screen._look.ways), timeout=LONG)
    screen._timer.stop()
    at.qtbot.waitUntil(lambda: not screen._looking, timeout=LONG)
    assert not screen.form.unblock.isVisible()
    seen = screen._look

    def show(**changes: object) -> Token:
        ways = tuple(
            replace(way, token=replace(way.token, **changes)) if way.token else way  # type: ignore[arg-type]
            for way in seen.ways
        )
        screen._apply(replace(seen, ways=ways))
        (token,) = (way.token for way in ways if way.token)
        return token

    show(pin_pad=True)
    assert not screen.form.entry.secret.isEnabled()
    assert screen.form.unlock.isEnabled()
    assert screen.focusWidget() is screen.form.unlock
    token = show(pin_state=PinState.LOCKED)
    assert not screen.form.unlock.isVisible()
    screen.form.unblock.click()
    pins = screen.unblock.pins
    at.qtbot.waitUntil(lambda: "nobody has a PUK or SO PIN" in pins.trouble.text(), timeout=LONG)
    assert not pins.form.isVisible()
    assert nameless_controls(screen) == []
    pins._outlook = PinOutlook("PUK", "6 to 8 characters", None, last=True)
    pins.show_token(replace(token, pin_pad=True))
    assert not pins.form.old.isVisible()
    assert pins.go.isEnabled()
    assert "typed on its own keys. The next wrong one may be the last" in pins.sentence.text()
    screen.unblock.unblocked.emit(screen.unblock.way_id)
    assert screen.form.entry.note.text() == "The card is unblocked. Unlock with the new PIN."


def test_a_card_that_waits_is_shown_and_can_be_given_up(at: Counter) -> None:
    banner = WaitBanner(at.theme)
    at.qtbot.addWidget(banner)
    banner.given_up.connect(at.prompt.waits.give_up)
    at.prompt.waits.changed.connect(lambda: banner.show_wait(at.prompt.waits.current))
    told = threading.Event()
    go_on = threading.Event()
    answers: list[bool] = []

    def work() -> None:
        for left in (14.0, 13.9, 12.5):
            answers.append(at.prompt.waiting(Wait("Nitrokey", WaitFor.TOUCH, left)))
        told.set()
        go_on.wait()
        answers.append(at.prompt.waiting(Wait("Nitrokey", WaitFor.TOUCH, 12.4)))
        at.prompt.waiting(None)
        answers.append(at.prompt.waiting(Wait("Nitrokey", WaitFor.TOUCH, 19.0)))
        at.prompt.waiting(None)

    thread = threading.Thread(target=work)
    thread.start()
    at.qtbot.waitUntil(lambda: told.is_set() and "13 s left" in banner.sentence, timeout=SHORT)
    assert banner.title == "Touch “Nitrokey” if it blinks"
    assert nameless_controls(banner) == []
    banner.cancel.click()
    go_on.set()
    thread.join()
    at.qtbot.waitUntil(banner.isHidden, timeout=SHORT)
    assert answers == [False, False, False, True, False]


def test_what_the_reader_asks_nobody_is_asked_here(at: Counter) -> None:
    noted: list[str] = []
    at.prompt.noted.connect(noted.append)
    request = SecretRequest(SecretKind.PIN, "PIN of “Pad”", "This is the last try.", on_reader=True)
    assert len(at.prompt.secret(request)) == 0
    assert (noted, at.questions) == (["This is the last try."], [])
    closing = WindowPrompt()
    closing.close()
    assert closing.waiting(Wait("Pad", WaitFor.PIN_PAD, 90.0))
