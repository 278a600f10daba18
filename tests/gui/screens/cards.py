"""Cards & recovery: the ways in, and every panel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from gui.screens.stage import Stage, spare_card
from signet.formats.header import MethodKind
from signet.gui.pages.cards import CardsPage
from signet.gui.pages.cards_add import AddPanel, Kind
from signet.gui.pages.cards_drill import DrillPanel
from signet.gui.pages.cards_health import HealthPanel
from signet.gui.pages.cards_left import CopiesLeftPanel, KeysLeftPanel
from signet.gui.pages.cards_lost import LostPanel
from signet.gui.pages.cards_pin import PinPanel
from signet.gui.pages.cards_renewal import RenewalPanel
from signet.gui.pages.cards_test import TestPanel
from signet.keys.spec import KeySpec, KeyUsage, Protection
from signet.secret import Secret
from signet.services.files_encrypt import encrypt_files
from signet.services.guards import remove_guard
from signet.services.keys import create_key, disable_key
from signet.services.lost import lose_card
from signet.services.methods import remove_method
from signet.services.opening import open_vault
from signet.services.presenting import Selection
from signet.services.prompt import SecretKind
from signet.services.saved_codes import note_saved_code
from support.locked import PASSPHRASE, PIN
from support.prompt import ScriptedPrompt


def page(stage: Stage) -> CardsPage:
    """The page, once it has read the ways in."""
    shown = stage.page("cards")
    assert isinstance(shown, CardsPage)
    stage.until(lambda: shown._look is not None)
    return shown


def _way(shown: CardsPage, kind: MethodKind) -> str:
    return next(row.id for row in shown.rows.shown if row.kind is kind)


def _one_way_in(stage: Stage) -> None:
    prompt, window_prompt = ScriptedPrompt({SecretKind.PIN: PIN}), stage.desk.workplace.prompt
    stage.desk.workplace.prompt = prompt
    with open_vault(stage.desk.workplace, stage.desk.vault_path, administer=True) as session:
        for method in session.header.methods:
            if method.kind is not MethodKind.TOKEN:
                remove_method(session, method.id)
    stage.desk.workplace.prompt = window_prompt
    page(stage)


def _pin(*, puk: bool = False, wrong: bool = False) -> Callable[[Stage], None]:
    def state(stage: Stage) -> None:
        shown = page(stage)
        shown.open_pin(_way(shown, MethodKind.TOKEN))
        panel = shown.body
        assert isinstance(panel, PinPanel)
        stage.until(lambda: panel.pins._outlook is not None)
        if puk:
            panel.pins.other.click()
        if wrong:
            for field, text in ((panel.pins.form.old, "999999"), (panel.pins.form.new, "654321")):
                QTest.keyClicks(field, text)
            QTest.keyClicks(panel.pins.form.again, "654321")
            panel.pins.go.click()
            stage.until(lambda: "not the PIN" in panel.pins.form.note.text())

    return state


def _attention(stage: Stage) -> None:
    file = stage.folder / "code.txt"
    file.write_text(stage.code)
    (stage.folder / "stick" / "personal.tar").unlink()
    shown = page(stage)
    note_saved_code(stage.session, str(file))
    shown.refresh()
    stage.until(lambda: shown.concerns.count > 0)


def _add(kind: Kind, *, card: bool = False) -> Callable[[Stage], AddPanel]:
    def state(stage: Stage) -> AddPanel:
        if card:
            spare_card(stage, "Spare card")
        shown = page(stage)
        shown.open_add(kind)
        stage.settle(600)
        body = shown.body
        assert isinstance(body, AddPanel)
        if card:
            stage.until(lambda: body.picker.chosen is not None)
        return body

    return state


def _add_code_shown(stage: Stage) -> AddPanel:
    body = _add(Kind.CODE)(stage)
    QTest.keyClicks(body.proof.entry.secret, PIN)
    body.go.click()
    stage.until(body.code.isVisible)
    return body


def _added(stage: Stage) -> None:
    body = _add(Kind.PASSPHRASE)(stage)
    for field in (body.passphrase.secret, body.passphrase.again):
        QTest.keyClicks(field, PASSPHRASE + " staple")
    QTest.keyClicks(body.proof.entry.secret, PIN)
    body.go.click()
    shown = stage.window.pages.currentWidget()
    assert isinstance(shown, CardsPage)
    stage.until(shown.result.isVisible)


def _test(*, wrong: bool = False) -> Callable[[Stage], None]:
    def state(stage: Stage) -> None:
        shown = page(stage)
        shown.open_test(_way(shown, MethodKind.TOKEN))
        body = shown.body
        assert isinstance(body, TestPanel)
        if wrong:
            QTest.keyClicks(body.proof.entry.secret, "999999")
            body.go.click()
            stage.until(lambda: "not the PIN" in body.proof.entry.note.text())

    return state


def _remove(stage: Stage) -> None:
    shown = page(stage)
    shown.open_remove(_way(shown, MethodKind.RECOVERY_CODE))


def _drill(stage: Stage) -> DrillPanel:
    shown = page(stage)
    shown.open_drill()
    body = shown.body
    assert isinstance(body, DrillPanel)
    return body


def _drill_to(stage: Stage, kind: MethodKind) -> DrillPanel:
    body = _drill(stage)
    while body.way is not None and body.way.kind is not kind:
        body.skip.click()
    return body


def _drill_failed(stage: Stage) -> None:
    body = _drill_to(stage, MethodKind.PASSPHRASE)
    QTest.keyClicks(body.proof.entry.secret, "a slip of the finger")
    body.go.click()
    stage.until(lambda: not body.running and body._turns[body._at].state == "failed")


def _drill_end(stage: Stage) -> None:
    body = _drill_to(stage, MethodKind.RECOVERY_CODE)
    QTest.keyClicks(body.proof.entry.code, stage.code.replace("-", ""))
    body.go.click()
    stage.until(lambda: not body.running)
    while body.way is not None:
        body.skip.click()
    stage.settle(1000)


def _health(*, tested: bool) -> Callable[[Stage], HealthPanel]:
    def state(stage: Stage) -> HealthPanel:
        shown = page(stage)
        stage.until(lambda: bool(shown.present.shown))
        shown.open_health(shown.present.shown[0])
        body = shown.body
        assert isinstance(body, HealthPanel)
        if tested:
            QTest.keyClicks(body.pin, PIN)
            body.go.click()
            stage.until(lambda: body.report is not None)
            stage.settle(300)
        return body

    return state


def _make_key(stage: Stage) -> None:
    body = _health(tested=False)(stage)
    body._token = replace(body._token, module="/usr/lib/libykcs11.so.2", model="YubiKey YK5", firmware=(5, 43))
    body.make_key()


def _make_key_elsewhere(stage: Stage) -> None:
    body = _health(tested=False)(stage)
    body._token = replace(body._token, module="/usr/lib/opensc-pkcs11.so", manufacturer="piv_II")
    body.make_key()


def _lost(stage: Stage) -> LostPanel:
    shown = page(stage)
    shown.open_lost()
    body = shown.body
    assert isinstance(body, LostPanel)
    return body


def _lost_last_guard(stage: Stage) -> LostPanel:
    """The card is a key's only guard: the name is typed."""
    stage.unlock()
    session = stage.session
    create_key(session, "diary", spec=KeySpec.SYMMETRIC_DEFAULT, protection=Protection.GUARDED)
    with stage.prompt.prepared(confirmed=True):
        code = next(method for method in session.header.methods if method.kind is MethodKind.RECOVERY_CODE)
        remove_guard(session, "diary", code.id)
    body = _lost(stage)
    stage.until(lambda: bool(body.given_up.fields))
    return body


