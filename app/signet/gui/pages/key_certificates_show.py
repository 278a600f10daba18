"""One certificate of a key in the panel: what it says, what stands above it; preferred, saved, removed."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton

from signet.clock import parse_timestamp
from signet.gui.design import SPACE
from signet.gui.pages import choosing
from signet.gui.pages.certificate_words import day, pill_of, purpose, whole_name
from signet.gui.pages.chain import Chain, Link
from signet.gui.pages.export_key import file_stem
from signet.gui.pages.key_host import KeyForm, KeyHost
from signet.gui.pages.people_details import fingerprint_label
from signet.gui.theme import Theme
from signet.gui.widgets.buttons import danger_button, plain_button, primary_button
from signet.gui.widgets.forms import column
from signet.gui.widgets.key_values import KeyValues
from signet.gui.widgets.pill import Pill
from signet.gui.widgets.section import Section
from signet.gui.widgets.text import label
from signet.keys.model import Key
from signet.services.certificates import (
    LOST,
    CertificateFacts,
    CertificateSource,
    KeyCertificate,
    Suitability,
    facts_of_chain,
    prefer_certificate,
    remove_certificate,
)
from signet.services.certificates_making import write_certificate
from signet.services.people import grouped

FILES = "PEM (*.pem);;All files (*)"
CAME = {
    CertificateSource.SELF_SIGNED: "made here",
    CertificateSource.ANSWER: "answer to a request",
    CertificateSource.IMPORTED: "imported",
    CertificateSource.KEY_FILE: "came with the key",
}
NOT_ABOVE = "Its issuer's certificate is not here. Import it if you have it: many programs want it in the signature."
OWN = "Nobody but you vouches for it. Who is to believe it gets it from you, and compares the fingerprint."


class CertificateForm(KeyForm):
    """The body of the panel; nothing in it can be changed, what can be done stands below."""

    removed = Signal()
    asked = Signal(object)
    """What is asked stands above this widget, which is to be seen."""

    def __init__(
        self, theme: Theme, certificate: KeyCertificate, above: tuple[CertificateFacts, ...], now: str
    ) -> None:
        super().__init__(theme)
        self.certificate = certificate
        self.prefer_button = plain_button("Sign with this one", name="Sign with this certificate")
        self.save_button = primary_button("Save as file…", name="Save the certificate as a file")
        self.remove_button = plain_button("Remove…", name="Remove this certificate")
        self.really_button = danger_button("Remove it", name="Remove this certificate now")
        self._lost = label(f"Remove this certificate? {LOST}", "warn", wrap=True)
        self.values = KeyValues(_facts(certificate))
        self.chain = Chain(theme)
        self.chain.setAccessibleName("Certificate chain")
        self.chain.show_links(_links(certificate, above))
        whole = column(self, SPACE.large)
        head = QHBoxLayout()
        head.addWidget(label(purpose(certificate), "small" if certificate.for_signatures else "warn", wrap=True), 1)
        head.addWidget(Pill(*pill_of(certificate, parse_timestamp(now))), 0, Qt.AlignmentFlag.AlignTop)
        whole.addWidget(self.banner)
        whole.addLayout(head)
        whole.addWidget(Section("Certificate", self.values))
        chain = Section("Certificate chain", self.chain)
        if certificate.self_signed:
            chain.add(label(OWN, "small", wrap=True))
        elif not above:
            chain.add(label(NOT_ABOVE, "small", wrap=True))
        whole.addWidget(chain)
        whole.addWidget(Section("Fingerprint (SHA-256)", fingerprint_label(grouped(certificate.fingerprint))))
        whole.addLayout(_beside(self.prefer_button, self.remove_button))
        for widget in (self._lost, self.really_button):
            whole.addWidget(widget)
            widget.hide()
        whole.addStretch(1)
        self.really_button.clicked.connect(self.removed)
        self.remove_button.clicked.connect(self._ask)

    def set_busy(self, busy: bool) -> None:
        """Stop a second click."""
        for button in (self.prefer_button, self.save_button, self.remove_button, self.really_button):
            button.setEnabled(not busy)

    def _ask(self) -> None:
        self.remove_button.hide()
        for widget in (self._lost, self.really_button):
            widget.show()
        self.really_button.setFocus(Qt.FocusReason.OtherFocusReason)
        self.asked.emit(self.really_button)


def open_certificate(host: KeyHost, key: Key, certificate: KeyCertificate, now: str, *, several: bool) -> None:
    """Open the panel for one certificate; ``several`` if the key has others, too."""
    form = CertificateForm(host.theme, certificate, facts_of_chain(certificate), now)
    able = certificate.facts.suitability is not Suitability.NEVER
    form.prefer_button.setVisible(several and able and not certificate.usual)
    form.prefer_button.clicked.connect(partial(_prefer, host, key, form))
    form.save_button.clicked.connect(partial(_save, host, key, form))
    form.asked.connect(host.reveal)
    form.removed.connect(partial(_remove, host, key, form))
    host.open_form(certificate.common_name, form, form.save_button, focus=form.save_button)


def _prefer(host: KeyHost, key: Key, form: CertificateForm, _: bool = False) -> None:
    def done(chosen: KeyCertificate) -> None:
        if host.form is form:
            host.close_form()
        host.told.emit(f"“{key.alias}” signs with the certificate of “{chosen.common_name}” now", purpose(chosen))

    host.run(lambda session: prefer_certificate(session, key.id, form.certificate.fingerprint), done)


def _save(host: KeyHost, key: Key, form: CertificateForm, _: bool = False) -> None:
    def write(path: str) -> None:
        host.run(
            lambda session: write_certificate(session, key.id, form.certificate.fingerprint, path),
            lambda written: host.told.emit("The certificate was saved", f"It is in {written}. It is no secret."),
        )

    choosing.ask_where_to_save(
        form,
        title="Save the certificate",
        folder=choosing.home(),
        name=f"{file_stem(key)}-certificate.pem",
        kinds=FILES,
        chosen=write,
    )


def _remove(host: KeyHost, key: Key, form: CertificateForm) -> None:
    def done(gone: KeyCertificate) -> None:
        if host.form is form:
            host.close_form()
        host.told.emit(f"The certificate of “{gone.common_name}” was removed", f"The key “{key.alias}” is as it was.")

    host.run(lambda session: remove_certificate(session, key.id, form.certificate.fingerprint), done)


def _beside(*buttons: QPushButton) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(SPACE.small)
    for button in buttons:
        row.addWidget(button)
    row.addStretch(1)
    return row


def _facts(certificate: KeyCertificate) -> list[tuple[str, str]]:
    facts = certificate.facts
    told = [("Name", whole_name(facts.subject))]
    if facts.emails:
        told.append(("E-mail", ", ".join(facts.emails)))
    told += [
        ("Issued by", "itself" if facts.self_signed else whole_name(facts.issuer)),
        ("Valid from", day(facts.not_before)),
        ("Valid until", day(facts.not_after)),
        ("Came", f"{CAME[certificate.source]}, {day(certificate.stored.added)}"),
    ]
    return told


def _links(certificate: KeyCertificate, above: tuple[CertificateFacts, ...]) -> tuple[Link, ...]:
    """From the holder up to the root, as people read a chain of certificates."""
    said = "self-signed" if certificate.self_signed else ""
    first = Link("people", certificate.common_name + (f", {said}" if said else ""))
    return (first, *(Link("shield", f"{each.common_name}, until {day(each.not_after)}") for each in above))
