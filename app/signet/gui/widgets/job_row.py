"""A row for one job: what becomes of what, how far it is, and afterwards what can be done with the result."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout

from signet.gui.design import SPACE
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import plain_button
from signet.gui.widgets.pace import Pace, size_text
from signet.gui.widgets.pill import Pill, PillKind
from signet.gui.widgets.text import ElidedLabel, label

_STEPS = 1000  # of the progress bar, which counts in C int: bytes would overflow it
_NUMBERS = 178
"""Pixels that most amounts and rates need; with less the bar would jump with every figure."""

_LEAST_BAR = 80


class JobRow(QFrame):
    """One job. The page connects the signals; the row only shows."""

    cancelled = Signal()
    paused = Signal(bool)
    """Carries whether the job is to wait, or to go on."""
    retried = Signal()
    shown_in_folder = Signal()

    def __init__(self, theme: Theme, name: str, *, icon: str = "file") -> None:
        super().__init__()
        self.setProperty("kind", "row")
        self._name = name
        self._pace = Pace()
        self._narrow = False
        self._stopping = False
        self._theme = theme
        self._picture = QLabel()
        theme.dress(self._picture, icon)
        self._title = ElidedLabel(name)
        self._sentence = label("", "small", wrap=True)
        self._bar = QProgressBar()
        self._bar.setRange(0, _STEPS)
        self._bar.setTextVisible(False)
        self._bar.setMinimumWidth(_LEAST_BAR)  # else Qt's own least width takes the room of the figures
        self._bar.setAccessibleName(f"Progress of {name}")
        self._amount = label("", "small")
        self._amount.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._amount.setMinimumWidth(_NUMBERS)
        self._left = label("", "small")
        self._left.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._pill = Pill()
        self.cancel_button = plain_button("Cancel", name=f"Cancel {name}")
        self.cancel_button.clicked.connect(self.cancelled)
        self.pause_button = plain_button("Pause", name=f"Pause {name}")
        self.pause_button.clicked.connect(self._pause)
        self.retry_button = plain_button("Try again", name=f"Try {name} again")
        self.retry_button.clicked.connect(self.retried)
        self.folder_button = plain_button("Show in folder", name=f"Show the result of {name} in its folder")
        self.folder_button.clicked.connect(self.shown_in_folder)
        self._extra: list[QPushButton] = []
        self._build()
        self.show_waiting()

    def _build(self) -> None:
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(SPACE.wide, SPACE.medium, SPACE.wide, SPACE.medium)
        self._row.setSpacing(SPACE.large)
        column = QVBoxLayout()
        column.setSpacing(SPACE.tiny)
        for widget in (self._title, self._sentence, self._bar):
            column.addWidget(widget)
        what = QHBoxLayout()
        what.setSpacing(SPACE.large)
        what.addWidget(self._picture)
        what.addLayout(column, 1)
        numbers = QVBoxLayout()
        numbers.setSpacing(1)
        numbers.addWidget(self._amount)
        numbers.addWidget(self._left)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(SPACE.small)
        self._own = (self.pause_button, self.cancel_button, self.retry_button, self.folder_button)
        for button in self._own:
            self._buttons.addWidget(button)
        self._state = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._state.setSpacing(SPACE.large)
        self._state.addStretch(1)
        self._state.addLayout(numbers)
        self._state.addWidget(self._pill, 0, Qt.AlignmentFlag.AlignRight)
        self._state.addLayout(self._buttons)
        self._row.addLayout(what, 1)
        self._row.addLayout(self._state)
        self.setMinimumHeight(60)

    def set_narrow(self, narrow: bool) -> None:
        """Put state and buttons below the words, where there is no room beside them."""
        self._narrow = narrow
        self._arrange()

    def _arrange(self) -> None:
        directions = QBoxLayout.Direction
        self._row.setDirection(directions.TopToBottom if self._narrow else directions.LeftToRight)
        self._row.setSpacing(SPACE.small if self._narrow else SPACE.large)
        several = sum(not button.isHidden() for button in self.findChildren(QPushButton)) > 1
        stacked = self._narrow and several
        self._state.setDirection(directions.TopToBottom if stacked else directions.LeftToRight)
        self._state.setSpacing(SPACE.small if stacked else SPACE.large)
        self._buttons.setAlignment(Qt.AlignmentFlag.AlignRight)

    @property
    def state_text(self) -> str:
        """The words of the pill."""
        return self._pill.text()

    @property
    def sentence(self) -> str:
        """The sentence under the name."""
        return self._sentence.text()

    def show_output(self, output: str) -> None:
        """Name what becomes of it: ``name → output``."""
        self._title.set_text(f"{self._name} → {output}" if output else self._name)

    def show_icon(self, name: str, tone: str = "muted") -> None:
        """Show another icon, for instance a verdict's sign; ``tone`` is a field of Colours."""
        self._theme.dress(self._picture, name, tone=tone)

    def show_waiting(self, sentence: str = "Waits for its turn") -> None:
        """Show that the job has not begun."""
        self._set(sentence, running=False, pill=("Waiting", "neutral"), buttons=(self.cancel_button,))

    def show_progress(self, done: int, total: int) -> None:
        """Show bytes done and in all (0: not known yet); rate and time left come from the pace until now."""
        if self._stopping:
            return
        self._pace.note(done, monotonic())
        self._bar.setValue(_STEPS * done // total if total else 0)
        self._offer("Pause")
        self._set("", running=True, pill=("", "neutral"), buttons=(self.pause_button, self.cancel_button))
        rate = self._pace.rate_text()
        amount = f"{size_text(done)} of {size_text(total)}" if total else ""
        self._show_amount(amount + (f" · {rate}" if rate else ""))
        self._left.setText(self._pace.left_text(total - done))

    def show_paused(self, done: int, total: int) -> None:
        """Show that the job waits where it is: bytes done and in all (0: not known yet)."""
        if self._stopping:
            return
        self._pace = Pace()  # the time of a pause is no time of work
        self._bar.setValue(_STEPS * done // total if total else 0)
        self._offer("Continue")
        self._set("", running=True, pill=("Paused", "neutral"), buttons=(self.pause_button, self.cancel_button))
        self._show_amount(f"{size_text(done)} of {size_text(total)}" if total else "")
        self._left.setText("")

    def show_stopping(self) -> None:
        """Show that the job was cancelled and is not over yet: what it wrote may take the disk a moment to let go."""
        self._stopping = True
        self._set("", running=True, pill=("Cancelling", "neutral"), buttons=(self.cancel_button,))
        self._amount.setVisible(False)
        self._left.setVisible(False)

    def show_counts(self, done: int, total: int, noun: str = "files") -> None:
        """Show how many of several things are done."""
        self._bar.setValue(_STEPS * done // total if total else 0)
        self._set("", running=True, pill=("", "neutral"), buttons=(self.cancel_button,))
        self._show_amount(f"{done} of {total} {noun}")
        self._left.setText("")

    def show_done(self, text: str, sentence: str, *actions: QPushButton) -> None:
        """Show a job that went well; ``text`` is for the pill, as ``Encrypted``."""
        self._set(sentence, running=False, pill=(text, "ok"), buttons=(self.folder_button,), extra=actions)

    def show_failed(self, text: str, sentence: str, *actions: QPushButton, kind: PillKind = "bad") -> None:
        """Show a job that did not; ``sentence`` says what happened and what to do."""
        self._set(sentence, running=False, pill=(text, kind), buttons=(self.retry_button,), extra=actions)

    def _set(
        self,
        sentence: str,
        *,
        running: bool,
        pill: tuple[str, PillKind],
        buttons: Sequence[QPushButton],
        extra: Sequence[QPushButton] = (),
    ) -> None:
        self._bar.setVisible(running)
        self._amount.setVisible(running)
        self._left.setVisible(running)
        self._sentence.setText(sentence)
        self._sentence.setVisible(not running)
        self._pill.show_state(*pill)
        for old in self._extra:
            old.deleteLater()
        self._extra = list(extra)
        for added in self._extra:
            self._buttons.addWidget(added)
        for button in self._own:
            button.setVisible(button in buttons)
        self._arrange()

    def _show_amount(self, words: str) -> None:
        """Show figures whole; the room that they once needed stays theirs, lest the bar jump."""
        self._amount.setText(words)
        self._amount.setMinimumWidth(max(self._amount.minimumWidth(), self._amount.sizeHint().width()))

    def _offer(self, word: str) -> None:
        self.pause_button.setText(word)
        self.pause_button.setAccessibleName(f"{word} {self._name}")

    def _pause(self) -> None:
        self.paused.emit(self.pause_button.text() == "Pause")
