"""The other side of the page People: issuers that are trusted, trusted lists of states, with their panel."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.desk import Desk
from signet.gui.pages.key_host import KeyHost
from signet.gui.pages.people_issuers import IssuerList, read_issuers
from signet.gui.pages.people_lists import TrustedLists, read_lists
from signet.gui.pages.reading import Reader
from signet.gui.tasks import Tasks
from signet.gui.theme import Theme
from signet.gui.widgets.section import Section
from signet.services.issuers import IssuerView
from signet.services.session import Session
from signet.services.trusted_lists import ListView

_WIDTH = 720


@dataclass(frozen=True)
class AuthoritiesLook:
    """Everything that is shown."""

    issuers: tuple[IssuerView, ...] = ()
    lists: tuple[ListView, ...] = ()


class Authorities(QWidget):
    """Reads anew on every change; `host` is the panel beside it."""

    def __init__(self, desk: Desk, tasks: Tasks, theme: Theme) -> None:
        super().__init__()
        self.host = KeyHost(desk, tasks, theme, name="Details of the issuer")
        self.issuers = IssuerList(self.host)
        self.lists = TrustedLists(self.host)
        self._reader = Reader(desk, tasks, self)
        self._arrange()
        self._reader.arrived.connect(self._show)
        self._reader.failed.connect(self.host.failed)
        desk.unlocked.connect(self.reload)
        desk.changed.connect(self.reload)
        desk.locked.connect(self._forget)
        self.reload()

    def reload(self) -> None:
        """Read everything anew."""
        self._reader.read(lambda session, _: _read(session))

    def _arrange(self) -> None:
        holder = QWidget()
        holder.setMaximumWidth(_WIDTH)
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.wide)
        column.addWidget(Section("Issuers that you trust", self.issuers))
        column.addWidget(Section("Trusted lists of states", self.lists))
        inside = QWidget()
        middle = QVBoxLayout(inside)
        middle.setContentsMargins(SPACE.wide, SPACE.wide, SPACE.wide, SPACE.wide)
        middle.addWidget(holder)
        middle.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(scroll, 1)
        row.addWidget(self.host)

    def _show(self, look: object) -> None:
        if isinstance(look, AuthoritiesLook):
            self.issuers.show_issuers(look.issuers)
            self.lists.show_lists(look.lists)

    def _forget(self) -> None:
        self.host.close_panel()
        self._show(AuthoritiesLook())


def _read(session: Session) -> AuthoritiesLook:
    return AuthoritiesLook(read_issuers(session), read_lists(session))
