"""The page Documents: the list, a document with every verdict, signing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gui.screens.stage import Stage
from signet.documents.pdf_protection import protect
from signet.documents.wishes import PdfWish, Stamp, Wish
from signet.gui.outside import OutsideDocuments
from signet.gui.pages.documents import DocumentsPage
from signet.gui.pages.documents_view_next import Next
from signet.gui.pages.documents_work import CheckedDocument
from signet.gui.pages.jobs_failures import RowAct
from signet.secret import Secret
from signet.services import keys
from signet.services.certificates_making import CertificateWish, make_self_signed
from signet.services.job import Act
from signet.services.signature_chain import chain_of
from signet.services.signing import sign_files
from signet.services.verdicts import SignatureView
from support import verdict_samples as samples
from support.pdf import lease_pdf

BROKEN = b"-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"
LONG = "Üürilepingute Digiallkirjastamise Osaühing, esindaja M. Maas"
LONG_FILE = f"{LONG} kinnisvarahalduse üürileping aadressil Vabaduse väljak 10, 2026, lõplik, parandatud (2).pdf"


def _page(stage: Stage) -> DocumentsPage:
    shown = stage.page("documents")
    assert isinstance(shown, DocumentsPage)
    return shown


def _take(stage: Stage, shown: DocumentsPage, act: str, *paths: str) -> None:
    shown.take(act, list(paths))
    stage.settle()
    stage.until(lambda: not shown.busy and not stage.tasks.busy)


def _sign(stage: Stage) -> DocumentsPage:
    shown = _page(stage)
    _take(stage, shown, Act.SIGN, stage.write("minutes.txt"))
    return shown


def _signed(stage: Stage) -> None:
    shown = _sign(stage)
    form = shown.form
    if form is not None:
        form.sign_button.click()
    stage.idle()
    stage.until(lambda: not shown.busy)


def _verdicts(stage: Stage) -> DocumentsPage:
    shown, session = _page(stage), stage.session
    names = ("minutes.txt", "lease-2026.txt", "changed.txt", "broken.txt", "unsigned.txt", "stranger.txt")
    paths = [stage.write(name) for name in names]
    sign_files(session, [path for path in paths if "unsigned" not in path], key="contracts")
    Path(paths[2]).write_bytes(b"something else")
    Path(paths[3] + ".sig").write_bytes(BROKEN)
    keys.disable_key(session, "contracts")
    _take(stage, shown, Act.VERIFY, paths[0])
    keys.enable_key(session, "contracts")
    stage.desk.lock("")
    _take(stage, shown, Act.VERIFY, paths[5])
    stage.unlock()
    stage.go_to("documents")
    _take(stage, shown, Act.VERIFY, *paths[1:5])
    return shown


def _verdict(name: str) -> Callable[[Stage], None]:
    def state(stage: Stage) -> None:
        shown = _verdicts(stage)
        row = next(row for row in shown.list.shown if name in row.result.paths[0])
        shown.list.wanted.emit(RowAct.DETAILS, row.job, row.result)
        stage.settle()
        stage.until(lambda: not shown.busy)

    return state


def _open(stage: Stage, name: str = "lease-2026.pdf", content: bytes = b"") -> DocumentsPage:
    shown = _page(stage)
    _take(stage, shown, Act.VERIFY, stage.write(name, content or lease_pdf(3)))
    stage.until(lambda: shown.preview is None or not shown.preview.drawing)
    return shown


def _document(
    *views: Callable[[], SignatureView], name: str = "lease-2026.pdf", recorded: bool = True
) -> Callable[[Stage], None]:
    """A document whose check came to this, whatever the file is."""

    def state(stage: Stage) -> None:
        shown = _open(stage, name)
        found = [view() for view in views]
        verification = samples.verification(shown.document, *found)
        seen = shown.view.result
        chains = tuple(map(chain_of, found))
        shown.view.show_result(CheckedDocument(verification, chains, recorded, seen.seen if seen else ()))
        stage.settle()

    return state


def _locked_pdf(stage: Stage) -> DocumentsPage:
    data, _ = protect(lease_pdf(1), "open sesame")
    return _open(stage, "payslip.pdf", data)


def _wrong_password(stage: Stage) -> None:
    shown = _locked_pdf(stage)
    shown.view.panel.password_given.emit(Secret.from_text("guess"))
    stage.settle()
    stage.until(lambda: shown.view.panel.field is not None)


def _unshown(stage: Stage) -> None:
    _open(stage, "torn.pdf", b"%PDF-1.7\nthe rest was lost\n")


def _technical(stage: Stage) -> None:
    _document(samples.good)(stage)
    shown = _page(stage)
    shown.view.panel.blocks[0].technical.click()
    stage.settle()


def _wide(stage: Stage) -> None:
    _document(samples.good)(stage)
    _page(stage).view.bar.panel.click()
    stage.settle()


def _changed_file(stage: Stage) -> None:
    _document(samples.good)(stage)
    shown = _page(stage)
    stage.write("lease-2026.pdf", lease_pdf(2))
    shown.view.look_again()
    stage.settle()


def _really_signed(stage: Stage) -> None:
    """Nothing made up: signed with a key of the vault and its certificate, and checked."""
    path = stage.write("lease-2026.pdf", lease_pdf(2))
    shown = _page(stage)
    make_self_signed(stage.session, "contracts", CertificateWish("CN=Ann Example"))
    stamp = Stamp(0, 48, 280, 200, 60)
    sign_files(stage.session, [path], key="contracts", wish=Wish(pdf=PdfWish(reason="tenant", stamp=stamp)))
    _take(stage, shown, Act.VERIFY, path.replace(".pdf", "-signed.pdf"))
    stage.until(lambda: shown.preview is not None and not shown.preview.drawing)


def _signing(stage: Stage) -> None:
    """The sign panel beside the pages that a stamp goes on."""
    shown = _open(stage)
    shown.view.sign_button.click()
    stage.settle()
    stage.until(lambda: shown.form is not None)


def _trust(stage: Stage) -> None:
    _document(samples.stranger)(stage)
    shown = _page(stage)
    shown.view.panel.blocks[0].buttons[Next.TRUST_ISSUER].click()
    stage.settle()
    stage.until(lambda: shown.panel.isVisible())


def _outside(stage: Stage) -> None:
    """A document while the vault is locked."""
    path = stage.write("lease-2026.pdf", lease_pdf(2))
    stage.conductor.take(Act.VERIFY, [path])
    outside = stage.window.states.currentWidget()
    assert isinstance(outside, OutsideDocuments)
    stage.until(lambda: outside.page.view.result is not None)
    stage.settle()


STATES: dict[str, Callable[[Stage], object]] = {
    "documents": _page,
    "documents-sign": _sign,
    "documents-signed": _signed,
    "documents-verdicts": _verdicts,
    "documents-verdict-good": _verdict("lease-2026"),
    "documents-verdict-changed": _verdict("changed"),
    "documents-verdict-stranger": _verdict("stranger"),
    "document-signed": _really_signed,
    "document-valid": _document(samples.good),
    "document-technical": _technical,
    "document-wide": _wide,
    "document-changed": _document(samples.changed),
    "document-untrusted": _document(samples.stranger),
    "document-invalid": _document(samples.broken),
    "document-weak": _document(samples.weak),
    "document-ended": _document(samples.ended),
    "document-unknown": _document(samples.unreadable),
    "document-several": _document(samples.good, samples.changed, lambda: samples.good("Jaan Tamm")),
    "document-long": _document(lambda: samples.good(LONG), name=LONG_FILE),
    "document-not-recorded": _document(samples.stranger, recorded=False),
    "document-unsigned": _open,
    "document-locked": _locked_pdf,
    "document-wrong-password": _wrong_password,
    "document-unshown": _unshown,
    "document-file-changed": _changed_file,
    "document-signing": _signing,
    "document-trust": _trust,
    "document-outside": _outside,
}
