"""Trusting who signed, or who vouches for them: nothing is believed before a fingerprint was compared."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit

from signet.crypto.authorities import Authority
from signet.errors import UsageError
from signet.gui.pages.key_host import KeyForm, KeyHost
from signet.gui.pages.people_details import COMPARED, fingerprint_label
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import primary_button
from signet.gui.widgets.forms import caption, column
from signet.gui.widgets.text import label
from signet.keys.issuer import TrustedIssuer
from signet.services import issuers, people
from signet.services.issuers import TrustOffer
from signet.services.people import Person, PublicPart, grouped
from signet.services.presence import with_presence
from signet.services.session import Session
from signet.services.verdicts import SignatureView

SIGNER = (
    "From now on, signatures with this key count as theirs, whatever an issuer says. Compare the fingerprint with "
    "them first, on the phone for instance."
)
ISSUER = (
    "From now on, everybody whom this issuer certifies is believed to be who the certificate says. Compare the "
    "fingerprint with what the issuer publishes first."
)
NOTHING_SIGNER = "This signer cannot be added here: the key is with your people already, or cannot be read."
NOTHING_ISSUER = "The file names no issuer that could be trusted, or you trust it already."


class TrustForm(KeyForm):
    """``wanted`` once it was compared, and said so."""

    wanted = Signal()

    def __init__(self, theme: Theme, explained: str, name: str, said: str, fingerprint: str, *, person: bool) -> None:
        super().__init__(theme)
        self.name = QLineEdit(name)
        self.name.setAccessibleName("Name of the person" if person else "Name of the issuer")
        self.compared = QCheckBox(COMPARED)
        self.button = primary_button("Trust", name=f"Trust {name}")
        whole = column(self)
        whole.addWidget(self.banner)
        whole.addWidget(label(explained, "body", wrap=True))
        if said:
            shown = label(said, "small", wrap=True, selectable=True)
            shown.setMinimumWidth(1)
            whole.addWidget(shown)
        whole.addWidget(fingerprint_label(grouped(fingerprint)))
        whole.addWidget(self.compared)
        whole.addWidget(caption("Name", self.name))
        whole.addWidget(self.name)
        whole.addStretch(1)
        self.compared.toggled.connect(self._check)
        self.name.textChanged.connect(self._check)
        self.name.returnPressed.connect(self.button.click)
        self.button.clicked.connect(self.wanted)
        self._check()

    def set_busy(self, busy: bool) -> None:
        """Stop a second click."""
        self.button.setEnabled(not busy and self._is_complete())

    def _is_complete(self) -> bool:
        return self.compared.isChecked() and bool(self.name.text().strip())

    def _check(self) -> None:
        self.button.setEnabled(self._is_complete())


def open_signer(host: KeyHost, view: SignatureView, trusted: Callable[[], None]) -> None:
    """Read what could be trusted of a signature, then ask for the signer; ``trusted`` is called in the end."""

    def ask(offer: TrustOffer) -> None:
        part = offer.key
        if part is None:
            host.told.emit("Nothing to add", NOTHING_SIGNER)
            return
        form = TrustForm(host.theme, SIGNER, offer.name, "", part.fingerprint, person=True)

        def trust() -> None:
            host.run(partial(_add_person, name=form.name.text(), part=part), partial(_trusted, host, trusted))

        form.wanted.connect(trust)
        host.open_form("Trust this signer", form, form.button, focus=form.compared)

    host.run(lambda session: issuers.offer_trust(session, view), ask, changes=False)


def open_issuer(host: KeyHost, view: SignatureView, trusted: Callable[[], None]) -> None:
    """The same for the issuer that is furthest up: of all its certificates that one changes least."""

    def ask(offer: TrustOffer) -> None:
        if not offer.issuers:
            host.told.emit("No issuer to trust", NOTHING_ISSUER)
            return
        issuer = offer.issuers[-1]
        said = issuer.certificate
        form = TrustForm(
            host.theme, ISSUER, said.common_name or said.subject, said.subject, issuer.fingerprint, person=False
        )

        def trust() -> None:
            host.run(
                partial(_add_issuer, name=form.name.text(), issuer=issuer), partial(_trusted_issuer, host, trusted)
            )

        form.wanted.connect(trust)
        host.open_form("Trust the issuer", form, form.button, focus=form.compared)

    host.run(lambda session: issuers.offer_trust(session, view), ask, changes=False)


def _add_person(session: Session, *, name: str, part: PublicPart) -> Person:
    called = people.check_person_name(name)

    def add() -> Person:
        person = people.add_person(session, called, [part])
        return people.trust_person(session, person.id, fingerprints=[key.fingerprint for key in person.keys])

    return with_presence(session, add)


def _add_issuer(session: Session, *, name: str, issuer: Authority) -> TrustedIssuer:
    if not name.strip():
        raise UsageError(reason="An issuer needs a name.")
    certificate, fingerprint = issuer.certificate.der, issuer.fingerprint
    return with_presence(
        session, lambda: issuers.add_issuer(session, certificate, fingerprint=fingerprint, name=name)
    )


def _trusted(host: KeyHost, trusted: Callable[[], None], person: Person) -> None:
    host.close_form()
    host.told.emit(f"“{person.name}” is with your people now", "Signatures with this key count as theirs.")
    trusted()


def _trusted_issuer(host: KeyHost, trusted: Callable[[], None], issuer: TrustedIssuer) -> None:
    host.close_form()
    host.told.emit(f"You trust “{issuer.name}” now", "Whoever it certifies is believed to be who it says.")
    trusted()