def _lost_known(stage: Stage) -> LostPanel:
    body = _lost(stage)
    body.known.setChecked(True)
    return body


def _press_yes(stage: Stage) -> None:
    buttons = stage.conductor.prompt_panel.findChildren(QPushButton)
    next(button for button in buttons if button.text() == "Yes" and button.isVisible()).click()


def _lost_code(stage: Stage) -> LostPanel:
    body = _lost_known(stage)
    body.proof.ways.setCurrentIndex(max(0, body.proof.ways.findText("Recovery code")))
    QTest.keyClicks(body.proof.entry.code, stage.code.replace("-", ""))
    body.go.click()
    stage.until(stage.conductor.prompt_panel.isVisible)
    _press_yes(stage)
    stage.until(body.code.isVisible)
    return body


def _lost_left(stage: Stage) -> CardsPage:
    """After a loss with a known PIN: what is left to do stands under the headline."""
    stage.unlock()
    create_key(stage.session, "taxes", spec=KeySpec.SYMMETRIC_DEFAULT)
    stage.desk.lock("")
    stage.until(lambda: not stage.desk.closing)
    prompt, window_prompt = ScriptedPrompt({SecretKind.RECOVERY_CODE: stage.code}), stage.desk.workplace.prompt
    prompt.yes_to = lambda question: "older" not in question
    stage.desk.workplace.prompt = prompt
    path, selection = stage.desk.vault_path, Selection(recovery=True)
    with open_vault(stage.desk.workplace, path, selection=selection, administer=True) as session:
        card = next(method for method in session.header.methods if method.kind is MethodKind.TOKEN)
        lose_card(session, card.id, pin_known=True)
    stage.desk.open(open_vault(stage.desk.workplace, path, selection=selection))
    stage.desk.workplace.prompt = window_prompt
    shown = stage.go_to("cards")
    assert isinstance(shown, CardsPage)
    stage.until(lambda: shown.concerns.count > 1)
    return shown


