"""The certificates of a key in its details: which there are, whether they hold, and what can be done about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from signet.clock import parse_timestamp, timestamp
from signet.gui.design import SPACE
from signet.gui.pages.certificate_words import issued, pill_of, purpose, span
from signet.gui.pages.key_action import KeyAction, Rows
from signet.gui.pages.key_certificates_import import open_import
from signet.gui.pages.key_certificates_making import open_make, open_request
from signet.gui.pages.key_certificates_show import open_certificate
from signet.gui.pages.key_host import KeyHost
from signet.gui.pages.key_section import KeySection
from signet.gui.pages.keys_model import KeyRow
from signet.gui.widgets.buttons import link_button, plain_button
from signet.gui.widgets.pill import Pill
from signet.gui.widgets.text import ElidedLabel, label
from signet.keys.model import Key
from signet.keys.state import Act, KeyState, permits
from signet.services.certificates import KeyCertificate, certificates_of
from signet.services.certificates_making import can_be_certified
from signet.services.session import Session

EMPTY = (
    "No certificate yet. Most programs show a signature's name only with one. Make one yourself in a minute, or ask "
    "somebody who issues them."
)
_Opener = Callable[[KeyHost, Key], None]
SHOWN = 3
"""Certificates that are shown before the person wants all of them."""


@dataclass(frozen=True)
class CertificatesLook:
    """What was read of a key's certificates, and when (RFC 3339, by the vault's clock)."""

    found: tuple[KeyCertificate, ...] = ()
    now: str = ""


class CertificatesSection(KeySection):
    """For keys that can have certificates made, and for others that have some."""

    title = "Certificates"

    def __init__(self, host: KeyHost) -> None:
        super().__init__(host)
        self._row: KeyRow | None = None
        self._look = CertificatesLook()
        self._whole = False
        self.empty = label(EMPTY, "small", wrap=True)
        self.add_button = plain_button("Add a certificate…")
        self.menu = QMenu(self)
        self.make = self.menu.addAction("Make one yourself…")
        self.request = self.menu.addAction("Ask an issuer for one…")
        self.bring = self.menu.addAction("Import one…")
        self.add_button.setMenu(self.menu)
        self.all_button = link_button("Show all")
        self._rows = QVBoxLayout()
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(SPACE.medium)
        self.add(self.empty)
        self.body.addLayout(self._rows)
        self.body.addLayout(_left(self.all_button))
        self.body.addLayout(_left(self.add_button))
        self.make.triggered.connect(partial(self._open, open_make))
        self.request.triggered.connect(partial(self._open, open_request))
        self.bring.triggered.connect(partial(self._open, open_import))
        self.all_button.clicked.connect(self._show_all)

    @staticmethod
    def read(session: Session, key: Key, /) -> object:
        """Read the certificates."""
        if key.spec.is_symmetric:
            return CertificatesLook()
        return CertificatesLook(certificates_of(session, key.id), timestamp(session.workplace.clock.now()))

    def show_key(self, row: KeyRow) -> None:
        """Another key hides it until its certificates are read."""
        if self._row is None or self._row.key.id != row.key.id:
            self._whole = False
            self.hide()
        self._row = row

    def show_answer(self, row: KeyRow, answer: object) -> None:
        """Show what was read."""
        if not isinstance(answer, CertificatesLook):
            return
        self._row, self._look = row, answer
        able = can_be_certified(row.key)
        self.setVisible(bool(answer.found) or able)
        signs = able and row.key.state is KeyState.ENABLED
        for action in (self.make, self.request):
            action.setVisible(able)
            action.setEnabled(signs)
        self.add_button.setEnabled(permits(_stored(row), Act.ADD_CERTIFICATE))
        self._show()

    def _show(self) -> None:
        found = self._look.found
        self.empty.setVisible(not found)
        focus = self.window().focusWidget()
        had_focus = focus is not None and self.isAncestorOf(focus)
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for each in found if self._whole else found[:SHOWN]:
            self._rows.addWidget(self._line(each))
        self.all_button.setText(f"Show all {len(found)} certificates")
        self.all_button.setVisible(not self._whole and len(found) > SHOWN)
        if had_focus:
            self.add_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _line(self, certificate: KeyCertificate) -> QWidget:
        line = QWidget()
        column = QVBoxLayout(line)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        head = QHBoxLayout()
        head.setSpacing(SPACE.small)
        head.addWidget(ElidedLabel(certificate.common_name, "strong", Qt.TextElideMode.ElideRight), 1)
        head.addWidget(Pill(*pill_of(certificate, parse_timestamp(self._look.now))))
        column.addLayout(head)
        column.addWidget(label(f"{issued(certificate.facts)}, {span(certificate)}", "small", wrap=True))
        column.addWidget(label(purpose(certificate), "small" if certificate.for_signatures else "warn", wrap=True))
        if certificate.usual and len(self._look.found) > 1:
            column.addWidget(label("This key signs with it.", "small", wrap=True))
        show = link_button("Show…", name=f"Show the certificate of {certificate.common_name}, {span(certificate)}")
        show.clicked.connect(partial(self._open_one, certificate))
        column.addLayout(_left(show))
        return line

    def _open(self, opener: _Opener, _: bool = False) -> None:
        if self._row is not None:
            opener(self.host, self._row.key)

    def _open_one(self, certificate: KeyCertificate, _: bool = False) -> None:
        if self._row is not None:
            several = len(self._look.found) > 1
            open_certificate(self.host, self._row.key, certificate, self._look.now, several=several)

    def _show_all(self) -> None:
        self._whole = True
        self._show()
        self.add_button.setFocus(Qt.FocusReason.OtherFocusReason)


def _left(button: QPushButton) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addWidget(button)
    row.addStretch(1)
    return row


def _stored(row: KeyRow) -> KeyState:
    """The state that is stored: a key whose card is away can have its certificates changed all the same."""
    return KeyState.ENABLED if row.key.state is KeyState.UNAVAILABLE else row.key.state


def _can_be_certified(row: KeyRow) -> bool:
    return can_be_certified(row.key)


def _signs(row: KeyRow) -> bool:
    return row.key.state is KeyState.ENABLED


def _make(host: KeyHost, rows: Rows) -> None:
    open_make(host, rows[0].key)


MAKE_CERTIFICATE = KeyAction(
    "certificate",
    "Make a certificate…",
    "So that other programs show your name beside what this key signs.",
    _make,
    offered=_can_be_certified,
    enabled=_signs,
)
