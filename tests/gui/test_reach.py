"""Every state of the window by keyboard and by ear: each control can be reached by Tab, and has a name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QLineEdit, QWidget

from gui.screens import setup
from gui.screens.__main__ import STATES
from gui.screens.stage import Stage, Theatre
from signet.gui.theme import Theme
from support.window import CONTROLS, nameless_controls

pytestmark = pytest.mark.slow


WINDOWS = """
    setup-first
    setup-card-list
    setup-card-bare
    setup-card-tried
    setup-software
    setup-passphrase
    setup-place
    setup-second-file
    setup-failed
    setup-code
    setup-code-saved
    setup-code-typing
    setup-backup
    setup-done
    setup-restore
    unlock-card
    unlock-code
    unlock-busy
    unlock-damaged
    unlock-older
    unlock-differs
    unlock-fingerprint
    unlock-restore
    unlock-restore-proof
    unlock-unblock
    keys keys-guarded keys-new-more keys-new-other keys-export keys-export-plain keys-labels keys-delete keys-empty
    keys-several
    text-encrypt text-shown
    keys-deletion-due keys-destroy
    keys-no-hit
    keys-adopt
    limits-signing limits-new-key limits-told limits
    certificates-none certificates-make certificates-import certificates-asked
    certificates-show
    keys-new-made
    keys-import-choices keys-receive keys-send
    keys-material
    keys-disable
    keys-enable
    keys-versions keys-rotation keys-re-encrypt
    files-trash
    files-whom files-copies
    files-outside
    files files-inspect files-folder files-choose-key
    files-enable
    files-edit
    files-results
    files-running
    files-first-key
    documents documents-sign documents-verdicts
    documents-verdict-stranger
    signing-stamp signing-more
    signing-level signing-extend
    issuers-none issuers-add issuers-remove lists-fetch
    issuers-none issuers-add issuers-remove
    document-untrusted document-several document-locked document-unshown
    people-empty people people-compared people-add-found people-rename people-share
    cards cards-add-passphrase cards-pin cards-test cards-drill cards-remove cards-master-key cards-backups
    cards-attention
    cards-add-card
    cards-add-code-shown
    cards-make-key
    cards-health-tested
    cards-make-key-elsewhere
    cards-drill-failed
    cards-drill-end
    cards-lost-pin-known
    cards-lost-left
    cards-keys-left
    cards-copies-left
    cards-new-card
    cards-new-card-prove
    cards-shares-made
    cards-restore
    activity-entry settings
    activity-verified
    activity-between
    window-note
    window-touch
    window-stop-jobs
    window-close-asks
    prompt-pin
    prompt-confirm
    prompt-fingerprint
    prompt-code
"""
"""Every page, panel, step and card; of states that only differ in words, one. Those of a line follow each other in
one window, which saves starting it; what changes the vault, or does not end by itself, has a window of its own."""
REST = 60  # milliseconds; nobody looks at these


@pytest.fixture(scope="module")
def theatre(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    theme = Theme(qapp, "light")
    yield Theatre(qapp, theme, tmp_path_factory.mktemp("ann"))
    theme.deleteLater()


def reached_by_tab(window: QWidget) -> list[QWidget]:
    """Where Tab goes, from wherever the focus is, until it comes round."""
    passed: list[QWidget] = []
    if window.focusWidget() is None:  # what had it was disabled; the key then goes to the window
        window.focusNextChild()
    for _ in range(200):
        focus = window.focusWidget()
        if focus is None or focus in passed:
            break
        passed.append(focus)
        window.focusNextChild()
    return passed


def is_stop(part: QWidget) -> bool:
    """Whether Tab should stop here."""
    if not part.isVisible() or not part.isEnabled() or not isinstance(part, (*CONTROLS, QAbstractItemView)):
        return False
    if part.objectName() in ("qt_spinbox_lineedit", "ScrollLeftButton", "ScrollRightButton"):
        return False
    return bool(part.focusPolicy() & Qt.FocusPolicy.TabFocus) or not isinstance(part, QLineEdit | QAbstractItemView)


def is_reached(part: QWidget, reached: Sequence[QWidget]) -> bool:
    """Whether Tab stops there, or beside it where arrows go on: at another of buttons that exclude each other."""
    if isinstance(part, QAbstractButton) and (part.group() is not None or part.autoExclusive()):
        group = part.group()
        beside = group.buttons() if group is not None else part.parentWidget().findChildren(QAbstractButton)
        return any(other in reached for other in beside)
    return part in reached


def of_the_top(stage: Stage) -> QWidget:
    """What can be used: a card over the window takes everything below away."""
    cards = (stage.window.stop_jobs, stage.conductor.prompt_panel)
    return next((card for card in cards if card.isVisible()), stage.window)


@pytest.mark.parametrize("names", [line.split() for line in WINDOWS.split("\n") if line], ids=lambda names: names[0])
def test_every_control_is_named_and_reached(
    theatre: Theatre, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stage, "settle", lambda _, milliseconds=REST: QTest.qWait(min(milliseconds, REST)))
    with theatre.staged(vault=names[0] not in setup.STATES) as stage:
        for name in names:
            STATES[name](stage)
            assert nameless_controls(stage.window) == [], name
            assert missed(stage) == [], name
            assert astray(stage) == [], name


def astray(stage: Stage) -> list[str]:
    """Name what has become a window of its own, because it was shown before it had its place in the real one."""
    windows = (each for each in QApplication.topLevelWidgets() if each.isVisible() and each is not stage.window)
    return [type(each).__name__ for each in windows if each.windowType() is Qt.WindowType.Window]


def missed(stage: Stage) -> list[str]:
    """Name the controls that Tab does not reach."""
    if QApplication.activePopupWidget() is not None:
        return []  # a menu goes by its arrows
    wanted = [part for part in of_the_top(stage).findChildren(QWidget) if is_stop(part)]
    reached = reached_by_tab(stage.window)
    return [f"{type(part).__name__} “{part.accessibleName()}”" for part in wanted if not is_reached(part, reached)]
