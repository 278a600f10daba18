"""A key whose material comes wrapped from somewhere else: made now, it waits."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal

from signet.gui.pages.key_host import KeyForm, KeyHost
from signet.gui.pages.keys_model import TYPES
from signet.gui.pages.name_field import NameField
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import primary_button
from signet.gui.widgets.forms import caption, choice_box, column
from signet.gui.widgets.text import label
from signet.keys.model import Key
from signet.keys.spec import KeySpec, Origin
from signet.services import keys
from signet.services.presence import with_presence

EXPLAINED = (
    "The key is made here now and waits. Then you make a wrapping key for it, give that to whoever has the key "
    "material, and take in what comes back. Programs that do this for AWS KMS can do it for Signet."
)


class WaitingForm(KeyForm):
    """The body of the panel; `wanted` carries a name and a KeySpec."""

    wanted = Signal(str, object)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.name = NameField("for example archive")
        self.spec = choice_box("Kind of key that will come")
        for spec in KeySpec:
            self.spec.addItem(TYPES[spec], spec)
        self.make_button = primary_button("Make it wait", name="Make a key that waits for its material")
        whole = column(self)
        for widget in (
            self.banner,
            label(EXPLAINED, "muted", wrap=True),
            caption("Name", self.name),
            self.name,
            self.name.hint,
            caption("What will come", self.spec),
            self.spec,
        ):
            whole.addWidget(widget)
        whole.addStretch(1)
        self.name.textChanged.connect(self._check)
        self.name.returnPressed.connect(self.make_button.click)
        self.make_button.clicked.connect(self._make)
        self._check()

    def set_busy(self, busy: bool) -> None:
        """Stop a second click while the key is being made."""
        self.make_button.setEnabled(not busy and self.name.is_usable)

    def _check(self) -> None:
        self.make_button.setEnabled(self.name.is_usable)

    def _make(self) -> None:
        if self.make_button.isEnabled():
            self.banner.hide()
            self.wanted.emit(self.name.alias, self.spec.currentData())


def open_waiting(host: KeyHost) -> None:
    """Open the form."""
    if host.desk.session is None:
        return
    form = WaitingForm(host.theme)
    form.wanted.connect(partial(_make, host))
    host.open_form("A key that comes wrapped", form, form.make_button, focus=form.name)


def _make(host: KeyHost, alias: str, spec: KeySpec) -> None:
    def done(key: Key) -> None:
        host.made.emit(key)
        host.told.emit(f"“{key.alias}” waits for its material", "“Import…” goes on from here.")

    host.run(
        lambda session: with_presence(
            session, lambda: keys.create_key(session, alias, spec=KeySpec(spec), origin=Origin.EXTERNAL)
        ),
        done,
    )
