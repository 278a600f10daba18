"""How long a signature can be proven: the choice of a level, and of the time-stamp service that the longer ones need.

Nothing is preset and nothing asked: a service is one that the person named, in the settings or right here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QWidget

from signet.documents.wishes import Form, Level
from signet.gui.design import SPACE
from signet.gui.pages.documents_sign_words import LEVELS, SERVICE_LEARNS, month, provable
from signet.gui.widgets.buttons import link_button, plain_button
from signet.gui.widgets.forms import choice_box, column
from signet.gui.widgets.text import label, set_role

NAME_ONE = "Name a time-stamp service…"
_INSIDE = (Level.LT, Level.LTA)
NEEDS_ONE = "To prove it for longer, name a service that stamps times."


class LevelChoice(QWidget):
    """`changed` when something else is chosen; `service_wanted` carries the address of a service that was typed.

    Of a document that is ``signed`` already, what every signature has is not offered.
    """

    changed = Signal()
    service_wanted = Signal(str)

    def __init__(self, *, signed: bool = False) -> None:
        super().__init__()
        self._ends: datetime | None = None
        self._form, self._inside = Form.AUTO, True
        self._now = datetime.now().astimezone()
        self.levels = choice_box("How long the signature can be proven")
        self.said = label("", "small", wrap=True)
        self.services = choice_box("Time-stamp service")
        self.learns = label(SERVICE_LEARNS, "small", wrap=True)
        self.name_link = link_button(NAME_ONE)
        self.address = QLineEdit()
        self.address.setAccessibleName("Address of the time-stamp service")
        self.address.setPlaceholderText("https://…")
        self.add_button = plain_button("Add", name="Add this time-stamp service")
        self._adding = QWidget()
        row = QHBoxLayout(self._adding)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.small)
        row.addWidget(self.address, 1)
        row.addWidget(self.add_button)
        rows = column(self)
        for widget in (self.levels, self.said, self.services, self.name_link, self._adding, self.learns):
            rows.addWidget(widget)
        for level, (title, _) in LEVELS.items():
            if level is not Level.B or not signed:
                self.levels.addItem(title, level)
        self._adding.hide()
        self.levels.activated.connect(self._chosen)
        self.services.activated.connect(self._chosen)
        self.name_link.clicked.connect(self._open_field)
        self.address.returnPressed.connect(self.add_button.click)
        self.add_button.clicked.connect(self._add)
        self.show_services(())

    @property
    def level(self) -> Level:
        """What is chosen; B-B where no other can be."""
        return Level(self.levels.currentData()) if self.service else Level.B

    @property
    def service(self) -> str:
        """The address of the service that is chosen, "" if none is named."""
        return str(self.services.currentData() or "")

    def choose(self, level: Level, service: str) -> None:
        """Choose what was chosen last time, as far as it is still there."""
        place = self.services.findData(service)
        self.services.setCurrentIndex(max(place, 0))
        choose_data(self.levels, level if self.service else Level.B)
        self._show()

    def show_services(self, found: Sequence[tuple[str, str]], chosen: str = "") -> None:
        """Offer these services: what each is called, and its address."""
        wanted = chosen or self.service
        self.services.clear()
        for name, address in found:
            self.services.addItem(name, address)
        self.services.setCurrentIndex(max(self.services.findData(wanted), 0) if found else -1)
        if chosen:
            self.address.clear()
            self._adding.hide()
            if self.level is Level.B:
                self.levels.setCurrentIndex(self.levels.findData(Level.T))
            self.levels.setFocus(Qt.FocusReason.OtherFocusReason)
        if not found:
            choose_data(self.levels, Level.B)
        self._show()

    def show_end(self, form: Form, ends: datetime | None, now: datetime, *, inside: bool) -> None:
        """Say until when that can be proven: with what kind of signature, when the certificate ends.

        ``inside``: every signature goes into a PDF; others cannot hold what the two longest levels put in.
        """
        self._form, self._ends, self._now = form, ends, now
        self.show_inside(inside=inside)

    def show_inside(self, *, inside: bool) -> None:
        """Offer the two longest levels only for signatures inside a PDF."""
        self._inside = inside
        if not inside and self.level in _INSIDE:
            self.levels.setCurrentIndex(self.levels.findData(Level.T))
        self._show()

    def _show(self) -> None:
        named = self.services.count() > 0
        model = self.levels.model()
        if isinstance(model, QStandardItemModel):
            for row in range(self.levels.count()):
                level = self.levels.itemData(row)
                able = named and (self._inside or level not in _INSIDE)
                model.item(row).setEnabled(able or level == Level.B)
        title, first = LEVELS[Level.B][0], self.levels.findData(Level.B)
        if first >= 0:
            self.levels.setItemText(first, f"{title} ({month(self._ends)})" if self._ends is not None else title)
        said, well = provable(self._form, self.level, self._ends, self.services.currentText(), self._now)
        parts = (LEVELS[self.level][1], said) if named else (said, NEEDS_ONE)
        self.said.setText(" ".join(part for part in parts if part))
        set_role(self.said, "small" if well else "warn")
        asked = self.level is not Level.B
        self.services.setVisible(asked)
        self.learns.setVisible(asked or not self._adding.isHidden())
        self.name_link.setVisible(self._adding.isHidden() and (not named or asked))
        self.name_link.setText("another service…" if named else NAME_ONE)

    def _chosen(self) -> None:
        self._show()
        self.changed.emit()

    def _open_field(self) -> None:
        self._adding.show()
        self._show()
        self.address.setFocus(Qt.FocusReason.OtherFocusReason)

    def _add(self) -> None:
        address = self.address.text().strip()
        if address:
            self.service_wanted.emit(address)


def choose_data(combo: QComboBox, value: object) -> None:
    """Choose the entry that stands for ``value``, the first if there is none."""
    combo.setCurrentIndex(max(combo.findData(value), 0))
