"""The strip above the log: the picture of use, and how far cards have signed the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from signet.errors import SignetError
from signet.gui.design import SPACE
from signet.gui.pages import times
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import link_button
from signet.gui.widgets.text import label
from signet.gui.widgets.use_picture import UsePicture
from signet.services import checkpoints
from signet.services.checkpoints import CheckpointView, Due
from signet.services.session import Session
from signet.services.use_over_time import UseOverTime, uses_over_time


@dataclass(frozen=True)
class Summary:
    """What the strip shows; ``broken`` if checkpoints cannot be read, which verifying explains."""

    uses: UseOverTime
    last: CheckpointView | None
    due: Due | None
    broken: bool = False


def read_summary(session: Session, key: str | None) -> Summary:
    """Read it, of one key's use or all; blocking, for a task."""
    uses = uses_over_time(session, key)
    try:
        return Summary(uses, checkpoints.newest(session), checkpoints.due(session))
    except SignetError:
        return Summary(uses, None, None, broken=True)


def signed_words(summary: Summary, now: datetime) -> str:
    """Say how far cards have signed the log, and whether they should sign again."""
    if summary.broken:
        return "What cards signed cannot be read. Verify the log."
    said = "No card has signed this log yet."
    if summary.last is not None:
        who = summary.last.label or "a card that is no way in any more"
        when = times.short(summary.last.checkpoint.time, now)
        said = f"Signed up to entry {summary.last.checkpoint.sequence} by “{who}”: {when}."
    if summary.due is None:
        return said
    if not summary.due.possible:
        return f"{said} No card among the ways in can sign it."
    return f"{said} Due again: a card signs it when it next opens the vault."


class ActivitySummary(QWidget):
    """Two columns, read aloud as sentences."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.uses = UsePicture(theme)
        self.signed = label("", "muted", wrap=True)
        self.sign_button = link_button("Sign now…", name="Have a card sign the log now")
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(label("Signed by cards", "strong"))
        right.addWidget(self.signed)
        right.addWidget(self.sign_button, 0, Qt.AlignmentFlag.AlignLeft)
        right.addStretch(1)
        self.sign_button.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.wide)
        row.addWidget(self.uses, 1)
        row.addLayout(right, 1)

    def show_summary(self, summary: Summary, now: datetime) -> None:
        """Show this instead of what was there."""
        self.uses.show_uses(summary.uses)
        self.signed.setText(signed_words(summary, now))
        self.sign_button.setVisible(summary.due is not None and summary.due.possible)