def _keys_left(stage: Stage) -> None:
    shown = _lost_left(stage)
    shown.open_keys_left()
    body = shown.body
    assert isinstance(body, KeysLeftPanel)
    stage.until(lambda: "Keys to renew" in body.what.text())


def _copies_left(stage: Stage) -> None:
    shown = _lost_left(stage)
    shown.open_copies_left()
    body = shown.body
    assert isinstance(body, CopiesLeftPanel)
    stage.until(body.go.isEnabled)


def _new_card(stage: Stage) -> RenewalPanel:
    spare_card(stage, "New card")
    shown = page(stage)
    shown.open_renewal()
    body = shown.body
    assert isinstance(body, RenewalPanel)
    stage.until(lambda: body.picker.chosen is not None)
    return body


def _new_card_enrolled(stage: Stage) -> None:
    body = _new_card(stage)
    QTest.keyClicks(body.picker.pin, PIN)
    QTest.keyClicks(body.proof.entry.secret, PIN)
    body.go.click()
    stage.until(lambda: body.second is not None)


def _new_card_files(stage: Stage) -> None:
    """Files that only the old card opens wait to be moved."""
    stage.unlock()
    session, letters = stage.session, [stage.folder / name for name in ("contract.pdf", "letter.txt")]
    card = next(method.label for method in session.header.methods if method.kind is MethodKind.TOKEN)
    create_key(session, "papers", spec=KeySpec.SYMMETRIC_DEFAULT)
    with stage.prompt.prepared({SecretKind.PIN: Secret.from_text(PIN)}, confirmed=True):
        create_key(
            session,
            "on-card",
            spec=KeySpec.ECC_NIST_P256,
            usage=KeyUsage.ENCRYPT_DECRYPT,
            protection=Protection.TOKEN,
            token=card,
        )
    for letter in letters:
        letter.write_text(letter.name)
    encrypt_files(session, [str(letter) for letter in letters], key="on-card", second="papers")
    disable_key(session, "papers")
    _new_card_enrolled(stage)
    body = _renewal(stage)
    stage.until(body.moving.go.isVisible)


def _renewal(stage: Stage) -> RenewalPanel:
    shown = stage.go_to("cards")
    assert isinstance(shown, CardsPage)
    assert isinstance(shown.body, RenewalPanel)
    return shown.body


def _shares_made(stage: Stage) -> None:
    body = _add(Kind.SHARES)(stage)
    body.shares.take_folder(str(stage.folder / "sheets"))
    QTest.keyClicks(body.proof.entry.secret, PIN)
    body.go.click()
    stage.until(body.made.isVisible)


def _restore(stage: Stage) -> None:
    page(stage)._lock_to_restore()


STATES: dict[str, Callable[[Stage], object]] = {
    "cards": page,
    "cards-one-way-in": _one_way_in,
    "cards-attention": _attention,
    "cards-add-card": _add(Kind.CARD, card=True),
    "cards-add-no-card": _add(Kind.CARD),
    "cards-add-code": _add(Kind.CODE),
    "cards-add-code-shown": _add_code_shown,
    "cards-add-passphrase": _add(Kind.PASSPHRASE),
    "cards-add-shares": _add(Kind.SHARES),
    "cards-add-software": _add(Kind.SOFTWARE),
    "cards-added": _added,
    "cards-pin": _pin(),
    "cards-pin-wrong": _pin(wrong=True),
    "cards-pin-no-puk": _pin(puk=True),
    "cards-test": _test(),
    "cards-test-wrong-pin": _test(wrong=True),
    "cards-drill": _drill,
    "cards-drill-failed": _drill_failed,
    "cards-drill-end": _drill_end,
    "cards-remove": _remove,
    "cards-lost": lambda stage: page(stage).open_lost(),
    "cards-lost-last-guard": _lost_last_guard,
    "cards-lost-pin-known": _lost_known,
    "cards-lost-code": _lost_code,
    "cards-lost-left": _lost_left,
    "cards-keys-left": _keys_left,
    "cards-copies-left": _copies_left,
    "cards-new-card": _new_card,
    "cards-new-card-files": _new_card_files,
    "cards-new-card-none": lambda stage: page(stage).open_renewal(),
    "cards-new-card-prove": _new_card_enrolled,
    "cards-shares-made": _shares_made,
    "cards-master-key": lambda stage: page(stage).open_master(),
    "cards-backups": lambda stage: page(stage).open_backups(),
    "cards-health": _health(tested=False),
    "cards-health-tested": _health(tested=True),
    "cards-make-key": _make_key,
    "cards-make-key-elsewhere": _make_key_elsewhere,
    "cards-restore": _restore,
}
