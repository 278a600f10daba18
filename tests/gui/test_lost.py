"""The assistants of Cards & recovery on a real vault: a lost card, a new card, and what they leave to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from signet.formats.header import MethodKind
from signet.gui.pages.cards import CardsPage
from signet.gui.pages.cards_left import CopiesLeftPanel, KeysLeftPanel
from signet.gui.pages.cards_lost import LostPanel
from signet.gui.pages.cards_renewal import RenewalPanel
from signet.gui.prompt import Asked, Question
from signet.keys.spec import KeySpec, KeyUsage, Protection
from signet.secret import Secret
from signet.services.attention import Concern
from signet.services.audit import verify_log
from signet.services.files_encrypt import encrypt_files
from signet.services.guards import remove_guard
from signet.services.keys import create_key, disable_key, list_keys
from signet.services.opening import open_vault
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from signet.tokens.model import Token
from support.clock import SettableClock
from support.locked import PASSPHRASE, PIN, Counter, counter, make_locked_vault, places_in
from support.quick_card import make_quick_card
from support.window import nameless_controls

LONG = 8_000
CARD = "Signet (for trying out)"


class Person:
    """Answers what the window asks beyond the panels; older copies stay."""

    def __init__(self, at: Counter) -> None:
        self.asked: list[str] = []
        at.prompt.asked.disconnect(at.agree)
        at.prompt.asked.connect(self.answer)

    def answer(self, question: Question) -> None:
        if question.asked is Asked.SECRET and question.request is not None:
            self.asked.append(question.request.what)
            is_pin = question.request.kind in (SecretKind.PIN, SecretKind.TOKEN_PIN)
            question.answer(Secret.from_text(PIN if is_pin else PASSPHRASE))
        elif "older cop" in question.sentence:
            question.cancel()
        else:
            self.asked.append(question.sentence)
            question.answer(True)


@pytest.fixture
def at(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Counter]:
    places = places_in(tmp_path)
    make_locked_vault(places, clock, tmp_path / "code", passphrase=True)
    with counter(qapp, qtbot, places, clock) as made:
        with made.prompt.prepared({SecretKind.PIN: Secret.from_text(PIN)}):
            made.desk.open(open_vault(made.desk.workplace, str(made.path), selection=Selection()))
        yield made


def new_card(at: Counter) -> Token:
    """A card that is no way in yet."""
    workplace = at.desk.workplace
    return make_quick_card(workplace, "New card", pin=PIN)


def page_of(at: Counter) -> CardsPage:
    page = CardsPage(at.desk, at.tasks, at.theme)
    at.qtbot.addWidget(page)
    page.resize(1000, 728)
    page.show()
    at.qtbot.waitUntil(lambda: page.look is not None, timeout=LONG)
    return page


def concerns(page: CardsPage) -> set[Concern]:
    return set() if page.look is None else {attention.concern for attention in page.look.attention}


def press(page: CardsPage, name: str) -> None:
    """Press the button of a concern."""
    found = [each for each in page.concerns.findChildren(QPushButton) if each.accessibleName() == name]
    assert found
    found[-1].click()


def prove_by_code(panel: LostPanel | KeysLeftPanel, code: str) -> None:
    ways = panel.proof.ways
    ways.setCurrentIndex(next(i for i in range(ways.count()) if ways.itemText(i) == "Recovery code"))
    QTest.keyClicks(panel.proof.entry.code, code.replace("-", ""))
    QTest.keyClick(panel.proof.entry.code, Qt.Key.Key_Return)


def test_a_lost_card_whose_pin_may_be_known_and_what_is_left_to_do(at: Counter, tmp_path: Path) -> None:
    person, code = Person(at), (tmp_path / "code").read_text().strip()
    session = at.desk.session
    assert session is not None
    identity = session.header.identity
    create_key(session, "my-files", spec=KeySpec.SYMMETRIC_DEFAULT)
    (tmp_path / "letter.txt").write_text("what is to be kept")
    encrypt_files(session, [str(tmp_path / "letter.txt")], key="my-files")
    page = page_of(at)
    page.events.buttons["lost"].click()
    panel = page.body
    assert isinstance(panel, LostPanel)
    assert at.desk.held  # the person may put in another card now
    assert {way.kind for way in panel.proof._look.ways} == {MethodKind.RECOVERY_CODE, MethodKind.PASSPHRASE}
    assert not panel.ready
    # What else has the card's serial number goes too, and is named before anybody agrees.
    assert panel._look is not None
    card = next(view for view in panel._look.views if view.card is not None)
    twin = replace(card, id="another", label="Its other key")
    way = replace(panel._look.ways[0], id=twin.id, label=twin.label)
    look = panel._look
    panel.show_look(replace(look, views=(*look.views, twin), ways=(*look.ways, way)))
    panel._turn()
    assert "taken out with it: “Its other key”." in panel.goes.text()
    panel.show_look(look)
    panel._turn()
    assert panel.goes.text() == ""
    panel.known.click()
    assert nameless_controls(page) == []
    ways = panel.proof.ways
    ways.setCurrentIndex(next(i for i in range(ways.count()) if ways.itemText(i) == "Recovery code"))
    (box,) = panel.keep.values()
    assert box.text() == "Keep “Passphrase”"
    box.click()
    prove_by_code(panel, code)
    at.qtbot.waitUntil(panel.code.isVisible, timeout=LONG)
    shown = "".join(group.text() for group in panel.code._groups)
    panel.code.save_to(str(at.path / "sheet.pdf"))
    assert "must not be kept" in panel.code.note.text()
    panel.code.save_to(str(tmp_path / "sheet.pdf"))
    panel.code.have_it.click()
    QTest.keyClicks(panel.code.field, shown)
    QTest.keyClick(panel.code.field, Qt.Key.Key_Return)
    at.qtbot.waitUntil(lambda: page.result.isVisible(), timeout=LONG)
    assert page.result.title == f"“{CARD}” does not open this vault any more."
    assert "cannot be revoked" in page.result.sentence
    assert any(f"“{CARD}”" in each for each in person.asked)
    assert "passphrase of the vault" in person.asked
    left = page.body
    assert isinstance(left, KeysLeftPanel)
    session = at.desk.session
    assert session is not None
    assert session.header.identity != identity
    at.qtbot.waitUntil(
        lambda: concerns(page) >= {Concern.EXPOSED_KEYS, Concern.OLD_COPIES, Concern.SAVED_CODE}, timeout=LONG
    )
    at.qtbot.waitUntil(lambda: "“my-files”" in left.what.text(), timeout=LONG)
    prove_by_code(left, code)
    at.qtbot.waitUntil(lambda: page.result.title == "The keys and files are renewed.", timeout=LONG)
    session = at.desk.session
    assert session is not None
    assert [key.version for key in list_keys(session)] == [2]
    at.qtbot.waitUntil(lambda: Concern.EXPOSED_KEYS not in concerns(page), timeout=LONG)
    press(page, "Delete older copies")
    copies = page.body
    assert isinstance(copies, CopiesLeftPanel)
    at.qtbot.waitUntil(copies.go.isEnabled, timeout=LONG)
    copies.go.click()
    at.qtbot.waitUntil(lambda: "deleted." in page.result.title, timeout=LONG)
    at.qtbot.waitUntil(lambda: Concern.OLD_COPIES not in concerns(page), timeout=LONG)
    assert verify_log(session) == ()
    assert not at.desk.held


def test_a_lost_card_alone_and_leaving_at_the_code(at: Counter, tmp_path: Path) -> None:
    person = Person(at)
    code = (tmp_path / "code").read_text().strip()
    assert at.desk.session is not None
    create_key(at.desk.session, "secret", spec=KeySpec.SYMMETRIC_DEFAULT, protection=Protection.GUARDED)
    with at.prompt.prepared(confirmed=True):
        remove_guard(at.desk.session, "secret", at.desk.session.header.methods[1].id)
    page = page_of(at)
    page.events.buttons["lost"].click()
    panel = page.body
    assert isinstance(panel, LostPanel)
    # A key that dies with the card is given up by typing its name; nothing happens before.
    assert list(panel.given_up.fields) == ["secret"]
    assert nameless_controls(page) == []
    panel.known.click()
    panel.given_up.fields["secret"].setText("Secret")
    assert not panel.ready
    panel.given_up.fields["secret"].setText("secret")
    prove_by_code(panel, code)
    at.qtbot.waitUntil(panel.code.isVisible, timeout=LONG)
    QTest.keyClick(page.panel, Qt.Key.Key_Escape)
    at.qtbot.waitUntil(lambda: not page._bench.administration.running, timeout=LONG)
    session = at.desk.session
    assert session is not None
    assert len(session.header.methods) == 3
    assert not at.desk.held
    page.events.buttons["lost"].click()
    panel = page.body
    assert isinstance(panel, LostPanel)
    panel.secret.click()
    panel.given_up.show_keys(())  # as if nobody had known of it: the service asks for it
    prove_by_code(panel, code)
    at.qtbot.waitUntil(lambda: list(panel.given_up.fields) == ["secret"], timeout=LONG)
    panel.given_up.fields["secret"].setText("secret")
    prove_by_code(panel, code)
    at.qtbot.waitUntil(lambda: page.result.isVisible(), timeout=LONG)
    assert "“secret” is gone" in page.result.sentence
    assert page.body is None
    session = at.desk.session
    assert session is not None
    assert len(person.asked) == 1  # leaving at the code was the last thing that was asked
    kinds = [method.kind for method in session.header.methods]
    assert kinds == [MethodKind.RECOVERY_CODE, MethodKind.PASSPHRASE]


def card_letter(at: Counter, folder: Path) -> Path:
    """A file that only the card's own key opens, for the other key that does is switched off."""
    session = at.desk.session
    assert session is not None
    create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
    with at.prompt.prepared({SecretKind.PIN: Secret.from_text(PIN)}, confirmed=True):
        create_key(
            session,
            "card-files",
            spec=KeySpec.ECC_NIST_P256,
            usage=KeyUsage.ENCRYPT_DECRYPT,
            protection=Protection.TOKEN,
            token=CARD,
        )
    (folder / "letter.txt").write_text("dear")
    (item,) = encrypt_files(session, [str(folder / "letter.txt")], key="card-files", second="papers")
    disable_key(session, "papers")
    return Path(str(item.output))


