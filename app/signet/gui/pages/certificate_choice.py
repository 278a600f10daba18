"""Which certificate goes into a signature: those meant for signing; the others once the person wants to see them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from signet.gui.design import SPACE
from signet.gui.pages.certificate_words import Offered, in_a_line, span, whole_name
from signet.gui.widgets.buttons import link_button
from signet.gui.widgets.forms import choice_box, column
from signet.gui.widgets.text import label, set_role, set_shown
from signet.services.certificates import Validity

NONE = (
    "This key has no certificate yet. Other programs show a name beside a signature only with one: make one "
    "yourself, or ask for one."
)
NONE_MEANT = "None of its certificates is meant for signing documents."
NONE_NOW = "None of its certificates can be used for signing today."
SHOW_ALL = "Show all certificates"


class CertificateChoice(QWidget):
    """`turned_to` after every change of what is chosen; `certificate_wanted` if one is to be made first."""

    turned_to = Signal()
    certificate_wanted = Signal()

    def __init__(self, *, can_make: bool = True) -> None:
        super().__init__()
        self._found: tuple[Offered, ...] = ()
        self._can_make = can_make
        self.box = choice_box("Certificate")
        self.hint = label("", "small", wrap=True)
        self.show_all = QCheckBox(SHOW_ALL)
        self.make_button = link_button("Make or import a certificate…")
        body = column(self, SPACE.small)
        for widget in (self.box, self.hint, self.show_all, self.make_button):
            body.addWidget(widget)
        self.box.currentIndexChanged.connect(self._turned)
        self.show_all.toggled.connect(self._filled)
        self.make_button.clicked.connect(self.certificate_wanted)
        self.show_certificates(())

    @property
    def current(self) -> Offered | None:
        """What is chosen; None if there is nothing to choose."""
        chosen = self.box.currentData()
        return next((each for each in self._found if each.fingerprint == chosen), None)

    @property
    def fingerprint(self) -> str:
        """That of the one that is chosen, "" if none is."""
        return "" if self.current is None else self.current.fingerprint

    def show_certificates(self, found: Sequence[Offered]) -> None:
        """Offer the certificates of a key; what was chosen stays so, else the first is chosen."""
        self._found = tuple(found)
        self._filled()

    def _shown(self) -> tuple[Offered, ...]:
        able = [each for each in self._found if each.can_sign]
        return tuple(each for each in able if each.for_signatures or self.show_all.isChecked())

    def _filled(self) -> None:
        chosen, shown = self.box.currentData(), self._shown()
        blocked = self.box.blockSignals(True)
        self.box.clear()
        for each in shown:
            self.box.addItem(in_a_line(each), each.fingerprint)
        self.box.setCurrentIndex(max(self.box.findData(chosen), 0) if shown else -1)
        self.box.blockSignals(blocked)
        others = any(each.can_sign and not each.for_signatures for each in self._found)
        set_shown(self.show_all, others)
        set_shown(self.box, bool(shown))
        set_shown(self.make_button, not shown and self._can_make)
        self._turned()

    def _turned(self) -> None:
        current = self.current
        if current is None:
            self.hint.setText(self._why_none())
            set_role(self.hint, "body")
        elif current.for_signatures:
            self.hint.setText(f"{whole_name(current.facts.subject)}; {span(current)}.")
            set_role(self.hint, "small")
        else:
            self.hint.setText(current.reason)
            set_role(self.hint, "warn")
        self.turned_to.emit()

    def _why_none(self) -> str:
        if not self._found:
            return NONE
        if any(each.can_sign for each in self._found):
            return NONE_MEANT
        ended = [each for each in self._found if each.validity is Validity.EXPIRED]
        if len(ended) == len(self._found) == 1:
            return f"Its certificate {span(ended[0])}. Make or import a new one."
        return NONE_NOW
