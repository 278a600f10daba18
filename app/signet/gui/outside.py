"""Documents while the vault is locked, or where there is none: looked at, checked, signed with a card."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.desk import Desk
from signet.gui.pages.documents import DocumentsPage
from signet.gui.tasks import Tasks
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import plain_button
from signet.gui.widgets.forms import column
from signet.gui.widgets.text import label, line

SAID = "The vault is locked. Your own keys and people are not known here, and nothing is recorded."


class OutsideDocuments(QWidget):
    """The page Documents on its own, with the way back to unlocking above it."""

    back_wanted = Signal()

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme) -> None:
        super().__init__()
        self.setProperty("kind", "page")
        self.setObjectName("outside-documents")
        self.page = DocumentsPage(desk, tasks, theme)
        self.back = plain_button("Unlock…", name="Go back and unlock the vault")
        above = QHBoxLayout()
        above.setContentsMargins(SPACE.wide, SPACE.small, SPACE.wide, SPACE.small)
        above.addWidget(label(SAID, "muted", wrap=True), 1)
        above.addWidget(self.back)
        whole = column(self, 0)
        whole.addLayout(above)
        whole.addWidget(line())
        whole.addWidget(self.page, 1)
        self.back.clicked.connect(self.back_wanted)
        self.page.unlock_wanted.connect(self.back_wanted)

    def take(self, act: str, paths: Sequence[str]) -> None:
        """Look at what was given; without files only show what there is to do."""
        if paths:
            self.page.take(act, paths)
        else:
            self.page.verify_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def sign_by_card(self, paths: Sequence[str]) -> None:
        """Sign with a card that is here."""
        self.page.signing.open(paths)

    @property
    def document(self) -> str:
        """The path of what is looked at, "" if nothing is."""
        return self.page.document

    def close_document(self, *, at_once: bool = False) -> None:
        """Let go of what is looked at."""
        self.page.view.close_document(at_once=at_once)
