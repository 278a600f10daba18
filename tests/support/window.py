"""Parts of the window for tests: a real desk on a real vault, a person who answers, file dialogs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QFileDialog, QLineEdit, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from signet.gui.desk import Desk
from signet.gui.prompt import Asked, Question, WindowPrompt
from signet.gui.tasks import Tasks
from signet.gui.theme import Theme
from signet.secret import Secret
from signet.services.enrolment import NewMethod
from signet.services.prompt import SecretKind
from signet.services.session import Session
from support.clock import SettableClock
from support.vaults import VaultInTest, make_vault

CONTROLS = (QAbstractButton, QComboBox, QLineEdit, QSpinBox)


@dataclass
class DeskInTest:
    """An unlocked vault on a desk, and who sits there; a question that ``answers`` does not know is cancelled."""

    vault: VaultInTest
    session: Session
    desk: Desk
    tasks: Tasks
    theme: Theme
    prompt: WindowPrompt
    answers: dict[SecretKind, str]
    questions: list[Question]
    qtbot: QtBot

    def answer(self, question: Question) -> None:
        """Answer as the person would."""
        self.questions.append(question)
        if question.asked is Asked.CONFIRM:
            question.answer(True)
        elif question.request is not None and question.request.kind in self.answers:
            question.answer(Secret.from_text(self.answers[question.request.kind]))
        else:
            question.cancel()


@contextmanager
def open_desk(
    qapp: QApplication, qtbot: QtBot, folder: Path, clock: SettableClock, *, more: tuple[NewMethod, ...] = ()
) -> Iterator[DeskInTest]:
    """Make a vault, open it, put it on a desk; everything is closed at the end."""
    vault = make_vault(folder, clock, more=more)
    session = vault.open()
    prompt = WindowPrompt()
    vault.workplace.prompt = prompt
    tasks = Tasks()
    desk = Desk(vault.workplace, tasks)
    desk.open(session)
    made = DeskInTest(
        vault, session, desk, tasks, Theme(qapp, "light"), prompt, dict(vault.prompt.answers), [], qtbot
    )
    prompt.asked.connect(made.answer)
    broken: list[str] = []
    tasks.broken.connect(broken.append)
    try:
        yield made
    finally:
        prompt.close()
        tasks.close()
        desk.close()
        made.theme.deleteLater()
    assert broken == []


def choose_file(qtbot: QtBot, page: QWidget, path: Path) -> None:
    """Type a path into the file dialog that the page has opened, and accept it."""
    qtbot.waitUntil(lambda: page.findChild(QFileDialog, "file-dialog") is not None)
    dialog = page.findChild(QFileDialog, "file-dialog")
    assert isinstance(dialog, QFileDialog)
    field = dialog.findChild(QLineEdit, "fileNameEdit")
    assert isinstance(field, QLineEdit)
    field.setText(str(path))
    with qtbot.waitSignal(dialog.fileSelected):
        dialog.accept()


def nameless_controls(page: QWidget) -> list[str]:
    """The controls of a page that a screen reader could not name; a button's own words are a name."""
    found = []
    for control in page.findChildren(QWidget):
        if isinstance(control, CONTROLS) and control.objectName() not in ("qt_spinbox_lineedit", "ScrollLeftButton"):
            words = control.text() if isinstance(control, QAbstractButton) else ""
            if not control.accessibleName() and not words:
                found.append(f"{type(control).__name__} {control.objectName()} in {type(control.parent()).__name__}")
    return found
