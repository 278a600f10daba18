"""Imported keys in the details: material that is waited for, put back, given another last day, or wiped."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import shiboken6
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout

from signet.gui.design import SPACE
from signet.gui.pages import choosing, times
from signet.gui.pages.export_key import file_stem
from signet.gui.pages.key_action import KeyAction, Place, Rows
from signet.gui.pages.key_host import KeyForm, KeyHost
from signet.gui.pages.keys_model import TYPES, KeyRow
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.gui.widgets.last_day import LastDay
from signet.gui.widgets.text import label
from signet.keys.model import Key
from signet.keys.spec import Origin
from signet.keys.state import KeyState
from signet.services import import_expiry, import_transport, importing
from signet.services.import_transport import Parameters
from signet.services.presence import with_presence
from signet.services.session import Session
from signet.store.tables.imports import KeyImport

_ALL = "All files (*)"
HOW_TO_WRAP = "The user guide has the commands, for openssl and as for AWS KMS."


def imported_facts(session: Session, key: Key) -> list[tuple[str, str]]:
    """What the details say of an imported key."""
    if key.origin is not Origin.EXTERNAL:
        return []
    found = import_expiry.import_of(session, key)
    if found is None:
        return [("Imported", "not yet")]
    if found.expires is None:
        return [("Last day", "none")]
    return [("Last day", times.date_of(times.moment(found.expires)))]


class MaterialForm(KeyForm):
    """What to do about a key that waits: three ways to bring its material, or another last day if it only expired."""

    file_wanted = Signal()
    parameters_wanted = Signal()
    wrapped_wanted = Signal()
    day_wanted = Signal()

    def __init__(self, theme: Theme, key: Key) -> None:
        super().__init__(theme)
        self.file_button = plain_button("Choose its file…", name="Choose the file of the key")
        self.parameters_button = plain_button("Make a wrapping key…")
        self.wrapped_button = plain_button("Take in what came back…", name="Take in the wrapped key")
        self.day_button = plain_button("Give it another last day…")
        self._state = label(f"It waits for a key of the kind {TYPES[key.spec]}.", "muted", wrap=True)
        self._expired = label("", "warn", wrap=True)
        self._buttons = (self.day_button, self.file_button, self.parameters_button, self.wrapped_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        column.addWidget(self.banner)
        column.addWidget(self._state)
        column.addWidget(self._expired)
        for title, sentence, *buttons in (
            ("", "", self.day_button),
            (
                "From a file",
                "A private key, a JSON Web Key, or bytes, as another program wrote it.",
                self.file_button,
            ),
            (
                "Wrapped",
                f"Give a wrapping key to whoever has the material, and take in what comes back. It is good for 24 "
                f"hours and once. {HOW_TO_WRAP}",
                self.parameters_button,
                self.wrapped_button,
            ),
        ):
            if title:
                column.addWidget(label(title, "strong"))
                column.addWidget(label(sentence, "small", wrap=True))
            for button in buttons:
                column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        self._expired.hide()
        self.day_button.hide()
        for button, signal in (
            (self.file_button, self.file_wanted),
            (self.parameters_button, self.parameters_wanted),
            (self.wrapped_button, self.wrapped_wanted),
            (self.day_button, self.day_wanted),
        ):
            button.clicked.connect(signal)

    def show_import(self, found: KeyImport | None, *, here: bool) -> None:
        """Say what was there before; ``here`` whether the material still is, and only its day is over."""
        if found is None:
            return
        self._state.setText("It had material before; only exactly the same can be put back.")
        if here and found.expires is not None:
            day = times.date_of(times.moment(found.expires))
            self._expired.setText(
                f"Its last day was {day}. Nothing was destroyed: with another last day it can be used again."
            )
        self._expired.setVisible(here)
        self.day_button.setVisible(here)

    def set_busy(self, busy: bool) -> None:
        """Stop a second click while something is read or written."""
        for button in self._buttons:
            button.setEnabled(not busy)


@dataclass(frozen=True)
class _Before:
    found: KeyImport | None
    here: bool


def open_material(host: KeyHost, rows: Rows) -> None:
    """Open the form for a key that waits."""
    key = rows[0].key
    form = MaterialForm(host.theme, key)
    form.file_wanted.connect(partial(_ask_for_file, host, form, key))
    form.parameters_wanted.connect(partial(_ask_where, host, form, key))
    form.wrapped_wanted.connect(partial(_ask_for_wrapped, host, form, key))
    form.day_wanted.connect(partial(open_day, host, rows))
    host.open_form(f"Material for “{key.alias}”", form, focus=form.file_button)

    def read(session: Session) -> _Before:
        with session.records.read() as reading:
            material = reading.keys.version(key.id, key.version).material
            return _Before(reading.imports.of_key(key.id), material is not None)

    def show(before: _Before) -> None:
        if shiboken6.isValid(form) and host.form is form:
            form.show_import(before.found, here=before.here)

    host.run(read, show, changes=False)


def _ask_for_file(host: KeyHost, form: MaterialForm, key: Key) -> None:
    def bring(path: str) -> None:
        def work(session: Session) -> Key:
            file = importing.read_key_file(session.workplace, path)
            with file.key.material:
                return with_presence(
                    session,
                    lambda: importing.import_material(session, key.id, file.key, details={"path": file.path}),
                )

        host.run(work, partial(_brought, host, form))

    choosing.ask_for_a_file(form, title="The file of the key", folder=choosing.home(), kinds=_ALL, chosen=bring)


def _ask_where(host: KeyHost, form: MaterialForm, key: Key) -> None:
    def make(path: str) -> None:
        token = f"{path}.token"

        def work(session: Session) -> Parameters:
            return with_presence(session, lambda: import_transport.import_parameters(session, key.id, path, token))

        host.run(work, partial(_given, host))

    name = f"{file_stem(key)}-wrapping-key.bin"
    choosing.ask_where_to_save(
        form, title="The wrapping key", folder=choosing.home(), name=name, kinds=_ALL, chosen=make
    )


def _given(host: KeyHost, given: Parameters) -> None:
    until = times.short(given.expires, datetime.now().astimezone())
    host.told.emit(
        "The wrapping key is ready",
        f"Wrap the material with {given.public_key_path} by {given.algorithm.value}, and keep {given.token_path}: "
        f"both are good until {until}. {HOW_TO_WRAP}",
    )


def _ask_for_wrapped(host: KeyHost, form: MaterialForm, key: Key) -> None:
    def then_token(wrapped: str) -> None:
        def bring(token: str) -> None:
            def work(session: Session) -> Key:
                return with_presence(
                    session, lambda: import_transport.import_wrapped(session, key.id, wrapped, token)
                )

            host.run(work, partial(_brought, host, form))

        folder = os.path.dirname(wrapped)
        choosing.ask_for_a_file(
            form,
            title="The token of the wrapping key",
            folder=folder,
            kinds=f"Tokens (*.token);;{_ALL}",
            chosen=bring,
        )

    choosing.ask_for_a_file(form, title="The wrapped key", folder=choosing.home(), kinds=_ALL, chosen=then_token)


def _brought(host: KeyHost, form: MaterialForm, key: Key) -> None:
    if host.form is form:
        host.close_form()
    host.told.emit(
        f"“{key.alias}” has its material", "It can be used. The file still holds it: put that away safely."
    )


class DayForm(KeyForm):
    """Another last day for imported material, or none; `wanted` carries a datetime or None."""

    wanted = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.last_day = LastDay("Stop using it after a day")
        self.save_button = primary_button("Save", name="Save the last day")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        said = (
            "After its last day an imported key is not used any more. Nothing is destroyed: it waits until you give "
            "it another day, import it again, or wipe it."
        )
        for widget in (self.banner, label(said, "muted", wrap=True), self.last_day):
            column.addWidget(widget)
        column.addStretch(1)
        self.save_button.clicked.connect(lambda: self.wanted.emit(self.last_day.moment))

    def set_busy(self, busy: bool) -> None:
        """Stop a second click while it is saved."""
        self.save_button.setEnabled(not busy)


def open_day(host: KeyHost, rows: Rows) -> None:
    """Open the form for another last day."""
    key = rows[0].key
    form = DayForm(host.theme)

    def save(day: datetime | None) -> None:
        def done(changed: Key) -> None:
            if host.form is form:
                host.close_form()
            until = "It can be used without end." if day is None else f"Its last day is {times.date_of(day)}."
            host.told.emit(f"“{changed.alias}” can be used", until)

        host.run(lambda session: with_presence(session, lambda: import_expiry.set_expiry(session, key.id, day)), done)

    form.wanted.connect(save)
    host.open_form(f"Last day of “{key.alias}”", form, form.save_button, focus=form.last_day.box)


def _wipe(host: KeyHost, rows: Rows) -> None:
    key = rows[0].key

    def done(changed: Key) -> None:
        host.told.emit(
            f"The material of “{changed.alias}” is gone", "The key waits until the same is imported again."
        )

    host.run(lambda session: with_presence(session, lambda: import_expiry.delete_material(session, key.id)), done)


def _waits(row: KeyRow) -> bool:
    return row.key.state is KeyState.PENDING_IMPORT


def _imported(row: KeyRow) -> bool:
    return row.key.origin is Origin.EXTERNAL and row.key.state not in (
        KeyState.PENDING_IMPORT,
        KeyState.PENDING_DELETION,
    )


BRING_MATERIAL = KeyAction(
    "bring-material",
    "Import…",
    "Import what it waits for, or give it another last day.",
    open_material,
    offered=_waits,
    place=Place.BUTTON,
)
LAST_DAY = KeyAction(
    "last-day",
    "Change its last day…",
    "Until when this imported key is used; nothing is destroyed then.",
    open_day,
    offered=_imported,
)
WIPE_MATERIAL = KeyAction(
    "wipe-material",
    "Wipe its material…",
    "The key stays, and waits until exactly the same is imported again.",
    _wipe,
    offered=_imported,
    place=Place.END,
)
