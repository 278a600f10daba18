"""A key for another vault of one's own: asked for there, sent here, taken in there; three steps, two fingerprints."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QVBoxLayout

from signet.gui.design import SPACE
from signet.gui.pages import choosing, times
from signet.gui.pages.export_key import file_stem
from signet.gui.pages.key_action import KeyAction, Place, Rows
from signet.gui.pages.key_host import KeyForm, KeyHost
from signet.gui.pages.key_section import KeySection
from signet.gui.pages.keys_model import KeyRow
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.gui.widgets.text import label
from signet.keys.model import Key
from signet.keys.spec import Protection
from signet.services import keys, receiving, sending
from signet.services.exporting import MAX_REASON
from signet.services.presence import with_presence
from signet.services.receiving import Received, Requested
from signet.services.sending import Sent
from signet.services.session import Session

REQUESTS = "Requests (*.request);;All files (*)"
PARCELS = "Sent keys (*.signet-key);;All files (*)"
SENDING = (
    "The other vault has to ask first: there, “New key”, then “Take a key from another vault…”. Bring the file of "
    "its request here. You compare its fingerprint with the one that is shown there, and bring the new file back."
)
RECEIVING = (
    "For a vault of yours that has the key. Make a request here, take the file there, and choose “Send to another "
    "vault…” for the key. What it writes you bring back."
)


class SendForm(KeyForm):
    """The body of the panel; `wanted` once a request is to be chosen."""

    wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.reason = QLineEdit()
        self.reason.setAccessibleName("Why")
        self.reason.setPlaceholderText("for example for the laptop")
        self.reason.setMaxLength(MAX_REASON)
        self.choose_button = primary_button("Choose the request…")
        caption = label("Why? It goes into the log", "strong")
        caption.setBuddy(self.reason)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        stays = "The key stays here too, and is rotated here. Only that vault opens the file, once, within 24 hours."
        for widget in (
            self.banner,
            label(SENDING, "muted", wrap=True),
            label(stays, "muted", wrap=True),
            caption,
            self.reason,
        ):
            column.addWidget(widget)
        column.addStretch(1)
        self.reason.returnPressed.connect(self.choose_button.click)
        self.choose_button.clicked.connect(self.wanted)

    def set_busy(self, busy: bool) -> None:
        """Stop a second click while the key is being sent."""
        self.choose_button.setEnabled(not busy)


def open_send(host: KeyHost, rows: Rows) -> None:
    """Open the form for sending a key."""
    key = rows[0].key
    form = SendForm(host.theme)

    def sent(made: Sent) -> None:
        if host.form is form:
            host.close_form()
        host.told.emit(
            f"“{key.alias}” is ready to be taken along",
            f"It is in {made.path}. The other vault will show this fingerprint of it: {made.fingerprint}",
        )

    def then_place(request: str) -> None:
        def send(path: str) -> None:
            reason = form.reason.text()
            host.run(
                lambda session: with_presence(
                    session, lambda: sending.send_key(session, key.id, request, path, reason=reason)
                ),
                sent,
            )

        choosing.ask_where_to_save(
            form,
            title=f"Send “{key.alias}”",
            folder=choosing.home(),
            name=f"{file_stem(key)}.signet-key",
            kinds=PARCELS,
            chosen=send,
        )

    def ask() -> None:
        form.banner.hide()
        choosing.ask_for_a_file(
            form,
            title="The request of the other vault",
            folder=choosing.home(),
            kinds=REQUESTS,
            chosen=then_place,
        )

    form.wanted.connect(ask)
    host.open_form(f"Send “{key.alias}”", form, form.choose_button, focus=form.reason)


class ReceiveForm(KeyForm):
    """The body of the panel: first a request, then what came back."""

    request_wanted = Signal()
    file_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.request_button = plain_button("Make a request…")
        self.guarded = QCheckBox("Ask for a card each time")
        self.take_button = primary_button("Take in the key…", name="Choose the file of the key that was sent")
        self._fingerprint = label("", "code", wrap=True, selectable=True)
        self._until = label("", "small", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        column.addWidget(self.banner)
        column.addWidget(label(RECEIVING, "muted", wrap=True))
        column.addWidget(label("1. Ask for it", "strong"))
        column.addWidget(self.request_button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._fingerprint)
        column.addWidget(self._until)
        column.addWidget(label("2. Take it in", "strong"))
        said = "Once the other vault has sent it. You compare the fingerprint that was shown there."
        column.addWidget(label(said, "small", wrap=True))
        column.addWidget(self.guarded)
        column.addStretch(1)
        self._fingerprint.hide()
        self._until.hide()
        self.request_button.clicked.connect(self.request_wanted)
        self.take_button.clicked.connect(self.file_wanted)

    def show_request(self, made: Requested) -> None:
        """Show the fingerprint that the person compares on the other screen."""
        self._fingerprint.setText(made.fingerprint)
        self._fingerprint.setAccessibleName(f"Fingerprint of the request: {made.fingerprint}")
        until = times.short(made.expires, datetime.now().astimezone())
        self._until.setText(f"Compare this with what the other vault shows. {made.path} is good until {until}, once.")
        self._fingerprint.show()
        self._until.show()

    def set_busy(self, busy: bool) -> None:
        """Stop a second click while something is read or written."""
        for button in (self.request_button, self.take_button):
            button.setEnabled(not busy)


def open_receive(host: KeyHost) -> None:
    """Open the form for a key from another vault."""
    session = host.desk.session
    if session is None:
        return
    form = ReceiveForm(host.theme)
    form.request_wanted.connect(partial(_ask_where, host, form))
    form.file_wanted.connect(partial(_ask_for_file, host, form))
    host.open_form("A key from another vault", form, form.take_button, focus=form.request_button)


def _ask_where(host: KeyHost, form: ReceiveForm) -> None:
    def made(found: Requested) -> None:
        if host.form is form:
            form.show_request(found)

    def make(path: str) -> None:
        host.run(lambda session: with_presence(session, lambda: receiving.request_key(session, path)), made)

    choosing.ask_where_to_save(
        form, title="The request", folder=choosing.home(), name="a-key-please.request", kinds=REQUESTS, chosen=make
    )


def _ask_for_file(host: KeyHost, form: ReceiveForm) -> None:
    def taken(got: Received) -> None:
        host.made.emit(got.key)
        added = "" if got.added == got.key.version else f" {got.added} new."
        host.told.emit(
            f"“{got.key.alias}” is here",
            f"Files of the other vault open with it.{added} It is rotated there. The file is of no use any more.",
        )

    def take(path: str) -> None:
        kept = Protection.GUARDED if form.guarded.isChecked() else Protection.VAULT

        def work(session: Session) -> Received:
            return with_presence(session, lambda: receiving.receive_key(session, path, protection=kept))

        host.run(work, taken)

    choosing.ask_for_a_file(form, title="The key that was sent", folder=choosing.home(), kinds=PARCELS, chosen=take)


class HomeSection(KeySection):
    """Where a key is rotated that came from another vault."""

    title = "From another vault"

    def __init__(self, host: KeyHost) -> None:
        super().__init__(host)
        self._key: Key | None = None
        self.keep_button = plain_button("Rotate it here…", name="Let this vault rotate the key")
        self.add(
            label(
                "It is rotated in the vault that it came from, and sent again after that. If that vault is no more, "
                "this one can go on with it.",
                "small",
                wrap=True,
            )
        )
        self.add(self.keep_button)
        self.keep_button.clicked.connect(self._keep)
        self.hide()

    @staticmethod
    def read(session: Session, key: Key, /) -> object:
        """Whether another vault rotates it."""
        return bool(keys.find_key(session, key.id).home)

    def show_key(self, row: KeyRow) -> None:
        """Nothing is known yet of another key."""
        if self._key is None or self._key.id != row.key.id:
            self.hide()
        self._key = row.key

    def show_answer(self, _: KeyRow, answer: object) -> None:
        """Show the section for a key that another vault rotates."""
        self.setVisible(answer is True)

    def _keep(self) -> None:
        key, host = self._key, self.host
        if key is None:
            return

        def done(kept: Key) -> None:
            host.told.emit(
                f"“{kept.alias}” is rotated here", "Versions of the vault that it came from do not come any more."
            )

        host.run(lambda session: with_presence(session, lambda: receiving.keep_key(session, key.id)), done)


def _leaves_the_vault(row: KeyRow) -> bool:
    return row.key.protection is not Protection.TOKEN


SEND = KeyAction(
    "send",
    "Send to another vault…",
    "The same key in a second vault of yours, with all its versions.",
    open_send,
    offered=_leaves_the_vault,
    enabled=lambda row: row.usable,
    place=Place.COPY,
)
