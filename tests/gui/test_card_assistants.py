"""The assistants for a new card and for a lost one, on an emulated PIV card through OpenSC, with one reader."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from signet.formats.header import MethodKind
from signet.gui.pages.cards import CardsPage
from signet.gui.pages.cards_lost import LostPanel
from signet.gui.pages.cards_renewal import RenewalPanel
from signet.gui.unlock_proof import ProofForm
from signet.secret import Secret
from signet.services.creation import create_vault
from signet.services.enrolment import NewRecoveryCode, NewToken
from signet.services.opening import open_vault
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from signet.services.verification import verify_vault
from signet.services.workplace import Workplace
from support.card.fixtures import Keys
from support.card.modules import OPENSC, module_path
from support.card.piv import PIN, PivApplication
from support.card.vpcd import Reader
from support.clock import SettableClock
from support.locked import Counter, counter, places_in
from support.prompt import ScriptedPrompt

LONG = 20_000


def make_vault(at: Path, clock: SettableClock, module: str) -> None:
    """A vault that the card in the reader and a recovery code open."""
    prompt = ScriptedPrompt({SecretKind.NEW_PIN: PIN})
    places = places_in(at)
    with Workplace(places=places, clock=clock, prompt=prompt, front_end="test", module=module) as workplace:
        (token,) = workplace.hub.tokens()
        ways = (NewToken(token.label), NewRecoveryCode(str(at / "code")))
        create_vault(workplace, str(Path(places.data) / "personal.signet"), ways)


def prove_by_code(at: Counter, proof: ProofForm, code: str) -> None:
    at.qtbot.waitUntil(lambda: proof.ways.count() > 0, timeout=LONG)
    proof.ways.setCurrentIndex(proof.ways.findText("Recovery code"))
    QTest.keyClicks(proof.entry.code, code.replace("-", ""))


def test_a_card_is_exchanged_for_a_new_one_which_is_then_lost(
    qapp: QApplication,
    qtbot: QtBot,
    tmp_path: Path,
    clock: SettableClock,
    reader: Reader,
    keys: Keys,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = module_path(OPENSC)
    old = PivApplication(name="Old card", guid=bytes([1]) * 16, keys=keys.with_rsa)
    new = PivApplication(name="New card", guid=bytes([2]) * 16, keys=keys.elliptic)
    reader.insert(old)
    make_vault(tmp_path, clock, module)
    code = (tmp_path / "code").read_text().strip()
    with counter(qapp, qtbot, places_in(tmp_path), clock) as at:
        at.desk.workplace.module = module
        with at.prompt.prepared({SecretKind.PIN: Secret.from_text(PIN)}):
            at.desk.open(open_vault(at.desk.workplace, str(at.path), selection=Selection()))
        page = CardsPage(at.desk, at.tasks, at.theme)
        qtbot.addWidget(page)
        page.resize(1000, 728)
        page.show()
        qtbot.waitUntil(lambda: page.look is not None, timeout=LONG)

        # One reader: the old card makes room for the new one when the page asks for it.
        page.open_renewal()
        renewal = page.body
        assert isinstance(renewal, RenewalPanel)
        reader.remove()
        reader.insert(new)
        at.desk.note_change()
        qtbot.waitUntil(lambda: renewal.picker.chosen is not None, timeout=LONG)
        QTest.keyClicks(renewal.picker.pin, PIN)
        prove_by_code(at, renewal.proof, code)
        qtbot.waitUntil(renewal.go.isEnabled, timeout=LONG)
        renewal.go.click()
        qtbot.waitUntil(lambda: renewal.second is not None, timeout=LONG)
        qtbot.waitUntil(lambda: [way.token is not None for way in renewal.proof._look.ways] == [True], timeout=LONG)
        QTest.keyClicks(renewal.proof.entry.secret, PIN)
        QTest.keyClick(renewal.proof.entry.secret, Qt.Key.Key_Return)
        qtbot.waitUntil(page.result.isVisible, timeout=LONG)
        assert page.result.title.startswith("The new card is proven")
        session = at.desk.session
        assert session is not None
        assert [method.kind for method in session.header.methods] == [MethodKind.RECOVERY_CODE, MethodKind.TOKEN]
        assert new.pin.left == old.pin.left == 3

        # The new one is lost, and the reader empty.
        shown = {method.id for method in session.header.methods}
        qtbot.waitUntil(lambda: page.look is not None and {way.id for way in page.look.ways} == shown, timeout=LONG)
        reader.remove()
        at.desk.note_change()
        page.open_lost()
        lost = page.body
        assert isinstance(lost, LostPanel)
        lost.secret.click()
        prove_by_code(at, lost.proof, code)
        qtbot.waitUntil(lost.go.isEnabled, timeout=LONG)
        lost.go.click()
        qtbot.waitUntil(lambda: "not open this vault" in page.result.title, timeout=LONG)
        session = at.desk.session
        assert session is not None
        assert [method.kind for method in session.header.methods] == [MethodKind.RECOVERY_CODE]
        assert verify_vault(session).problems == ()
