"""Asking for the secret of a way in within a panel: which one, and what is typed for it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from signet.errors import SignetError
from signet.formats.header import MethodKind
from signet.gui.administration import Proof
from signet.gui.design import SPACE
from signet.gui.unlock_entry import WayEntry
from signet.gui.unlock_look import SECRETS, VaultLook, WayLook
from signet.gui.unlock_words import refusal, say
from signet.gui.widgets.steady import Choice
from signet.gui.widgets.text import label


class ProofForm(QWidget):
    """A choice of ways in and the field for the chosen one; `submitted` is Enter with something complete."""

    submitted = Signal()
    changed = Signal()

    def __init__(self, caption: str = "Prove that it is you") -> None:
        super().__init__()
        self._look = VaultLook("")
        self.ways = Choice()
        self.ways.setAccessibleName("Way in")
        self.entry = WayEntry()
        self.caption = label(caption, "strong", wrap=True)
        self._sentence = label("", "small", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        column.addWidget(self.caption)
        column.addWidget(self.ways)
        column.addWidget(self._sentence)
        column.addWidget(self.entry)
        self.ways.currentIndexChanged.connect(self._turn)
        self.entry.edited.connect(self.changed)
        self.entry.code.state_changed.connect(self.changed)
        self.entry.submitted.connect(self._enter)

    @property
    def way(self) -> WayLook | None:
        """The way in that is chosen."""
        return self._look.way(str(self.ways.currentData() or ""))

    @property
    def complete(self) -> bool:
        """Whether the secret can be tried now."""
        return self.way is not None and say(self._look, self.way).can_try and self.entry.complete

    def show_ways(self, ways: Sequence[WayLook], *, prefer: str = "") -> None:
        """Offer these ways in; ``prefer`` is chosen first if its secret can be given now."""
        chosen = self.ways.currentData()
        self._look = VaultLook("", tuple(ways))
        self.ways.blockSignals(True)
        self.ways.clear()
        for way in ways:
            away = "" if way.ready else " (not in the reader)"
            self.ways.addItem(f"{_words(way)}{away}", way.id)
        self.ways.blockSignals(False)
        preferred = self._look.way(prefer)
        first = preferred if preferred is not None and preferred.ready else self._look.first()
        wanted = chosen if chosen and self._look.way(str(chosen)) else first.id if first else ""
        self.ways.setCurrentIndex(max(0, self.ways.findData(wanted)))
        self.ways.setVisible(len(ways) > 1)
        self._turn()

    def take(self) -> Proof | None:
        """What was typed, as a proof; None if nothing is chosen."""
        way = self.way
        if way is None:
            return None
        return Proof(way.id, {SECRETS[way.kind]: self.entry.take()})

    def refuse(self, error: SignetError) -> None:
        """Say by the field why it was refused."""
        self.entry.refuse(refusal(error))

    def _turn(self) -> None:
        way = self.way
        self.entry.setVisible(way is not None)
        if way is not None:
            self.entry.show_way(way)
            said = say(self._look, way)
            self._sentence.setText(said.sentence)
            self.entry.setEnabled(said.can_try)
        self.changed.emit()

    def _enter(self) -> None:
        if self.complete:
            self.submitted.emit()


def _words(way: WayLook) -> str:
    if way.kind is MethodKind.TOKEN:
        return f"Card “{way.label}”"
    return way.label
