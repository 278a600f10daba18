"""The known files of a key brought to its newest version: what there is to do, then a job of the page Files."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout

from signet.gui.design import SPACE
from signet.gui.pages.key_action import KeyAction, Rows
from signet.gui.pages.key_host import KeyForm, KeyHost
from signet.gui.pages.key_versions_words import counted
from signet.gui.pages.keys_model import KeyRow
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import primary_button
from signet.gui.widgets.text import ElidedLabel, label
from signet.keys.rotation import rotates
from signet.services.key_files import Behind, behind
from signet.services.rotation import can_rotate

LOOKING = "Looking where the known files are…"
HOW = "Each is encrypted anew in its place; nothing unprotected is written. You can stop at any time and go on later."
ALL_THERE = "Every known file that is in its place is under the newest version."
_NAMED = 6
"""Files that are named; more are counted."""


class ReEncryptForm(KeyForm):
    """Says how many files move, and which are not where they were seen last."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.start_button = primary_button("Re-encrypt")
        self.start_button.setEnabled(False)
        self.said = label(LOOKING, "body", wrap=True)
        self.how = label(HOW, "muted", wrap=True)
        self.missing = label("", "warn", wrap=True)
        self._places = QVBoxLayout()
        self._places.setSpacing(SPACE.tiny)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.medium)
        for widget in (self.banner, self.said, self.how, self.missing):
            column.addWidget(widget)
        column.addLayout(self._places)
        column.addStretch(1)
        self.how.hide()
        self.missing.hide()

    def show_found(self, found: Behind) -> None:
        """Show what there is to do."""
        count, newest = len(found.files), found.key.version
        if count:
            verb = "is" if count == 1 else "are"
            self.said.setText(
                f"{counted(count, 'known file')} {verb} under older versions. The newest is version {newest}."
            )
            self.start_button.setText(f"Re-encrypt {counted(count, 'file')}")
        else:
            self.said.setText(ALL_THERE)
        self.how.setVisible(count > 0)
        self.start_button.setEnabled(count > 0)
        away = found.elsewhere
        if away:
            verb = "is" if len(away) == 1 else "are"
            self.missing.setText(f"{counted(len(away), 'file')} {verb} not in place any more, and left alone:")
            for path in away[:_NAMED]:
                self._places.addWidget(ElidedLabel(path, "small"))
            if len(away) > _NAMED:
                self._places.addWidget(label(f"and {len(away) - _NAMED} more", "small"))
        self.missing.setVisible(bool(away))


def open_re_encrypt(host: KeyHost, rows: Rows) -> None:
    """Open the form, look where the files are, and hand the work to the page Files."""
    key = rows[0].key
    form = ReEncryptForm(host.theme)

    def show(found: Behind) -> None:
        if host.form is form:
            form.show_found(found)
            form.start_button.setFocus()

    def start() -> None:
        host.close_form()
        host.use_wanted.emit(RE_ENCRYPT.name, key.id)

    form.start_button.clicked.connect(start)
    host.open_form(f"Re-encrypt files of “{key.alias}”", form, form.start_button)
    host.run(lambda session: behind(session, key.id), show, changes=False)


def _has_files(row: KeyRow) -> bool:
    return rotates(row.key) and row.key.version > 1 and row.files > 0


def _can(row: KeyRow) -> bool:
    return can_rotate(row.key)


RE_ENCRYPT = KeyAction(
    "re-encrypt",
    "Re-encrypt files…",
    "Encrypt the files that are known anew, under the newest version of the key.",
    open_re_encrypt,
    offered=_has_files,
    enabled=_can,
)