def test_a_new_card_goes_on_where_it_was_left(at: Counter, tmp_path: Path) -> None:
    person = Person(at)
    spare = new_card(at)
    assert at.desk.session is not None
    letter = card_letter(at, tmp_path)
    page = page_of(at)
    page.events.buttons["new"].click()
    panel = page.body
    assert isinstance(panel, RenewalPanel)
    at.qtbot.waitUntil(lambda: panel.picker.chosen is not None, timeout=LONG)
    assert nameless_controls(page) == []
    QTest.keyClicks(panel.picker.pin, PIN)
    QTest.keyClicks(panel.proof.entry.secret, PIN)
    panel.go.click()
    at.qtbot.waitUntil(lambda: panel.second is not None, timeout=LONG)
    page.panel.close_panel()
    at.qtbot.waitUntil(lambda: Concern.RENEWAL in concerns(page), timeout=LONG)
    press(page, "Go on with the new card")
    again = page.body
    assert isinstance(again, RenewalPanel)
    assert again.go.text() == "Prove it and take the old one out"
    assert [way.label for way in again.proof._look.ways] == [spare.label]
    # What only the old card opens is moved while it is there; without a key to go to that is said.
    moving, before = again.moving, letter.read_bytes()
    at.qtbot.waitUntil(moving.isVisible, timeout=LONG)
    assert "Make a key" in moving.what.text()
    assert not moving.go.isVisible()
    create_key(at.desk.session, "archive", spec=KeySpec.SYMMETRIC_DEFAULT)
    at.desk.note_change()
    at.qtbot.waitUntil(moving.go.isVisible, timeout=LONG)
    assert "letter.txt.esdk" in moving.what.text()
    moving.go.click()
    at.qtbot.waitUntil(lambda: "re-encrypted for “archive”" in moving.result.text(), timeout=LONG)
    assert letter.read_bytes() != before
    at.qtbot.waitUntil(lambda: not moving.go.isVisible(), timeout=LONG)
    assert {what.split()[0] for what in person.asked} <= {"PIN"}
    person.asked.clear()
    assert nameless_controls(page) == []
    QTest.keyClicks(again.proof.entry.secret, PIN)
    QTest.keyClick(again.proof.entry.secret, Qt.Key.Key_Return)
    at.qtbot.waitUntil(lambda: page.result.isVisible(), timeout=LONG)
    assert page.result.title == f"The new card is proven, and “{CARD}” is taken out."
    session = at.desk.session
    assert session is not None
    assert session.method.label == spare.label
    assert person.asked == []
    assert CARD not in [method.label for method in session.header.methods]
    at.qtbot.waitUntil(lambda: Concern.RENEWAL not in concerns(page), timeout=LONG)


def test_a_new_card_can_be_left_beside_the_old_one(at: Counter) -> None:
    new_card(at)
    page = page_of(at)
    page.open_renewal()
    panel = page.body
    assert isinstance(panel, RenewalPanel)
    at.qtbot.waitUntil(lambda: panel.picker.chosen is not None, timeout=LONG)
    QTest.keyClicks(panel.picker.pin, PIN)
    QTest.keyClicks(panel.proof.entry.secret, PIN)
    panel.go.click()
    at.qtbot.waitUntil(lambda: panel.second is not None, timeout=LONG)
    panel.give_up.click()
    at.qtbot.waitUntil(lambda: page.result.isVisible(), timeout=LONG)
    assert page.result.title == "Both cards open this vault."
    at.qtbot.waitUntil(lambda: Concern.RENEWAL not in concerns(page), timeout=LONG)
    assert len(page.rows.shown) == 4
