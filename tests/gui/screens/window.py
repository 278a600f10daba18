"""Activity, Settings, and what the window says as a whole."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QScrollArea

from gui.screens import files, keys
from gui.screens.stage import GUARDED, Stage
from signet.gui.pages.activity import ActivityPage
from signet.gui.pages.activity_filters import When
from signet.gui.pages.activity_words import Group
from signet.gui.pages.settings import SettingsPage
from signet.gui.tasks import Task
from signet.secret import Secret
from signet.services.files import encrypt_files
from signet.services.prompt import NamedVault, SecretKind, SecretRequest
from signet.tokens.waiting import Wait, WaitFor

BUGS = ("window-bug",)
"""States in which a task is meant to break."""


def _activity(stage: Stage) -> ActivityPage:
    files._results(stage)
    shown = stage.go_to("activity")
    assert isinstance(shown, ActivityPage)
    stage.until(lambda: shown.model.rowCount() > 0)
    return shown


def _filtered(stage: Stage) -> None:
    shown = _activity(stage)
    shown.filters.chips.choose(Group.FILES.name)
    shown.filters.outcome.setCurrentIndex(1)
    stage.idle()


def _between(stage: Stage) -> None:
    shown = _activity(stage)
    shown.filters.when.setCurrentText(When.BETWEEN)
    shown.filters.key.setText("family-archive")
    stage.idle()


def _long(stage: Stage) -> None:
    """A long log is being checked."""
    shown = _activity(stage)
    shown._acts._task = Task(print, print, print, None, quiet=True, parent=stage.tasks)
    shown._acts._progress("Checking the log")(480_000, 1_000_000)


def _searched(stage: Stage) -> None:
    _activity(stage).search.setText("holiday")
    stage.settle(600)


def _entry(stage: Stage) -> None:
    shown = _activity(stage)
    shown.table.selectRow(1)
    shown._open_details()


def _verified(stage: Stage) -> None:
    _activity(stage).verify_button.click()
    stage.idle()


def _settings_files(stage: Stage) -> None:
    shown = stage.page("settings")
    assert isinstance(shown, SettingsPage)
    stage.idle()
    area = shown.findChildren(QScrollArea)[0]
    bar, row = area.verticalScrollBar(), shown.file_manager.add_button
    bar.rangeChanged.connect(lambda *_: area.ensureWidgetVisible(row, 0, 60))
    area.ensureWidgetVisible(row, 0, 60)


def _settings(*, end: bool = False) -> Callable[[Stage], None]:
    def state(stage: Stage) -> None:
        shown = stage.page("settings")
        stage.idle()
        if end:
            bar = shown.findChildren(QScrollArea)[0].verticalScrollBar()
            bar.rangeChanged.connect(lambda _, last: bar.setValue(last))
            bar.setValue(bar.maximum())

    return state


def _ask(kind: SecretKind, what: str, warning: str = "") -> Callable[[Stage], None]:
    def state(stage: Stage) -> None:
        keys.page(stage)
        stage.in_background(lambda: stage.prompt.secret(SecretRequest(kind=kind, what=what, warning=warning)))

    return state


def _guard(stage: Stage) -> None:
    paths = [stage.write(name) for name in ("passport.jpg", "visa.pdf")]
    keys.page(stage)
    stage.in_background(lambda: encrypt_files(stage.session, paths, key=GUARDED))
    stage.until(lambda: stage.conductor.prompt_panel.isVisible())
    stage.settle()


def _note(stage: Stage) -> None:
    keys.page(stage)
    stage.prompt.note("This vault was last opened on another computer; its fingerprint is the one you know.")


def _stop(stage: Stage) -> None:
    files._running(stage)
    stage.conductor.ask_to_lock()


def _close(stage: Stage) -> None:
    files._running(stage)
    stage.window.close()


def _touch(stage: Stage) -> None:
    prompt = stage.desk.workplace.prompt
    stage.page("documents")
    prompt.waiting(Wait("YubiKey 5C NFC", WaitFor.TOUCH, 13.4))


def _bug(stage: Stage) -> None:
    keys.page(stage)
    QTimer.singleShot(0, lambda: stage.tasks.broken.emit("ValueError in files_work.py, line 42"))
    stage.settle()


def _locked(reason: str) -> Callable[[Stage], None]:
    def state(stage: Stage) -> None:
        keys.page(stage)
        stage.desk.lock(reason)

    return state


def _confirm(stage: Stage) -> None:
    keys.page(stage)
    stage.in_background(lambda: stage.prompt.confirm("Remove the only second way in?"))


def _fingerprint(stage: Stage) -> None:
    keys.page(stage)
    sentence = "This computer has not seen this vault before. Type its fingerprint from your recovery sheet."
    stage.in_background(lambda: stage.prompt.typed_fingerprint("4F2A 91C0 7E13", sentence))


NAMED = NamedVault("00000000-0000-4000-8000-000000000000", "F539 8B7D B7DE 8E9F 8073")


def _code(stage: Stage) -> None:
    keys.page(stage)
    code = Secret.from_text("8K2Q-F7M9-XW3T-PR6V-N4HC-0JD5-ZYB1-GEA6-QQ0Z")
    stage.in_background(lambda: stage.prompt.recovery_code(code, NAMED))


STATES: dict[str, Callable[[Stage], object]] = {
    "activity": _activity,
    "activity-filtered": _filtered,
    "activity-between": _between,
    "activity-no-hit": _searched,
    "activity-checking": _long,
    "activity-entry": _entry,
    "activity-verified": _verified,
    "settings": _settings(),
    "settings-files": _settings_files,
    "settings-end": _settings(end=True),
    "window-start": lambda stage: stage.window.set_state("start"),
    "window-note": _note,
    "window-bug": _bug,
    "window-touch": _touch,
    "window-stop-jobs": _stop,
    "window-close-asks": _close,
    "window-locked-card": _locked("The card was taken out."),
    "window-locked-idle": _locked("Nobody was here for a while."),
    "prompt-pin": _ask(SecretKind.PIN, "PIN of “YubiKey 5C NFC”", "The PIN was wrong before: this is the last try."),
    "prompt-guard": _guard,
    "prompt-new-pin": _ask(SecretKind.NEW_PIN, "new PIN of the software token"),
    "prompt-confirm": _confirm,
    "prompt-fingerprint": _fingerprint,
    "prompt-code": _code,
}
