"""Pictures of the pages Files and Documents at work, light and dark, at both sizes, to be looked at.

    PYTHONPATH=app:tests python tests/gui/screens_work.py FOLDER [NAME...]

Needs no screen. Real jobs on real files; NAMEs choose among STATES.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from gui import screens
from gui.screens import Stage
from signet.gui.pages.documents import DocumentsPage
from signet.gui.pages.files import FilesPage
from signet.gui.pages.jobs_failures import RowAct
from signet.keys.spec import KeySpec
from signet.services import keys
from signet.services.files import encrypt_files
from signet.services.job import Act
from signet.services.session import Session
from signet.services.signing import sign_files

BIG = 6 << 30


def _files(stage: Stage) -> FilesPage:
    page = stage.page("files")
    assert isinstance(page, FilesPage)
    return page


def _documents(stage: Stage) -> DocumentsPage:
    page = stage.page("documents")
    assert isinstance(page, DocumentsPage)
    return page


def _session(stage: Stage) -> Session:
    session = stage.desk.session
    assert session is not None
    return session


def _write(stage: Stage, name: str, content: bytes = b"dear me\n" * 4000) -> str:
    path = stage.folder / "Letters" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return str(path)


def _take(stage: Stage, page: FilesPage | DocumentsPage, act: str, *paths: str) -> None:
    page.take(act, list(paths))
    stage.settle()
    while page.busy or stage.desk.tasks.busy:
        stage.settle()


def _results(stage: Stage) -> FilesPage:
    page = _files(stage)
    session = _session(stage)
    keys.create_key(session, "old-notes", spec=KeySpec.SYMMETRIC_DEFAULT)
    page.key.remembered.emit("")
    stage.vault.workplace.settings = type(stage.vault.workplace.settings)(default_key="my-files")
    passport = _write(stage, "passport-scan.pdf")
    letter, notes, there = _write(stage, "letter.txt"), _write(stage, "old-notes.txt"), _write(stage, "lease.pdf")
    encrypt_files(session, [letter, there], key="my-files")
    encrypt_files(session, [notes], key="old-notes")
    keys.disable_key(session, "old-notes")
    with open(letter + ".esdk", "r+b") as file:
        file.seek(3000)
        file.write(b"XX")
    many = [_write(stage, f"2025-{number:03}.jpg") for number in range(12)]
    _take(stage, page, "", *many)
    _take(stage, page, "", str(stage.folder / "Letters"))
    _take(stage, page, Act.ENCRYPT, there)
    os.rename(letter, letter + ".away")
    os.rename(notes, notes + ".away")
    _take(stage, page, "", notes + ".esdk", letter + ".esdk")
    _take(stage, page, "", passport)
    os.rename(there, there + ".away")
    _take(stage, page, "", there + ".esdk")
    return page


def _running(stage: Stage) -> None:
    page = _results(stage)
    for name in ("holiday-video.mkv", "archive-2024.img", "archive-2025.img"):
        path = stage.folder / "Letters" / name
        with path.open("wb") as file:
            file.truncate(BIG)
        page.take("", [str(path)])
    stage.settle(2500)


def _exists(stage: Stage) -> None:
    page = _results(stage)
    row = next(shown for shown in page.list.shown if RowAct.EXISTS in shown.result.acts)
    page.list.wanted.emit(RowAct.EXISTS, row.job, row.result)


def _enable(stage: Stage) -> None:
    page = _results(stage)
    row = next(shown for shown in page.list.shown if RowAct.ENABLE in shown.result.acts)
    page.list.wanted.emit(RowAct.ENABLE, row.job, row.result)


def _inspect(stage: Stage) -> None:
    page = _results(stage)
    page.inspect(str(stage.folder / "Letters" / "old-notes.txt.esdk"))


def _choose_key(stage: Stage) -> None:
    page = _files(stage)
    for alias in ("tax-and-bank", "family-archive"):
        keys.create_key(_session(stage), alias, spec=KeySpec.SYMMETRIC_DEFAULT, description="Papers")
    _take(stage, page, "", _write(stage, "lease-2026.pdf"))


def _first_key(stage: Stage) -> None:
    page = _files(stage)
    keys.disable_key(_session(stage), "my-files")
    _take(stage, page, "", _write(stage, "lease-2026.pdf"))


def _sign(stage: Stage) -> None:
    page = _documents(stage)
    keys.create_key(_session(stage), "private", spec=KeySpec.ECC_NIST_EDWARDS25519)
    _take(stage, page, Act.SIGN, _write(stage, "lease-2026.pdf"))


def _verdicts(stage: Stage) -> DocumentsPage:
    page = _documents(stage)
    session = _session(stage)
    names = ("minutes.txt", "lease-2026.pdf", "changed.txt", "broken.txt", "unsigned.txt", "stranger.txt")
    paths = [_write(stage, name) for name in names]
    sign_files(session, [path for path in paths if "unsigned" not in path], key="contracts")
    Path(paths[2]).write_bytes(b"something else")
    Path(paths[3] + ".sig").write_bytes(b"-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n")
    keys.disable_key(session, "contracts")
    _take(stage, page, Act.VERIFY, paths[0])
    keys.enable_key(session, "contracts")
    stage.desk.lock("")
    _take(stage, page, Act.VERIFY, paths[5])
    stage.unlock()
    stage.conductor.go_to("documents")
    _take(stage, page, Act.VERIFY, *paths[1:5])
    return page


def _verdict(stage: Stage) -> None:
    page = _verdicts(stage)
    row = next(shown for shown in page.list.shown if RowAct.TRUST in shown.result.acts)
    page.list.wanted.emit(RowAct.DETAILS, row.job, row.result)


STATES: dict[str, Callable[[Stage], object]] = {
    "files-results": _results,
    "files-running": _running,
    "files-exists": _exists,
    "files-enable": _enable,
    "files-inspect": _inspect,
    "files-choose-key": _choose_key,
    "files-first-key": _first_key,
    "documents-sign": _sign,
    "documents-verdicts": _verdicts,
    "documents-verdict": _verdict,
}


if __name__ == "__main__":
    screens.STATES = STATES
    screens.main(Path(sys.argv[1]), sys.argv[2:])
