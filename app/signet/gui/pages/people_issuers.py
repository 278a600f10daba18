"""Issuers on the page People: whose certificates are believed; one more once it was compared, one less."""

from __future__ import annotations

from functools import partial

import shiboken6
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from signet.crypto.authorities import Authority
from signet.errors import SignetError
from signet.gui.design import SPACE
from signet.gui.pages import choosing, times
from signet.gui.pages.key_host import KeyForm, KeyHost
from signet.gui.pages.people_changes import SureForm
from signet.gui.pages.people_details import COMPARED, fingerprint_label
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import danger_button, plain_button, primary_button
from signet.gui.widgets.forms import caption, column
from signet.gui.widgets.key_values import KeyValues
from signet.gui.widgets.row_card import RowCard
from signet.gui.widgets.text import label
from signet.gui.widgets.way_row import WayRow
from signet.services import issuers
from signet.services.certificates import Validity
from signet.services.issuers import IssuerView, TrustedIssuer
from signet.services.people import grouped
from signet.services.presence import with_presence
from signet.services.session import Session

EXPLAINED = (
    "An issuer says whose key is whose. If you trust one, signatures of everybody whom it certifies count as valid "
    "here: trust few, and only after comparing."
)
NOBODY = "You trust no issuer yet. Signatures count as valid by the people whose keys you compared."
HOW = (
    "Compare the fingerprint with the one that the issuer publishes, on its website or on paper. Is it the same as "
    "here? Only then is this certificate theirs, and not somebody else's."
)
REACHES_FAR = "From then on everybody whom {name} certifies is believed to be who their certificate says."
MIDDLE = "It was itself certified by another issuer. Trusted here, it counts on its own."
LOST = (
    "Signatures that are valid only because of this issuer show as “signer not known” again. Nothing else changes, "
    "and you can trust it again."
)
_VALIDITY = {Validity.EXPIRED: ("Ended", "warn"), Validity.NOT_YET: ("Not yet valid", "warn")}


def read_issuers(session: Session) -> tuple[IssuerView, ...]:
    """Read every trusted issuer for showing; blocks."""
    return tuple(issuers.view_of(session, each) for each in issuers.list_issuers(session))


class IssuerRow(WayRow):
    """One issuer; signals carry its view."""

    details_wanted = Signal(object)
    remove_wanted = Signal(object)

    def __init__(self, theme: Theme, view: IssuerView) -> None:
        self.details_button = plain_button("Details", name=f"Details of {view.name}")
        self.remove_button = plain_button("Remove…", name=f"Trust {view.name} no more")
        ends = times.date_of(times.moment(view.not_after))
        since = times.date_of(times.moment(view.since))
        detail = f"Compared {since} · holds until {ends} · {grouped(view.fingerprint)[:19]}…"
        super().__init__(theme, "shield", view.name, detail, self.details_button, self.remove_button)
        self._view = view
        state, tone = _VALIDITY.get(view.validity, ("", "neutral"))
        self.show_state(state, "warn" if tone == "warn" else "neutral")
        self.details_button.clicked.connect(self._show)
        self.remove_button.clicked.connect(self._remove)

    def _show(self) -> None:
        self.details_wanted.emit(self._view)

    def _remove(self) -> None:
        self.remove_wanted.emit(self._view)


class IssuerList(QWidget):
    """All issuers, and a button for one more; what follows happens in the host's panel."""

    def __init__(self, host: KeyHost) -> None:
        super().__init__()
        self._host = host
        self.rows: list[IssuerRow] = []
        self._card = RowCard()
        self._none = label(NOBODY, "body", wrap=True)
        self.add_button = plain_button("Add issuer…", name="Add an issuer from its certificate")
        whole = column(self, SPACE.medium)
        whole.addWidget(label(EXPLAINED, "muted", wrap=True))
        whole.addWidget(self._none)
        whole.addWidget(self._card)
        whole.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.add_button.clicked.connect(partial(ask_for_issuer, host))
        self.show_issuers(())

    def show_issuers(self, found: tuple[IssuerView, ...]) -> None:
        """Show these issuers instead."""
        self.rows = [IssuerRow(self._host.theme, view) for view in found]
        for row in self.rows:
            row.details_wanted.connect(partial(show_details, self._host))
            row.remove_wanted.connect(partial(open_remove, self._host))
        self._card.show_rows(self.rows)
        self._none.setVisible(not self.rows)


