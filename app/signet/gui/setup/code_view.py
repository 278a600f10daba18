"""A new recovery code: shown, printed or written by hand, and typed back after it has left the screen."""

from __future__ import annotations

import os
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from signet.errors import SignetError
from signet.formats.recovery import read_code
from signet.gui.design import SPACE
from signet.gui.pages.choosing import ask_where_to_save, home
from signet.gui.pages.times import date_of
from signet.gui.prompt import Question
from signet.gui.sentences import words
from signet.gui.sheet import Sheet
from signet.gui.sheet_output import print_sheets, save_sheet
from signet.gui.unlock_fields import CODE_LENGTH, CodeField, CodeState
from signet.gui.unlock_look import vault_name
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.gui.widgets.text import Role, label, set_role
from signet.services.recovery_code import refuse_inside

_COLUMNS = 3


class CodeView(QWidget):
    """Answers one `Question` for a recovery code; `saved` carries the path of a sheet that was saved as a file."""

    saved = Signal(str)
    answered = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("code-view")
        self._question: Question | None = None
        self._path = ""
        self._groups: list[QLabel] = []
        self.print = plain_button("Print…", name="Print the recovery sheet")
        self.save = plain_button("Save as PDF…", name="Save the recovery sheet as PDF")
        self.have_it = primary_button("I have it on paper")
        self.have_it.setObjectName("code-have-it")
        self.field = CodeField("Recovery code, typed back", pasting=False)
        self.show_again = plain_button("Show it again")
        self.check = primary_button("Check it")
        self.check.setObjectName("code-check")
        self.note = label("", "muted", wrap=True)
        self._shown = QWidget()
        self._typing = QWidget()
        self._build()
        self.print.clicked.connect(self._print)
        self.save.clicked.connect(self._ask_where)
        self.have_it.clicked.connect(self._hide_code)
        self.show_again.clicked.connect(self._show_code)
        self.check.clicked.connect(self._check)
        self.field.returnPressed.connect(self._check)
        self.field.state_changed.connect(self._typed)
        self.field.paste_refused.connect(self._pasted)

    def begin(self, question: Question, vault_path: str) -> None:
        """Show the code of this question, which is for the vault that is, or will be, at ``vault_path``."""
        self._question, self._path = question, vault_path
        self._show_code()

    def end(self) -> None:
        """Take everything off the screen; a question that is still open is cancelled."""
        question, self._question = self._question, None
        self._clear()
        self.field.reset()
        if question is not None:
            question.cancel()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.medium)
        shown = QVBoxLayout(self._shown)
        shown.setContentsMargins(0, 0, 0, 0)
        shown.setSpacing(SPACE.medium)
        grid = QGridLayout()
        grid.setSpacing(SPACE.small)
        for place in range(CODE_LENGTH // 4):
            group = label("", "code")
            group.setAlignment(Qt.AlignmentFlag.AlignCenter)
            group.setAccessibleName(f"Group {place + 1}")
            self._groups.append(group)
            grid.addWidget(group, *divmod(place, _COLUMNS))
        shown.addLayout(grid)
        shown.addLayout(_row(self.print, self.save, None, self.have_it))
        typing = QVBoxLayout(self._typing)
        typing.setContentsMargins(0, 0, 0, 0)
        typing.setSpacing(SPACE.medium)
        typing.addWidget(label("Now type it from your paper", "strong"))
        typing.addWidget(self.field)
        typing.addLayout(_row(self.show_again, None, self.check))
        column.addWidget(self._shown)
        column.addWidget(self._typing)
        column.addWidget(self.note)
        self._typing.hide()

    def _show_code(self) -> None:
        if self._question is None or self._question.code is None:
            return
        for group, characters in zip(self._groups, self._question.code.text().split("-"), strict=True):
            group.setText(characters)
        self.field.reset()
        self._typing.hide()
        self._shown.show()
        self._say("Write it down or print it. The next step asks you to type it from there.")
        self.have_it.setFocus(Qt.FocusReason.OtherFocusReason)

    def _hide_code(self) -> None:
        self._clear()
        self._shown.hide()
        self._typing.show()
        self._say("Pasting is not possible here: this proves that what you have on paper is right.")
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self._typed()

    def _clear(self) -> None:
        for group in self._groups:
            group.clear()

    def _typed(self) -> None:
        state = self.field.state
        self.check.setEnabled(state is CodeState.GOOD)
        self.field.mark_wrong(state is CodeState.WRONG)
        if state is CodeState.SHORT:
            self._say(f"{self.field.count} of {CODE_LENGTH} characters")
        elif state is CodeState.WRONG:
            self._say("There is a typing mistake somewhere. Compare it with your paper, group by group.", "bad")
        elif state is CodeState.GOOD:
            self._say("✓ Complete, without a typing mistake.", "ok")

    def _pasted(self) -> None:
        self._say("Type it from your paper, sign by sign. Pasting would prove nothing.", "warn")

    def _check(self) -> None:
        question = self._question
        if question is None or question.code is None or self.field.state is not CodeState.GOOD:
            return
        typed = self.field.take()
        with read_code(typed.text()) as given, read_code(question.code.text()) as wanted:
            same = given == wanted
        if not same:
            typed.wipe()
            self._say("That is a recovery code, but not this one. Is it an older sheet?", "bad")
            return
        self._question = None
        question.answer(typed)
        self.answered.emit()

    def _sheet(self) -> Sheet | None:
        """The sheet of the code that is shown; None if none is."""
        question = self._question
        if question is None or question.code is None or question.vault is None:
            return None
        return Sheet(vault_name(self._path), question.vault, date_of(datetime.now().astimezone()), question.code)

    def _print(self) -> None:
        """Send the sheet to a printer that the person chooses."""
        sheet = self._sheet()
        told = "" if sheet is None else print_sheets(self, [sheet])
        if told:
            self._say(told)

    def _ask_where(self) -> None:
        ask_where_to_save(
            self,
            title="Save the recovery sheet",
            folder=home(),
            name=f"{vault_name(self._path)}-recovery-sheet.pdf",
            kinds="PDF (*.pdf);;All files (*)",
            chosen=self.save_to,
        )

    def save_to(self, path: str) -> None:
        """Save the sheet as PDF; "Cards & recovery" reminds of the file until it is gone."""
        sheet = self._sheet()
        if sheet is None:
            return
        try:
            refuse_inside(path, self._path)
            save_sheet(sheet, os.path.abspath(path))
        except SignetError as error:
            self._say(words(error).text, "bad")
            return
        self._say(f"Saved as {path}. Print it, then delete the file: whoever finds it gets in.", "warn")
        self.saved.emit(os.path.abspath(path))

    def _say(self, text: str, tone: Role = "muted") -> None:
        self.note.setText(text)
        set_role(self.note, tone)


def _row(*parts: QPushButton | None) -> QHBoxLayout:
    """Buttons side by side; None is a gap that takes what is left."""
    row = QHBoxLayout()
    row.setSpacing(SPACE.small)
    for part in parts:
        if part is None:
            row.addStretch(1)
        else:
            row.addWidget(part)
    return row
