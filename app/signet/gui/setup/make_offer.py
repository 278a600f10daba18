"""The offer to make a key on a card that has none for opening a vault, where a card is chosen."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.desk import Desk
from signet.gui.setup.make_key import MakeKeyForm, made_words
from signet.gui.setup.seen import SeenCard
from signet.gui.tasks import Tasks
from signet.gui.widgets.buttons import link_button
from signet.services.token_making import Made
from signet.tokens.model import Token


class MakeOffer(QWidget):
    """A line that opens the form below it; hidden while every card has its key. `changed` carries what to say."""

    changed = Signal(str)

    def __init__(self, desk: Desk, tasks: Tasks) -> None:
        super().__init__()
        self._desk, self._tasks = desk, tasks
        self._token: Token | None = None
        self.start = link_button("Make a key on it…")
        self.start.setObjectName("make-offer")
        self.form: MakeKeyForm | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE.medium)
        self._column.addWidget(self.start, 0, Qt.AlignmentFlag.AlignLeft)
        self.start.clicked.connect(self._open)
        self.hide()

    def follow(self, seen: Iterable[SeenCard]) -> None:
        """Offer it for the first card that shows no key; stop once the card of the offer is gone."""
        cards = {card.place: card for card in seen}
        known = self._token
        if known is not None and (known.module, known.serial) in cards:
            return
        self.offer(next((card.token for card in cards.values() if card.keyless), None))

    def offer(self, token: Token | None) -> None:
        """Offer it for that card; for none, take the offer back."""
        if self.form is not None and self.form.running:
            return
        self._close()
        self._token = token
        if token is not None:
            self.start.setText(f"Make a key on “{token.label or token.model}”…")
            self.start.setAccessibleName(f"Make a key on {token.label or token.model}")
        self.setVisible(token is not None)

    def _open(self) -> None:
        if self._token is None:
            return
        self.form = MakeKeyForm(self._desk, self._tasks, self._token)
        self.form.made.connect(self._made)
        self.form.looked.connect(self._looked)
        self._column.addWidget(self.form)
        self.start.hide()
        first = self.form.purpose if self.form.pin.isHidden() else self.form.pin
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _made(self, made: Made) -> None:
        self.offer(None)
        self.changed.emit(f"A key was made. {made_words(made)}")

    def _looked(self) -> None:
        self.offer(None)
        self.changed.emit("")

    def _close(self) -> None:
        form, self.form = self.form, None
        if form is not None:
            self._column.removeWidget(form)
            form.hide()
            form.deleteLater()
        self.start.show()
