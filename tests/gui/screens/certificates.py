"""Certificates of keys: in the details, made, asked for, imported, looked at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from cryptography.x509.oid import ExtendedKeyUsageOID
from PySide6.QtWidgets import QPushButton

from gui.screens.keys import page
from gui.screens.stage import Stage
from signet.gui.pages.key_certificates import CertificatesSection
from signet.gui.pages.key_certificates_import import ImportForm
from signet.gui.pages.key_certificates_making import MakeForm, RequestForm
from signet.gui.pages.key_certificates_show import CertificateForm
from signet.gui.pages.keys import KeysPage
from signet.services import keys
from signet.services.certificates_import import import_certificate
from signet.services.certificates_making import CertificateWish, make_self_signed
from support import pki
from support.key_certificates import certificate_over

KEY = "contracts"
MARI = CertificateWish("CN=Mari Maasikas,O=Acme,C=EE", "mari@example.ee", days=365)


def _section(stage: Stage, count: int = 0) -> CertificatesSection:
    """The section of the key, scrolled to, once it shows so many."""
    shown = page(stage)
    shown.panel.close_form()
    shown.select(keys.find_key(stage.session, KEY).id)
    stage.idle()
    details = shown.panel.details
    assert details is not None
    section = next(each for each in details._sections if isinstance(each, CertificatesSection))
    stage.until(lambda: section.isVisible() and section._rows.count() == count)
    stage.settle()
    shown.panel.reveal(section.add_button)
    stage.settle()
    return section


def _page(stage: Stage) -> KeysPage:
    shown = stage.window.pages.currentWidget()
    assert isinstance(shown, KeysPage)
    return shown


def _full(stage: Stage) -> CertificatesSection:
    """A key with one that holds, one that has ended, one for logging in."""
    page(stage)
    now = stage.clock.now()
    whole = {"begin": now - timedelta(days=90), "end": now + timedelta(days=700)}
    chain = (pki.issuing().pem, pki.root().pem)
    login = certificate_over(
        stage.session,
        KEY,
        "Mari Maasikas (login)",
        begin=now - timedelta(days=50),
        end=now + timedelta(days=30),
        usages=("digital_signature",),
        extended=(ExtendedKeyUsageOID.CLIENT_AUTH,),
    )
    old = certificate_over(
        stage.session, KEY, "Mari Maasikas", begin=now - timedelta(days=900), end=now - timedelta(days=20)
    )
    good = certificate_over(stage.session, KEY, begin=whole["begin"], end=whole["end"])
    for der in (good, login, old):
        import_certificate(stage.session, KEY, der, chain=chain)
    stage.desk.note_change()
    stage.idle()
    return _section(stage, 3)


def _menu(stage: Stage) -> None:
    section = _section(stage)
    section.menu.popup(section.add_button.mapToGlobal(section.add_button.rect().bottomLeft()))


def _own(stage: Stage) -> CertificatesSection:
    page(stage)
    make_self_signed(stage.session, KEY, MARI)
    stage.desk.note_change()
    stage.idle()
    return _section(stage, 1)


def _make(stage: Stage) -> MakeForm:
    _section(stage).make.trigger()
    form = _page(stage).panel.form
    assert isinstance(form, MakeForm)
    form.name.setText("Mari Maasikas")
    form.email.setText("mari@example.ee")
    return form


def _bad(stage: Stage) -> None:
    form = _make(stage)
    form.country.setText("E")
    form.make_button.click()
    stage.settle()


def _made(stage: Stage) -> None:
    _make(stage).make_button.click()
    stage.idle()
    _section(stage, 1)


def _ask(stage: Stage) -> MakeForm:
    _section(stage).request.trigger()
    form = _page(stage).panel.form
    assert isinstance(form, MakeForm)
    form.name.setText("Mari Maasikas")
    form.organisation.setText("Acme")
    form.country.setText("EE")
    return form


def _asked(stage: Stage) -> None:
    _ask(stage).make_button.click()
    stage.until(lambda: isinstance(_page(stage).panel.form, RequestForm))
    stage.idle()


def _import(stage: Stage) -> ImportForm:
    _section(stage).bring.trigger()
    stage.settle()
    form = _page(stage).panel.form
    assert isinstance(form, ImportForm)
    return form


def _import_wrong(stage: Stage) -> None:
    form = _import(stage)
    form.paste.setPlainText(pki.signer().pem.decode())
    form.import_button.click()
    stage.idle()


def _show(section: Callable[[Stage], CertificatesSection], which: int = 0) -> Callable[[Stage], CertificateForm]:
    def state(stage: Stage) -> CertificateForm:
        buttons = [each for each in section(stage).findChildren(QPushButton) if each.text() == "Show…"]
        buttons[which].click()
        stage.settle()
        form = _page(stage).panel.form
        assert isinstance(form, CertificateForm)
        return form

    return state


def _remove(stage: Stage) -> None:
    _show(_own)(stage).remove_button.click()
    stage.settle()


def _ends(stage: Stage) -> None:
    _own(stage)
    stage.clock.advance(timedelta(days=340).total_seconds())
    stage.session.proven()
    stage.go_to("cards")
    stage.idle()


STATES: dict[str, Callable[[Stage], object]] = {
    "certificates-none": lambda stage: _section(stage),
    "certificates-menu": _menu,
    "certificates": _full,
    "certificates-own": _own,
    "certificates-make": _make,
    "certificates-make-bad": _bad,
    "certificates-made": _made,
    "certificates-ask": _ask,
    "certificates-asked": _asked,
    "certificates-import": _import,
    "certificates-import-wrong": _import_wrong,
    "certificates-show": _show(_full),
    "certificates-show-login": _show(_full, 1),
    "certificates-remove": _remove,
    "certificates-ends": _ends,
}
