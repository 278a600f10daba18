"""A certificate made in the window: one that the key signs itself, or a request for an issuer."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from signet.errors import UsageError
from signet.gui.pages import choosing
from signet.gui.pages.export_key import file_stem
from signet.gui.pages.key_host import KeyForm, KeyHost
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import plain_button, primary_button
from signet.gui.widgets.forms import caption, choice_box, column
from signet.gui.widgets.text import label
from signet.keys.model import Key
from signet.keys.spec import Protection
from signet.services import certificates_making as making
from signet.services.certificates import KeyCertificate
from signet.services.certificates_making import CertificateWish, Fields, Request

OWN = (
    "Ready at once, and shows your name beside what you sign. Nobody else vouches for it: those who get your "
    "documents have to accept it once."
)
ASKED = (
    "For a company or authority that issues certificates: it checks who you are, and others believe it. Send it the "
    "request; import its answer here."
)
SEND = "Send this to whoever issues the certificate. It is no secret. When the answer has come, import it here."
CARD = "The PIN of the card will be asked for."
YEARS = ((1, 365), (2, 731), (3, making.DEFAULT_DAYS), (5, 1827), (10, making.MAX_DAYS))
"""Years, and the days that they have at most."""
REQUESTS = "Requests (*.csr);;All files (*)"
_MAX_TEXT = 64
_REQUEST_HEIGHT = 220


class MakeForm(KeyForm):
    """The body of the panel: whom the certificate names; `wanted` carries a `CertificateWish`."""

    wanted = Signal(object)
    checked = Signal(object)
    """What is wrong stands in this widget."""

    def __init__(self, theme: Theme, key: Key, *, asks: bool) -> None:
        super().__init__(theme)
        self.asks = asks
        self.name = _field("Name", "Mari Maasikas")
        self.email = _field("E-mail address", "mari@example.com", limit=254)
        self.organisation = _field("Organisation", "")
        self.country = _field("Country, two letters", "EE", limit=2)
        self.years = choice_box("Valid for")
        for years, days in YEARS:
            self.years.addItem("1 year" if years == 1 else f"{years} years", days)
        self.years.setCurrentIndex(self.years.findData(making.DEFAULT_DAYS))
        self.make_button = primary_button("Make request" if asks else "Make certificate")
        whole = column(self)
        whole.addWidget(self.banner)
        whole.addWidget(label(ASKED if asks else OWN, "muted", wrap=True))
        for said, field in (
            ("Your name", self.name),
            ("E-mail (if you like)", self.email),
            ("Organisation (if you like)", self.organisation),
            ("Country (if you like)", self.country),
        ):
            whole.addWidget(caption(said, field))
            whole.addWidget(field)
            field.returnPressed.connect(self.make_button.click)
            field.textChanged.connect(self._check)
        if not asks:
            whole.addWidget(caption("Valid for", self.years))
            whole.addWidget(self.years)
        if key.protection is Protection.TOKEN:
            whole.addWidget(label(CARD, "small", wrap=True))
        whole.addStretch(1)
        self.make_button.clicked.connect(self._make)
        self._check()

    def set_busy(self, busy: bool) -> None:
        """Stop a second click while the key signs."""
        self.make_button.setEnabled(not busy and bool(self.name.text().strip()))

    def _check(self) -> None:
        self.set_busy(False)

    def _make(self) -> None:
        subject = Fields(self.name.text(), self.organisation.text(), self.country.text()).text
        wish = CertificateWish(subject, self.email.text().strip(), int(self.years.currentData()))
        try:
            making.check_wish(wish)
        except UsageError as error:
            self.banner.show_message("Please check this", error.message, kind="bad")
            self.checked.emit(self.banner)
            return
        self.banner.hide()
        self.wanted.emit(wish)


class RequestForm(KeyForm):
    """A request that was made, to be saved or copied."""

    file_wanted = Signal()

    def __init__(self, theme: Theme, request: Request) -> None:
        super().__init__(theme)
        self.request = request
        self.text = QPlainTextEdit(request.pem)
        self.text.setReadOnly(True)
        self.text.setAccessibleName("The request as text")
        self.text.setFixedHeight(_REQUEST_HEIGHT)
        self.text.setTabChangesFocus(True)
        self.text.setProperty("role", "mono")
        self.copy_button = plain_button("Copy", name="Copy the request")
        self.save_button = primary_button("Save as file…", name="Save the request as a file")
        whole = column(self)
        for widget in (
            self.banner,
            label(SEND, "body", wrap=True),
            label(request.subject, "small", wrap=True),
            self.text,
        ):
            whole.addWidget(widget)
        whole.addStretch(1)
        self.save_button.clicked.connect(self.file_wanted)

    def set_busy(self, busy: bool) -> None:
        """Stop a second click while it is written."""
        self.save_button.setEnabled(not busy)


def open_make(host: KeyHost, key: Key) -> None:
    """Open the form for a certificate that the key signs itself."""
    form = MakeForm(host.theme, key, asks=False)

    def done(made: KeyCertificate) -> None:
        if host.form is form:
            host.close_form()
        host.told.emit(
            f"“{key.alias}” has a certificate for “{made.common_name}”",
            "What you sign with it shows that name. Give others the certificate, so that they can accept it.",
        )

    def make(wish: CertificateWish) -> None:
        host.run(lambda session: making.make_self_signed(session, key.id, wish), done)

    form.wanted.connect(make)
    form.checked.connect(host.reveal)
    host.open_form(f"A certificate for “{key.alias}”", form, form.make_button, focus=form.name)


def open_request(host: KeyHost, key: Key) -> None:
    """Open the form for a request."""
    form = MakeForm(host.theme, key, asks=True)

    def done(made: Request) -> None:
        if host.form is form:
            _show(host, key, made)

    def make(wish: CertificateWish) -> None:
        host.run(lambda session: making.make_request(session, key.id, wish), done)

    form.wanted.connect(make)
    form.checked.connect(host.reveal)
    host.open_form(f"Ask for a certificate for “{key.alias}”", form, form.make_button, focus=form.name)


def _show(host: KeyHost, key: Key, request: Request) -> None:
    form = RequestForm(host.theme, request)
    form.copy_button.clicked.connect(partial(_copy, host, form))
    form.file_wanted.connect(partial(_ask, host, key, form))
    host.open_form("Your request", form, form.copy_button, form.save_button, focus=form.save_button)


def _copy(host: KeyHost, form: RequestForm, _: bool = False) -> None:
    QGuiApplication.clipboard().setText(form.request.pem)
    host.told.emit("The request was copied", "Paste it into the issuer's form, or into a message.")


def _ask(host: KeyHost, key: Key, form: RequestForm) -> None:
    def write(path: str) -> None:
        host.run(
            lambda session: making.write_request(session, form.request, path),
            lambda written: host.told.emit("The request was saved", f"It is in {written}. {SEND}"),
        )

    choosing.ask_where_to_save(
        form,
        title="Save the request",
        folder=choosing.home(),
        name=f"{file_stem(key)}.csr",
        kinds=REQUESTS,
        chosen=write,
    )


def _field(name: str, example: str, *, limit: int = _MAX_TEXT) -> QLineEdit:
    made = QLineEdit()
    made.setAccessibleName(name)
    made.setPlaceholderText(example)
    made.setMaxLength(limit)
    return made
