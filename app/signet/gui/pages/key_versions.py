"""The versions of a key in its details: when the next comes, what hangs on each, rotate now, files moved on."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from signet.gui.design import SPACE
from signet.gui.pages.key_host import KeyHost
from signet.gui.pages.key_reencrypt import RE_ENCRYPT
from signet.gui.pages.key_rotation import PLAN, ROTATE, read_versions
from signet.gui.pages.key_section import KeySection
from signet.gui.pages.key_versions_words import (
    VersionsLook,
    counted,
    plan_sentence,
    version_sentence,
    version_title,
)
from signet.gui.pages.keys_model import KeyRow
from signet.gui.widgets.buttons import link_button, plain_button
from signet.gui.widgets.text import label
from signet.keys.model import Key
from signet.keys.rotation import rotates
from signet.keys.state import KeyState
from signet.services.session import Session

SHOWN = 3
"""Versions that are shown before the person wants all of them."""


class VersionsSection(KeySection):
    """Only for keys that can have several versions."""

    title = "Versions"

    def __init__(self, host: KeyHost) -> None:
        super().__init__(host)
        self._row: KeyRow | None = None
        self._look = VersionsLook()
        self._whole = False
        self.plan = label("", "small", wrap=True)
        self.behind = label("", "small", wrap=True)
        self.rotate_button = plain_button("Rotate now")
        self.plan_button = plain_button("Change…", name="Change how often it rotates")
        self.move_button = plain_button("Re-encrypt…", name="Re-encrypt the files under older versions")
        self.all_button = link_button("Show all")
        self._rows = QVBoxLayout()
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(SPACE.small)
        self._arrange()
        self.rotate_button.clicked.connect(self._rotate)
        self.plan_button.clicked.connect(self._plan)
        self.move_button.clicked.connect(self._move)
        self.all_button.clicked.connect(self._show_all)

    def _arrange(self) -> None:
        self.add(self.plan)
        self.body.addLayout(_in_a_row(self.rotate_button, self.plan_button))
        self.body.addLayout(self._rows)
        self.body.addLayout(_in_a_row(self.all_button))
        self.add(self.behind)
        self.body.addLayout(_in_a_row(self.move_button))

    @staticmethod
    def read(session: Session, key: Key, /) -> object:
        """Read versions and plan."""
        return read_versions(session, key)

    def show_key(self, row: KeyRow) -> None:
        """Another key hides it until its versions are read."""
        if self._row is None or self._row.key.id != row.key.id:
            self._whole = False
            self.hide()
        self._row = row
        self.rotate_button.setEnabled(row.key.state is KeyState.ENABLED)

    def show_answer(self, row: KeyRow, answer: object) -> None:
        """Show what was read."""
        self.setVisible(rotates(row.key))
        if isinstance(answer, VersionsLook) and rotates(row.key):
            self._row, self._look = row, answer
            self._show()

    def _show(self) -> None:
        look, row = self._look, self._row
        if row is None:
            return
        self.plan.setText(plan_sentence(look, datetime.now().astimezone()))
        self.plan_button.setVisible(PLAN.offered(row))
        while (item := self._rows.takeAt(0)) is not None:
            shown = item.widget()
            if shown is not None:
                shown.hide()
                shown.deleteLater()
        for version in look.versions if self._whole else look.versions[:SHOWN]:
            line = QWidget()
            column = QVBoxLayout(line)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(1)
            column.addWidget(label(version_title(version), "body"))
            column.addWidget(label(version_sentence(version), "small", wrap=True))
            self._rows.addWidget(line)
        self.all_button.setText(f"Show all {len(look.versions)} versions")
        self.all_button.setVisible(not self._whole and len(look.versions) > SHOWN)
        count = look.files_behind
        verb = "is" if count == 1 else "are"
        self.behind.setText(f"{counted(count, 'known file')} {verb} still under older versions.")
        for widget in (self.behind, self.move_button):
            widget.setVisible(count > 0)
        self.move_button.setEnabled(RE_ENCRYPT.enabled(row))

    def _rotate(self) -> None:
        if self._row is not None:
            ROTATE.do(self.host, (self._row,))

    def _plan(self) -> None:
        if self._row is not None:
            PLAN.do(self.host, (self._row,))

    def _move(self) -> None:
        if self._row is not None:
            RE_ENCRYPT.do(self.host, (self._row,))

    def _show_all(self) -> None:
        self._whole = True
        self._show()
        self.rotate_button.setFocus()


def _in_a_row(*buttons: QPushButton) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(SPACE.small)
    for button in buttons:
        row.addWidget(button)
    row.addStretch(1)
    return row
