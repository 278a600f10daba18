"""The page Documents: signing, and every verdict."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gui.screens.stage import Stage
from signet.gui.pages.documents import DocumentsPage
from signet.gui.pages.jobs_failures import RowAct
from signet.services import keys
from signet.services.job import Act
from signet.services.signing import sign_files

BROKEN = b"-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"


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
    _take(stage, shown, Act.SIGN, stage.write("lease-2026.pdf"))
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
    names = ("minutes.txt", "lease-2026.pdf", "changed.txt", "broken.txt", "unsigned.txt", "stranger.txt")
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

    return state


STATES: dict[str, Callable[[Stage], object]] = {
    "documents": _page,
    "documents-sign": _sign,
    "documents-signed": _signed,
    "documents-verdicts": _verdicts,
    "documents-verdict-good": _verdict("lease-2026"),
    "documents-verdict-changed": _verdict("changed"),
    "documents-verdict-stranger": _verdict("stranger"),
}
