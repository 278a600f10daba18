"""Fields that keep their value when somebody scrolls past: Qt's own change with the wheel, whoever it was meant for.

A form that is longer than its panel is scrolled with the mouse over it, and what it says must not change on the way:
nobody would see that another level, key or number is chosen. The wheel goes on to what scrolls; arrow keys choose.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QDateEdit, QSpinBox, QStyle, QStyleOptionComboBox

_MARGIN = 4  # pixels that the style leaves on both sides of the words


class Choice(QComboBox):
    """A choice among a few; a long one ends in dots."""

    def initStyleOption(self, option: QStyleOptionComboBox) -> None:
        """Shorten what is shown to the room that there is."""
        super().initStyleOption(option)
        control, part = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(control, option, part, self).width() - _MARGIN
        option.currentText = self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, room)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave it to what scrolls."""
        event.ignore()


class Number(QSpinBox):
    """A whole number."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave it to what scrolls."""
        event.ignore()


class Day(QDateEdit):
    """A date."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave it to what scrolls."""
        event.ignore()
