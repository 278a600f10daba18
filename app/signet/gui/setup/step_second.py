"""The second way in: a recovery code on paper, one in a file, or another card."""

from __future__ import annotations

import os

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.desk import Desk
from signet.gui.pages.choosing import ask_where_to_save, home
from signet.gui.setup.cards import CardPicker
from signet.gui.setup.plan import Plan, Second
from signet.gui.setup.step import Step
from signet.gui.tasks import Tasks
from signet.gui.theme import Theme
from signet.gui.unlock_look import vault_name
from signet.gui.widgets.buttons import plain_button
from signet.gui.widgets.choice_card import ChoiceCard
from signet.gui.widgets.text import label, restyle, set_role

_CARDS = (
    (
        Second.CODE_BY_HAND,
        "code",
        "A recovery code on paper",
        "Printed or written by hand, and kept in a safe place.",
    ),
    (Second.CODE_FILE, "download", "A recovery code in a file", "For a stick that you lock away."),
    (Second.CARD, "card", "Another card", "A second card, kept in another place."),
)


class StepSecond(Step):
    """The fourth step; a vault is never made with one way in."""

    name = "A second way in"

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme, plan: Plan) -> None:
        super().__init__(
            "How would you get in if the first way were lost?",
            "Cards break and passphrases are forgotten. One more way in, kept elsewhere, and nothing is lost.",
            plan,
        )
        self.cards: dict[Second, ChoiceCard] = {}
        for second, icon, title, sentence in _CARDS:
            card = ChoiceCard(theme, icon, title, sentence)
            card.setObjectName(f"second-{second}")
            card.toggled.connect(self._turn)
            self.cards[second] = card
            self.body.addWidget(card)
        self.cards[Second.CODE_BY_HAND].show_state("Recommended", "ok")
        self.file = QLineEdit()
        self.file.setAccessibleName("File for the recovery code")
        self.choose = plain_button("Choose…", name="Choose the file")
        self.note = label("", "muted", wrap=True)
        self.picker = CardPicker(desk, tasks, theme)
        self._file_row = _file_row(self.file, self.choose, self.note)
        self.body.addWidget(self._file_row)
        self.body.addWidget(self.picker)
        self.cards[Second.CODE_BY_HAND].setChecked(True)
        self.choose.clicked.connect(self._ask_for_file)
        self.file.textChanged.connect(self._edited)
        self.picker.changed.connect(self.changed)
        self.picker.tried.connect(self._tried)
        self._turn()

    @property
    def chosen(self) -> Second:
        """Which second way in is chosen."""
        return next(second for second, card in self.cards.items() if card.isChecked())

    @property
    def ready(self) -> bool:
        """Whether what the choice needs is given."""
        if self.chosen is Second.CODE_FILE:
            return bool(self.file.text().strip())
        return self.chosen is Second.CODE_BY_HAND or self.picker.ready

    @property
    def busy(self) -> bool:
        """Whether the second card is being tried."""
        return self.picker.busy

    def enter(self) -> None:
        """Begin at what is chosen."""
        if not self.file.text():
            self.file.setText(os.path.join(home(), f"{vault_name(self.plan.path)}-recovery-code.txt"))
        self._turn()
        self.focus(self.cards[self.chosen])

    def leave(self) -> None:
        """Look for cards no further."""
        self.picker.stop()

    def advance(self) -> None:
        """Take the choice; another card is tried first."""
        self.plan.second = self.chosen
        if self.chosen is Second.CARD:
            self.picker.try_card()
            return
        if self.chosen is Second.CODE_FILE:
            path = os.path.abspath(os.path.expanduser(self.file.text().strip()))
            if os.path.lexists(path):
                self.refuse_file("There is a file of that name already. Choose another name.")
                return
            if not os.path.isdir(os.path.dirname(path)):
                self.refuse_file("There is no such folder. Choose another one.")
                return
            self.plan.code_path = path
        self.passed.emit()

    def refuse_file(self, why: str) -> None:
        """Say why the file cannot be taken."""
        self.note.setText(why)
        set_role(self.note, "bad")
        restyle(self.file, wrong="true")
        self.focus(self.file)

    def take_file(self, path: str) -> None:
        """Go on with this file."""
        self.file.setText(path)

    def _turn(self) -> None:
        if not any(card.isChecked() for card in self.cards.values()):
            return
        self._file_row.setVisible(self.chosen is Second.CODE_FILE)
        self.picker.setVisible(self.chosen is Second.CARD)
        if self.chosen is Second.CARD and self.isVisible():
            self.picker.start(exclude=(self.plan.token,) if self.plan.token is not None else ())
        else:
            self.picker.stop()
        self.changed.emit()

    def _edited(self) -> None:
        restyle(self.file, wrong="false")
        set_role(self.note, "small")
        self.note.setText("Keep the file away from this computer: “Cards & recovery” reminds you until it is gone.")
        self.changed.emit()

    def _tried(self) -> None:
        if self.plan.second_secret is not None:
            self.plan.second_secret.wipe()
        self.plan.second_token, self.plan.second_secret = self.picker.token, self.picker.secret
        self.picker.secret = None
        self.passed.emit()

    def _ask_for_file(self) -> QFileDialog:
        return ask_where_to_save(
            self,
            title="A file for the recovery code",
            folder=os.path.dirname(self.file.text()) or home(),
            name=os.path.basename(self.file.text()),
            kinds="Text (*.txt);;All files (*)",
            chosen=self.take_file,
        )


def _file_row(file: QLineEdit, choose: QWidget, note: QWidget) -> QWidget:
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(SPACE.small)
    row = QHBoxLayout()
    row.setSpacing(SPACE.small)
    row.addWidget(file, 1)
    row.addWidget(choose)
    column.addLayout(row)
    column.addWidget(note)
    return whole
