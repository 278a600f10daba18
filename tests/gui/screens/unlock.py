"""The unlock screen: every way in, and everything that may stand in the way."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtTest import QTest

from gui.screens.stage import Stage, spare_card
from signet.formats.header import MethodKind
from signet.gui.unlock import UnlockScreen
from signet.secret import Secret
from signet.services.enrolment import NewRecoveryShares
from signet.services.methods import add_method
from signet.services.opening import open_vault
from signet.services.prompt import SecretKind
from signet.services.token_pins import PinOutlook
from signet.store.folder import VaultFolder
from signet.tokens.model import PinState
from support.locked import PIN


def screen(stage: Stage) -> UnlockScreen:
    """The screen that is shown, once it has looked at the vault."""
    shown = stage.window.states.currentWidget()
    assert isinstance(shown, UnlockScreen)
    stage.until(lambda: bool(shown._look.ways) or shown._look.trouble is not None)
    return shown


def _still(stage: Stage) -> UnlockScreen:
    """The screen, looking no further."""
    shown = screen(stage)
    shown._timer.stop()
    stage.until(lambda: not shown._looking)
    return shown


def _say(stage: Stage, text: str, state: str) -> UnlockScreen:
    shown = screen(stage)
    QTest.keyClicks(shown.form.entry.secret, text)
    shown.form.unlock.click()
    stage.until(lambda: state in shown.form.entry.note.text())
    return shown


def _card(*, pin_state: PinState = PinState.OK, pin_pad: bool = False) -> Callable[[Stage], None]:
    def state(stage: Stage) -> None:
        shown = _still(stage)
        ways = tuple(
            replace(way, token=replace(way.token, pin_state=pin_state, pin_pad=pin_pad)) if way.token else way
            for way in shown._look.ways
        )
        shown._apply(replace(shown._look, ways=ways))

    return state


def _unblock(stage: Stage) -> None:
    """SoftHSM never blocks itself, and nobody has its SO PIN: the card claims both."""
    _card(pin_state=PinState.LOCKED)(stage)
    shown = screen(stage)
    shown.form.unblock.click()
    stage.until(lambda: not shown.unblock.pins._looking)
    shown.unblock.pins._outlook = PinOutlook("PUK", "6 to 8 characters", None, last=False)
    shown.unblock.pins._show()
    shown.unblock.pins.form.setFocus()


def _take_cards_out(stage: Stage) -> Path:
    tokens = stage.folder / "data" / "software-tokens" / "tokens"
    stage.desk.workplace.close()
    shutil.move(tokens, tokens.with_name("away"))
    tokens.mkdir()
    return tokens


def _no_card(stage: Stage) -> None:
    shown = screen(stage)
    _take_cards_out(stage)
    shown.look_again()
    stage.until(lambda: all(way.token is None for way in shown._look.ways))
    card = next(way for way in shown._look.ways if way.kind is MethodKind.TOKEN)
    shown.form.pick(card.id)


def _unknown_card(stage: Stage) -> None:
    _no_card(stage)
    shown = screen(stage)
    spare_card(stage, "Office card")
    stage.until(lambda: bool(shown._look.strangers))


def _pick(kind: MethodKind) -> Callable[[Stage], UnlockScreen]:
    def state(stage: Stage) -> UnlockScreen:
        shown = screen(stage)
        shown.form.pick(next(way.id for way in shown._look.ways if way.kind is kind))
        return shown

    return state


def _code(text: str) -> Callable[[Stage], None]:
    def state(stage: Stage) -> None:
        QTest.keyClicks(_pick(MethodKind.RECOVERY_CODE)(stage).form.entry.code, text)

    return state


def _shares(typed: Callable[[list[str]], list[str]]) -> Callable[[Stage], None]:
    """2 of 3 recovery shares, and what was typed of their sheets."""

    def state(stage: Stage) -> None:
        new = NewRecoveryShares(2, 3, str(stage.folder / "sheets"))
        workplace = stage.desk.workplace
        with stage.prompt.prepared({SecretKind.PIN: Secret.from_text(PIN)}):
            with open_vault(workplace, stage.desk.vault_path, administer=True) as session:
                add_method(session, new)
        screen(stage).look_again()
        stage.until(lambda: any(way.method is not None for way in screen(stage)._look.ways))
        field = _pick(MethodKind.RECOVERY_SHARES)(stage).form.entry.share
        for text in typed([Path(file).read_text().strip() for file in new.files]):
            QTest.keyClicks(field, text)

    return state


def _wrong_passphrase(stage: Stage) -> None:
    shown = _pick(MethodKind.PASSPHRASE)(stage)
    QTest.keyClicks(shown.form.entry.secret, "something else")
    shown.form.unlock.click()
    stage.until(lambda: "does not open" in shown.form.entry.note.text())


def _busy(stage: Stage) -> None:
    shown = _still(stage)
    shown.form.set_busy("Asking the card…")


def _damaged(stage: Stage) -> None:
    for name in ("header.json", "header.copy.json"):
        Path(stage.desk.vault_path, name).write_bytes(b"{")
    stage.until(screen(stage).trouble.isVisible)


def _elsewhere(stage: Stage) -> None:
    lock = VaultFolder(stage.desk.vault_path).shared_lock()
    lock.upgrade()
    stage.until(screen(stage).trouble.isVisible)
    _still(stage)
    lock.release()


def _gone(stage: Stage) -> None:
    shutil.rmtree(stage.desk.vault_path)
    stage.until(screen(stage).trouble.isVisible)


def _open_and_close(stage: Stage) -> None:
    with stage.prompt.prepared({SecretKind.PIN: Secret.from_text(PIN)}):
        open_vault(stage.desk.workplace, stage.desk.vault_path).close()


def _older(stage: Stage) -> UnlockScreen:
    path = Path(stage.desk.vault_path)
    kept = stage.folder / "copy"
    shutil.copytree(path, kept)
    _open_and_close(stage)
    _open_and_close(stage)
    shutil.rmtree(path)
    shutil.move(kept, path)
    shown = screen(stage)
    QTest.keyClicks(shown.form.entry.secret, PIN)
    shown.form.unlock.click()
    stage.until(shown.trouble.isVisible)
    return shown


def _compare(stage: Stage) -> UnlockScreen:
    shown = _older(stage)
    shown.trouble.accept.click()
    return shown


def _differs(stage: Stage) -> None:
    shown = _compare(stage)
    QTest.keyClicks(shown.form.entry.secret, PIN)
    shown.form.unlock.click()
    stage.until(shown.decision.isVisible)


def _fingerprint(stage: Stage) -> None:
    screen(stage)
    sentence = "This computer has not seen this vault before. Type its fingerprint from your recovery sheet."
    stage.in_background(lambda: stage.prompt.typed_fingerprint("4F2A 91C0 7E13", sentence))


def _restore(stage: Stage) -> UnlockScreen:
    shown = screen(stage)
    shown.others.restore.click()
    return shown


def _restore_proof(stage: Stage) -> None:
    shown = _restore(stage)
    shown.restore.take_file(str(stage.folder / "stick" / "personal.tar"))
    stage.until(shown.restore.proof.isVisible)


STATES: dict[str, Callable[[Stage], object]] = {
    "unlock-card": screen,
    "unlock-no-card": _no_card,
    "unlock-unknown-card": _unknown_card,
    "unlock-wrong-pin": lambda stage: _say(stage, "999999", "not the PIN"),
    "unlock-few-tries": _card(pin_state=PinState.LOW),
    "unlock-last-try": _card(pin_state=PinState.FINAL),
    "unlock-blocked": _card(pin_state=PinState.LOCKED),
    "unlock-unblock": _unblock,
    "unlock-pin-pad": _card(pin_pad=True),
    "unlock-busy": _busy,
    "unlock-passphrase": _pick(MethodKind.PASSPHRASE),
    "unlock-wrong-passphrase": _wrong_passphrase,
    "unlock-code": _code("4F2A91C07E13ZZZZ"),
    "unlock-code-wrong": _code("4F2A91C07E13ZZZZ" * 2 + "AAAA"),
    "unlock-shares": _shares(lambda sheets: [sheets[1], " ".join(sheets[2].split()[:20])]),
    "unlock-shares-wrong": _shares(lambda sheets: [" ".join(reversed(sheets[0].split()))]),
    "unlock-damaged": _damaged,
    "unlock-elsewhere": _elsewhere,
    "unlock-gone": _gone,
    "unlock-older": _older,
    "unlock-compare": _compare,
    "unlock-differs": _differs,
    "unlock-fingerprint": _fingerprint,
    "unlock-restore": _restore,
    "unlock-restore-proof": _restore_proof,
}
