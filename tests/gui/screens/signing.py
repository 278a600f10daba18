"""Signing on the page Documents, time-stamp services, issuers: the states of what people choose there."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QScrollArea

from gui.screens.stage import Stage
from signet.gui.pages.documents import DocumentsPage
from signet.gui.pages.documents_sign import SignForm
from signet.gui.pages.documents_sign_level import choose_data
from signet.gui.pages.documents_sign_stamp import STAMP
from signet.gui.pages.people import ISSUERS, PeoplePage
from signet.gui.pages.people_issuers import look_at_issuer
from signet.gui.pages.settings import SettingsPage
from signet.services import issuers, timestamps
from signet.services.certificates_import import import_certificate
from signet.services.job import Act
from support import pki
from support.key_certificates import certificate_over
from support.pdf import tiny_pdf

KEY = "contracts"
SERVICE = "http://127.0.0.1:1/stamps"
"""Nobody answers there."""


def _lease(stage: Stage) -> str:
    return stage.write("lease-2026.pdf", tiny_pdf(2).replace(b"[0 0 200 200]", b"[0 0 595 842]"))


def _form(stage: Stage, *paths: str) -> tuple[DocumentsPage, SignForm]:
    import_certificate(stage.session, KEY, certificate_over(stage.session, KEY), chain=[pki.issuing().der])
    stage.desk.note_change()
    page = stage.go_to("documents")
    assert isinstance(page, DocumentsPage)
    page.take(Act.SIGN, list(paths))
    stage.until(lambda: page.form is not None)
    stage.idle()
    form = page.form
    assert form is not None
    return page, form


def _stamp(stage: Stage) -> tuple[DocumentsPage, SignForm]:
    stage.page("documents")
    page, form = _form(stage, _lease(stage))
    choose_data(form.pdf.stamp.where, STAMP)
    form.pdf.stamp.where.activated.emit(form.pdf.stamp.where.currentIndex())
    form.pdf.reason.setText("I agree to this contract")
    form.pdf.place.setText("Tallinn")
    page.panel.reveal(form.pdf)
    stage.settle()
    return page, form


def _level(stage: Stage) -> None:
    stage.page("documents")
    timestamps.add_service(stage.desk.workplace, SERVICE)
    page, form = _form(stage, _lease(stage))
    form.levels.levels.setCurrentIndex(2)
    form.levels.levels.activated.emit(2)
    form.pdf.more.click()
    page.panel.reveal(form.levels)
    stage.settle()


def _failed(stage: Stage) -> None:
    stage.page("documents")
    timestamps.add_service(stage.desk.workplace, SERVICE)
    _, form = _form(stage, _lease(stage))
    form.levels.levels.setCurrentIndex(1)
    form.levels.levels.activated.emit(1)
    form.sign_button.click()
    stage.until(form.banner.isVisible)
    stage.idle()


def _mixed(stage: Stage) -> None:
    stage.page("documents")
    _form(stage, _lease(stage), stage.write("minutes.txt"))


def _bottom(stage: Stage) -> None:
    page, form = _stamp(stage)
    form.pdf.more.click()
    page.panel.reveal(form.pdf.certify)
    stage.settle()


def _extend(stage: Stage) -> None:
    page = stage.page("documents")
    assert isinstance(page, DocumentsPage)
    path = _lease(stage)
    if not timestamps.services_known(stage.desk.workplace):
        timestamps.add_service(stage.desk.workplace, SERVICE)
    page.extend(path)
    stage.idle()


def _issuers(stage: Stage) -> PeoplePage:
    page = stage.page("people")
    assert isinstance(page, PeoplePage)
    page.sides.choose(ISSUERS)
    stage.idle()
    return page


def _trusted(stage: Stage) -> PeoplePage:
    page = _issuers(stage)
    for holder in (pki.root(), pki.issuing()):
        found = issuers.issuer_in_file(stage.write("issuer.pem", holder.pem))
        issuers.add_issuer(stage.session, found.certificate.der, fingerprint=found.fingerprint)
    stage.desk.note_change()
    stage.until(lambda: len(page.authorities.issuers.rows) > 1)
    return page


def _issuer_added(stage: Stage) -> None:
    page = _issuers(stage)
    look_at_issuer(page.authorities.host, stage.write("issuer.pem", pki.root().pem))
    stage.until(lambda: page.authorities.host.form is not None)
    stage.settle()


def _lists_fetched(stage: Stage) -> None:
    _issuers(stage).authorities.lists.update_button.click()
    stage.settle()


def _issuer_removed(stage: Stage) -> None:
    _trusted(stage).authorities.issuers.rows[0].remove_button.click()
    stage.settle()


def _services(*addresses: str) -> Callable[[Stage], None]:
    def state(stage: Stage) -> None:
        for address in addresses:
            timestamps.add_service(stage.desk.workplace, address)
        page = stage.page("settings")
        assert isinstance(page, SettingsPage)
        page.services.reload()
        page.services.address.setFocus()
        for area in page.findChildren(QScrollArea):
            area.ensureWidgetVisible(page.services, 0, 60)
        stage.settle()

    return state


STATES: dict[str, Callable[[Stage], object]] = {
    "signing-stamp": _stamp,
    "signing-more": _bottom,
    "signing-level": _level,
    "signing-failed": _failed,
    "signing-mixed": _mixed,
    "signing-extend": _extend,
    "issuers-none": _issuers,
    "issuers": _trusted,
    "issuers-add": _issuer_added,
    "issuers-remove": _issuer_removed,
    "lists-fetch": _lists_fetched,
    "settings-services-none": _services(),
    "settings-services": _services("https://stamps.example/tsa", "http://127.0.0.1:1/stamps"),
}
