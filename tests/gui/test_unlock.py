"""The unlock screen on real vaults and a real SoftHSM token, by keyboard."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from signet.errors import PinIncorrect, SecretIncorrect
from signet.formats.header import MethodKind
from signet.gui.unlock import UnlockScreen
from signet.gui.unlock_look import VaultLook, WayLook
from signet.gui.unlock_words import FEW_TRIES, LAST_TRY, REFUSED_BEFORE, pin_name, refusal, say
from signet.secret import Secret
from signet.services.backup import write_backup
from signet.services.enrolment import NewRecoveryShares
from signet.services.methods import add_method
from signet.services.opening import open_vault
from signet.services.prompt import SecretKind
from signet.services.session import Session
from signet.store.folder import VaultFolder
from signet.tokens.hub import TokenHub
from signet.tokens.model import PinState, Token
from support.clock import SettableClock
from support.locked import PIN, Counter, make_token
from support.window import nameless_controls

SHORT, LONG = 5_000, 20_000


@pytest.fixture
def at(locked: Counter) -> Counter:
    return locked


def screen_of(at: Counter) -> UnlockScreen:
    screen = UnlockScreen(at.desk, at.tasks, at.theme)
    at.qtbot.addWidget(screen)
    screen.resize(900, 600)
    screen.show()
    at.qtbot.waitUntil(lambda: bool(screen._look.ways) or screen._look.trouble is not None, timeout=LONG)
    return screen


def keys(widget: QWidget | None, text: str) -> None:
    assert widget is not None
    QTest.keyClicks(widget, text)
    QTest.keyClick(widget, Qt.Key.Key_Return)


def focused(at: Counter) -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def wait_open(at: Counter) -> Session:
    at.qtbot.waitUntil(lambda: at.desk.session is not None, timeout=LONG)
    session = at.desk.session
    assert session is not None
    return session


def opened_elsewhere(at: Counter) -> Session:
    """The vault, opened by its PIN past the screen."""
    with at.prompt.prepared({SecretKind.PIN: Secret.from_text(PIN)}):
        return open_vault(at.desk.workplace, str(at.path))


def test_pin_and_enter_unlock(at: Counter) -> None:
    screen = screen_of(at)
    assert screen.form.title.text() == "Unlock personal"
    at.qtbot.waitUntil(lambda: QApplication.focusWidget() is screen.form.entry.secret, timeout=SHORT)
    keys(focused(at), PIN)
    assert wait_open(at).method.kind is MethodKind.TOKEN
    assert screen.form.entry.secret.text() == ""


def test_a_wrong_pin_is_told_and_never_sent_twice(at: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    login = TokenHub.login

    def spy(hub: TokenHub, token: Token, pin: Secret) -> object:
        sent.append(pin.text())
        return login(hub, token, pin)

    monkeypatch.setattr(TokenHub, "login", spy)
    screen = screen_of(at)
    keys(screen.form.entry.secret, "999999")
    at.qtbot.waitUntil(lambda: "That is not the PIN of" in screen.form.entry.note.text(), timeout=LONG)
    assert screen.form.entry.secret.text() == ""
    keys(screen.form.entry.secret, "999999")
    at.qtbot.waitUntil(lambda: screen.form.entry.note.text() == REFUSED_BEFORE, timeout=SHORT)
    assert sent == ["999999"]
    keys(screen.form.entry.secret, PIN)
    wait_open(at)
    assert sent == ["999999", PIN]


def test_the_screen_follows_a_card_that_is_pulled_and_put_in(at: Counter) -> None:
    at.take_cards_out()
    screen = screen_of(at)
    at.qtbot.waitUntil(lambda: screen.form.sentence.text().startswith("Put in “Signet"), timeout=SHORT)
    assert not screen.form.unlock.isEnabled()
    at.put_cards_in()
    at.qtbot.waitUntil(lambda: screen.form.sentence.text().startswith("Enter the PIN"), timeout=SHORT)
    keys(screen.form.entry.secret, PIN)
    wait_open(at)


def test_a_card_of_another_vault_is_named(at: Counter, clock: SettableClock) -> None:
    at.take_cards_out()
    make_token(at.places, clock, label="Other")
    screen = screen_of(at)
    at.qtbot.waitUntil(
        lambda: "“Other (for trying out)” does not open" in screen.form.entry.note.text(), timeout=LONG
    )


def test_the_recovery_code_is_checked_while_it_is_typed(at: Counter, tmp_path: Path) -> None:
    code = (tmp_path / "code").read_text().strip()
    screen = screen_of(at)
    link = next(link for link in screen.form._links.values() if "recovery code" in link.text())
    link.setFocus()
    QTest.keyClick(link, Qt.Key.Key_Return)
    field = screen.form.entry.code
    at.qtbot.waitUntil(lambda: QApplication.focusWidget() is field, timeout=SHORT)
    QTest.keyClicks(field, code[:-1].replace("-", "").lower())
    assert field.text() == code[:-1]
    assert screen.form.entry.note.text() == "35 of 36 characters"
    QTest.keyClicks(field, "0" if code[-1] != "0" else "1")
    assert "typing mistake" in screen.form.entry.note.text()
    assert not screen.form.unlock.isEnabled()
    QTest.keyClick(field, Qt.Key.Key_Backspace)
    keys(field, code[-1])
    assert wait_open(at).method.kind is MethodKind.RECOVERY_CODE


def with_shares(at: Counter, folder: Path) -> list[str]:
    """Add 2 of 3 recovery shares to the vault; return the sheets."""
    new = NewRecoveryShares(2, 3, str(folder))
    with at.prompt.prepared({SecretKind.PIN: Secret.from_text(PIN)}):
        with open_vault(at.desk.workplace, str(at.path), administer=True) as session:
            add_method(session, new)
    return [Path(file).read_text().strip() for file in new.files]


def at_shares(at: Counter) -> UnlockScreen:
    screen = screen_of(at)
    link = next(link for link in screen.form._links.values() if link.text() == "Recovery shares (2 of 3)")
    link.setFocus()
    QTest.keyClick(link, Qt.Key.Key_Return)
    at.qtbot.waitUntil(lambda: QApplication.focusWidget() is screen.form.entry.share, timeout=SHORT)
    assert nameless_controls(screen) == []
    return screen


def test_shares_are_typed_one_after_the_other(at: Counter, tmp_path: Path) -> None:
    sheets = with_shares(at, tmp_path / "shares")
    screen = at_shares(at)
    field, note = screen.form.entry.share, screen.form.entry.note
    words = sheets[1].split()
    QTest.keyClicks(field, " ".join(words[:3]))
    assert note.text() == "Sheet 1 of 2: 3 of 33 words"
    QTest.keyClicks(field, " " + " ".join(words[3:]))
    assert (field.text(), note.text()) == ("", "✓ 1 of 2 sheets. Now the words of another one.")
    assert not screen.form.unlock.isEnabled()
    QTest.keyClicks(field, sheets[1])
    assert "given already" in note.text()
    assert field.text() == sheets[1]
    field.clear()
    QTest.keyClicks(field, " ".join(word[:4].upper() for word in sheets[0].split()))
    if field.text():  # a last word of no more than four letters is whole without Enter
        QTest.keyClick(field, Qt.Key.Key_Return)
    assert (field.text(), note.text()) == ("", "✓ 2 of 2 sheets, without a typing mistake.")
    assert screen.form.unlock.isEnabled()
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert wait_open(at).method.kind is MethodKind.RECOVERY_SHARES


def test_a_mistyped_sheet_stays_to_be_mended(at: Counter, tmp_path: Path) -> None:
    sheets = with_shares(at, tmp_path / "shares")
    screen = at_shares(at)
    field, note = screen.form.entry.share, screen.form.entry.note
    words = sheets[0].split()
    keys(field, "nonsense " + " ".join(words[1:]))
    assert "word 1 is not one" in note.text()
    assert field.text().startswith("nonsense ")
    field.clear()
    keys(field, " ".join(words[:20]))
    assert "it has 20 words" in note.text()
    field.setText("")
    QTest.keyClicks(field, " ".join([words[1], words[0], *words[2:]]))
    assert "checksum" in note.text()
    screen.form.pick(screen.form._look.ways[0].id if screen.form._look else "")
    assert not field.begun


def test_what_was_typed_of_shares_goes_with_the_screen(at: Counter, tmp_path: Path) -> None:
    sheets = with_shares(at, tmp_path / "shares")
    screen = at_shares(at)
    QTest.keyClicks(screen.form.entry.share, sheets[0])
    assert screen.form.entry.typed
    screen.hide()
    assert not screen.form.entry.typed


def test_a_damaged_header_leads_to_a_backup_that_is_restored(at: Counter, tmp_path: Path) -> None:
    with opened_elsewhere(at) as session:
        backup = write_backup(session, str(tmp_path / "stick.tar"))
    for name in ("header.json", "header.copy.json"):
        (at.path / name).write_bytes(b"{")
    screen = screen_of(at)
    assert screen.trouble.title.text() == "The vault's header is damaged"
    assert not screen.trouble.accept.isVisible()
    screen.trouble.restore.click()
    keys(screen.restore.file, backup)
    at.qtbot.waitUntil(lambda: screen.restore.proof.isVisible(), timeout=LONG)
    keys(screen.restore.proof.entry.secret, PIN)
    at.qtbot.waitUntil(screen.decision.isVisible, timeout=LONG)
    assert "it cannot be told whether it is the same vault" in screen.decision.facts.text()
    screen.decision.yes.click()
    # What came after the backup is shown too before it is given up.
    at.qtbot.waitUntil(lambda: "The log had" in screen.decision.facts.text(), timeout=LONG)
    at.qtbot.waitUntil(screen.decision.isVisible, timeout=LONG)
    screen.decision.yes.click()
    at.qtbot.waitUntil(lambda: screen._look.trouble is None and screen.form.isVisible(), timeout=LONG)
    keys(screen.form.entry.secret, PIN)
    wait_open(at)


def test_an_older_copy_is_accepted_only_after_the_differences_were_shown(at: Counter, tmp_path: Path) -> None:
    shutil.copytree(at.path, tmp_path / "copy")
    for _ in range(2):
        opened_elsewhere(at).close()
    shutil.rmtree(at.path)
    shutil.move(tmp_path / "copy", at.path)
    screen = screen_of(at)
    keys(screen.form.entry.secret, PIN)
    at.qtbot.waitUntil(screen.trouble.isVisible, timeout=LONG)
    assert screen.trouble.title.text() == "The vault is older than it was"
    screen.trouble.accept.click()
    keys(screen.form.entry.secret, PIN)
    at.qtbot.waitUntil(screen.decision.isVisible, timeout=LONG)
    assert "The log had" in screen.decision.facts.text()
    assert at.desk.session is None
    screen.decision.yes.click()
    wait_open(at)


def test_leaving_an_older_copy_alone_keeps_it_locked(at: Counter, tmp_path: Path) -> None:
    shutil.copytree(at.path, tmp_path / "copy")
    opened_elsewhere(at).close()
    shutil.rmtree(at.path)
    shutil.move(tmp_path / "copy", at.path)
    screen = screen_of(at)
    keys(screen.form.entry.secret, PIN)
    at.qtbot.waitUntil(screen.trouble.isVisible, timeout=LONG)
    screen.trouble.accept.click()
    keys(screen.form.entry.secret, PIN)
    at.qtbot.waitUntil(screen.decision.isVisible, timeout=LONG)
    QTest.keyClick(screen, Qt.Key.Key_Escape)
    at.qtbot.waitUntil(lambda: not screen._opening, timeout=LONG)
    assert at.desk.session is None


def test_a_vault_that_another_signet_has_alone_is_told_and_comes_back_by_itself(at: Counter) -> None:
    lock = VaultFolder(str(at.path)).shared_lock()
    lock.upgrade()
    screen = screen_of(at)
    assert screen.trouble.title.text() == "The vault is busy"
    assert not screen.trouble.restore.isVisible()
    lock.release()
    at.qtbot.waitUntil(screen.form.isVisible, timeout=LONG)
    keys(screen.form.entry.secret, PIN)
    wait_open(at)


def test_a_vault_that_is_gone_offers_another(at: Counter) -> None:
    shutil.rmtree(at.path)
    screen = screen_of(at)
    assert screen.trouble.title.text() == "No vault there"
    with at.qtbot.waitSignal(screen.new_vault_wanted):
        screen.others.new.click()


def test_the_fingerprint_is_typed_on_the_screen(at: Counter) -> None:
    screen = screen_of(at)
    typed: list[str] = []
    asking = threading.Thread(
        target=lambda: typed.append(at.prompt.typed_fingerprint("4F2A 91C0", "This computer does not know it."))
    )
    asking.start()
    at.qtbot.waitUntil(screen.decision.isVisible, timeout=SHORT)
    assert "4F2A" not in screen.decision.facts.text()
    keys(screen.decision.field, "4f2a91c0")
    at.qtbot.waitUntil(lambda: bool(typed), timeout=SHORT)
    asking.join()
    assert typed == ["4f2a91c0"]


def test_nothing_typed_outlives_the_screen(at: Counter) -> None:
    screen = screen_of(at)
    QTest.keyClicks(screen.form.entry.secret, "12")
    screen.hide()
    assert screen.form.entry.secret.text() == ""


def test_every_control_has_a_name(at: Counter) -> None:
    assert nameless_controls(screen_of(at)) == []


TOKEN = Token(
    label="Nitrokey", serial="1", model="HSM 2", manufacturer="", module="/m.so", slot=0, present=True,
    initialised=True, pin_state=PinState.OK, pin_pad=False,
)  # fmt: skip


@pytest.mark.parametrize(
    ("state", "note", "can_try"),
    [
        (PinState.OK, "", True),
        (PinState.LOW, FEW_TRIES, True),
        (PinState.FINAL, LAST_TRY, True),
        (PinState.LOCKED, "Nothing in the vault is lost.", False),
    ],
)
def test_tries_are_told_only_as_the_card_tells_them(state: PinState, note: str, can_try: bool) -> None:
    token = Token(**{**vars(TOKEN), "pin_state": state})
    way = WayLook("id", MethodKind.TOKEN, "Nitrokey", token=token)
    said = say(VaultLook("/v", (way,)), way)
    assert said.can_try is can_try
    assert said.note.startswith(note) if note else said.note == ""


def test_refusals_count_only_where_the_card_counts() -> None:
    assert refusal(PinIncorrect(token="N", attempts_left=None, final_try=False)) == "That is not the PIN of “N”."
    assert "2 tries are left" in refusal(PinIncorrect(token="N", attempts_left=2, final_try=False))
    assert refusal(PinIncorrect(token="N", attempts_left=None, final_try=True)).endswith(LAST_TRY)
    assert refusal(SecretIncorrect(what="passphrase")) == "The passphrase does not open this vault."


def test_a_yubikey_is_asked_for_its_piv_pin() -> None:
    assert pin_name(Token(**{**vars(TOKEN), "model": "YubiKey YK5"})) == "PIV PIN (not the FIDO PIN)"
    assert pin_name(TOKEN) == "PIN"


def test_the_card_that_is_there_is_offered_first() -> None:
    code = WayLook("c", MethodKind.RECOVERY_CODE, "Recovery code")
    away = WayLook("a", MethodKind.TOKEN, "Away")
    here = WayLook("h", MethodKind.TOKEN, "Here", token=TOKEN)
    passphrase = WayLook("p", MethodKind.PASSPHRASE, "Passphrase")
    assert VaultLook("/v", (code, away, passphrase, here)).first() is here
    assert VaultLook("/v", (code, away, passphrase)).first() is passphrase
    assert VaultLook("/v", (code, away)).first() is away
    assert VaultLook("/v", ()).first() is None