class IssuerForm(KeyForm):
    """A certificate from a file, its fingerprint to be compared; `wanted` when that is done."""

    wanted = Signal()

    def __init__(self, theme: Theme, authority: Authority) -> None:
        super().__init__(theme)
        self.authority = authority
        said = authority.certificate
        self.name = QLineEdit(said.common_name)
        self.name.setAccessibleName("Name of the issuer")
        self.compared = QCheckBox(COMPARED)
        self.add_button = primary_button("Trust this issuer")
        begins, ends = (times.date_of(times.moment(each)) for each in (said.not_before, said.not_after))
        rows = column(self)
        rows.addWidget(self.banner)
        rows.addWidget(label(HOW, "body", wrap=True))
        rows.addWidget(fingerprint_label(grouped(authority.fingerprint)))
        issuer = "itself" if authority.root else said.issuer
        rows.addWidget(
            KeyValues((("Certificate of", said.subject), ("Issued by", issuer), ("Valid", f"{begins} to {ends}")))
        )
        if not authority.root:
            rows.addWidget(label(MIDDLE, "small", wrap=True))
        rows.addWidget(caption("Name", self.name))
        rows.addWidget(self.name)
        rows.addWidget(self.compared)
        name = said.common_name or said.subject
        rows.addWidget(label(REACHES_FAR.format(name=name), "small", wrap=True))
        rows.addStretch(1)
        self.compared.toggled.connect(self._check)
        self.add_button.clicked.connect(self.wanted)
        self._check()

    def set_busy(self, busy: bool) -> None:
        """Stop a second click."""
        self.add_button.setEnabled(not busy and self.compared.isChecked())

    def _check(self) -> None:
        self.add_button.setEnabled(self.compared.isChecked())


def ask_for_issuer(host: KeyHost, *_: object) -> None:
    """Ask for the file with an issuer's certificate."""
    choosing.ask_for_a_file(
        host,
        title="The certificate of an issuer",
        folder=choosing.home(),
        kinds=choosing.CERTIFICATES,
        chosen=partial(look_at_issuer, host),
    )


def look_at_issuer(host: KeyHost, path: str) -> None:
    """Read the file, and show what is in it; nothing is trusted by that."""
    host.run(lambda _: issuers.issuer_in_file(path), partial(offer_issuer, host), changes=False)


def offer_issuer(host: KeyHost, authority: Authority) -> None:
    """Open the form for an issuer whose certificate is at hand."""
    form = IssuerForm(host.theme, authority)
    form.wanted.connect(partial(_add, host, form))
    host.open_form("Trust an issuer", form, form.add_button, focus=form.compared)


def _add(host: KeyHost, form: IssuerForm) -> None:
    authority, name = form.authority, form.name.text().strip()
    form.banner.hide()

    def work(session: Session) -> TrustedIssuer:
        return with_presence(
            session,
            lambda: issuers.add_issuer(
                session, authority.certificate.der, fingerprint=authority.fingerprint, name=name
            ),
        )

    def done(made: TrustedIssuer) -> None:
        if host.form is form:
            host.close_form()
        host.told.emit(f"{made.name} is trusted", "Signatures of those whom it certifies count as valid here.")

    def failed(error: SignetError) -> None:
        if shiboken6.isValid(form):
            form.banner.show_error(error)

    host.run(work, done, failed=failed)


def show_details(host: KeyHost, view: IssuerView) -> None:
    """Show everything about an issuer, its fingerprint to be compared once more."""
    body = QWidget()
    rows = column(body, SPACE.medium)
    rows.addWidget(fingerprint_label(grouped(view.fingerprint)))
    begins, ends = (times.date_of(times.moment(each)) for each in (view.not_before, view.not_after))
    facts = [
        ("Certificate of", view.subject),
        ("Issued by", "itself" if view.root else view.issuer),
        ("Serial number", view.serial),
        ("Valid", f"{begins} to {ends}"),
        ("Compared", times.date_of(times.moment(view.since))),
    ]
    rows.addWidget(KeyValues(facts))
    if not view.root:
        rows.addWidget(label(MIDDLE, "small", wrap=True))
    rows.addStretch(1)
    host.open_with(view.name, body, take_focus=False)


def open_remove(host: KeyHost, view: IssuerView) -> None:
    """Say what is lost with an issuer; take the trust away if that is wanted."""
    button = danger_button("Remove", name=f"Trust {view.name} no more")
    form = SureForm(host.theme, button, LOST, fingerprint=grouped(view.fingerprint))

    def done(_: object) -> None:
        if host.form is form:
            host.close_form()
        host.told.emit(f"{view.name} is not trusted any more", "The activity log keeps that it was.")

    def act(_: bool = False) -> None:
        host.run(lambda session: issuers.remove_issuer(session, view.fingerprint), done)

    button.clicked.connect(act)
    host.open_form(f"Trust {view.name} no more?", form, button, focus=button)
