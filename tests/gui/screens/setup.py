"""The set-up assistant, step by step."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from gui.screens.stage import Stage, spare_card
from signet.gui.setup.assistant import SetupAssistant
from signet.gui.setup.cards import CardPicker
from signet.gui.setup.plan import First, Second
from signet.gui.setup.seen import SeenCard
from signet.tokens.model import PinState, Token
from support.locked import PASSPHRASE, PIN

YUBIKEY = Token(
    label="YubiKey PIV #24817365", serial="24817365", model="YubiKey YK5", manufacturer="Yubico (www.yubico.com)",
    module="/usr/lib/x86_64-linux-gnu/libykcs11.so.2", slot=0, present=True, initialised=True,
    pin_state=PinState.OK, pin_pad=False,
)  # fmt: skip
CARDS = (
    SeenCard(YUBIKEY, 4),
    SeenCard(replace(YUBIKEY, label="Identity card", serial="DE0104", model="Citizen ID", pin_state=PinState.LOW), 2),
    SeenCard(replace(YUBIKEY, label="Nitrokey HSM 2", serial="DENK0104", model="SC-HSM", initialised=False), 0),
    SeenCard(replace(YUBIKEY, label="Office card", serial="A-77", model="PKCS#15", pin_state=PinState.LOCKED), 2),
)


def assistant(stage: Stage) -> SetupAssistant:
    """The assistant that is shown."""
    shown = stage.window.states.currentWidget()
    assert isinstance(shown, SetupAssistant)
    return shown


def _card_step(stage: Stage) -> CardPicker:
    made = assistant(stage)
    made.go_on.click()
    return made.card.picker


def _searching(stage: Stage) -> None:
    assistant(stage).card.picker._looking = True
    _card_step(stage)


def _none(stage: Stage) -> None:
    picker = _card_step(stage)
    stage.until(lambda: "No card" in picker.none.text())


def _module(stage: Stage) -> None:
    _none(stage)
    picker = assistant(stage).card.picker
    picker.not_listed.click()
    picker.module.setText("/usr/lib/vendor/libpkcs11.so")
    picker.use_module.click()
    stage.until(picker.note.isVisible)


def _list(stage: Stage) -> CardPicker:
    picker = _card_step(stage)
    picker.stop()
    stage.until(lambda: not picker._looking)
    picker._looked(CARDS)
    return picker


def _one(stage: Stage) -> CardPicker:
    spare_card(stage, "Blue card")
    picker = _card_step(stage)
    stage.until(lambda: picker.chosen is not None)
    return picker


def _wrong_pin(stage: Stage) -> None:
    picker = _one(stage)
    QTest.keyClicks(picker.pin, "999999")
    assistant(stage).go_on.click()
    stage.until(lambda: "not the PIN" in picker.note.text())


def _bare(stage: Stage) -> None:
    picker = _list(stage)
    picker._looked((SeenCard(replace(YUBIKEY, firmware=(5, 43)), 0),))
    picker.make.start.click()


def _tried(stage: Stage) -> None:
    picker = _one(stage)
    QTest.keyClicks(picker.pin, PIN)
    made = assistant(stage)
    made.go_on.click()
    stage.until(lambda: made.step is made.place)
    made.back.click()


def _secret(first: First, secret: str, again: str = "") -> Callable[[Stage], None]:
    def state(stage: Stage) -> None:
        made = assistant(stage)
        made.first.cards[first].click()
        made.go_on.click()
        fields = (made.software if first is First.SOFTWARE else made.passphrase).fields
        QTest.keyClicks(fields.secret, secret)
        QTest.keyClicks(fields.again, again or secret)
        if again:
            made.go_on.click()

    return state


def _place(stage: Stage) -> SetupAssistant:
    _secret(First.SOFTWARE, PIN)(stage)
    made = assistant(stage)
    made.go_on.click()
    return made


def _place_taken(stage: Stage) -> None:
    made = _place(stage)
    taken = stage.folder / "data" / "personal.signet"
    taken.mkdir(parents=True)
    made.place.vault_name.setText("personal")
    made.go_on.click()


def _second(second: Second) -> Callable[[Stage], SetupAssistant]:
    def state(stage: Stage) -> SetupAssistant:
        made = _place(stage)
        made.go_on.click()
        made.second.cards[second].click()
        stage.settle()
        return made

    return state


def _code(stage: Stage) -> SetupAssistant:
    made = _second(Second.CODE_BY_HAND)(stage)
    made.go_on.click()
    stage.until(made.making.code.isVisible)
    return made


def _code_saved(stage: Stage) -> None:
    os.makedirs(stage.folder / "Documents")
    _code(stage).making.code.save_to(str(stage.folder / "Documents" / "personal-recovery-sheet.pdf"))


def _type_back(stage: Stage, *, wrong: bool = False, characters: int | None = None) -> SetupAssistant:
    made = _code(stage)
    view = made.making.code
    code = "".join(group.text() for group in view._groups)
    view.have_it.click()
    if wrong:
        code = ("1" if code[0] == "0" else "0") + code[1:]
    QTest.keyClicks(view.field, code[:characters])
    return made


def _backup(stage: Stage) -> SetupAssistant:
    made = _type_back(stage)
    made.making.code.check.click()
    stage.until(lambda: made.step is made.backup)
    return made


def _backup_wrong(stage: Stage) -> None:
    made = _backup(stage)
    made.backup.folder.setText("/media/ann/stick")
    made.go_on.click()


def _done(stage: Stage) -> None:
    _backup(stage).backup.skip.click()
    stage.settle(800)


def _making(stage: Stage) -> None:
    made = _second(Second.CODE_BY_HAND)(stage)
    made.go_on.click()
    stage.until(made.making.code.isVisible)
    made.making._wait()  # as it looks before the code comes and after it was answered


def _failed(stage: Stage) -> None:
    made = _second(Second.CODE_BY_HAND)(stage)
    os.chmod(stage.folder, 0o500)
    made.plan.path = "/proc/personal.signet"
    made.go_on.click()
    os.chmod(stage.folder, 0o700)
    stage.until(made.making.banner.isVisible)


def _restore(stage: Stage) -> QWidget:
    made = assistant(stage)
    made.first.restore_wanted.emit()
    return made.restore


STATES: dict[str, Callable[[Stage], object]] = {
    "setup-first": lambda _: None,
    "setup-card-searching": _searching,
    "setup-card-none": _none,
    "setup-card-module": _module,
    "setup-card-list": _list,
    "setup-card-bare": _bare,
    "setup-card-pin": _one,
    "setup-card-wrong-pin": _wrong_pin,
    "setup-card-tried": _tried,
    "setup-software": _secret(First.SOFTWARE, PIN),
    "setup-passphrase": _secret(First.PASSPHRASE, PASSPHRASE),
    "setup-passphrase-differs": _secret(First.PASSPHRASE, PASSPHRASE, "correct horse"),
    "setup-place": _place,
    "setup-place-taken": _place_taken,
    "setup-second-paper": _second(Second.CODE_BY_HAND),
    "setup-second-file": _second(Second.CODE_FILE),
    "setup-second-card": _second(Second.CARD),
    "setup-making": _making,
    "setup-failed": _failed,
    "setup-code": _code,
    "setup-code-saved": _code_saved,
    "setup-code-typing": lambda stage: _type_back(stage, characters=14),
    "setup-code-wrong": lambda stage: _type_back(stage, wrong=True),
    "setup-code-right": _type_back,
    "setup-backup": _backup,
    "setup-backup-wrong": _backup_wrong,
    "setup-done": _done,
    "setup-restore": _restore,
}
