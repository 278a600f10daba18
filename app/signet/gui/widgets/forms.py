"""What every form is made of: columns without margins, captions that belong to their field, choices."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.widgets.steady import Choice
from signet.gui.widgets.text import label


def column(widget: QWidget, spacing: int = SPACE.small) -> QVBoxLayout:
    """Give ``widget`` a column that reaches its edges."""
    made = QVBoxLayout(widget)
    made.setContentsMargins(0, 0, 0, 0)
    made.setSpacing(spacing)
    return made


def caption(text: str, field: QWidget) -> QLabel:
    """Make the caption of a field, for the eye and for who hears it."""
    made = label(text, "strong")
    made.setBuddy(field)
    return made


def choice_box(name: str) -> QComboBox:
    """Make a choice that its longest entry does not widen beyond the panel; ``name`` is for who hears it."""
    made = Choice()
    made.setAccessibleName(name)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    made.setMinimumContentsLength(12)
    return made
