"""One step of the set-up assistant: a title, a sentence, and what is chosen or typed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.setup.plan import Plan
from signet.gui.widgets.text import label


class Step(QWidget):
    """``ready`` says whether Continue makes sense; `advance` checks, and `passed` is emitted once all is well."""

    changed = Signal()
    passed = Signal()
    name = ""
    """What the list of steps calls it."""

    def __init__(self, title: str, sentence: str, plan: Plan) -> None:
        super().__init__()
        self.plan = plan
        self.title = label(title, "heading", wrap=True)
        self.sentence = label(sentence, "muted", wrap=True)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(SPACE.medium)
        self.body.addWidget(self.title)
        self.body.addWidget(self.sentence)
        self.body.addSpacing(SPACE.small)

    @property
    def ready(self) -> bool:
        """Whether Continue makes sense now."""
        return True

    @property
    def busy(self) -> bool:
        """Whether something is being tried just now."""
        return False

    def enter(self) -> None:
        """The step comes up: show what fits the plan and put the focus where one begins."""

    def leave(self) -> None:
        """The step goes: stop what it does on its own."""

    def advance(self) -> None:
        """Check what was given, write it into the plan, and emit `passed`; or say beside the field what is wrong."""
        self.passed.emit()

    def focus(self, widget: QWidget) -> None:
        """Put the focus on a widget of the step."""
        widget.setFocus(Qt.FocusReason.OtherFocusReason)
