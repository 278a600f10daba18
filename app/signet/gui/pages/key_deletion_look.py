"""What a person sees before a key is deleted: the facts, and the files by name."""

from __future__ import annotations

import os
from dataclasses import dataclass

from PySide6.QtWidgets import QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.pages import times
from signet.gui.pages.activity_words import readable
from signet.gui.widgets.text import ElidedLabel, label
from signet.keys.model import Key
from signet.services.deletion import Pending, pending_deletion
from signet.services.session import Session
from signet.services.stakes import Stake, stake_of, stake_said

FILES_SHOWN = 8
LOOKING = "Looking for what hangs on it…"


@dataclass(frozen=True)
class Look:
    """What hangs on a key, and how its deletion stands, if it is scheduled."""

    stake: Stake
    pending: Pending | None


def look_at(session: Session, key: Key) -> Look:
    """Look for what hangs on a key; blocking, for a task."""
    return Look(stake_of(session, key), pending_deletion(session, key.id))


class StakeView(QWidget):
    """The facts, each on its own, and the files that hang on the key; says that it looks until `show_look`."""

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE.small)
        self._column.addWidget(label(LOOKING, "muted", wrap=True))
        self.sentences: tuple[str, ...] = ()

    def show_look(self, look: Look) -> None:
        """Show what was found."""
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        files = look.stake.files
        first, *others = stake_said(look.stake, lambda time: times.date_of(times.moment(time)))
        if files:
            count = "One known file is" if len(files) == 1 else f"{len(files)} known files are"
            first = f"{count} encrypted with it, and cannot be opened without it:"
        self.sentences = (first, *others)
        self._column.addWidget(label(first, "bad" if files else "body", wrap=True))
        for entry in files[:FILES_SHOWN]:
            name = ElidedLabel(readable(os.path.basename(entry.path)), "small")
            name.setToolTip(readable(entry.path))
            self._column.addWidget(name)
        if len(files) > FILES_SHOWN:
            self._column.addWidget(label(f"and {len(files) - FILES_SHOWN} more, on the page Files", "small"))
        for sentence in others:
            self._column.addWidget(label(sentence, "body", wrap=True))
